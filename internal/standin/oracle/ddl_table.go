// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// createTable runs CREATE TABLE name (columns and constraints). What follows the list (tablespace, storage) changes nothing here.
func (d *definer) createTable(ctx context.Context) error {
	name, i, err := d.name(2)
	if err != nil {
		return err
	}
	if err := d.may(name.Owner, "CREATE TABLE", "CREATE ANY TABLE"); err != nil {
		return err
	}
	if err := d.free(name); err != nil {
		return err
	}
	if i >= len(d.tokens) || !d.tokens[i].IsOp("(") {
		return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in runs CREATE TABLE only with a list of columns")
	}
	end := sqltext.Closing(d.tokens, i)
	if end == len(d.tokens) {
		return tns.Errorf(907, "missing right parenthesis")
	}
	t := &dict.Table{Name: name, Kind: "TABLE"}
	var constraints []*dict.Constraint
	for _, part := range sqltext.Split(d.tokens[i+1 : end]) {
		made, err := d.element(t, part)
		if err != nil {
			return err
		}
		constraints = append(constraints, made...)
	}
	for _, c := range constraints {
		if c.Type == "P" {
			for _, column := range c.Columns {
				if found := t.Column(column); found != nil {
					found.Nullable = false
				}
			}
		}
	}
	return d.addTable(ctx, t, constraints)
}

// addTable makes a table with its constraints, checks and redo, and writes it into the dictionary.
func (d *definer) addTable(ctx context.Context, t *dict.Table, constraints []*dict.Constraint) error {
	v := d.session.server
	if err := d.exec(ctx, tableDDL(t)); err != nil {
		return err
	}
	if err := d.describeTable(ctx, t); err != nil {
		return err
	}
	l := d.loader()
	l.defaults(ctx, t)
	if len(l.notes) > 0 {
		return tns.Errorf(904, "%s", l.notes[0])
	}
	for _, c := range constraints {
		if err := d.addConstraint(ctx, l, c, t); err != nil {
			return err
		}
	}
	var key []string
	for _, c := range constraints {
		if c.Type == "P" {
			key = c.Columns
		}
	}
	if err := d.exec(ctx, l.beforeTrigger(t, nil)+redoTrigger(t, key, v.catalog.logged(t.Name, &v.opts))+attachRedo(t)); err != nil {
		return err
	}
	d.after(func() {
		v.catalog.tables[t.Name] = t
		v.catalog.used[t.Name] = true
		v.model.Add(t)
		v.model.Constraints = append(v.model.Constraints, constraints...)
	})
	return nil
}

func (d *definer) loader() *loader {
	v := d.session.server
	return &loader{conn: d.conn, catalog: v.catalog, model: v.model, opts: &v.opts}
}

// element reads a column or a constraint of CREATE TABLE and returns the constraints it makes.
func (d *definer) element(t *dict.Table, tokens []sqltext.Token) ([]*dict.Constraint, error) {
	if len(tokens) == 0 {
		return nil, tns.Errorf(904, "invalid identifier")
	}
	if c, err := d.tableConstraint(t, tokens); c != nil || err != nil {
		return []*dict.Constraint{c}, err
	}
	if !tokens[0].Name() {
		return nil, tns.Errorf(904, "invalid identifier")
	}
	c, n, err := sqltext.ColumnType(tokens[1:])
	if err != nil {
		return nil, err
	}
	c.Name, c.ID = tokens[0].Text, len(t.Columns)+1
	t.Columns = append(t.Columns, c)
	return d.columnRest(t, c, tokens[n+1:])
}

