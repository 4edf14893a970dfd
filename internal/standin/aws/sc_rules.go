// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// scRules are selection rules of Schema Conversion, read: the schemas of one side of a project, and the objects in them that are excluded.
type scRules struct {
	source  bool
	schemas []string
	without []convert.Omission
}

// scLocators are the keys of an excluded object, with the types of Oracle's dictionary.
var scLocators = map[string]string{"table-name": "TABLE", "view-name": "VIEW", "materialized-view-name": "MATERIALIZED VIEW", "sequence-name": "SEQUENCE",
	"function-name": "FUNCTION", "procedure-name": "PROCEDURE", "package-name": "PACKAGE", "type-name": "TYPE", "synonym-name": "SYNONYM"}

// readRules reads selection rules as AWS's guide describes them: rules of one side, told by the server's name or the resource id of its
// data provider; whole schemas by their exact names, and single objects of these that are excluded. What selects single objects or by
// pattern is refused: no Ferryman sends it.
func (p *project) readRules(text string) (scRules, error) {
	var doc struct {
		Rules []struct {
			Type    string            `json:"rule-type"`
			ID      json.RawMessage   `json:"rule-id"`
			Name    string            `json:"rule-name"`
			Action  string            `json:"rule-action"`
			Locator map[string]string `json:"object-locator"`
		} `json:"rules"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return scRules{}, badValue("The selection rules are not valid JSON: %v", err)
	}
	var out scRules
	if len(doc.Rules) == 0 {
		return out, badValue("The selection rules have no rule.")
	}
	for i, r := range doc.Rules {
		if r.Type != "selection" || len(r.ID) == 0 || r.Name == "" {
			return out, badValue("Rule %d needs rule-type selection, a rule-id and a rule-name.", i+1)
		}
		exclude := r.Action == "exclude" && i > 0
		if r.Action != "explicit" && !exclude {
			return out, badValue("Rule %d: rule-action %.20q is not supported by this operation.", i+1, r.Action)
		}
		var object convert.Object
		for key, value := range r.Locator {
			if value == "" {
				return out, badValue("Rule %d: the value of %.60q is empty.", i+1, key)
			}
			switch {
			case key == "server-name", key == "schema-name":
			case exclude && scLocators[key] != "" && object.Name == "":
				object = convert.Object{Owner: r.Locator["schema-name"], Type: scLocators[key], Name: value}
			default:
				return out, badValue("Rule %d: the key %.60q is not supported.", i+1, key)
			}
		}
		source, ok := p.side(r.Locator["server-name"])
		if !ok {
			return out, badValue("Rule %d: server-name %.200q is of no data provider of the migration project.", i+1, r.Locator["server-name"])
		}
		if i > 0 && source != out.source {
			return out, badValue("Rule %d is of the other side of the migration project than rule 1.", i+1)
		}
		out.source = source
		schema := r.Locator["schema-name"]
		if schema == "" {
			return out, badValue("Rule %d: schema-name is missing.", i+1)
		}
		if exclude {
			if object.Name == "" || !source {
				return out, badValue("Rule %d: an object of the source must be named to be excluded.", i+1)
			}
			out.without = append(out.without, convert.Omission{Object: object})
			continue
		}
		if !slices.Contains(out.schemas, schema) {
			out.schemas = append(out.schemas, schema)
		}
	}
	return out, nil
}

// side tells which side's server a name is of.
func (p *project) side(name string) (source, ok bool) {
	is := func(d *dataProvider) bool {
		return name != "" && (d.text("ServerName") == name || resourceID(d.DataProviderArn) == name)
	}
	switch inSource, inTarget := is(p.source), is(p.target); {
	case inSource && inTarget && resourceID(p.target.DataProviderArn) != name:
		return true, true // both on one host: the source's, unless the id says otherwise
	default:
		return inSource, inSource || inTarget
	}
}

// rulesFor makes selection rules for schemas of a data provider.
func rulesFor(d *dataProvider, schemas []string) string {
	var rules []string
	for i, schema := range schemas {
		locator, _ := json.Marshal(map[string]string{"server-name": resourceID(d.DataProviderArn), "schema-name": schema})
		rules = append(rules, fmt.Sprintf(`{"rule-type":"selection","rule-id":"%d","rule-name":"%d","rule-action":"explicit","object-locator":%s}`, i+1, i+1, locator))
	}
	return `{"rules":[` + strings.Join(rules, ",") + `]}`
}
