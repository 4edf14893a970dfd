// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// ScriptObject is the object that a person's script is for: its type on Oracle, such as "PACKAGE BODY", and its name on the target.
type ScriptObject struct {
	Type   string `json:"type"`
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

func (o ScriptObject) String() string {
	return strings.ToLower(o.Type) + " " + o.Schema + "." + o.Name
}

// scriptVerbs are the words that a statement of a script may begin with, and scriptTags what PostgreSQL may call it once it is done: what
// makes objects and describes them. What drops is not among them, as Ferryman itself drops what it made; nor what reads or writes rows.
var (
	scriptVerbs = []string{"CREATE", "ALTER", "COMMENT", "GRANT", "REVOKE"}
	scriptTags  = []string{
		"CREATE TABLE", "CREATE VIEW", "CREATE MATERIALIZED VIEW", "CREATE FUNCTION", "CREATE PROCEDURE", "CREATE AGGREGATE", "CREATE TRIGGER", "CREATE INDEX",
		"CREATE SEQUENCE", "CREATE TYPE", "CREATE DOMAIN", "CREATE SCHEMA", "CREATE RULE", "ALTER TABLE", "ALTER VIEW", "ALTER MATERIALIZED VIEW",
		"ALTER FUNCTION", "ALTER PROCEDURE", "ALTER ROUTINE", "ALTER AGGREGATE", "ALTER TRIGGER", "ALTER INDEX", "ALTER SEQUENCE", "ALTER TYPE",
		"ALTER DOMAIN", "COMMENT", "GRANT", "REVOKE",
	}
)

// verbRefusal says why a statement is not even tried, empty where it is.
func verbRefusal(sql string) string {
	word := firstWord(sql)
	switch {
	case slices.Contains(scriptVerbs, word):
		return ""
	case transactionCommand(sql) != "":
		return word + " is not taken: Ferryman begins and ends the transaction"
	case word == "DROP":
		return "DROP is not taken: Ferryman takes away what it made before, and nothing else"
	case word == "":
		return "this is no statement"
	}
	return word + " is not taken: a script makes its object, and may say only " + strings.Join(scriptVerbs, ", ")
}

// tagRefusal says why a statement that PostgreSQL took is refused, by what it calls it.
func tagRefusal(tag string) string {
	name := strings.TrimRight(tag, " 0123456789")
	switch {
	case slices.Contains(scriptTags, name):
		return ""
	case name == "SELECT":
		return "it runs a query; make a table without AS, and a materialized view WITH NO DATA"
	}
	return name + " is not taken: a script makes its object and nothing else"
}

func firstWord(sql string) string {
	rest := skipComments(sql)
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(rest)
	}
	return strings.ToUpper(rest[:end])
}

// relationTypes are the types of Oracle's objects that become a relation of the same name.
var relationTypes = map[string][]string{
	"TABLE": {"table", "foreign table"}, "VIEW": {"view", "materialized view"}, "MATERIALIZED VIEW": {"materialized view", "view", "table"},
	"SYNONYM": {"view"}, "INDEX": {"index"}, "SEQUENCE": {"sequence"},
}

var routines = []string{"function", "procedure", "aggregate"}

// Takes tells whether scripts are taken for objects of this type.
func (o ScriptObject) Takes() bool {
	switch o.Type {
	case "FUNCTION", "PROCEDURE", "TRIGGER", "PACKAGE", "PACKAGE BODY", "TYPE", "TYPE BODY":
		return true
	}
	return relationTypes[o.Type] != nil
}

// ownership tells of changes whether they are an object's own.
type ownership struct {
	object ScriptObject
	// newSchema tells that the script made a schema of the object's name, as packages have.
	newSchema bool
}

func ownershipOf(o ScriptObject, changes []Change) ownership {
	return ownership{object: o, newSchema: o.isPackage() && slices.ContainsFunc(changes, func(c Change) bool {
		return c.Before == nil && c.After.Kind == "schema" && c.After.Name == o.Name
	})}
}

func (o ScriptObject) isPackage() bool { return strings.HasPrefix(o.Type, "PACKAGE") }

