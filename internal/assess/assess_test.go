// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const boxOffice = "../../cmd/rehearse/boxoffice"

func load(t *testing.T, dir string) *dictionary.Dictionary {
	t.Helper()
	d, err := dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	return d
}

func report(t *testing.T, dir string, change func(*dictionary.Dictionary)) *assess.Report {
	t.Helper()
	d := load(t, dir)
	if change != nil {
		change(d)
	}
	return assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		LobSizes: []assess.LobSize{{Owner: "BOXOFFICE", Table: "TICKET_SCAN", Column: "SCAN_TEXT", Max: 41000, Rows: 1200}}})
}

func finding(r *assess.Report, code string) *assess.Finding {
	for i := range r.Findings {
		if r.Findings[i].Code == code {
			return &r.Findings[i]
		}
	}
	return nil
}

// names lists a finding's objects, with the detail after a colon.
func names(f *assess.Finding) []string {
	var out []string
	if f == nil {
		return nil
	}
	for _, o := range f.Objects {
		out = append(out, strings.TrimSuffix(o.Name+": "+o.Detail, ": "))
	}
	return out
}

func TestBoxOffice(t *testing.T) {
	t.Parallel()
	r := report(t, boxOffice, nil)
	require.Len(t, r.Objects, 76)
	require.Equal(t, 76, r.Totals.Objects)
	require.Equal(t, r.Totals.Objects, r.Totals.Converted+r.Totals.Action+r.Totals.LeftOut+r.Totals.NotTried)
	var hands []string
	for _, o := range r.Objects {
		if o.Outcome == convert.Action {
			hands = append(hands, o.Name)
		}
	}
	require.Len(t, hands, r.Totals.Action)
	require.Subset(t, hands, []string{"CANCEL_PERFORMANCE", "NIGHTLY_SETTLEMENT"}, "a procedure that prints, a job")
	require.Less(t, r.Totals.HoursLow, r.Totals.HoursHigh)
	sum := assess.TypeTotal{}
	for _, row := range r.Totals.ByType {
		require.Equal(t, row.Objects, row.Converted+row.Simple+row.Medium+row.Complex+row.LeftOut+row.NotTried, row.Type)
		sum.Objects += row.Objects
	}
	require.Equal(t, 76, sum.Objects)

	require.Nil(t, finding(r, "FM-DMS-004"), "AUDIT_LOG has all its columns logged")
	require.Equal(t, []string{"AUDIT_LOG: 250 rows"}, names(finding(r, "FM-DMS-007")))
	require.Equal(t, []string{"EVENT: DESCRIPTION (CLOB): not measured", "TICKET_SCAN: SCAN_IMAGE (BLOB): not measured",
		"TICKET_SCAN: SCAN_TEXT (CLOB): 1,200 values, the greatest has 41,000 characters", "VENUE: NOTES (CLOB): not measured"}, names(finding(r, "FM-DMS-009")))
	require.Equal(t, []string{"TICKET_SCAN: SCAN_IMAGE"}, names(finding(r, "FM-DMS-010")))
	require.Equal(t, []string{"AUDIT_LOG: ROW_KEY", "CUSTOMER: POINTS"}, names(finding(r, "FM-DMS-015")))
	require.Equal(t, []string{"CUSTOMER: loyaltyTier"}, names(finding(r, "FM-PG-002")))
	require.Equal(t, []string{"CUSTOMER: LIMIT"}, names(finding(r, "FM-PG-003")))
	require.Equal(t, []string{"FN_AGE"}, names(finding(r, "FM-ORA-001")))
	require.Equal(t, []string{"REFUND: analysed 2026-03-01"}, names(finding(r, "FM-ORA-003")))
	require.Len(t, finding(r, "FM-DMS-023").Objects, 4)
	require.Nil(t, finding(r, "FM-ORA-004"), "the only job is switched off")
}

func TestUseIsThreeValued(t *testing.T) {
	t.Parallel()
	use := func(r *assess.Report) map[string]assess.Use {
		out := map[string]assess.Use{}
		for _, u := range r.Usage {
			require.NotEmpty(t, u.Evidence, u.Table)
			out[u.Table] = u.Use
		}
		return out
	}
	r := report(t, boxOffice, nil)
	got := use(r)
	require.Equal(t, assess.Used, got["TICKET"])
	require.Equal(t, assess.UseUnknown, got["VENUE"], "a view and foreign keys name it")
	require.Equal(t, assess.NoEvidence, got["REFUND"])
	require.Contains(t, names(finding(r, "FM-ORA-005"))[0], "no change since it was analysed on 2026-03-01")
	got = use(report(t, boxOffice, func(d *dictionary.Dictionary) {
		d.Modifications = nil
		d.SetUnknown("ALL_TAB_MODIFICATIONS", "not granted")
	}))
	require.Equal(t, assess.UseUnknown, got["REFUND"])
	require.Equal(t, assess.UseUnknown, got["TICKET"])
}

