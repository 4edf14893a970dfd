// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"encoding/json"
	"fmt"
)

// ConversionScope is what a step of Schema Conversion works on: whole schemas, without some of their objects.
type ConversionScope struct {
	Schemas []string
	Without []ConversionObject
}

// ConversionObject is an object of the source by its type and its name in the dictionary.
type ConversionObject struct{ Schema, Type, Name string }

// locatorKeys are what a selection rule calls the objects that stand right below a schema in Schema Conversion's tree. What is part of
// another, such as an index or the body of a package, is not selected by itself.
var locatorKeys = map[string]string{"TABLE": "table-name", "VIEW": "view-name", "MATERIALIZED VIEW": "materialized-view-name", "SEQUENCE": "sequence-name",
	"FUNCTION": "function-name", "PROCEDURE": "procedure-name", "PACKAGE": "package-name", "TYPE": "type-name", "SYNONYM": "synonym-name"}

// SelectionRules selects whole schemas, by their exact names, on the server that a data provider's resource id names, and excludes what the
// scope is without. An object that rules can't name is not excluded: whoever reads what was converted leaves it out.
func SelectionRules(serverID string, scope ConversionScope) string {
	type rule struct {
		Type    string            `json:"rule-type"`
		ID      string            `json:"rule-id"`
		Name    string            `json:"rule-name"`
		Action  string            `json:"rule-action"`
		Locator map[string]string `json:"object-locator"`
	}
	rules := []rule{}
	add := func(action string, locator map[string]string) {
		id := fmt.Sprint(len(rules) + 1)
		rules = append(rules, rule{"selection", id, id, action, locator})
	}
	for _, schema := range scope.Schemas {
		add("explicit", map[string]string{"server-name": serverID, "schema-name": schema})
	}
	for _, o := range scope.Without {
		if key := locatorKeys[o.Type]; key != "" {
			add("exclude", map[string]string{"server-name": serverID, "schema-name": o.Schema, key: o.Name})
		}
	}
	text, _ := json.Marshal(map[string]any{"rules": rules})
	return string(text)
}
