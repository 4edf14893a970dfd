// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// regexpReplacer is a list of patterns and what stands for them.
type regexpReplacer [][2]string

func (r regexpReplacer) replace(s string) string {
	for _, pair := range r {
		s = regexp.MustCompile(pair[0]).ReplaceAllString(s, pair[1])
	}
	return s
}

// thousands writes 400000 as 400,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// seconds writes a duration with two decimals, and an unknown one (negative) as a dash.
func seconds(d time.Duration) string {
	if d < 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", d.Seconds())
}

// median is the middle one, of an even number the lower of the two in the middle.
func median[T cmp.Ordered](list []T) T {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)-1)/2]
}

// table is a Markdown table.
func table(head []string, rows [][]string) string {
	var s strings.Builder
	line := func(cells []string) { s.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	s.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return s.String()
}