func TestSupplementalLogging(t *testing.T) {
	t.Parallel()
	none := report(t, boxOffice, func(d *dictionary.Dictionary) { d.LogGroups = nil })
	require.Equal(t, []string{"AUDIT_LOG"}, names(finding(none, "FM-DMS-004")))
	require.Equal(t, `ALTER TABLE "BOXOFFICE"."AUDIT_LOG" ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`, finding(none, "FM-DMS-004").Objects[0].Fix)
	require.Equal(t, assess.Blocks, none.Findings[0].Severity, "the worst come first")
	require.Len(t, finding(none, "FM-DMS-006").Objects, 12)

	unique := report(t, boxOffice, func(d *dictionary.Dictionary) {
		d.LogGroups = nil
		d.Constraints = slices.DeleteFunc(d.Constraints, func(c dictionary.Constraint) bool { return c.Name == "PAYMENT_PK" })
	})
	require.Equal(t, `ALTER TABLE "BOXOFFICE"."PAYMENT" ADD SUPPLEMENTAL LOG GROUP FERRYMAN_LOG ("PAYMENT_ID") ALWAYS`, finding(unique, "FM-DMS-004").Objects[1].Fix,
		"DMS takes the alphabetically first unique index")

	whole := report(t, boxOffice, func(d *dictionary.Dictionary) {
		d.LogGroups = nil
		d.Database = &dictionary.Database{LogMode: "NOARCHIVELOG", SupplementalMin: "NO", SupplementalAll: "YES", SupplementalPK: "YES"}
	})
	require.Nil(t, finding(whole, "FM-DMS-004"))
	require.NotNil(t, finding(whole, "FM-DMS-001"))
	require.NotNil(t, finding(whole, "FM-DMS-002"))
	require.Nil(t, finding(whole, "FM-DMS-003"))

	sample := report(t, testenv.Inputs(t, "dms_sample"), nil)
	require.Equal(t, []string{"MLB_DATA", "NFL_DATA", "NFL_STADIUM_DATA"}, names(finding(sample, "FM-DMS-005")), "the export does not say what is logged")
	require.Equal(t, assess.Warns, finding(sample, "FM-DMS-005").Severity)
	require.Contains(t, sample.Unknown, assess.Unknown{What: "ALL_LOG_GROUPS", Reason: "ALL_LOG_GROUPS.csv is not in the export"})
}

func TestEveryRowOfAllObjectsHasAnEntry(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{boxOffice, testenv.Inputs(t, "dms_sample"), testenv.Inputs(t, "hr"), testenv.Inputs(t, "omop_cdm54")} {
		f, err := os.Open(filepath.Join(dir, "ALL_OBJECTS.csv"))
		require.NoError(t, err)
		rows, err := csv.NewReader(f).ReadAll()
		require.NoError(t, f.Close())
		require.NoError(t, err)
		raw, err := report(t, dir, nil).JSON()
		require.NoError(t, err)
		var got struct {
			Objects []struct {
				Owner, Type, Name, Outcome *string
				Codes                      []string
			}
			Findings []any
			Totals   map[string]any
		}
		require.NoError(t, json.Unmarshal(raw, &got))
		require.Len(t, got.Objects, len(rows)-1)
		for i, o := range got.Objects {
			require.Equal(t, []string{rows[i+1][0], rows[i+1][5], rows[i+1][1]}, []string{*o.Owner, *o.Type, *o.Name})
			require.Contains(t, []string{"converted", "action", "left_out", "not_tried"}, *o.Outcome)
			require.NotNil(t, o.Codes)
		}
		require.NotNil(t, got.Findings)
		require.NotEmpty(t, got.Totals)
	}
}

func TestCompareNamesWhatIsNewAndWhatIsResolved(t *testing.T) {
	t.Parallel()
	before := report(t, boxOffice, nil)
	raw, err := before.JSON()
	require.NoError(t, err)
	var stored assess.Report
	require.NoError(t, json.Unmarshal(raw, &stored))
	now := report(t, boxOffice, func(d *dictionary.Dictionary) {
		for i := range d.Source { // lines move, the item stays
			d.Source[i].Line += 7
		}
		d.Objects = slices.DeleteFunc(d.Objects, func(o dictionary.Object) bool { return o.Name == "CANCEL_PERFORMANCE" })
		d.SchedulerJobs[0].Enabled = "TRUE"
		rows := int64(12)
		d.Tables[0].NumRows = &rows
	})
	delta := assess.Compare(&stored, now)
	require.Len(t, delta.New, 1)
	require.Equal(t, "FM-ORA-004", delta.New[0].Code)
	require.Len(t, delta.Resolved, 1)
	require.Equal(t, "CANCEL_PERFORMANCE", delta.Resolved[0].Object.Name)
	require.Less(t, delta.HoursHigh, 0.0)
	require.Positive(t, delta.Same)
	same := assess.Compare(&stored, before)
	require.Empty(t, same.New)
	require.Empty(t, same.Resolved)
	require.Zero(t, same.HoursLow)
}

