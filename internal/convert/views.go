// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// viewPlan is a view whose text was read.
type viewPlan struct {
	object  Object
	schema  string
	name    string
	query   *sql.Query
	columns []*column
	mview   *dictionary.MView // nil for a view
	needs   []dictionary.Name // tables and views that it selects from, synonyms resolved
}

// viewObjects lists the views and the materialized views.
func (c *converter) viewObjects() []Object {
	return append(c.objectsOf("VIEW"), c.objectsOf("MATERIALIZED VIEW")...)
}

// reserveViews gives views, and the synonyms that become views, their names before partitions and indexes take theirs.
func (c *converter) reserveViews() {
	for _, o := range append(c.viewObjects(), c.objectsOf("SYNONYM")...) {
		if o.Owner == "PUBLIC" {
			continue
		}
		if !c.schemaNames(TargetName(o.Owner)).claim(TargetName(o.Name)) {
			c.action(CodeCollision, o, "", "a table or sequence is called "+TargetName(o.Name)+" on the target already",
				"rename one of them on Oracle")
		}
	}
}

// viewsStep makes the views that are simple, those first that others need.
func (c *converter) viewsStep() {
	c.scriptedViews()
	plans := map[dictionary.Name]*viewPlan{}
	var waiting []*viewPlan
	for _, o := range c.viewObjects() {
		if c.scripted(o) {
			continue
		}
		if p := c.planView(o); p != nil {
			plans[dictionary.Name{Owner: o.Owner, Name: o.Name}] = p
			waiting = append(waiting, p)
		}
	}
	for len(waiting) > 0 {
		var later []*viewPlan
		for _, p := range waiting {
			missing, pending := c.missing(p, plans)
			switch {
			case missing != nil:
				c.action(CodeViewDepends, p.object, "", fmt.Sprintf("it selects from %s.%s, which is not on the target", missing.Owner, missing.Name),
					"convert that first, then this")
				delete(plans, dictionary.Name{Owner: p.object.Owner, Name: p.object.Name})
			case pending:
				later = append(later, p)
			default:
				c.makeView(p)
				delete(plans, dictionary.Name{Owner: p.object.Owner, Name: p.object.Name})
			}
		}
		if len(later) == len(waiting) {
			for _, p := range later {
				c.action(CodeViewDepends, p.object, "", "it depends on itself through other views", "see why on Oracle")
			}
			return
		}
		waiting = later
	}
}

// missing is the first thing that a view needs and that will not be there; pending says that one may still come.
func (c *converter) missing(p *viewPlan, plans map[dictionary.Name]*viewPlan) (missing *dictionary.Name, pending bool) {
	for _, n := range p.needs {
		if c.tables[n] == nil && c.views[n] == "" {
			if plans[n] == nil {
				return &n, false
			}
			pending = true
		}
	}
	return nil, pending
}

func (c *converter) planView(o Object) *viewPlan {
	n := dictionary.Name{Owner: o.Owner, Name: o.Name}
	mview := c.facts.mviews[n]
	view, text := "ALL_VIEWS", ""
	if o.Type == "MATERIALIZED VIEW" {
		view = "ALL_MVIEWS"
	}
	if v := c.firstUnknown(view, "ALL_TAB_COLS"); v != "" {
		c.notRead(o, v)
		return nil
	}
	if row := c.facts.views[n]; row != nil && o.Type == "VIEW" {
		text, mview = row.Text, nil
	} else if mview != nil {
		text = mview.Query
	}
	if text == "" {
		c.action(CodeNoBody, o, "", "the text of the "+strings.ToLower(o.Type)+" is not in the dictionary",
			"read it on Oracle and write it for PostgreSQL")
		return nil
	}
	if c.invalid(o) {
		c.action(CodeInvalid, o, "", "the "+strings.ToLower(o.Type)+" is invalid on Oracle", "mend it there, or leave it out")
		return nil
	}
	q, err := sql.ParseQuery(text)
	if err != nil {
		c.viewAction(o, err)
		return nil
	}
	p := &viewPlan{object: o, schema: TargetName(o.Owner), name: TargetName(o.Name), query: q, mview: mview}
	for _, col := range c.d.ColumnsOf(o.Owner, o.Name) {
		typ, _ := typeOf(col)
		p.columns = append(p.columns, &column{Column: col, name: TargetName(col.Name), typ: &typ, special: ordinary})
	}
	for _, f := range q.From {
		p.needs = append(p.needs, c.resolve(o.Owner, f.Table))
		for _, j := range f.Joins {
			p.needs = append(p.needs, c.resolve(o.Owner, j.Table))
		}
	}
	return p
}

