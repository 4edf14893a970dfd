// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Builtin is the engine that ships with Ferryman.
type Builtin struct{}

// Convert implements Engine.
func (Builtin) Convert(d *dictionary.Dictionary, o Options) *Conversion { return Convert(d, o) }

// Convert converts the schemas of d with the builtin engine.
func Convert(d *dictionary.Dictionary, o Options) *Conversion {
	c := &converter{
		d: d, facts: readFacts(d), options: o, out: &Conversion{Statements: []Statement{}, Outcomes: []ObjectOutcome{}, Actions: []ActionItem{}},
		outcomes: map[Object][]*ObjectOutcome{}, parts: map[partName][]*ObjectOutcome{}, byType: map[string][]Object{},
		scripts: map[Object][]Statement{}, offload: map[ColumnName]*Offload{}, leftOut: map[Object]string{}, tables: map[dictionary.Name]*table{},
		relations: map[string]names{}, constraints: map[constraintName]bool{}, functions: map[string]names{},
		sequences: map[dictionary.Name]string{}, views: map[dictionary.Name]Kind{}, mviews: map[Object]bool{},
		mviewTables: map[dictionary.Name]*table{}, taken: names{}, keys: map[dictionary.Name]bool{},
	}
	c.keeps = !o.Forget || len(o.Decisions.Scripts) > 0
	if c.keeps {
		c.out.Statements = make([]Statement, 0, expected(d))
	}
	c.out.Outcomes = make([]ObjectOutcome, 0, len(d.Objects))
	c.leaveOut()
	c.inventory()
	c.readScripts()
	c.measuredBefore()
	c.planTables()
	c.decide()
	c.planPartitions()
	c.sequencesStep()
	c.reserveViews()
	c.tablesStep()
	c.temporaryStep()
	c.keysStep()
	c.indexesStep()
	c.foreignKeysStep()
	c.triggersStep()
	c.viewsStep()
	c.mviewIndexesStep()
	c.codeStep()
	c.synonymsStep()
	c.othersStep()
	c.scriptsStep()
	c.grantsStep()
	c.forgetPlans()
	c.commentsStep()
	c.finish()
	return c.out
}

// expected is about how many statements there will be, not too few: a slice of them that grows takes the memory of two.
func expected(d *dictionary.Dictionary) int {
	n := len(d.Tables) + len(d.Indexes) + len(d.Sequences) + len(d.Views) + len(d.MViews) + 2*len(d.Triggers) + len(d.Partitions) +
		len(d.Subpartitions) + len(d.TabPrivs) + 16
	for i := range d.Constraints {
		if k := &d.Constraints[i]; k.Type != "C" || k.Generated == "USER NAME" {
			n++
		}
	}
	for i := range d.TableComments {
		if d.TableComments[i].Comments != "" {
			n++
		}
	}
	for i := range d.ColumnComments {
		if d.ColumnComments[i].Comments != "" {
			n++
		}
	}
	return n
}

type converter struct {
	d        *dictionary.Dictionary
	facts    facts
	options  Options
	out      *Conversion
	keeps    bool // the statements
	outcomes map[Object][]*ObjectOutcome
	parts    map[partName][]*ObjectOutcome
	byType   map[string][]Object
	scripts  map[Object][]Statement // by people
	refused  []func()               // says why a script is not used, once the object has its outcome
	leftOut  map[Object]string
	offload  map[ColumnName]*Offload
	types    map[targetType]*targetType
	lowered  map[string]string // names of columns on the target
	taken    names             // those of the table at hand

	measurements map[ColumnName]Measurement
	counting     map[ColumnName]bool // columns of keys, and those that triggers number; nil where nothing was measured

	tables       map[dictionary.Name]*table // those that are made on the target
	tableOrder   []*table
	temporaries  []*dictionary.Table // global ones: each session makes its own
	relations    map[string]names    // tables, indexes, sequences and views of a target schema
	constraints  map[constraintName]bool
	functions    map[string]names
	sequences    map[dictionary.Name]string // target names of those that are made
	views        map[dictionary.Name]Kind   // views and materialized views that are made
	mviews       map[Object]bool            // indexes of materialized views
	mviewIndexes []*dictionary.Index
	mviewTables  map[dictionary.Name]*table // materialized views as what an index is made on
	keys         map[dictionary.Name]bool   // primary and unique constraints that are made
	code         codeState
}

