// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// triggersStep makes the triggers that fill columns from sequences and those whose body is translated, after the routines that they may
// call, and names all others.
func (c *converter) triggersStep() {
	c.routinesStep()
	rows := byName(c.d.Triggers, func(t *dictionary.Trigger) dictionary.Name { return dictionary.Name{Owner: t.Owner, Name: t.Name} })
	for _, o := range c.objectsOf("TRIGGER") {
		if v := c.firstUnknown("ALL_TRIGGERS"); v != "" {
			c.notRead(o, v)
			continue
		}
		row := rows[dictionary.Name{Owner: o.Owner, Name: o.Name}]
		if row == nil {
			c.notRead(o, "ALL_TRIGGERS")
			continue
		}
		c.trigger(o, row)
	}
}

func (c *converter) trigger(o Object, row *dictionary.Trigger) {
	t := c.tables[dictionary.Name{Owner: row.TableOwner, Name: row.Table}]
	on := strings.ToLower(row.Type) + ", " + strings.ToLower(row.Event) + " on " + row.Table
	switch {
	case t == nil && row.BaseObjectType == "TABLE":
		c.set(o, LeftOut, "its table "+row.TableOwner+"."+row.Table+" is not on the target")
		c.note(CodeIndexTable, o, "", "its table "+row.TableOwner+"."+row.Table+" is not on the target", "")
		return
	case strings.TrimSpace(row.Body) == "":
		c.action(CodeNoBody, o, "", "the text of the trigger ("+on+") is not in the dictionary", "read it on Oracle and write it for PostgreSQL")
		return
	}
	if fills, err := c.fills(o, row, t); err == nil && c.makeTrigger(o, row, t, fills) {
		return
	}
	if why := c.translateTrigger(o, row, t); why != nil {
		c.triggerAction(o, row, on, why)
	}
}

// triggerAction names a trigger that a person rewrites, with why.
func (c *converter) triggerAction(o Object, row *dictionary.Trigger, on string, why error) {
	size := c.measure(row.Body)
	what, line := refusal(why)
	a := ActionItem{Code: CodeTrigger, Object: o, Line: line, Lines: size.Lines, Constructs: size.Constructs,
		Reason: fmt.Sprintf("the trigger (%s) is not translated: %s; %s", on, what, sizeText(size)),
		Hint:   "write it in PL/pgSQL; make sure that it does not run for rows that DMS brings"}
	c.item(a)
	c.constructItems(o, size)
}

// fill is one column that a trigger fills, on the target.
type fill struct {
	column, class string
	onlyIfNull    bool
	sequence      string
}

func (c *converter) fills(o Object, row *dictionary.Trigger, t *table) ([]fill, error) {
	if t == nil || row.Type != "BEFORE EACH ROW" || row.Event != "INSERT" {
		return nil, uncertain("only triggers before each inserted row of a table are converted")
	}
	if r := strings.ToUpper(strings.Join(strings.Fields(row.Referencing), " ")); r != "" && r != "REFERENCING NEW AS NEW OLD AS OLD" {
		return nil, uncertain("it calls the new row otherwise (%s)", clip(r))
	}
	if c.invalid(o) {
		return nil, uncertain("it is invalid on Oracle")
	}
	read, err := sql.ParseFillTrigger(row.Body)
	if err != nil {
		return nil, err
	}
	var out []fill
	for _, f := range read {
		x := t.column(f.Column)
		if x == nil {
			return nil, uncertain("the column %s is not on the target", clip(f.Column))
		}
		class, ok := c.sequenceClass(row.Owner, f.Sequence.Parts)
		if !ok {
			return nil, uncertain("the sequence %s is not on the target", clip(strings.Join(f.Sequence.Parts, ".")))
		}
		if x.typ.cat != catNumber {
			return nil, uncertain("the column %s is no number", clip(f.Column))
		}
		out = append(out, fill{column: x.name, class: class, onlyIfNull: f.OnlyIfNull,
			sequence: string(KindSequence) + ":" + c.sequenceOf(row.Owner, f.Sequence.Parts)})
	}
	return out, nil
}

// newRowScope is where a trigger's WHEN stands: NEW.c.
type newRowScope struct{ t *table }

func (s newRowScope) sequence([]string) (string, bool) { return "", false }
func (s newRowScope) aggregates() bool                 { return false }
func (s newRowScope) column(parts []string) (expression, error) {
	if len(parts) == 2 && parts[0] == "NEW" {
		if x := s.t.column(parts[1]); x != nil {
			e := x.expression("")
			e.SQL, e.notNull = "NEW."+ident(x.name), false
			return e, nil
		}
	}
	return expression{}, uncertain("the name %s in WHEN", clip(strings.Join(parts, ".")))
}

// makeTrigger makes a trigger that fills columns; ok is false where its WHEN needs more than that.
func (c *converter) makeTrigger(o Object, row *dictionary.Trigger, t *table, fills []fill) (ok bool) {
	when := ""
	if strings.TrimSpace(row.When) != "" {
		e, err := sql.ParseExpr(row.When)
		var got expression
		if err == nil {
			got, err = emit(e, newRowScope{t})
		}
		if err != nil {
			return false
		}
		when = " WHEN (" + got.SQL + ")"
	}
	schema, name := t.schema, TargetName(row.Name)
	if c.functions[schema] == nil {
		c.functions[schema] = names{}
	}
	function := c.functions[schema].free(name, "_fn")
	var body strings.Builder
	needs := []string{t.id()}
	for _, f := range fills {
		line := fmt.Sprintf("    NEW.%s := pg_catalog.nextval(%s);\n", ident(f.column), f.class)
		if f.onlyIfNull {
			line = fmt.Sprintf("    IF NEW.%s IS NULL THEN\n    %s    END IF;\n", ident(f.column), line)
		}
		body.WriteString(line)
		needs = append(needs, f.sequence)
	}
	// SECURITY DEFINER, as a trigger on Oracle runs with its owner's rights: who may insert need not have rights on the sequence.
	c.add(Statement{Kind: KindFunction, Object: o, Schema: schema, Name: function, DependsOn: needs,
		SQL: fmt.Sprintf("CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$\nBEGIN\n%s    RETURN NEW;\nEND;\n$body$",
			ident(schema, function), body.String())})
	c.addTrigger(o, row, t, function, "BEFORE INSERT ON "+t.qualified()+" FOR EACH ROW"+when)
	return true
}

func (c *converter) invalid(o Object) bool { return c.facts.invalid[o] }