func (c *converter) viewAction(o Object, err error) {
	code, hint := CodeView, "write the view for PostgreSQL"
	if o.Type == "MATERIALIZED VIEW" {
		code, hint = CodeMView, "write it as a materialized view and refresh it by a job (pg_cron), or as a view"
	}
	a := ActionItem{Code: code, Object: o, Reason: "its query is not converted: " + err.Error(), Hint: hint}
	if e, ok := err.(*sql.Error); ok {
		a.Line, a.Reason = e.Line, "its query is not converted: "+e.What
	}
	c.item(a)
}

// resolve finds what a name in FROM means, through synonyms.
func (c *converter) resolve(owner string, t sql.Table) dictionary.Name {
	n := dictionary.Name{Owner: t.Owner, Name: t.Name}
	if n.Owner == "" {
		n.Owner = owner
	}
	for range 8 { // synonyms of synonyms
		if len(c.d.ColumnsOf(n.Owner, n.Name)) > 0 {
			return n
		}
		s := c.facts.synonyms[n]
		if s == nil && t.Owner == "" {
			s = c.facts.synonyms[dictionary.Name{Owner: "PUBLIC", Name: n.Name}]
		}
		if s == nil || s.DBLink != "" {
			return n
		}
		n = dictionary.Name{Owner: s.TableOwner, Name: s.Table}
	}
	return n
}

func (c *converter) makeView(p *viewPlan) {
	s, text, err := c.viewText(p)
	if err != nil {
		c.viewAction(p.object, err)
		return
	}
	var cols []string
	for _, x := range p.columns {
		cols = append(cols, ident(x.name))
	}
	n := dictionary.Name{Owner: p.object.Owner, Name: p.object.Name}
	what, kind, tail := "VIEW", KindView, ""
	if p.mview != nil {
		what, kind, tail = "MATERIALIZED VIEW", KindMaterializedView, "\nWITH NO DATA"
		c.mviewTables[dictionary.Name{Owner: p.mview.Owner, Name: p.mview.Container}] = &table{Table: &dictionary.Table{Owner: p.mview.Owner,
			Name: p.mview.Container},
			object: p.object, schema: p.schema, name: p.name, columns: p.columns, kind: KindMaterializedView}
		c.note(NoteMView, p.object, "",
			fmt.Sprintf("it is made without rows, and a query on it fails until the first refresh; Oracle refreshes it %s %s",
				strings.ToLower(p.mview.RefreshMethod), strings.ToLower(p.mview.RefreshMode)),
			"REFRESH MATERIALIZED VIEW after the load, and then by a job (pg_cron)")
	}
	c.views[n] = kind
	c.add(Statement{Kind: kind, Object: p.object, Schema: p.schema, Table: p.name, Name: p.name, DependsOn: s.statements(),
		SQL: fmt.Sprintf("CREATE %s %s (%s) AS\n%s%s", what, ident(p.schema, p.name), strings.Join(cols, ", "), text, tail)})
	c.set(p.object, Converted, "")
	if p.query.ReadOnly {
		c.note(NoteReadOnlyView, p.object, "", "WITH READ ONLY has no counterpart: a simple view takes changes on PostgreSQL",
			"grant nothing but SELECT on it")
	}
}