// inventory makes an outcome for every row of ALL_OBJECTS in scope: the schemas' own objects, and public synonyms for them.
func (c *converter) inventory() {
	public := map[string]bool{}
	for _, s := range c.d.Synonyms {
		if s.Owner == "PUBLIC" && c.d.InScope(s.TableOwner) {
			public[s.Name] = true
		}
	}
	for i := range c.d.Objects {
		o := &c.d.Objects[i]
		if !c.d.InScope(o.Owner) && !(o.Owner == "PUBLIC" && o.Type == "SYNONYM" && public[o.Name]) {
			continue
		}
		// There is room for all of them: none moves once it is pointed at.
		c.out.Outcomes = append(c.out.Outcomes, ObjectOutcome{Object: Object{o.Owner, o.Type, o.Name}, Subobject: o.Subobject, Codes: []string{}, LastDDL: o.LastDDL})
		row := &c.out.Outcomes[len(c.out.Outcomes)-1]
		if c.outcomes[row.Object] == nil {
			c.byType[o.Type] = append(c.byType[o.Type], row.Object)
		}
		c.outcomes[row.Object] = append(c.outcomes[row.Object], row)
		if o.Subobject != "" {
			k := partName{row.Object, o.Subobject}
			c.parts[k] = append(c.parts[k], row)
		}
		if why, ok := c.leftOut[row.Object]; ok {
			c.set(row.Object, LeftOut, why)
		}
	}
}

// set gives an object its outcome. A worse one that it has already stays.
func (c *converter) set(o Object, outcome Outcome, why string) {
	for _, row := range c.outcomes[o] {
		if row.Outcome == "" || row.Outcome == Converted && outcome != Converted {
			row.Outcome, row.Why = outcome, why
		}
	}
}

// partName is a partition of an object.
type partName struct {
	Object
	subobject string
}

// setPart gives one partition its outcome.
func (c *converter) setPart(o Object, subobject string, outcome Outcome, why string) {
	for _, row := range c.parts[partName{o, subobject}] {
		if row.Outcome == "" || row.Outcome == Converted && outcome != Converted {
			row.Outcome, row.Why = outcome, why
		}
	}
}

// action records work for a person; the object's outcome becomes action.
func (c *converter) action(code string, o Object, subject, reason, hint string) {
	c.item(ActionItem{Code: code, Object: o, Subject: subject, Reason: reason, Hint: hint})
}

func (c *converter) item(a ActionItem) {
	c.out.Actions = append(c.out.Actions, a)
	if !a.Note {
		c.set(a.Object, Action, a.Reason)
	}
	for _, row := range c.outcomes[a.Object] {
		if !slices.Contains(row.Codes, a.Code) {
			row.Codes = append(row.Codes, a.Code)
		}
	}
}

// note records something to know about an object that was converted.
func (c *converter) note(code string, o Object, subject, reason, hint string) {
	c.item(ActionItem{Code: code, Object: o, Subject: subject, Reason: reason, Hint: hint, Complexity: Simple, Note: true})
}

// notRead says for an object that its facts are missing.
func (c *converter) notRead(o Object, view string) {
	reason := "the dictionary view " + view + " could not be read"
	if why := c.d.Unknown[view]; why != "" {
		reason += ": " + why
	}
	c.set(o, NotTried, reason)
	c.note(CodeNotRead, o, "", reason, "grant SELECT on it (SELECT_CATALOG_ROLE has all) and assess again")
}

// firstUnknown is the first of the views that could not be read, or "".
func (c *converter) firstUnknown(views ...string) string {
	for _, v := range views {
		if !c.d.Knows(v) {
			return v
		}
	}
	return ""
}

