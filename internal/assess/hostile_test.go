// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// hostile are names that Oracle takes between double quotes, and some that only a hand-made export holds.
var hostile = []string{`'); DROP TABLE x; --`, "line\nbreak", "tab\tand\rreturn", "🎭🎟️", `<script>alert(1)</script>`, `=HYPERLINK("http://x","y")`, `@SUM(1)`, `-1+1`, "{{.Totals}}",
	`<!channel> <@U1> *bold*`, "\x00nul", `a"b`, `back\slash`, "%", strings.Repeat("長", 128), "</td></table><img src=x onerror=alert(1)>", "\u202eevil", "' ' '"}

func TestHostileNamesAreEscapedEverywhere(t *testing.T) {
	t.Parallel()
	d := load(t, boxOffice)
	for i, name := range hostile {
		d.Tables = append(d.Tables, dictionary.Table{Owner: "BOXOFFICE", Name: name, Logging: "NO", Cluster: name})
		d.Objects = append(d.Objects, dictionary.Object{Owner: "BOXOFFICE", Name: name, Type: "TABLE", Status: "INVALID"},
			dictionary.Object{Owner: "BOXOFFICE", Name: name, Type: "PROCEDURE", Status: "INVALID"})
		lob, odd := column("BOXOFFICE", name, name, "CLOB", 1), column("BOXOFFICE", name, "X", name, 2)
		lob.Nullable, odd.TypeOwner = "N", name
		d.Columns = append(d.Columns, lob, odd)
		d.Source = append(d.Source, dictionary.SourceLine{Owner: "BOXOFFICE", Name: name, Type: "PROCEDURE", Line: 1, Text: "procedure p is begin execute immediate '" + name})
		d.Policies = append(d.Policies, dictionary.Policy{Owner: "BOXOFFICE", Object: name, Name: name, Function: name, Select: "YES"})
		d.SchedulerJobs = append(d.SchedulerJobs, dictionary.SchedulerJob{Owner: "BOXOFFICE", Name: name, Enabled: "TRUE", Interval: name})
		d.SetUnknown(fmt.Sprintf("V%d", i), name)
	}
	d.Schemas = append(d.Schemas, hostile[4])
	o := assess.Options{Now: monday, Decisions: convert.Decisions{LeaveOut: []convert.Omission{{Object: convert.Object{Owner: hostile[4], Type: hostile[4], Name: hostile[4]}, Decided: convert.Decided{By: hostile[4], Why: hostile[4]}}}}}
	c := convert.Convert(d, convert.Options{})
	r := assess.Assess(d, c, o)
	r.Follow(&assess.Report{Engine: assess.Builtin})

	page, err := r.HTML()
	require.NoError(t, err)
	require.NotContains(t, string(page), "<script")
	require.NotContains(t, string(page), "<img")
	require.NotContains(t, string(page), "\x00")
	require.Contains(t, string(page), "&lt;script&gt;alert(1)&lt;/script&gt;")
	tags := regexp.MustCompile(`<(table|/table)>`).FindAllString(string(page), -1)
	open := 0
	for _, tag := range tags {
		if open++; tag == "</table>" {
			open -= 2
		}
		require.Contains(t, []int{0, 1}, open, "no name closes a table")
	}

	for name, raw := range r.CSVs() {
		rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
		require.NoError(t, err, name)
		for _, row := range rows {
			for _, field := range row {
				require.NotRegexp(t, regexp.MustCompile(`^[=+\-@\t\r]`), field, name)
				require.NotContains(t, field, "\x00")
			}
		}
	}

	raw, err := r.JSON()
	require.NoError(t, err)
	var back assess.Report
	require.NoError(t, json.Unmarshal(raw, &back))
	delta := assess.Compare(&back, r)
	require.Empty(t, delta.New, "what was written is what was meant")
	require.Empty(t, delta.Resolved)

	for _, f := range r.Findings {
		for _, x := range f.Objects {
			if f.Mend == nil || f.Mend.On != "Oracle" || !strings.HasPrefix(x.Fix, "ALTER TABLE") {
				continue
			}
			require.Zero(t, strings.Count(x.Fix, `"`)%2, x.Fix)
			require.NotRegexp(t, regexp.MustCompile(`^ALTER TABLE "[^"]*"\."[^"]*";`), x.Fix, "no name ends its quotes")
		}
	}
}

func TestAThousandColumnsAndMore(t *testing.T) {
	t.Parallel()
	d := load(t, boxOffice)
	d.Tables = append(d.Tables, dictionary.Table{Owner: "BOXOFFICE", Name: "WIDE"})
	d.Objects = append(d.Objects, dictionary.Object{Owner: "BOXOFFICE", Name: "WIDE", Type: "TABLE", Status: "VALID"})
	for i := range 1000 {
		c := column("BOXOFFICE", "WIDE", fmt.Sprintf("C%04d", i), "VARCHAR2", int64(i+1))
		c.Length, c.CharLength = 4000, 4000
		d.Columns = append(d.Columns, c)
	}
	r := assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: monday})
	require.Nil(t, finding(r, "FM-PG-005"), "PostgreSQL takes 1,600")
	for _, o := range finding(r, "FM-DMS-043").Objects {
		require.Less(t, len(o.Fix), 1500, "a statement that people can read")
	}
}
