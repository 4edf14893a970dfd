// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// result is what a trigger function returns at its end. A row that is deleted has no new one.
func (on *rowOf) result() string {
	switch {
	case !on.row || !on.before:
		return "NULL"
	case !on.remove:
		return "NEW"
	case !on.insert && !on.update:
		return "OLD"
	}
	return "COALESCE(NEW, OLD)"
}

// moment says when and for what a trigger fires, as CREATE TRIGGER has it.
func (c *converter) moment(o Object, row *dictionary.Trigger, t *table) (on *rowOf, text string, err error) {
	on = &rowOf{t: t}
	when, each, ok := strings.Cut(row.Type, " ")
	on.before, on.row = when == "BEFORE", each == "EACH ROW"
	if !ok || when != "BEFORE" && when != "AFTER" || each != "EACH ROW" && each != "STATEMENT" {
		return on, "", uncertain("a trigger of the type %s", clip(row.Type))
	}
	for _, e := range strings.Split(row.Event, " OR ") {
		switch strings.TrimSpace(e) {
		case "INSERT":
			on.insert = true
		case "UPDATE":
			on.update = true
		case "DELETE":
			on.remove = true
		default:
			return on, "", uncertain("a trigger for %s", clip(row.Event))
		}
	}
	var events []string
	if on.insert {
		events = append(events, "INSERT")
	}
	if on.update {
		of, err := c.updateColumns(o, t)
		if err != nil {
			return on, "", err
		}
		events = append(events, "UPDATE"+of)
	}
	if on.remove {
		events = append(events, "DELETE")
	}
	each = "FOR EACH STATEMENT"
	if on.row {
		each = "FOR EACH ROW"
	}
	return on, fmt.Sprintf("%s %s ON %s %s", when, strings.Join(events, " OR "), t.qualified(), each), nil
}

// updateColumns is the OF of UPDATE OF.
func (c *converter) updateColumns(o Object, t *table) (string, error) {
	if !c.d.Knows("ALL_TRIGGER_COLS") {
		return "", uncertain("ALL_TRIGGER_COLS could not be read, which has the columns of UPDATE OF")
	}
	if c.code.updateOf == nil {
		c.code.updateOf = map[Object][]string{}
		for _, col := range c.d.TriggerCols {
			if k := (Object{col.Owner, "TRIGGER", col.Trigger}); col.InList == "YES" && !slices.Contains(c.code.updateOf[k], col.Column) {
				c.code.updateOf[k] = append(c.code.updateOf[k], col.Column)
			}
		}
	}
	var names []string
	for _, name := range c.code.updateOf[o] {
		x := t.column(name)
		if x == nil {
			return "", uncertain("the column %s of UPDATE OF, which is not on the target", clip(name))
		}
		names = append(names, ident(x.name))
	}
	if names == nil {
		return "", nil
	}
	return " OF " + strings.Join(names, ", "), nil
}

// translateTrigger makes a trigger whose body is translated, or says why not.
func (c *converter) translateTrigger(o Object, row *dictionary.Trigger, t *table) error {
	if t == nil || row.BaseObjectType != "TABLE" {
		return uncertain("it is not on a table")
	}
	if r := strings.ToUpper(strings.Join(strings.Fields(row.Referencing), " ")); r != "" && r != "REFERENCING NEW AS NEW OLD AS OLD" {
		return uncertain("it calls the rows otherwise (%s)", clip(r))
	}
	if c.invalid(o) {
		return uncertain("it is invalid on Oracle")
	}
	on, head, err := c.moment(o, row, t)
	if err != nil {
		return err
	}
	body, err := sql.ParseTrigger(row.Body)
	if err != nil {
		return err
	}
	schema, name := t.schema, TargetName(row.Name)
	if c.functions[schema] == nil {
		c.functions[schema] = names{}
	}
	k := &coder{c: c, owner: row.Owner, on: on, scopes: []scopeOf{{}}, indent: 1}
	k.need(t.id())
	if strings.TrimSpace(row.When) != "" {
		if err := k.when(row.When, body); err != nil {
			return err
		}
	} else if err := k.block(body); err != nil {
		return err
	}
	k.print("RETURN %s;", on.result())
	function := c.functions[schema].free(name, "_fn")
	c.add(Statement{Kind: KindFunction, Object: o, Schema: schema, Name: function, DependsOn: slices.DeleteFunc(k.needs, func(id string) bool {
		return strings.HasPrefix(id, string(KindProcedure)+":") // made after all functions, and looked for when the trigger runs
	}), SQL: fmt.Sprintf("CREATE FUNCTION %s() RETURNS trigger", ident(schema, function)) + codeText(k.out.String(), k.queries)})
	c.addTrigger(o, row, t, function, head)
	c.translated(o, row.Body)
	return nil
}

// when puts the trigger's condition around its body: PostgreSQL's WHEN may not look at both rows for every event.
func (k *coder) when(text string, body *sql.Block) error {
	e, err := sql.ParseExpr(text)
	if err != nil {
		return uncertain("its WHEN (%s)", clip(text))
	}
	cond, err := k.condition(e)
	if err != nil {
		return uncertain("its WHEN (%s): %v", clip(text), err)
	}
	k.print("IF %s THEN", cond)
	k.indent++
	if err := k.block(body); err != nil {
		return err
	}
	k.indent--
	k.print("END IF;")
	return nil
}

// addTrigger makes the trigger on its function, switched off where it is on Oracle.
func (c *converter) addTrigger(o Object, row *dictionary.Trigger, t *table, function, head string) {
	schema, name := t.schema, TargetName(row.Name)
	c.add(Statement{Kind: KindTrigger, Object: o, Schema: schema, Table: t.name, Name: name,
		DependsOn: []string{t.id(), string(KindFunction) + ":" + schema + "." + function},
		SQL:       fmt.Sprintf("CREATE TRIGGER %s %s EXECUTE FUNCTION %s()", ident(name), head, ident(schema, function))})
	c.set(o, Converted, "")
	if row.Status == "DISABLED" {
		c.note(NoteTriggerOff, o, "", "the trigger is disabled on Oracle, and here", "")
		c.add(Statement{Kind: KindTrigger, Object: o, Schema: schema, Table: t.name, Name: name + " (off)",
			DependsOn: []string{string(KindTrigger) + ":" + schema + "." + t.name + "." + name},
			SQL:       fmt.Sprintf("ALTER TABLE %s DISABLE TRIGGER %s", t.qualified(), ident(name))})
	}
}