// columnRest reads what follows a column's type: DEFAULT, identity, NOT NULL, keys, checks.
func (d *definer) columnRest(t *dict.Table, c *dict.Column, rest []sqltext.Token) ([]*dict.Constraint, error) {
	var made []*dict.Constraint
	named := ""
	for len(rest) > 0 {
		used := 1
		add := func(kind string) *dict.Constraint {
			k := d.newConstraint(t, kind, named)
			k.Columns = []string{c.Name}
			made = append(made, k)
			named = ""
			return k
		}
		switch {
		case rest[0].Is("DEFAULT"):
			end := sqltext.Find(rest, 1, "NOT", "NULL", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES")
			if end == 2 && rest[1].Is("ON") {
				end = sqltext.Find(rest, 3, "NOT", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES")
			}
			if end < 2 {
				end = sqltext.Find(rest, 2, "NOT", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES")
			}
			c.Default = strings.TrimSpace(d.sql[rest[1].Pos:rest[end-1].End])
			used = end
		case rest[0].Is("CONSTRAINT") && len(rest) > 2:
			named, used = rest[1].Text, 2
		case rest[0].Is("NOT") && len(rest) > 1 && rest[1].Is("NULL"):
			add("C").Condition = quote(c.Name) + " IS NOT NULL"
			c.Nullable, used = false, 2
		case rest[0].Is("NULL"), rest[0].Is("ENABLE"), rest[0].Is("VALIDATE"):
		case rest[0].Is("PRIMARY") && len(rest) > 1 && rest[1].Is("KEY"):
			add("P")
			used = 2
		case rest[0].Is("UNIQUE"):
			add("U")
		case rest[0].Is("CHECK") && len(rest) > 1 && rest[1].IsOp("("):
			end := sqltext.Closing(rest, 1)
			add("C").Condition = strings.TrimSpace(d.sql[rest[1].End:rest[end].Pos])
			used = end + 1
		case rest[0].Is("REFERENCES"):
			k := add("R")
			n, err := d.references(k, rest)
			if err != nil {
				return nil, err
			}
			used = n
		case rest[0].Is("GENERATED"):
			return nil, tns.Errorf(3001, "unimplemented feature: this Oracle stand-in does not make identity or virtual columns by CREATE TABLE")
		default:
			return nil, &tns.OraError{Code: 907, Message: "ORA-00907: missing right parenthesis", Pos: rest[0].Pos}
		}
		rest = rest[used:]
	}
	return made, nil
}

// tableConstraint reads [CONSTRAINT name] PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY …, nil for a column.
func (d *definer) tableConstraint(t *dict.Table, tokens []sqltext.Token) (*dict.Constraint, error) {
	named := ""
	if tokens[0].Is("CONSTRAINT") && len(tokens) > 2 && tokens[1].Name() {
		named, tokens = tokens[1].Text, tokens[2:]
	}
	columns := func(open int) []string {
		var names []string
		for _, part := range sqltext.Split(tokens[open+1 : sqltext.Closing(tokens, open)]) {
			if len(part) > 0 {
				names = append(names, part[0].Text)
			}
		}
		return names
	}
	is := func(i int, word string) bool { return i < len(tokens) && tokens[i].Is(word) }
	open := func(i int) bool { return i < len(tokens) && tokens[i].IsOp("(") }
	switch {
	case is(0, "PRIMARY") && is(1, "KEY") && open(2):
		c := d.newConstraint(t, "P", named)
		c.Columns = columns(2)
		return c, nil
	case is(0, "UNIQUE") && open(1):
		c := d.newConstraint(t, "U", named)
		c.Columns = columns(1)
		return c, nil
	case is(0, "CHECK") && open(1):
		c := d.newConstraint(t, "C", named)
		c.Condition = strings.TrimSpace(d.sql[tokens[1].End:tokens[sqltext.Closing(tokens, 1)].Pos])
		return c, nil
	case is(0, "FOREIGN") && is(1, "KEY") && open(2):
		c := d.newConstraint(t, "R", named)
		c.Columns = columns(2)
		rest := tokens[sqltext.Closing(tokens, 2)+1:]
		if len(rest) == 0 || !rest[0].Is("REFERENCES") {
			return nil, tns.Errorf(905, "missing keyword")
		}
		_, err := d.references(c, rest)
		return c, err
	case named != "":
		return nil, tns.Errorf(904, "invalid identifier")
	}
	return nil, nil
}

// newConstraint makes a constraint, with a name of Oracle's kind where it has none.
func (d *definer) newConstraint(t *dict.Table, kind, name string) *dict.Constraint {
	c := &dict.Constraint{Owner: t.Owner, Name: name, Type: kind, Table: t.Name.Name, Enabled: true, Validated: true}
	if name == "" {
		c.Name, c.Generated = fmt.Sprintf("SYS_C%07d", d.session.server.objectID.Add(1)), true
	}
	return c
}

// references reads REFERENCES t [(columns)] [ON DELETE …] and returns how many tokens it took.
func (d *definer) references(c *dict.Constraint, tokens []sqltext.Token) (int, error) {
	if len(tokens) < 2 || !tokens[1].Name() {
		return 0, tns.Errorf(903, "invalid table name")
	}
	parent, n := dict.Name{Owner: c.Owner, Name: tokens[1].Text}, 2
	if len(tokens) > 3 && tokens[2].IsOp(".") {
		parent, n = dict.Name{Owner: tokens[1].Text, Name: tokens[3].Text}, 4
	}
	var columns []string
	if n < len(tokens) && tokens[n].IsOp("(") {
		end := sqltext.Closing(tokens, n)
		for _, part := range sqltext.Split(tokens[n+1 : end]) {
			columns = append(columns, part[0].Text)
		}
		n = end + 1
	}
	c.DeleteRule = "NO ACTION"
	if n+2 < len(tokens) && tokens[n].Is("ON") && tokens[n+1].Is("DELETE") {
		if tokens[n+2].Is("CASCADE") {
			c.DeleteRule, n = "CASCADE", n+3
		} else {
			c.DeleteRule, n = "SET NULL", n+4
		}
	}
	for _, k := range d.model().Constraints {
		if k.Owner == parent.Owner && k.Table == parent.Name && (columns == nil && k.Type == "P" || (k.Type == "P" || k.Type == "U") &&
			slices.Equal(k.Columns, columns)) {
			c.ROwner, c.RName = k.Owner, k.Name
			return min(n, len(tokens)), nil
		}
	}
	if d.session.server.catalog.table(parent) == nil {
		return 0, noTable()
	}
	return 0, tns.Errorf(2270, "no matching unique or primary key for this column-list")
}