func (c *converter) add(s Statement) {
	if !c.keeps {
		return
	}
	s.ID = string(s.Kind) + ":" + s.Schema
	if s.Table != "" && s.Table != s.Name {
		s.ID += "." + s.Table
	}
	if s.Kind != KindSchema {
		s.ID += "." + s.Name
	}
	c.out.Statements = append(c.out.Statements, s)
}

func (c *converter) schemaNames(schema string) names {
	if c.relations[schema] == nil {
		c.relations[schema] = names{}
	}
	return c.relations[schema]
}

// objectsOf lists the objects in scope of one type, by owner and name, without those that have an outcome.
func (c *converter) objectsOf(kind string) []Object {
	var out []Object
	for _, o := range c.byType[kind] {
		if slices.ContainsFunc(c.outcomes[o], func(row *ObjectOutcome) bool { return row.Outcome == "" }) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Object) int { return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name)) })
	return out
}

// order is the place of each kind when statements are applied.
var order = map[Kind]int{KindSchema: 0, KindType: 1, KindSequence: 1, KindTable: 2, KindPartition: 3, KindPrimaryKey: 4, KindUnique: 5,
	KindCheck: 6, KindIndex: 7,
	KindForeignKey: 8, KindFunction: 9, KindProcedure: 10, KindTrigger: 11, KindView: 12, KindMaterializedView: 12, KindStatement: 14,
	KindComment: 15, KindGrant: 16}

// rank is the place of a statement: the indexes of materialized views come after these.
func (c *converter) rank(s Statement) int {
	if s.Kind == KindIndex && c.mviews[s.Object] {
		return order[KindMaterializedView] + 1
	}
	return order[s.Kind]
}

// forgetPlans lets go of what only comments don't need, and forget of the rest: in a large schema all that takes more memory than the
// statements, and comments are most of those.
func (c *converter) forgetPlans() {
	c.lowered, c.taken = nil, nil
	c.facts, c.outcomes, c.parts, c.byType, c.leftOut, c.offload = facts{}, nil, nil, nil, nil, nil
	c.measurements, c.counting = nil, nil
	c.relations, c.constraints, c.functions, c.sequences = nil, nil, nil, nil
	c.mviewIndexes, c.mviewTables, c.keys, c.code, c.refused = nil, nil, nil, codeState{}, nil
}

func (c *converter) forget() {
	c.tables, c.tableOrder, c.views, c.scripts, c.types = nil, nil, nil, nil, nil
}

// finish adds the schemas and puts everything in its order.
func (c *converter) finish() {
	made := map[string]bool{}
	for _, s := range c.out.Statements {
		if !made[s.Schema] {
			made[s.Schema] = true
			owner := s.Object.Owner
			c.add(Statement{Kind: KindSchema, Object: Object{owner, "SCHEMA", owner}, Schema: s.Schema, Name: s.Schema,
				SQL: "CREATE SCHEMA IF NOT EXISTS " + ident(s.Schema)})
		}
	}
	c.forget()
	slices.SortStableFunc(c.out.Statements, func(a, b Statement) int { return cmp.Compare(c.rank(a), c.rank(b)) })
	inOrder(c.out.Statements)
	schemas := map[string]string{}
	for i := range c.out.Statements {
		if s := &c.out.Statements[i]; s.Kind != KindSchema {
			if schemas[s.Schema] == "" {
				schemas[s.Schema] = string(KindSchema) + ":" + s.Schema
			}
			s.DependsOn = append([]string{schemas[s.Schema]}, s.DependsOn...)
		}
	}
	for i := range c.out.Outcomes {
		slices.Sort(c.out.Outcomes[i].Codes)
	}
	slices.SortStableFunc(c.out.Actions, func(a, b ActionItem) int {
		return cmp.Or(cmp.Compare(a.Object.Owner, b.Object.Owner), cmp.Compare(a.Object.Type, b.Object.Type),
			cmp.Compare(a.Object.Name, b.Object.Name), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject))
	})
}
