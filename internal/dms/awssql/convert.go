// SPDX-License-Identifier: Apache-2.0

package awssql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// Script is a file of AWS's: its name and its text.
type Script struct{ Name, SQL string }

// Error is a script that can't be cut into statements: it was cut, or is none.
type Error struct {
	File string
	Line int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.What) }

// Result is AWS's conversion, and Ferryman's own of the same dictionary, which says what there should be.
type Result struct {
	*convert.Conversion
	Own *convert.Conversion
}

// Convert makes a conversion of AWS's scripts. theirs are the action items of AWS's report. Decisions are obeyed as Ferryman's own
// conversion does: nothing is made of what is left out, and a person's script takes the place of AWS's statements for its object. Schemas,
// grants, and comments that AWS has not are Ferryman's own. The error is an *Error.
func Convert(d *dictionary.Dictionary, scripts []Script, theirs []convert.ActionItem, o convert.Options) (*Result, error) {
	b := &builder{d: d, own: convert.Convert(d, o), out: &convert.Conversion{Statements: []convert.Statement{}, Outcomes: []convert.ObjectOutcome{}, Actions: []convert.ActionItem{}},
		leftOut: map[convert.Object]bool{}, byPeople: map[convert.Object]bool{}, made: map[convert.Object]int{}, partitioned: map[convert.Object]bool{}, ids: map[string]bool{}, numbers: map[string]int{}}
	b.owners = ownersOf(b.own.Outcomes, d.Schemas)
	for _, x := range o.Decisions.LeaveOut {
		b.leftOut[x.Object] = true
	}
	for _, s := range b.own.Statements {
		if s.By != "" {
			b.byPeople[s.Object] = true
		}
	}
	b.keepOwn(convert.KindSchema)
	for _, script := range scripts {
		if err := b.take(script); err != nil {
			return nil, err
		}
	}
	b.offload(o.Decisions)
	b.keepPeoples()
	b.keepOwn(convert.KindComment)
	b.keepOwn(convert.KindGrant)
	b.arrange()
	b.judge(theirs)
	return &Result{b.out, b.own}, nil
}

type builder struct {
	d           *dictionary.Dictionary
	own, out    *convert.Conversion
	owners      *owners
	leftOut     map[convert.Object]bool
	byPeople    map[convert.Object]bool
	made        map[convert.Object]int // statements of AWS's
	partitioned map[convert.Object]bool
	ids         map[string]bool
	numbers     map[string]int
}

// take takes the statements of a script.
func (b *builder) take(script Script) error {
	list, err := postgres.SplitScript(script.SQL)
	var cut *postgres.ScriptError
	if errors.As(err, &cut) {
		return &Error{script.Name, cut.Line, cut.What}
	}
	if err != nil {
		return err
	}
	dropped := 0
	for _, one := range list {
		if strings.EqualFold(firstWord.FindString(one.SQL), "DROP") {
			dropped++
			continue
		}
		s, why := read(one.SQL)
		s.line = one.Line
		if why == "" && b.owners.schemas[s.schema] == "" {
			why = "schema " + s.schema + " is none of this migration"
		}
		if why != "" {
			b.notRun(script, s, why)
			continue
		}
		b.statement(script, s)
	}
	if dropped > 0 {
		b.out.Actions = append(b.out.Actions, convert.ActionItem{Code: convert.NoteNotRun, Object: b.first(), Subject: "DROP", Note: true, Complexity: convert.Simple,
			Reason: fmt.Sprintf("%d statements of %s take objects away; they are not run: Ferryman drops only what it made itself", dropped, script.Name)})
	}
	return nil
}

func (b *builder) first() convert.Object {
	return convert.Object{Owner: b.d.Schemas[0], Type: "SCHEMA", Name: b.d.Schemas[0]}
}

// notRun names a statement that is not run.
func (b *builder) notRun(script Script, s statement, why string) {
	object := b.first()
	if b.owners.schemas[s.schema] != "" {
		object = b.owners.of(s)
	}
	b.out.Actions = append(b.out.Actions, convert.ActionItem{Code: convert.CodeNotRun, Object: object, Subject: clip(s.sql), Line: s.line, Hours: 0.25, Complexity: convert.Simple,
		Reason: fmt.Sprintf("line %d of %s is not run: %s", s.line, script.Name, why), Hint: "see whether the target needs it; if so, give it as a script for its object, or run it yourself"})
}

