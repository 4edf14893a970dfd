// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// input is what a rule looks at.
type input struct {
	d     *dictionary.Dictionary
	o     Options
	usage []TableUse
}

// rules are all rules; each gives its finding, or nil where it does not apply. Their codes are stable.
var rules = []func(*input) *Finding{
	archiveLog, minimalLogging, databaseUnknown, noKeyNoLogging, noKeyLoggingUnknown, keyNoLogging, noKey, lobWithoutKey,
	lobs, notNullLobs, longs, unsupportedTypes, apostrophes, overflow, temporary, virtualColumns, invisibleColumns, unscaledNumbers, fineTimestamps,
	longNames30, longNames63, mixedCase, reservedNames, functionIndexes, deferred, wideIndexes, triggers, jobs, invalid, offConstraints,
	emptyTables, unusedTables,
}

// Where the rules come from.
const (
	dmsOracle    = "AWS DMS User Guide, Using an Oracle database as a source"
	dmsLimits    = "AWS DMS User Guide, Limitations on using Oracle as a source"
	dmsLobs      = "AWS DMS User Guide, Migrating large binary objects"
	dmsPostgres  = "AWS DMS User Guide, Using a PostgreSQL database as a target"
	dmsPractices = "AWS DMS User Guide, Best practices"
	pgManual     = "PostgreSQL manual"
	oraReference = "Oracle Database Reference"
)

// tables are the tables that have rows of their own to carry.
func (in *input) tables() []*dictionary.Table {
	var out []*dictionary.Table
	container := map[dictionary.Name]bool{}
	for _, m := range in.d.MViews {
		container[dictionary.Name{Owner: m.Owner, Name: m.Container}] = true
	}
	for i := range in.d.Tables {
		t := &in.d.Tables[i]
		if t.Temporary == "Y" || t.Secondary == "Y" || t.External == "YES" || strings.HasPrefix(t.IOTType, "IOT_") ||
			strings.HasPrefix(t.Name, "BIN$") || strings.HasPrefix(t.Name, "MLOG$_") || container[dictionary.Name{Owner: t.Owner, Name: t.Name}] {
			continue
		}
		out = append(out, t)
	}
	return out
}

// columns calls f for every column of those tables that a person made.
func (in *input) columns(f func(t *dictionary.Table, c *dictionary.Column)) {
	for _, t := range in.tables() {
		for _, c := range in.d.ColumnsOf(t.Owner, t.Name) {
			if c.Hidden != "YES" || c.UserGenerated == "YES" {
				f(t, c)
			}
		}
	}
}

func (in *input) hasKey(t *dictionary.Table) bool {
	k := in.d.PrimaryKey(t.Owner, t.Name)
	return k != nil && k.Status != "DISABLED"
}

func tableObject(t *dictionary.Table) convert.Object {
	return convert.Object{Owner: t.Owner, Type: "TABLE", Name: t.Name}
}

func database(in *input) convert.Object {
	name := "source"
	if in.d.Database != nil && in.d.Database.Name != "" {
		name = in.d.Database.Name
	}
	return convert.Object{Type: "DATABASE", Name: name}
}

// quoteOracle quotes an Oracle name for a statement that is shown.
func quoteOracle(parts ...string) string {
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, "") + `"`
	}
	return strings.Join(parts, ".")
}

// columnFinding lists the columns for which f has a detail.
func columnFinding(in *input, f Finding, detail func(t *dictionary.Table, c *dictionary.Column) (string, bool)) *Finding {
	in.columns(func(t *dictionary.Table, c *dictionary.Column) {
		if text, ok := detail(t, c); ok {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Detail: text})
		}
	})
	return &f
}
