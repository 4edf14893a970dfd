// SPDX-License-Identifier: Apache-2.0

package awssql

import (
	"regexp"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

const (
	word      = `(?:"(?:[^"]|"")+"|[\pL_][\pL\pN_$]*)`
	qualified = `(` + word + `(?:\s*\.\s*` + word + `)?)`
	again     = `(?:IF\s+NOT\s+EXISTS\s+)?`
	replacing = `(?:OR\s+REPLACE\s+)?`
	alter     = `(?is)^ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?` + qualified
)

// form is one of the statements that are run: its first group is what it is on, the second the name of a part of that, where there is one.
type form struct {
	kind convert.Kind
	seen *regexp.Regexp
	// nameFirst tells that the first group is the part's name and the second what it is on.
	nameFirst bool
}

func aForm(kind convert.Kind, pattern string) form {
	return form{kind: kind, seen: regexp.MustCompile(pattern)}
}

// forms are all that is run, the special ones first. AWS's scripts have more: what takes away, and what prepares its own tools.
var forms = []form{
	aForm(convert.KindSchema, `(?is)^CREATE\s+SCHEMA\s+`+again+`(`+word+`)\s*$`),
	aForm(convert.KindPartition, `(?is)^CREATE\s+TABLE\s+`+again+qualified+`\s+PARTITION\s+OF\s+`+qualified),
	aForm(convert.KindTable, `(?is)^CREATE\s+(?:UNLOGGED\s+)?TABLE\s+`+again+qualified+`\s*\(`),
	aForm(convert.KindSequence, `(?is)^CREATE\s+(?:UNLOGGED\s+)?SEQUENCE\s+`+again+qualified),
	aForm(convert.KindPrimaryKey, alter+`\s+ADD\s+CONSTRAINT\s+(`+word+`)\s+PRIMARY\s+KEY\b`),
	aForm(convert.KindUnique, alter+`\s+ADD\s+CONSTRAINT\s+(`+word+`)\s+UNIQUE\b`),
	aForm(convert.KindCheck, alter+`\s+ADD\s+CONSTRAINT\s+(`+word+`)\s+CHECK\b`),
	aForm(convert.KindForeignKey, alter+`\s+ADD\s+CONSTRAINT\s+(`+word+`)\s+FOREIGN\s+KEY\b`),
	aForm(convert.KindStatement, alter+`\s+(?:ADD|ALTER|ATTACH|ENABLE|DISABLE|VALIDATE|CLUSTER|SET)\b`),
	{convert.KindIndex, regexp.MustCompile(`(?is)^CREATE\s+(?:UNIQUE\s+)?INDEX\s+` + again + `(` + word + `)\s+ON\s+(?:ONLY\s+)?` + qualified), true},
	{convert.KindTrigger, regexp.MustCompile(`(?is)^CREATE\s+` + replacing + `(?:CONSTRAINT\s+)?TRIGGER\s+(` + word + `)\s+(?:BEFORE|AFTER|INSTEAD\s+OF)\s.*?\sON\s+` + qualified), true},
	aForm(convert.KindFunction, `(?is)^CREATE\s+`+replacing+`FUNCTION\s+`+qualified),
	aForm(convert.KindProcedure, `(?is)^CREATE\s+`+replacing+`PROCEDURE\s+`+qualified),
	aForm(convert.KindView, `(?is)^CREATE\s+`+replacing+`(?:RECURSIVE\s+)?VIEW\s+`+qualified),
	aForm(convert.KindMaterializedView, `(?is)^CREATE\s+MATERIALIZED\s+VIEW\s+`+again+qualified),
	aForm(convert.KindType, `(?is)^CREATE\s+(?:TYPE|DOMAIN)\s+`+qualified),
	aForm(convert.KindComment, `(?is)^COMMENT\s+ON\s+COLUMN\s+(`+word+`\s*\.\s*`+word+`)\s*\.\s*(`+word+`)`),
	{convert.KindComment, regexp.MustCompile(`(?is)^COMMENT\s+ON\s+(?:CONSTRAINT|TRIGGER)\s+(` + word + `)\s+ON\s+` + qualified), true},
	aForm(convert.KindComment, `(?is)^COMMENT\s+ON\s+(?:TABLE|VIEW|MATERIALIZED\s+VIEW|SEQUENCE|INDEX|FUNCTION|PROCEDURE|TYPE|DOMAIN)\s+`+qualified),
	aForm(convert.KindStatement, `(?is)^ALTER\s+(?:SEQUENCE|INDEX|VIEW|MATERIALIZED\s+VIEW|TYPE|DOMAIN)\s+`+qualified),
}

var (
	leadingComments = regexp.MustCompile(`^(?s:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)+`)
	changesOwner    = regexp.MustCompile(`(?is)^ALTER\s[^'"$]*\bOWNER\s+TO\b`)
	firstWord       = regexp.MustCompile(`^[\pL_]+`)
	names           = regexp.MustCompile(word)
	pairs           = regexp.MustCompile(`(` + word + `)\s*\.\s*(` + word + `)`)
	// populated is the end of a materialized view that says whether it is filled.
	populated = regexp.MustCompile(`(?is)\sWITH\s+(?:NO\s+)?DATA\s*$`)
)

// statement is one that was recognized.
type statement struct {
	kind         convert.Kind
	schema, name string // what it is on
	part         string
	sql          string
	line         int
}

// read recognizes a statement; why says why it is not run, empty where it is.
func read(sql string) (s statement, why string) {
	text := leadingComments.ReplaceAllString(sql, "")
	s.sql = text
	if changesOwner.MatchString(text) {
		return s, "what Ferryman makes belongs to its role on the target"
	}
	for _, f := range forms {
		m := f.seen.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		s.kind = f.kind
		on := m[1]
		if len(m) > 2 {
			s.part = lastName(m[2])
			if f.nameFirst {
				on, s.part = m[2], lastName(m[1])
			}
		}
		s.name = lastName(on)
		if parts := names.FindAllString(on, -1); len(parts) == 2 {
			s.schema = lastName(parts[0])
		} else if f.kind == convert.KindSchema {
			s.schema = s.name
		} else {
			return s, "it names no schema"
		}
		if f.kind == convert.KindMaterializedView && !populated.MatchString(text) {
			s.sql = text + "\nWITH NO DATA" // it is filled after the load
		}
		return s, ""
	}
	return s, strings.ToUpper(firstWord.FindString(text)) + " of this form makes no object of the source"
}

// lastName reads a name as PostgreSQL does: folded, unless it is quoted.
func lastName(text string) string {
	parts := names.FindAllString(text, -1)
	name := parts[len(parts)-1]
	if strings.HasPrefix(name, `"`) {
		return strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	return strings.ToLower(name)
}
