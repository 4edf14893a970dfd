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
	needs   []dictionary.Name // tables and views that it selects from, synonyms resolved
}

// reserveViews gives views their names before indexes take theirs.
func (c *converter) reserveViews() {
	for _, o := range c.objectsOf("VIEW") {
		if !c.schemaNames(TargetName(o.Owner)).claim(TargetName(o.Name)) {
			c.action(CodeCollision, o, "", "a table or sequence is called "+TargetName(o.Name)+" on the target already", "rename one of them on Oracle")
		}
	}
}

// viewsStep makes the views that are simple, those first that others need.
func (c *converter) viewsStep() {
	plans := map[dictionary.Name]*viewPlan{}
	var waiting []*viewPlan
	for _, o := range c.objectsOf("VIEW") {
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
		if c.tables[n] == nil && !c.views[n] {
			if plans[n] == nil {
				return &n, false
			}
			pending = true
		}
	}
	return nil, pending
}

func (c *converter) planView(o Object) *viewPlan {
	if v := c.firstUnknown("ALL_VIEWS", "ALL_TAB_COLS"); v != "" {
		c.notRead(o, v)
		return nil
	}
	var row *dictionary.ViewText
	for i := range c.d.Views {
		if v := &c.d.Views[i]; v.Owner == o.Owner && v.Name == o.Name {
			row = v
		}
	}
	if row == nil || row.Text == "" {
		c.action(CodeNoBody, o, "", "the text of the view is not in the dictionary", "read it on Oracle and write it for PostgreSQL")
		return nil
	}
	if c.invalid(o) {
		c.action(CodeInvalid, o, "", "the view is invalid on Oracle", "mend it there, or leave it out")
		return nil
	}
	q, err := sql.ParseQuery(row.Text)
	if err != nil {
		c.viewAction(o, err)
		return nil
	}
	p := &viewPlan{object: o, schema: TargetName(o.Owner), name: TargetName(o.Name), query: q}
	for _, col := range c.d.ColumnsOf(o.Owner, o.Name) {
		typ, _ := typeOf(col)
		p.columns = append(p.columns, &column{Column: col, name: TargetName(col.Name), typ: typ})
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
	a := ActionItem{Code: CodeView, Object: o, Reason: "its query is not converted: " + err.Error(), Hint: "write the view for PostgreSQL",
		Hours: prices[CodeView].hours, Complexity: prices[CodeView].complexity}
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
		s := c.synonym(n)
		if s == nil && t.Owner == "" {
			s = c.synonym(dictionary.Name{Owner: "PUBLIC", Name: n.Name})
		}
		if s == nil || s.DBLink != "" {
			return n
		}
		n = dictionary.Name{Owner: s.TableOwner, Name: s.Table}
	}
	return n
}

func (c *converter) synonym(n dictionary.Name) *dictionary.Synonym {
	for i := range c.d.Synonyms {
		if s := &c.d.Synonyms[i]; s.Owner == n.Owner && s.Name == n.Name {
			return s
		}
	}
	return nil
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
	c.views[dictionary.Name{Owner: p.object.Owner, Name: p.object.Name}] = true
	c.add(Statement{Kind: KindView, Object: p.object, Schema: p.schema, Table: p.name, Name: p.name, DependsOn: s.statements(),
		SQL: fmt.Sprintf("CREATE VIEW %s (%s) AS\n%s", ident(p.schema, p.name), strings.Join(cols, ", "), text)})
	c.set(p.object, Converted, "")
	if p.query.ReadOnly {
		c.note(NoteReadOnlyView, p.object, "", "WITH READ ONLY has no counterpart: a simple view takes changes on PostgreSQL",
			"grant nothing but SELECT on it")
	}
}
