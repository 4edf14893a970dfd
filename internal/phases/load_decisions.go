// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/runbook"
)

// mappingFilters are the filters of the tables as the task's mapping has them.
func mappingFilters(tables []compare.Table) map[dms.TableName][]dms.Filter {
	filters := map[dms.TableName][]dms.Filter{}
	for i, name := range scope(tables) {
		for _, f := range tables[i].Only {
			filters[name] = append(filters[name], dms.Filter{Column: f.Column, Operator: f.Operator, Value: f.Value})
		}
	}
	return filters
}

// withoutColumns are the columns whose values do not go to the target.
func (h *hands) withoutColumns(tables []compare.Table) map[dms.TableName][]string {
	columns := map[dms.TableName][]string{}
	for _, name := range scope(tables) {
		for _, o := range h.decided.Offload {
			if o.Owner == name.Schema && o.Table == name.Table {
				columns[name] = append(columns[name], o.Column)
			}
		}
	}
	return columns
}

// filterLogging looks whether every column that rows are filtered by is in the redo of each change: without it DMS can't tell which changes
// belong to a row that stays behind. nil where nothing is filtered.
func filterLogging(d *dictionary.Dictionary, r *oracle.Readiness, tables []compare.Table) *runbook.Evidence {
	e := runbook.Evidence{Name: "supplemental logging of the columns that rows are filtered by", Query: "ALL_LOG_GROUPS, ALL_LOG_GROUP_COLUMNS"}
	filters := 0
	var missing, fixes []string
	for _, t := range tables {
		for _, f := range t.Only {
			filters++
			if !logged(d, r, t.Source.Schema, t.Source.Table, f.Column) {
				missing = append(missing, t.Source.Table+"."+f.Column)
				fixes = append(fixes, fmt.Sprintf("ALTER TABLE %q.%q ADD SUPPLEMENTAL LOG GROUP \"FERRYMAN_FILTER\" (%q) ALWAYS;", t.Source.Schema, t.Source.Table, f.Column))
			}
		}
	}
	if filters == 0 {
		return nil
	}
	e.Holds, e.Value = len(missing) == 0, plural(filters, "column is logged", "columns are logged")
	if !e.Holds {
		e.Value, e.Fix = "missing on "+some(missing), strings.Join(fixes[:min(len(fixes), named)], "\n")
	}
	return &e
}

// logged tells whether a column is in the redo of every change of its table.
func logged(d *dictionary.Dictionary, r *oracle.Readiness, owner, table, column string) bool {
	if r.Database.SupplementalAll == "YES" {
		return true
	}
	pk := d.PrimaryKey(owner, table)
	inKey := pk != nil && slices.Contains(d.ConstraintColumns(pk.Owner, pk.Name), column)
	if inKey && r.Database.SupplementalPK == "YES" {
		return true
	}
	for _, g := range d.LogGroups {
		if g.Owner != owner || g.Table != table {
			continue
		}
		switch {
		case g.Kind == "ALL COLUMN LOGGING", g.Kind == "PRIMARY KEY LOGGING" && inKey:
			return true
		case g.Kind != "USER LOG GROUP" || g.Always != "ALWAYS":
			continue
		}
		if slices.ContainsFunc(d.LogGroupColumns, func(c dictionary.LogGroupColumn) bool {
			return c.Owner == owner && c.Table == table && c.Group == g.Name && c.Column == column
		}) {
			return true
		}
	}
	return false
}

// whole are the tables of which every row goes to the target: the source's statistics know nothing of filters.
func whole(tables []compare.Table) []compare.Table {
	return slices.DeleteFunc(slices.Clone(tables), func(t compare.Table) bool { return len(t.Only) > 0 })
}