// owns tells whether an entry belongs to the object; added tells that the script made it.
func (w ownership) owns(e Entry, added bool) bool {
	o := w.object
	if w.newSchema && e.Schema == o.Name {
		return added
	}
	if e.Schema != o.Schema {
		return false
	}
	routine := slices.Contains(routines, e.Kind) || e.Kind == "comment" && strings.HasSuffix(e.Name, ")") && strings.HasPrefix(e.Name, e.Table+"(")
	switch o.Type {
	case "TABLE", "VIEW", "MATERIALIZED VIEW", "SYNONYM":
		if routine {
			return false
		}
		ownedSequence := added && e.Kind == "sequence" && strings.HasPrefix(e.Name, o.Name+"_") && e.Table == o.Name
		return e.Table == o.Name || e.Name == o.Name && slices.Contains(relationTypes[o.Type], e.Kind) || ownedSequence
	case "INDEX", "SEQUENCE":
		return e.Name == o.Name && (slices.Contains(relationTypes[o.Type], e.Kind) || e.Kind == "comment" && e.Table == o.Name)
	case "FUNCTION", "PROCEDURE":
		return routine && e.Table == o.Name
	case "TRIGGER":
		return e.Kind == "trigger" && e.Name == o.Name || e.Kind == "comment" && e.Name == o.Name+" (trigger)" || routine && w.named(e.Table, added)
	case "PACKAGE", "PACKAGE BODY", "TYPE", "TYPE BODY":
		switch {
		case routine:
			return w.named(e.Table, added)
		case e.Kind == "type" || e.Kind == "domain" || e.Kind == "column" || e.Kind == "comment":
			return w.named(e.Name, added) || w.named(e.Table, added)
		}
	}
	return false
}

// named tells whether a name is the object's, or one that the script made and that begins with it: seat_map$price, seat_map_fn.
func (w ownership) named(name string, added bool) bool {
	rest, ok := strings.CutPrefix(name, w.object.Name)
	return ok && (rest == "" || added && strings.ContainsAny(rest[:1], "$_."))
}

// main tells whether an entry is the object itself rather than a part.
func (w ownership) main(e Entry) bool {
	switch w.object.Type {
	case "FUNCTION", "PROCEDURE":
		return slices.Contains(routines, e.Kind)
	case "TRIGGER":
		return e.Kind == "trigger"
	case "PACKAGE", "PACKAGE BODY", "TYPE", "TYPE BODY":
		return e.Kind != "comment"
	}
	return e.Name == w.object.Name && slices.Contains(relationTypes[w.object.Type], e.Kind)
}

// Of are the entries that belong to the object: what a script for it made, where one did.
func (s Snapshot) Of(o ScriptObject) []Entry {
	w := ownership{object: o, newSchema: o.isPackage() && o.Name != o.Schema}
	var list []Entry
	for _, e := range s {
		if w.owns(e, true) {
			list = append(list, e)
		}
	}
	return list
}

// judge says what a script changed, and why it is refused, if it is.
func judge(o ScriptObject, before, after Snapshot) (changed, outside []string, refused string) {
	changes := before.Changes(after)
	w := ownershipOf(o, changes)
	made := false
	for _, c := range changes {
		e := c.Entry()
		if w.owns(e, c.Before == nil) {
			made = made || c.Before == nil && w.main(e)
			changed = append(changed, e.Words())
			continue
		}
		what := "changes "
		switch {
		case c.Before == nil:
			what = "makes "
		case c.After == nil:
			what = "takes away "
		}
		outside = append(outside, what+e.Words())
	}
	switch {
	case len(outside) > 0:
		return changed, outside, fmt.Sprintf("it is for %s and may change nothing else, but it %s", o, strings.Join(firstOf(outside, 5), ", "))
	case !made:
		return changed, nil, fmt.Sprintf("it does not make %s", o)
	}
	return changed, nil, ""
}

func firstOf(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(slices.Clone(list[:most]), fmt.Sprintf("and %d more", len(list)-most))
}
