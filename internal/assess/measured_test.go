// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// What was measured is said as evidence, and so is what could not be.
func TestWhatWasMeasuredAndWhatCouldNotBe(t *testing.T) {
	t.Parallel()
	d := load(t, boxOffice)
	for name, typ := range map[string]string{"OLD": "LONG", "OLDER": "LONG RAW", "DOC": "XMLTYPE", "LATE": "CLOB", "PIC": "BLOB", "N1": "NUMBER", "N2": "NUMBER", "N3": "NUMBER", "N4": "NUMBER"} {
		d.Columns = append(d.Columns, column("BOXOFFICE", "VENUE", name, typ, 9))
	}
	number := func(name string, values int64, fraction int, all bool) dictionary.MeasuredNumber {
		return dictionary.MeasuredNumber{Owner: "BOXOFFICE", Table: "VENUE", Column: name, Looked: 40, All: all, Values: values, Integer: 3, Fraction: fraction}
	}
	d.Numbers = []dictionary.MeasuredNumber{number("N1", 40, 0, true), number("N2", 40, 12, false), number("N3", 0, 0, true)}
	size := func(name string, greatest int64, why string) assess.LobSize {
		return assess.LobSize{Owner: "BOXOFFICE", Table: "VENUE", Column: name, Max: greatest, Rows: 7, Why: why}
	}
	const none = "no function of Oracle's SQL tells the length of a LONG"
	o := assess.Options{Now: monday, LobSizes: []assess.LobSize{size("OLD", 0, none), size("DOC", 1200, ""), size("LATE", 0, "it took longer than its share of time"), size("PIC", 1<<30, "")}}
	r := assess.Assess(d, convert.Convert(d, convert.Options{}), o)
	require.Equal(t, []string{"VENUE: DOC (XMLTYPE): 7 values, the greatest has 1,200 characters", "VENUE: OLD (LONG): not measured, " + none, "VENUE: OLDER (LONG RAW)"},
		names(finding(r, "FM-DMS-011")))
	require.Subset(t, names(finding(r, "FM-DMS-009")), []string{"VENUE: LATE (CLOB): not measured, it took longer than its share of time",
		"VENUE: PIC (BLOB): 7 values, the greatest has 1,073,741,824 bytes"})
	require.Equal(t, []string{"VENUE: PIC"}, names(finding(r, "FM-PG-010")))
	require.Subset(t, names(finding(r, "FM-DMS-015")), []string{"VENUE: N1: no fractions", "VENUE: N2: up to 12 digits behind the point in a sample",
		"VENUE: N3: its values tell nothing, 40 rows were looked at, and none has a value", "VENUE: N4"})
	evidence := map[string]string{}
	for _, x := range r.Offload {
		if x.Table == "VENUE" {
			evidence[x.Column] = x.Evidence
		}
	}
	require.Equal(t, map[string]string{"OLD": "its size is not known: " + none, "OLDER": "its size is not known", "NOTES": "its size is not known", "LATE": "its size is not known: it took longer than its share of time",
		"PIC": "measured"}, evidence)
}