func clip(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return text
}

const (
	// AWS's words in the text of what it could not convert, which it leaves as a comment.
	critical = "- Severity CRITICAL -"
	// extensionPack is the schema of the functions that AWS brings along for what PostgreSQL has not.
	extensionPack = "aws_oracle_ext"
)

func isCode(k convert.Kind) bool {
	return k == convert.KindFunction || k == convert.KindProcedure || k == convert.KindView || k == convert.KindMaterializedView
}

// statement takes one that is run.
func (b *builder) statement(script Script, s statement) {
	o := b.owners.of(s)
	if s.kind == convert.KindSchema && b.ids[string(convert.KindSchema)+":"+s.schema] {
		return
	}
	if table, ok := b.owners.find(s.schema, s.name, "TABLE"); b.leftOut[o] || ok && b.leftOut[table] {
		return
	}
	if b.byPeople[o] {
		return
	}
	if isCode(s.kind) && strings.Contains(s.sql, critical) {
		b.notRun(script, s, "AWS left parts of it as comments that it could not convert")
		return
	}
	if isCode(s.kind) && strings.Contains(strings.ToLower(s.sql), extensionPack+".") {
		b.out.Actions = append(b.out.Actions, convert.ActionItem{Code: convert.CodeLacks, Object: o, Subject: extensionPack, Hours: 0.5, Complexity: convert.Simple,
			Reason: s.name + " calls functions of " + extensionPack + ", AWS's extension pack, which is not part of the script",
			Hint:   "have DMS Schema Conversion apply its extension pack to the target, or give a script that does without"})
	}
	out := convert.Statement{Kind: s.kind, Object: o, Outside: true, Schema: s.schema, Name: s.name, SQL: s.sql}
	switch s.kind {
	case convert.KindTable, convert.KindView, convert.KindMaterializedView:
		out.Table = s.name
	case convert.KindPrimaryKey, convert.KindUnique, convert.KindCheck, convert.KindForeignKey, convert.KindIndex, convert.KindTrigger:
		out.Table, out.Name = s.name, s.part
	case convert.KindPartition:
		out.Table = s.part
		b.partitioned[o] = true
	case convert.KindComment:
		out.Table = s.name
		switch {
		case s.part == "":
		case strings.HasPrefix(strings.ToUpper(strings.Join(strings.Fields(s.sql), " ")), "COMMENT ON COLUMN"):
			out.Name = s.part + " (column)"
		case strings.Contains(strings.ToUpper(s.sql[:min(len(s.sql), 40)]), "CONSTRAINT"):
			out.Name = s.part + " (constraint)"
		default:
			out.Name = s.part + " (trigger)"
		}
	case convert.KindStatement:
		out.Table = s.name
		b.numbers[s.schema+"."+s.name]++
		out.Name = fmt.Sprintf("%s (statement %d)", s.name, b.numbers[s.schema+"."+s.name])
	}
	if s.kind != convert.KindComment && s.kind != convert.KindStatement {
		b.made[o]++
	}
	b.add(out)
}

// add gives a statement its id, as Ferryman's own conversion does: what one engine made, the other finds as Ferryman's. Routines of one
// name share it.
func (b *builder) add(s convert.Statement) {
	s.ID = string(s.Kind) + ":" + s.Schema
	if s.Table != "" && s.Table != s.Name {
		s.ID += "." + s.Table
	}
	if s.Kind != convert.KindSchema {
		s.ID += "." + s.Name
	}
	b.ids[s.ID] = true
	b.out.Statements = append(b.out.Statements, s)
}

