// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"slices"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/dms"
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

// whole are the tables of which every row goes to the target: the source's statistics know nothing of filters.
func whole(tables []compare.Table) []compare.Table {
	return slices.DeleteFunc(slices.Clone(tables), func(t compare.Table) bool { return len(t.Only) > 0 })
}
