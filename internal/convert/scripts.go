// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// readScripts takes people's scripts, the last for each object.
func (c *converter) readScripts() {
	for i := range c.options.Decisions.Scripts {
		x := &c.options.Decisions.Scripts[i]
		say := func(record func(code string, o Object, subject, reason, hint string), why, hint string) {
			c.refused = append(c.refused, func() { record(CodeDecision, x.Object, "script", "the script by "+x.words()+why, hint) })
		}
		list, err := c.cutScript(x)
		switch {
		case len(c.outcomes[x.Object]) == 0:
			say(c.action, " is for an object that is not there", "correct its name, or take it back")
		case c.outcomes[x.Object][0].Outcome == LeftOut:
			say(c.note, " is not used: the object is left out", "")
		case x.SHA256 != "" && x.SHA256 != ScriptSum(x.SQL):
			say(c.action, " is not the one that was given: its SHA-256 is another", "give it again")
		case err != nil:
			say(c.action, " is not used: "+err.Error(), "correct it and give it again")
		default:
			c.scripts[x.Object] = list
		}
	}
}

// scriptsStep puts the scripts in the place of what was made for their objects. One for a table that does not make the table adds to it.
func (c *converter) scriptsStep() {
	for _, say := range c.refused {
		say()
	}
	if len(c.scripts) == 0 {
		return
	}
	adds := func(o Object) bool {
		return o.Type == "TABLE" && !slices.ContainsFunc(c.scripts[o], func(s Statement) bool { return s.Kind == KindTable })
	}
	c.out.Statements = slices.DeleteFunc(c.out.Statements, func(s Statement) bool {
		o := s.Object
		if s.Kind == KindPartition {
			o.Type = "TABLE"
		}
		return c.scripts[o] != nil && !adds(o)
	})
	done := map[Object]bool{}
	for _, x := range c.options.Decisions.Scripts {
		list := c.scripts[x.Object]
		if list == nil || done[x.Object] {
			continue
		}
		done[x.Object] = true
		before := ""
		for _, s := range list {
			if before != "" {
				s.DependsOn = append(s.DependsOn, before)
			}
			if adds(x.Object) {
				s.DependsOn = append(s.DependsOn, string(KindTable)+":"+TargetName(x.Object.Owner)+"."+TargetName(x.Object.Name))
			}
			c.add(s)
			// A foreign key may have to wait for a table that comes later; nothing of the script waits for it.
			if s.Kind != KindForeignKey && s.Kind != KindComment && s.Kind != KindGrant {
				before = c.out.Statements[len(c.out.Statements)-1].ID
			}
		}
		c.resolved(x.Object, list[0].By)
	}
}

// resolved takes away what was to be done by hand for an object: somebody did.
func (c *converter) resolved(o Object, by string) {
	c.out.Actions = slices.DeleteFunc(c.out.Actions, func(a ActionItem) bool { return a.Object == o && !a.Note })
	for _, row := range c.outcomes[o] {
		row.Outcome, row.Why, row.Codes = Converted, "a script by "+by, []string{}
	}
	for _, a := range c.out.Actions {
		for _, row := range c.outcomes[o] {
			if a.Object == o && !slices.Contains(row.Codes, a.Code) {
				row.Codes = append(row.Codes, a.Code)
			}
		}
	}
}

const (
	nameWord   = `(?:"(?:[^"]|"")+"|[\pL_][\pL\pN_$]*)`
	objectName = `(` + nameWord + `(?:\s*\.\s*` + nameWord + `)?)`
)

// madeBy are what statements make, by their first words.
var madeBy = []struct {
	kind Kind
	seen *regexp.Regexp
}{
	{KindPartition, regexp.MustCompile(`(?is)^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?` + objectName + `\s+PARTITION\s+OF\b`)},
	{KindTable, regexp.MustCompile(`(?is)^CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?` + objectName)},
	{KindMaterializedView, regexp.MustCompile(`(?is)^CREATE\s+MATERIALIZED\s+VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?` + objectName)},
	{KindView, regexp.MustCompile(`(?is)^CREATE\s+(?:OR\s+REPLACE\s+)?(?:RECURSIVE\s+)?VIEW\s+` + objectName)},
	{KindSequence, regexp.MustCompile(`(?is)^CREATE\s+(?:UNLOGGED\s+)?SEQUENCE\s+(?:IF\s+NOT\s+EXISTS\s+)?` + objectName)},
	{KindIndex, regexp.MustCompile(`(?is)^CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?` + objectName + `\s+ON\b`)},
	{KindFunction, regexp.MustCompile(`(?is)^CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+` + objectName)},
	{KindProcedure, regexp.MustCompile(`(?is)^CREATE\s+(?:OR\s+REPLACE\s+)?PROCEDURE\s+` + objectName)},
	{KindTrigger, regexp.MustCompile(`(?is)^CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+` + objectName)},
	{KindType, regexp.MustCompile(`(?is)^CREATE\s+(?:TYPE|DOMAIN)\s+` + objectName)},
	{KindForeignKey, regexp.MustCompile(`(?is)^ALTER\s+TABLE\b.*\bADD\s+CONSTRAINT\s+` + objectName + `\s+FOREIGN\s+KEY\b`)},
	{KindPrimaryKey, regexp.MustCompile(`(?is)^ALTER\s+TABLE\b.*\bADD\s+CONSTRAINT\s+` + objectName + `\s+PRIMARY\s+KEY\b`)},
	{KindUnique, regexp.MustCompile(`(?is)^ALTER\s+TABLE\b.*\bADD\s+CONSTRAINT\s+` + objectName + `\s+UNIQUE\b`)},
	{KindCheck, regexp.MustCompile(`(?is)^ALTER\s+TABLE\b.*\bADD\s+CONSTRAINT\s+` + objectName + `\s+CHECK\b`)},
	{KindComment, regexp.MustCompile(`(?is)^COMMENT\s+ON\s+[\pL\s]+?\s` + objectName)},
	{KindGrant, regexp.MustCompile(`(?is)^GRANT\b.*\bTO\s+` + objectName)},
}