// offload makes the columns whose values leave the database hold references, as Ferryman's own conversion does.
func (b *builder) offload(decided convert.Decisions) {
	for _, x := range decided.Offload {
		o := convert.Object{Owner: x.Owner, Type: "TABLE", Name: x.Table}
		if b.made[o] == 0 || b.d.Column(x.Owner, x.Table, x.Column) == nil {
			continue
		}
		schema, table, column := convert.TargetName(x.Owner), convert.TargetName(x.Table), quote(convert.TargetName(x.Column))
		b.add(convert.Statement{Kind: convert.KindStatement, Object: o, Schema: schema, Table: table, Name: convert.TargetName(x.Column) + " (offloaded)",
			SQL: fmt.Sprintf("ALTER TABLE %s.%s ALTER COLUMN %s DROP DEFAULT, ALTER COLUMN %s TYPE text USING NULL::text", quote(schema), quote(table), column, column)})
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// keepOwn takes statements of Ferryman's own conversion: the schemas, comments that AWS has not, rights on what is made.
func (b *builder) keepOwn(kind convert.Kind) {
	for _, s := range b.own.Statements {
		if s.Kind != kind || s.By != "" || b.ids[s.ID] {
			continue
		}
		there := true
		for _, id := range s.DependsOn {
			there = there && b.ids[id]
		}
		if there {
			b.ids[s.ID] = true
			b.out.Statements = append(b.out.Statements, s)
		}
	}
}

func (b *builder) keepPeoples() {
	for _, s := range b.own.Statements {
		if s.By != "" && !b.ids[s.ID] {
			b.ids[s.ID] = true
			b.out.Statements = append(b.out.Statements, s)
		}
	}
}

// rank is the place of each kind, as in Ferryman's own conversion.
var rank = map[convert.Kind]int{convert.KindSchema: 0, convert.KindType: 1, convert.KindSequence: 1, convert.KindTable: 2, convert.KindPartition: 3,
	convert.KindPrimaryKey: 4, convert.KindUnique: 5, convert.KindCheck: 6, convert.KindIndex: 7, convert.KindForeignKey: 8, convert.KindFunction: 9,
	convert.KindProcedure: 10, convert.KindTrigger: 11, convert.KindView: 12, convert.KindMaterializedView: 12, convert.KindStatement: 14,
	convert.KindComment: 15, convert.KindGrant: 16}

// arrange finds what each of AWS's statements needs, by the names in it, and puts that before it.
func (b *builder) arrange() {
	list := b.out.Statements
	slices.SortStableFunc(list, func(x, y convert.Statement) int { return rank[x.Kind] - rank[y.Kind] })
	at, named := map[string][]int{}, map[string]string{}
	for i, s := range list {
		at[s.ID] = append(at[s.ID], i)
		switch s.Kind {
		case convert.KindTable, convert.KindPartition, convert.KindView, convert.KindMaterializedView, convert.KindSequence, convert.KindFunction, convert.KindProcedure, convert.KindType:
			if k := key(s.Schema, "", s.Name); named[k] == "" {
				named[k] = s.ID
			}
		}
	}
	for i := range list {
		if s := &list[i]; s.Outside || s.DependsOn == nil && s.Kind != convert.KindSchema {
			s.DependsOn = b.needs(*s, named)
		}
	}
	order := make([]convert.Statement, 0, len(list))
	seen := make([]bool, len(list))
	var put func(i int)
	put = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, id := range list[i].DependsOn {
			for _, j := range at[id] {
				put(j)
			}
		}
		order = append(order, list[i])
	}
	for i := range list {
		put(i)
	}
	b.out.Statements = order
}

// needs are the ids of what a statement names. What stands in the body of a routine is looked for when it runs.
func (b *builder) needs(s convert.Statement, named map[string]string) []string {
	var list []string
	add := func(id string) {
		if id != "" && id != s.ID && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if s.Kind != convert.KindSchema {
		add(string(convert.KindSchema) + ":" + s.Schema)
	}
	if s.Table != "" {
		add(named[key(s.Schema, "", s.Table)])
	}
	if s.Kind == convert.KindFunction || s.Kind == convert.KindProcedure || s.Kind == convert.KindComment {
		return list
	}
	for _, pair := range pairs.FindAllStringSubmatch(s.SQL, -1) {
		add(named[key(lastName(pair[1]), "", lastName(pair[2]))])
	}
	return list
}
