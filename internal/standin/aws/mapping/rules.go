// SPDX-License-Identifier: Apache-2.0

// Package mapping reads the table mapping of a DMS replication task: which source tables it takes, which rows of them, and what
// schemas, tables and columns are called on the target.
package mapping

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rules are a task's table mapping.
type Rules struct {
	selections []rule
	transforms []rule
}

type rule struct {
	Type    string          `json:"rule-type"`
	RawID   json.RawMessage `json:"rule-id"`
	Name    json.RawMessage `json:"rule-name"`
	Action  string          `json:"rule-action"`
	Target  string          `json:"rule-target"`
	Value   *string         `json:"value"`
	Old     *string         `json:"old-value"`
	Locator struct {
		Schema string `json:"schema-name"`
		Table  string `json:"table-name"`
		Column string `json:"column-name"`
	} `json:"object-locator"`
	Filters      []Filter        `json:"filters"`
	LoadOrder    *int            `json:"load-order"`
	ParallelLoad json.RawMessage `json:"parallel-load"`
	LOBSettings  json.RawMessage `json:"lob-settings"`

	id int
}

// Error is a mapping that DMS would refuse. Its text has DMS's form.
type Error struct {
	RuleID int // 0: the document as a whole
	Reason string
}

func (e *Error) Error() string {
	if e.RuleID == 0 {
		return e.Reason
	}
	return fmt.Sprintf("Error in mapping rules. Rule with ruleId = %d failed validation. Reason: %s", e.RuleID, e.Reason)
}

