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
	Filters *[]struct{}  `json:"filters,omitempty"`
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
		add(rule{Type: "selection", Locator: locator{Schema: t.Schema, Table: t.Table}, Action: "explicit", Filters: &[]struct{}{}})
		if !slices.Contains(schemas, t.Schema) {
			schemas = append(schemas, t.Schema)
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
