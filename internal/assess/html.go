// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	_ "embed"
	"html/template"
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
	"left": func(r *Report) []convert.ObjectOutcome {
		var out []convert.ObjectOutcome
		for _, o := range r.Objects {
			if o.Outcome == convert.LeftOut || o.Outcome == convert.NotTried {
				out = append(out, o)
			}
		}
		return out
	},
	"span": func(low, high float64) string {
		if low == high {
			return hours(low)
		}
		return hours(low) + "–" + hours(high)
	},
}).Parse(reportPage))

func hours(h float64) string { return strconv.FormatFloat(h, 'f', -1, 64) }

// HTML is a page to read or print. It loads nothing from elsewhere.
func (r *Report) HTML() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, r)
	return b.Bytes(), err
}