var leadingComments = regexp.MustCompile(`^(?s:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)+`)

// mainKind is what a script for an object of Oracle's is expected to make.
var mainKind = map[string]Kind{"TABLE": KindTable, "VIEW": KindView, "MATERIALIZED VIEW": KindMaterializedView, "SYNONYM": KindView,
	"SEQUENCE": KindSequence,
	"INDEX":    KindIndex, "TRIGGER": KindTrigger, "FUNCTION": KindFunction, "PROCEDURE": KindProcedure, "TYPE": KindType}

// cutScript makes statements of a script. Each needs the one before it; the one that makes the object itself is known by the object's
// name, so that others can need it.
func (c *converter) cutScript(x *Script) ([]Statement, error) {
	parts, err := postgres.SplitScript(x.SQL)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, uncertain("there is no statement in it")
	}
	schema, table := TargetName(x.Object.Owner), ""
	if i := c.d.Index(x.Object.Owner, x.Object.Name); x.Object.Type == "INDEX" && i != nil {
		schema, table = TargetName(i.TableOwner), TargetName(i.Table)
	} else if x.Object.Type != "SEQUENCE" {
		table = TargetName(x.Object.Name)
	}
	var out []Statement
	taken := names{}
	for n, p := range parts {
		s := Statement{Kind: KindStatement, Object: x.Object, By: cmp.Or(x.By, "somebody"), Schema: schema, Table: table, SQL: p.SQL}
		text := leadingComments.ReplaceAllString(p.SQL, "")
		for _, m := range madeBy {
			if found := m.seen.FindStringSubmatch(text); found != nil {
				s.Kind, s.Name = m.kind, lastName(found[1])
				break
			}
		}
		s.Name = cmp.Or(s.Name, fmt.Sprintf("%s (statement %d)", TargetName(x.Object.Name), n+1))
		if s.Kind == KindFunction || s.Kind == KindProcedure || s.Kind == KindType || s.Kind == KindSequence {
			s.Table = ""
		}
		if kind := mainKind[x.Object.Type]; s.Kind == kind && kind != KindIndex && kind != KindTrigger && s.Table != "" {
			s.Table = s.Name
		}
		if !taken.claim(string(s.Kind) + " " + s.Name) {
			s.Name = fmt.Sprintf("%s (statement %d)", s.Name, n+1)
		}
		out = append(out, s)
	}
	return out, nil
}

// lastName reads a name as PostgreSQL does: folded, unless it is quoted.
func lastName(text string) string {
	parts := regexp.MustCompile(nameWord).FindAllString(text, -1)
	name := parts[len(parts)-1]
	if strings.HasPrefix(name, `"`) {
		return strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	return strings.ToLower(name)
}

// scripted says whether a person's script makes a view, so that others can be made on it.
func (c *converter) scripted(o Object) bool { return len(c.scripts[o]) > 0 }

func (c *converter) scriptedViews() {
	for o := range c.scripts {
		if kind := mainKind[o.Type]; kind == KindView || kind == KindMaterializedView {
			c.views[dictionary.Name{Owner: o.Owner, Name: o.Name}] = kind
		}
	}
}

// inOrder puts what is needed before what needs it and keeps the order otherwise.
func inOrder(list []Statement) {
	at := make(map[string]int32, len(list))
	for i := range list {
		if _, ok := at[list[i].ID]; !ok {
			at[list[i].ID] = int32(i)
		}
	}
	order := make([]int32, 0, len(list))
	seen := make([]bool, len(list))
	var put func(i int32)
	put = func(i int32) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, need := range list[i].DependsOn {
			if j, ok := at[need]; ok {
				put(j)
			}
		}
		order = append(order, i)
	}
	for i := range list {
		put(int32(i))
	}
	arrange(list, order)
}

// arrange puts list[order[i]] in place i, for all i, without a second list; order is used up.
func arrange[T any](list []T, order []int32) {
	for i := range order {
		if order[i] < 0 {
			continue
		}
		first, at := list[i], i
		for {
			next := int(order[at])
			order[at] = -1
			if next == i {
				list[at] = first
				break
			}
			list[at], at = list[next], next
		}
	}
}
