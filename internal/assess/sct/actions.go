// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// place is one line of the action items.
type place struct {
	item     convert.ActionItem
	filtered bool
	position int
}

func readItems(f *file) ([]place, error) {
	width := 0
	for _, i := range f.at {
		width = max(width, i+1)
	}
	var all []place
	for n, r := range f.rows {
		if r.blank && n == len(f.rows)-1 {
			break
		}
		if len(r.fields) < width {
			return nil, f.wrong(r, "the line has %d fields of at least %d; the report was cut or is not one", len(r.fields), width)
		}
		p, err := readPlace(f, r)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func readPlace(f *file, r row) (place, error) {
	p := place{filtered: yes(f.get(r, "filtered"))}
	p.item = convert.ActionItem{Code: f.get(r, "code"), Subject: f.get(r, "subject"), Hint: f.get(r, "hint")}
	if !numeric(p.item.Code) {
		return p, f.wrong(r, "the action item is %s; it is a number", shown(p.item.Code))
	}
	p.item.Reason = f.get(r, "description")
	if p.item.Reason == "" {
		p.item.Reason = f.get(r, "group")
	}
	schema := f.get(r, "schema")
	if schema == "" {
		return p, f.wrong(r, "no schema is named")
	}
	var err error
	if p.item.Line, p.position, err = lineOf(f, r); err != nil {
		return p, err
	}
	object, ok := objectOf(schema, f.get(r, "category"), f.get(r, "occurrence"))
	if !ok {
		return p, f.wrong(r, "the occurrence %s is no path of an object in schema %s", shown(f.get(r, "occurrence")), schema)
	}
	p.item.Object = object
	if p.item.Complexity, ok = complexityOf(f.get(r, "complexity")); !ok {
		return p, f.wrong(r, "the complexity %s is not known", shown(f.get(r, "complexity")))
	}
	return p, nil
}

func lineOf(f *file, r row) (line, position int, err error) {
	for key, into := range map[string]*int{"line": &line, "position": &position} {
		text := f.get(r, key)
		if text == "" {
			continue
		}
		if *into, err = strconv.Atoi(text); err != nil || *into < 0 {
			return 0, 0, f.wrong(r, "the %s is %s; it is a number", key, shown(text))
		}
	}
	return line, position, nil
}

// complexityOf reads the words of the tools and of their user guides, which differ. Without the column it is "".
func complexityOf(word string) (convert.Complexity, bool) {
	switch strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(word), " actions"), "-complexity") {
	case "":
		return "", true
	case "simple", "automatically converted", "low":
		return convert.Simple, true
	case "medium":
		return convert.Medium, true
	case "complex", "significant", "high":
		return convert.Complex, true
	}
	return "", false
}

// byHours is the complexity of an effort, as AWS's guide to the tool draws the lines: up to two hours, up to six, more.
func byHours(hours float64) convert.Complexity {
	switch {
	case hours <= 2:
		return convert.Simple
	case hours <= 6:
		return convert.Medium
	}
	return convert.Complex
}

// atLine is where in the object's text an occurrence is, which release 663 appends to the path and 664 does not. It says nothing about
// which object it is.
var atLine = regexp.MustCompile(`: ?Line \d+(:\d+)?$`)

// kinds are the containers of a path, in lower case, with the type of what is in them.
var kinds = map[string]string{
	"tables": "TABLE", "views": "VIEW", "materialized views": "MATERIALIZED VIEW", "procedures": "PROCEDURE", "functions": "FUNCTION",
	"packages": "PACKAGE", "package bodies": "PACKAGE BODY", "triggers": "TRIGGER", "sequences": "SEQUENCE", "synonyms": "SYNONYM",
	"indexes": "INDEX", "constraints": "CONSTRAINT", "types": "TYPE", "type bodies": "TYPE BODY", "user defined types": "TYPE",
	"user-defined types": "TYPE", "collection types": "TYPE", "object types": "TYPE", "clusters": "CLUSTER", "database links": "DATABASE LINK",
	"scheduler jobs": "JOB", "jobs": "JOB", "queues": "QUEUE", "columns": "COLUMN", "public procedures": "PROCEDURE", "public functions": "FUNCTION",
	"private procedures": "PROCEDURE", "private functions": "FUNCTION", "package-bodies": "PACKAGE BODY", "type-bodies": "TYPE BODY",
	"package-bodys": "PACKAGE BODY", "type-bodys": "TYPE BODY", "materialized-views": "MATERIALIZED VIEW", "database-links": "DATABASE LINK",
}

// objectOf reads a path such as Schemas.S.Procedures.P or Schemas.S.Packages.P.Private functions.F: the object is that of Oracle's
// dictionary, P, since what a package holds is no object of its own. Names may hold dots.
func objectOf(schema, category, occurrence string) (convert.Object, bool) {
	occurrence = atLine.ReplaceAllString(occurrence, "")
	o := convert.Object{Owner: schema, Type: typeName(category)}
	rest, ok := cutFold(occurrence, "schemas."+schema)
	if !ok {
		return o, false
	}
	if rest == "" {
		o.Name = schema
		return o, o.Type != ""
	}
	container, name, ok := strings.Cut(strings.TrimPrefix(rest, "."), ".")
	if !ok || !strings.HasPrefix(rest, ".") || container == "" || name == "" {
		return o, false
	}
	if outer := kinds[strings.ToLower(container)]; outer != "" {
		o.Type = outer
	}
	// What is inside another object: a constraint is its table's, a procedure its package's; an index and a trigger have names of their own.
	parts := strings.Split(name, ".")
	for i := 1; i < len(parts)-1; i++ {
		inner := kinds[strings.ToLower(parts[i])]
		if inner == "" {
			continue
		}
		if inner == "INDEX" || inner == "TRIGGER" {
			return convert.Object{Owner: schema, Type: inner, Name: strings.Join(parts[i+1:], ".")}, true
		}
		name = strings.Join(parts[:i], ".")
		break
	}
	o.Name = name
	return o, o.Type != ""
}

func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", false
	}
	return text[len(prefix):], true
}

// typeName is a category as Oracle's dictionary names types: procedure and PROCEDURE are one, package-body is two words.
func typeName(category string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(category), "-", " "))
}

func numeric(text string) bool {
	_, err := strconv.ParseUint(text, 10, 32)
	return err == nil || ownCode.MatchString(text)
}

// ownCode is a code of Ferryman's own, which writes such reports too (package sctcsv).
var ownCode = regexp.MustCompile(`^FM-[A-Z]{2,3}-[A-Z0-9]{1,10}$`)

// number reads an effort or a count: AWS writes 40.0 and 0.1.
func number(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && n >= 0 && n < 1e9 && !math.IsNaN(n)
}

func yes(text string) bool {
	switch strings.ToLower(text) {
	case "", "no", "false", "n", "0":
		return false
	}
	return true
}
