// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Rule is one limit or check. Its code is stable. Exactly one of find, table and column is set.
type Rule struct {
	Code     string
	Severity Severity
	Title    string
	Why      string
	Source   string
	// Checks are the names of AWS's pre-migration assessments that look at the same.
	Checks []string
	Mend   Mend

	find   func(*input) []FindingObject
	table  func(*input, *dictionary.Table) (FindingObject, bool)
	column func(*input, *dictionary.Table, *dictionary.Column) (detail string, ok bool)
}

// Mend is about the statements that mend a finding: where they run, what they lock, what they wait for, and when to run them.
type Mend struct {
	On    string `json:"on,omitempty"` // Oracle, PostgreSQL, DMS endpoint or DMS task
	Lock  string `json:"lock,omitempty"`
	Waits string `json:"waits,omitempty"`
	When  string `json:"when,omitempty"`
}

// Where statements run.
const (
	onOracle   = "Oracle"
	onEndpoint = "DMS endpoint"
	onTask     = "DMS task"
)

// Rules lists every rule, by code.
func Rules() []Rule {
	all := slices.Concat(databaseRules, loggingRules, columnRules, objectRules, compressionRules, nameRules, targetRules, useRules)
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Where the rules come from.
const (
	dmsOracle    = "AWS DMS User Guide, Using an Oracle database as a source"
	dmsReaders   = "AWS DMS User Guide, Using Oracle LogMiner or AWS DMS Binary Reader for CDC"
	dmsCompress  = "AWS DMS User Guide, Supported compression methods for using Oracle as a source"
	dmsLimits    = "AWS DMS User Guide, Limitations on using Oracle as a source"
	dmsLobs      = "AWS DMS User Guide, Migrating large binary objects"
	dmsPostgres  = "AWS DMS User Guide, Using a PostgreSQL database as a target"
	dmsPractices = "AWS DMS User Guide, Best practices"
	dmsValidate  = "AWS DMS User Guide, Data validation"
	dmsTasks     = "AWS DMS User Guide, Task settings"
	pgManual     = "PostgreSQL manual"
	oraReference = "Oracle Database Reference"
)

// input is what a rule looks at.
type input struct {
	d       *dictionary.Dictionary
	o       Options
	usage   []TableUse
	tables  []*dictionary.Table    // those that have rows of their own to carry
	has     [][]*dictionary.Column // the columns of each of them
	logging map[dictionary.Name]string
	sizes   map[convert.ColumnName]LobSize
	numbers map[convert.ColumnName]convert.Measurement
}

func newInput(d *dictionary.Dictionary, o Options) *input {
	in := &input{d: d, o: o, usage: usage(d), logging: map[dictionary.Name]string{}, sizes: map[convert.ColumnName]LobSize{},
		numbers: convert.Measurements(d.Numbers)}
	container := map[dictionary.Name]bool{}
	for _, m := range d.MViews {
		container[dictionary.Name{Owner: m.Owner, Name: m.Container}] = true
	}
	for i := range d.Tables {
		t := &d.Tables[i]
		if t.Temporary == "Y" || t.Secondary == "Y" || t.External == "YES" || t.Nested == "YES" || strings.HasPrefix(t.IOTType, "IOT_") ||
			strings.HasPrefix(t.Name, "BIN$") || strings.HasPrefix(t.Name, "MLOG$_") || container[dictionary.Name{Owner: t.Owner, Name: t.Name}] {
			continue
		}
		in.tables, in.has = append(in.tables, t), append(in.has, d.ColumnsOf(t.Owner, t.Name))
	}
	level := map[string]int{"log group": 1, "primary key": 2, "all": 3}
	for _, g := range d.LogGroups {
		has := ""
		switch {
		case g.Kind == "ALL COLUMN LOGGING":
			has = "all"
		case g.Kind == "PRIMARY KEY LOGGING":
			has = "primary key"
		case g.Kind == "USER LOG GROUP" && g.Always == "ALWAYS":
			has = "log group"
		}
		if n := (dictionary.Name{Owner: g.Owner, Name: g.Table}); level[has] > level[in.logging[n]] {
			in.logging[n] = has
		}
	}
	for _, s := range o.LobSizes {
		in.sizes[convert.ColumnName{Owner: s.Owner, Table: s.Table, Column: s.Column}] = s
	}
	return in
}

// findings runs every rule: those of tables and columns in one pass over them.
func (in *input) findings() []Finding {
	rules := Rules()
	found := make([][]FindingObject, len(rules))
	var byTable, byColumn []int
	for i, r := range rules {
		switch {
		case r.find != nil:
			found[i] = r.find(in)
		case r.table != nil:
			byTable = append(byTable, i)
		default:
			byColumn = append(byColumn, i)
		}
	}
	for n, t := range in.tables {
		for _, i := range byTable {
			if o, ok := rules[i].table(in, t); ok {
				o.Object = tableObject(t)
				found[i] = append(found[i], o)
			}
		}
		for _, c := range in.has[n] {
			if c.Hidden == "YES" && c.UserGenerated != "YES" {
				continue
			}
			for _, i := range byColumn {
				if detail, ok := rules[i].column(in, t, c); ok {
					found[i] = append(found[i], FindingObject{Object: tableObject(t), Subject: c.Name, Detail: detail})
				}
			}
		}
	}
	out := []Finding{}
	for i, r := range rules {
		if len(found[i]) == 0 {
			continue
		}
		f := Finding{Code: r.Code, Severity: r.Severity, Title: r.Title, Why: r.Why, Source: r.Source, Objects: found[i]}
		if slices.ContainsFunc(f.Objects, func(o FindingObject) bool { return o.Fix != "" }) {
			f.Mend = &r.Mend
		}
		slices.SortStableFunc(f.Objects, byPlace)
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return rank[a.Severity] - rank[b.Severity] })
	return out
}

func byPlace(a, b FindingObject) int {
	return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Name, b.Name), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Detail, b.Detail))
}

var rank = map[Severity]int{Blocks: 0, Warns: 1, Informs: 2}

func (in *input) hasKey(t *dictionary.Table) bool {
	k := in.d.PrimaryKey(t.Owner, t.Name)
	return k != nil && k.Status != "DISABLED"
}

func tableObject(t *dictionary.Table) convert.Object {
	return convert.Object{Owner: t.Owner, Type: "TABLE", Name: t.Name}
}

func object(owner, kind, name string) convert.Object {
	return convert.Object{Owner: owner, Type: kind, Name: name}
}

// database is the object of findings about the whole database.
func database(in *input) convert.Object {
	name := "source"
	if in.d.Database != nil && in.d.Database.Name != "" {
		name = in.d.Database.Name
	}
	return convert.Object{Type: "DATABASE", Name: name}
}

// onDatabase is a finding about the whole database.
func onDatabase(in *input, detail, fix string) []FindingObject {
	return []FindingObject{{Object: database(in), Detail: detail, Fix: fix}}
}

// quoteOracle quotes an Oracle name for a statement that is shown. A name on Oracle has no double quote in it.
func quoteOracle(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = `"` + strings.ReplaceAll(p, `"`, "") + `"`
	}
	return strings.Join(quoted, ".")
}

// literalOracle writes a text for a statement that is shown.
func literalOracle(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
