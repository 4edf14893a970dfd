// SPDX-License-Identifier: Apache-2.0

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong in the file. It never shows a value, which may be a secret.
type Problem struct {
	Line, Column int
	// Path is the key, such as profiles.box-office.channel.
	Path, Message string
}

// InvalidError is a configuration file that was refused, with everything that is wrong in it.
type InvalidError struct {
	File     string
	Problems []Problem
}

// Error has one line for each problem, as file:line:column: key: what is wrong.
func (e *InvalidError) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for _, p := range e.Problems {
		key := ""
		if p.Path != "" {
			key = p.Path + ": "
		}
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s%s", e.File, p.Line, p.Column, key, p.Message))
	}
	return strings.Join(lines, "\n")
}

func sortProblems(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}

// meant is the known key that an unknown one is nearest to, if it is near enough to be a slip.
func meant(unknown string, known []string) (string, bool) {
	best, distance := "", max(1, len(unknown)/3)+1
	slices.Sort(known)
	for _, k := range known {
		if d := edits(strings.ToLower(unknown), k); d < distance {
			best, distance = k, d
		}
	}
	return best, best != ""
}

// edits counts the characters to insert, delete, replace or swap with their neighbour between two words.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