func TestFilesTakeHostileNames(t *testing.T) {
	t.Parallel()
	r := report(t, boxOffice, func(d *dictionary.Dictionary) {
		for i := range d.Objects {
			if d.Objects[i].Name == "CANCEL_PERFORMANCE" {
				d.Objects[i].Name = `<script>alert("x")</script>`
			}
			if d.Objects[i].Name == "FN_AGE" {
				d.Objects[i].Owner, d.Objects[i].Name = "BOXOFFICE", "=HYPERLINK(1)\n,\""
			}
		}
	})
	page, err := r.HTML()
	require.NoError(t, err)
	require.NotContains(t, string(page), "<script>")
	require.Contains(t, string(page), "&lt;script&gt;alert(")
	require.Contains(t, string(page), "not measured")
	files := r.CSVs()
	require.Len(t, files, 3)
	for name, raw := range files {
		rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
		require.NoError(t, err, name)
		if name == "action-items.csv" {
			require.Len(t, rows, len(r.Actions)+1)
		}
		for _, row := range rows {
			for _, field := range row {
				require.False(t, strings.HasPrefix(field, "="), field)
			}
		}
	}
}

func TestRulesOfColumnsAndNames(t *testing.T) {
	t.Parallel()
	r := report(t, boxOffice, func(d *dictionary.Dictionary) {
		add := func(name, typ string, more func(*dictionary.Column)) {
			id := int64(50 + len(d.Columns))
			c := column("BOXOFFICE", "VENUE", name, typ, id)
			if more != nil {
				more(&c)
			}
			d.Columns = append(d.Columns, c)
		}
		add("L", "LONG", nil)
		add("X", "XMLTYPE", func(c *dictionary.Column) { c.TypeOwner = "SYS" })
		add("F", "BFILE", nil)
		add("G", "SDO_GEOMETRY", func(c *dictionary.Column) { c.TypeOwner = "MDSYS" })
		add("V", "DATE", func(c *dictionary.Column) { c.Virtual = "YES" })
		add("H", "DATE", func(c *dictionary.Column) { c.Hidden, c.ID = "YES", nil })
		add("T9", "TIMESTAMP(9)", nil)
		add("IT'S", "DATE", nil)
		add(strings.Repeat("N", 31), "DATE", nil)
		add(strings.Repeat("M", 64), "DATE", nil)
		add("A", "CLOB", func(c *dictionary.Column) { c.Table = "AUDIT_LOG" })
		for i := range d.Columns {
			if d.Columns[i].Name == "FULL_NAME" {
				traits := *d.Columns[i].ColumnTraits // they are shared
				traits.Length = 4000
				d.Columns[i].ColumnTraits = &traits
			}
		}
		traits := *d.Constraints[0].ConstraintTraits
		traits.Validated = "NOT VALIDATED"
		d.Constraints[0].ConstraintTraits = &traits
		d.Tables = append(d.Tables, dictionary.Table{Owner: "BOXOFFICE", Name: "TMP", Temporary: "Y"}, dictionary.Table{Owner: "BOXOFFICE", Name: "SYS_IOT_OVER_1", IOTType: "IOT_OVERFLOW"})
	})
	for code, want := range map[string][]string{
		"FM-DMS-008": {"AUDIT_LOG: A"},
		"FM-DMS-011": {"VENUE: L (LONG)", "VENUE: X (XMLTYPE)"},
		"FM-DMS-012": {"VENUE: F (BFILE)", "VENUE: G (SDO_GEOMETRY)"},
		"FM-DMS-013": {"VENUE: V"},
		"FM-DMS-014": {"VENUE: H"},
		"FM-DMS-016": {"VENUE: T9 (TIMESTAMP(9))"},
		"FM-DMS-017": {"VENUE: " + strings.Repeat("N", 31)},
		"FM-DMS-018": {"VENUE: IT'S"},
		"FM-DMS-019": {"SYS_IOT_OVER_1: its overflow segment"},
		"FM-DMS-020": {"TMP"},
		"FM-DMS-022": {"PAYMENT: PAYMENT_PURCHASE_FK, initially deferred"},
		"FM-PG-001":  {"VENUE: " + strings.Repeat("M", 64)},
		"FM-PG-004":  {"CUSTOMER_NAME_IX: 4,000 bytes at most on Oracle"},
		"FM-ORA-002": {"VENUE: SYS_C0008101: enabled, not validated"},
	} {
		require.Equal(t, want, names(finding(r, code)), code)
	}
}
