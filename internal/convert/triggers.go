// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// triggersStep makes the triggers that fill columns from sequences, and names all others.
func (c *converter) triggersStep() {
	for _, o := range c.objectsOf("TRIGGER") {
		if v := c.firstUnknown("ALL_TRIGGERS"); v != "" {
			c.notRead(o, v)
			continue
		}
		var row *dictionary.Trigger
		for i := range c.d.Triggers {
			if t := &c.d.Triggers[i]; t.Owner == o.Owner && t.Name == o.Name {
				row = t
			}
		}
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
	fills, why := c.fills(o, row, t)
	if why != nil {
		c.triggerAction(o, row, on, why)
		return
	}
	c.makeTrigger(o, row, t, fills)
}

// triggerAction names a trigger that a person rewrites, with why.
func (c *converter) triggerAction(o Object, row *dictionary.Trigger, on string, why error) {
	size := c.measure(row.Body)
	what, line := refusal(why)
	a := ActionItem{Code: CodeTrigger, Object: o, Line: line, Lines: size.Lines, Constructs: size.Constructs,
		Reason: fmt.Sprintf("the trigger (%s) is not translated: %s; %s", on, what, sizeText(size)),
		Hint:   "write it in PL/pgSQL; make sure that it does not run for rows that DMS brings"}
	a.Complexity, a.Hours = unitPrice(size)
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

func (c *converter) makeTrigger(o Object, row *dictionary.Trigger, t *table, fills []fill) {
	when := ""
	if strings.TrimSpace(row.When) != "" {
		e, err := sql.ParseExpr(row.When)
		var got expression
		if err == nil {
			got, err = emit(e, newRowScope{t})
		}
		if err != nil {
			c.action(CodeTrigger, o, "", fmt.Sprintf("its WHEN (%s) is not converted: %v", clip(row.When), err), "write it for PostgreSQL")
			return
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
	c.add(Statement{Kind: KindTrigger, Object: o, Schema: schema, Table: t.name, Name: name,
		DependsOn: []string{t.id(), string(KindFunction) + ":" + schema + "." + function},
		SQL: fmt.Sprintf("CREATE TRIGGER %s BEFORE INSERT ON %s FOR EACH ROW%s EXECUTE FUNCTION %s()", ident(name), t.qualified(), when,
			ident(schema, function))})
	c.set(o, Converted, "")
	if row.Status == "DISABLED" {
		c.note(NoteTriggerOff, o, "", "the trigger is disabled on Oracle, and here", "")
		c.add(Statement{Kind: KindTrigger, Object: o, Schema: schema, Table: t.name, Name: name + " (off)",
			DependsOn: []string{string(KindTrigger) + ":" + schema + "." + t.name + "." + name},
			SQL:       fmt.Sprintf("ALTER TABLE %s DISABLE TRIGGER %s", t.qualified(), ident(name))})
	}
}

func (c *converter) invalid(o Object) bool {
	for _, row := range c.d.Objects {
		if row.Owner == o.Owner && row.Type == o.Type && row.Name == o.Name {
			return row.Status == "INVALID"
		}
	}
	return false
}