// Parse reads and checks a mapping document. The error is an *Error.
func Parse(document string) (*Rules, error) {
	var doc struct {
		Rules []rule `json:"rules"`
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil || len(doc.Rules) == 0 {
		return nil, &Error{Reason: "Invalid Table Mappings document"}
	}
	rules := &Rules{}
	seen := map[int]bool{}
	for _, r := range doc.Rules {
		id, err := strconv.Atoi(strings.Trim(string(r.RawID), `"`))
		if err != nil || id <= 0 {
			return nil, &Error{Reason: "Error in mapping rules. rule-id must be a positive number, is " + string(r.RawID)}
		}
		r.id = id
		if seen[id] {
			return nil, &Error{id, "rule-id is used more than once"}
		}
		seen[id] = true
		if len(r.Name) == 0 || string(r.Name) == `""` {
			return nil, &Error{id, "rule-name is missing"}
		}
		if err := r.check(); err != nil {
			return nil, err
		}
		switch r.Type {
		case "selection":
			rules.selections = append(rules.selections, r)
		case "transformation":
			rules.transforms = append(rules.transforms, r)
		}
	}
	if !slices.ContainsFunc(rules.selections, func(r rule) bool { return r.Action != "exclude" }) {
		return nil, &Error{Reason: "Error in mapping rules. At least one selection rule with rule-action include or explicit is needed"}
	}
	slices.SortFunc(rules.transforms, func(a, b rule) int { return a.id - b.id })
	return rules, nil
}

func (r *rule) check() error {
	switch r.Type {
	case "selection":
		return r.checkSelection()
	case "transformation":
		return r.checkTransformation()
	case "table-settings":
		if err := r.needTable(); err != nil {
			return err
		}
		if strings.Contains(r.Locator.Schema+r.Locator.Table, "%") {
			return &Error{r.id, "table-settings need an exact schema-name and table-name, without %"}
		}
		if len(r.ParallelLoad) == 0 && len(r.LOBSettings) == 0 {
			return &Error{r.id, "table-settings need parallel-load or lob-settings"}
		}
		return nil
	}
	return &Error{r.id, fmt.Sprintf("rule-type %.40q is not served", r.Type)}
}

func (r *rule) needTable() error {
	if r.Locator.Schema == "" || r.Locator.Table == "" {
		return &Error{r.id, "object-locator needs schema-name and table-name"}
	}
	return nil
}

func (r *rule) checkSelection() error {
	if err := r.needTable(); err != nil {
		return err
	}
	switch r.Action {
	case "include", "exclude":
	case "explicit":
		if strings.Contains(r.Locator.Schema+r.Locator.Table, "%") {
			return &Error{r.id, "an explicit selection needs an exact schema-name and table-name, without %"}
		}
	default:
		return &Error{r.id, fmt.Sprintf("rule-action %.40q is not one of include, exclude, explicit", r.Action)}
	}
	for _, f := range r.Filters {
		if reason := f.check(); reason != "" {
			return &Error{r.id, reason}
		}
	}
	return nil
}

func (r *rule) checkTransformation() error {
	switch r.Target {
	case "schema", "table", "column":
	default:
		return &Error{r.id, fmt.Sprintf("rule-target %.40q is not served", r.Target)}
	}
	if r.Locator.Schema == "" || r.Target != "schema" && r.Locator.Table == "" || r.Target == "column" && r.Locator.Column == "" {
		return &Error{r.id, "object-locator does not name a " + r.Target}
	}
	switch r.Action {
	case "convert-lowercase", "convert-uppercase":
		return nil
	case "remove-column", "include-column":
		if r.Target != "column" {
			return &Error{r.id, r.Action + " needs rule-target column"}
		}
		return nil
	case "rename", "add-prefix", "remove-prefix", "add-suffix", "remove-suffix":
		if r.Value == nil || *r.Value == "" {
			return &Error{r.id, r.Action + " needs a value"}
		}
		return nil
	case "replace-prefix", "replace-suffix":
		if r.Value == nil || r.Old == nil || *r.Old == "" {
			return &Error{r.id, r.Action + " needs a value and an old-value"}
		}
		return nil
	}
	return &Error{r.id, fmt.Sprintf("rule-action %.40q is not served", r.Action)}
}

// Selects says whether the task takes a source table, and with which row filters. A table is taken by any include or explicit rule
// and kept out by any exclude rule.
func (r *Rules) Selects(schema, table string) (bool, []Filter) {
	selected := false
	var filters []Filter
	for _, s := range r.selections {
		if !match(s.Locator.Schema, schema) || !match(s.Locator.Table, table) {
			continue
		}
		if s.Action == "exclude" {
			return false, nil
		}
		selected = true
		filters = append(filters, s.Filters...)
	}
	return selected, filters
}

// SelectsSchema says whether any rule may take tables of a schema.
func (r *Rules) SelectsSchema(schema string) bool {
	return slices.ContainsFunc(r.selections, func(s rule) bool { return s.Action != "exclude" && match(s.Locator.Schema, schema) })
}

// LoadOrder is the table's place in the full load: tables with greater numbers first, 0 where no rule gives one.
func (r *Rules) LoadOrder(schema, table string) int {
	for _, s := range r.selections {
		if s.LoadOrder != nil && match(s.Locator.Schema, schema) && match(s.Locator.Table, table) {
			return *s.LoadOrder
		}
	}
	return 0
}

// Schema is a schema's name on the target. Of several rules for one object the one with the lowest rule-id counts, here and below.
func (r *Rules) Schema(schema string) string {
	for _, t := range r.transforms {
		if t.Target == "schema" && match(t.Locator.Schema, schema) {
			return t.apply(schema)
		}
	}
	return schema
}

// Table is a table's name on the target.
func (r *Rules) Table(schema, table string) string {
	for _, t := range r.transforms {
		if t.Target == "table" && match(t.Locator.Schema, schema) && match(t.Locator.Table, table) {
			return t.apply(table)
		}
	}
	return table
}

// Column is a column's name on the target, and whether it goes there at all.
func (r *Rules) Column(schema, table, column string) (string, bool) {
	name, renamed, included, restricted := column, false, false, false
	for _, t := range r.transforms {
		if t.Target != "column" || !match(t.Locator.Schema, schema) || !match(t.Locator.Table, table) {
			continue
		}
		here := match(t.Locator.Column, column)
		switch {
		case t.Action == "include-column":
			restricted, included = true, included || here
		case here && t.Action == "remove-column":
			return "", false
		case here && !renamed:
			name, renamed = t.apply(column), true
		}
	}
	return name, included || !restricted
}

func (r *rule) apply(name string) string {
	switch r.Action {
	case "convert-lowercase":
		return strings.ToLower(name)
	case "convert-uppercase":
		return strings.ToUpper(name)
	case "rename":
		return *r.Value
	case "add-prefix":
		return *r.Value + name
	case "add-suffix":
		return name + *r.Value
	case "remove-prefix":
		return strings.TrimPrefix(name, *r.Value)
	case "remove-suffix":
		return strings.TrimSuffix(name, *r.Value)
	case "replace-prefix":
		if rest, ok := strings.CutPrefix(name, *r.Old); ok {
			return *r.Value + rest
		}
	case "replace-suffix":
		if rest, ok := strings.CutSuffix(name, *r.Old); ok {
			return rest + *r.Value
		}
	}
	return name
}

// match compares a name with a pattern in which % stands for any text. Upper and lower case differ.
func match(pattern, name string) bool {
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	rest := name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}
