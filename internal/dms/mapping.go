// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MappingSpec is what a task's table mapping covers.
type MappingSpec struct {
	// Tables are included one by one; a mapping names each, so that a table made later is not taken in silently.
	Tables []TableName
	// Marker is Ferryman's own table on the source, included too; zero is none.
	Marker TableName
	// LOB are limits of single tables that differ from the task's: kilobytes by table; 0 is unlimited.
	LOB map[TableName]int
	// Only are filters of single tables: rows for which one does not hold stay behind. Without are columns that stay behind.
	Only    map[TableName][]Filter
	Without map[TableName][]string
}

// Filter keeps the rows whose column compares so with the value. Operator is one of =, >=, <=, <>.
type Filter struct{ Column, Operator, Value string }

// filterOperators are DMS's words.
var filterOperators = map[string]string{"=": "eq", ">=": "gte", "<=": "lte", "<>": "noteq"}

type filter struct {
	Type       string      `json:"filter-type"`
	Column     string      `json:"column-name"`
	Conditions []condition `json:"filter-conditions"`
}

type condition struct {
	Operator string `json:"filter-operator"`
	Value    string `json:"value"`
}

// sourceFilters are a table's filters, in an order of their own.
func sourceFilters(t TableName, only []Filter) (*[]filter, error) {
	list := []filter{}
	for _, f := range only {
		operator, ok := filterOperators[f.Operator]
		if !ok || f.Column == "" || f.Value == "" {
			return nil, fmt.Errorf("DMS can't filter %s by %s %s %q", t, f.Column, f.Operator, f.Value)
		}
		list = append(list, filter{Type: "source", Column: f.Column, Conditions: []condition{{operator, f.Value}}})
	}
	slices.SortFunc(list, func(a, b filter) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Conditions[0].Operator, b.Conditions[0].Operator), cmp.Compare(a.Conditions[0].Value, b.Conditions[0].Value))
	})
	return &list, nil
}

type locator struct {
	Schema string `json:"schema-name"`
	Table  string `json:"table-name,omitempty"`
	Column string `json:"column-name,omitempty"`
}

type rule struct {
	Type    string       `json:"rule-type"`
	ID      string       `json:"rule-id"`
	Name    string       `json:"rule-name"`
	Target  string       `json:"rule-target,omitempty"`
	Locator locator      `json:"object-locator"`
	Action  string       `json:"rule-action,omitempty"`
	Filters *[]filter    `json:"filters,omitempty"`
	LOB     *lobSettings `json:"lob-settings,omitempty"`
}

type lobSettings struct {
	Mode string `json:"mode"`
	Max  string `json:"bulk-max-size,omitempty"`
}

// TableMappings makes the mapping's JSON: an explicit selection for each table, and schema, table and column names to lower case.
// DMS takes one action per object, so there is one rule of each kind for each schema. The same spec makes the same bytes, whatever
// the order of its tables.
func TableMappings(spec MappingSpec) (string, error) {
	if len(spec.Tables) == 0 {
		return "", errors.New("the table mapping has no table; DMS would load nothing")
	}
	tables := slices.Clone(spec.Tables)
	if spec.Marker != (TableName{}) {
		tables = append(tables, spec.Marker)
	}
	slices.SortFunc(tables, func(a, b TableName) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Table, b.Table))
	})
	tables = slices.Compact(tables)
	if err := checkLowered(tables); err != nil {
		return "", err
	}
	var rules []rule
	add := func(r rule) {
		r.ID = strconv.Itoa(len(rules) + 1)
		r.Name = r.ID
		rules = append(rules, r)
	}
	var schemas []string
	for _, t := range tables {
		if t.Schema == "" || t.Table == "" {
			return "", fmt.Errorf("the table mapping has a table without schema or name: %q", t)
		}
		if strings.Contains(t.Schema+t.Table, "%") {
			return "", fmt.Errorf("%s has a %% in its name, which is a wildcard to DMS; leave the table out", t)
		}
		filters, err := sourceFilters(t, spec.Only[t])
		if err != nil {
			return "", err
		}
		add(rule{Type: "selection", Locator: locator{Schema: t.Schema, Table: t.Table}, Action: "explicit", Filters: filters})
		if !slices.Contains(schemas, t.Schema) {
			schemas = append(schemas, t.Schema)
		}
	}
	// DMS takes one action per object, that of the lower id: what is removed comes before what is renamed.
	for _, t := range tables {
		columns := slices.Clone(spec.Without[t])
		slices.Sort(columns)
		for _, column := range slices.Compact(columns) {
			if strings.Contains(column, "%") {
				return "", fmt.Errorf("column %s of %s has a %% in its name, which is a wildcard to DMS; it can't be left out alone", column, t)
			}
			add(rule{Type: "transformation", Target: "column", Locator: locator{Schema: t.Schema, Table: t.Table, Column: column}, Action: "remove-column"})
		}
	}
	for _, schema := range schemas {
		lower := func(target string, l locator) {
			add(rule{Type: "transformation", Target: target, Locator: l, Action: "convert-lowercase"})
		}
		lower("schema", locator{Schema: schema})
		lower("table", locator{Schema: schema, Table: "%"})
		lower("column", locator{Schema: schema, Table: "%", Column: "%"})
	}
	for _, t := range tables {
		limit, ok := spec.LOB[t]
		if !ok {
			continue
		}
		lob := &lobSettings{Mode: "unlimited"}
		if limit > 0 {
			lob = &lobSettings{Mode: "limited", Max: strconv.Itoa(limit)}
		}
		add(rule{Type: "table-settings", Locator: locator{Schema: t.Schema, Table: t.Table}, LOB: lob})
	}
	return encode(map[string]any{"rules": rules})
}

// checkLowered refuses tables whose names differ in case only: they would share one table on the target.
func checkLowered(tables []TableName) error {
	seen := map[string]TableName{}
	for _, t := range tables {
		lowered := strings.ToLower(t.String())
		if other, ok := seen[lowered]; ok {
			return fmt.Errorf("%s and %s would both become %s on the target; leave one out", other, t, lowered)
		}
		seen[lowered] = t
	}
	return nil
}

// encode writes JSON for people to read too, without escaping of < and &.
func encode(doc any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(doc); err != nil {
		return "", err
	}
	return out.String(), nil
}
