// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

//go:embed report.html
var reportPage string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"hours": hours,
	"title": func(code string) string { return convert.Titles[code] },
	"lower": strings.ToLower,
	"chart": (*Report).burnDown,
	"costly": func(r *Report) []convert.ActionItem {
		return mostHours(slices.DeleteFunc(slices.Clone(r.Actions), func(a convert.ActionItem) bool { return a.Note }))
	},
	"top":   func(r *Report) []convert.ActionItem { return Costliest(r, 10) },
	"notes": func(r *Report) []convert.ActionItem { return notes(r) },
	"left": func(r *Report) []convert.ObjectOutcome {
		var out []convert.ObjectOutcome
		for _, o := range r.Objects {
			if o.Outcome == convert.LeftOut || o.Outcome == convert.NotTried && o.Why != "" {
				out = append(out, o)
			}
		}
		return out
	},
	"asks": func(r *Report, severity string) int {
		n := 0
		for _, f := range r.Findings {
			if string(f.Severity) == severity {
				n += len(f.Objects)
			}
		}
		return n
	},
	"span": func(low, high float64) string {
		if low == high {
			return hours(low)
		}
		return hours(low) + "–" + hours(high)
	},
	"number": func(n *int) string {
		if n == nil {
			return "–"
		}
		return number(int64(*n))
	},
	"count": func(n *int64) string {
		if n == nil {
			return "–"
		}
		return number(*n)
	},
	"size": func(n *int64) string {
		if n == nil {
			return "–"
		}
		return sizeWords(*n)
	},
	"first": firstOf,
	"more": func(list any, most int) string {
		if n := lengthOf(list); n > most {
			return fmt.Sprintf("and %s more; the JSON and CSV files have all", number(int64(n-most)))
		}
		return ""
	},
}).Parse(reportPage))

func hours(h float64) string { return strconv.FormatFloat(h, 'f', -1, 64) }

// HTML is a page to read or print. It loads nothing from elsewhere. Of long lists it has the first.
func (r *Report) HTML() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, r)
	return b.Bytes(), err
}

// Costliest are the action items that cost most hours, dearest first.
func Costliest(r *Report, most int) []convert.ActionItem {
	items := mostHours(slices.DeleteFunc(slices.Clone(r.Actions), func(a convert.ActionItem) bool { return a.Note || a.Hours == 0 }))
	return items[:min(len(items), most)]
}

func mostHours(items []convert.ActionItem) []convert.ActionItem {
	slices.SortStableFunc(items, func(a, b convert.ActionItem) int { return cmp.Compare(b.Hours, a.Hours) })
	return items
}

func notes(r *Report) []convert.ActionItem {
	return slices.DeleteFunc(slices.Clone(r.Actions), func(a convert.ActionItem) bool { return !a.Note })
}

// firstOf cuts a slice of any kind to its first elements.
func firstOf(list any, most int) any {
	v := reflect.ValueOf(list)
	return v.Slice(0, min(v.Len(), most)).Interface()
}

func lengthOf(list any) int { return reflect.ValueOf(list).Len() }
