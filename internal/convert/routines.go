// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"errors"
	"fmt"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// routine is a procedure or function that is on the target.
type routine struct {
	object       Object
	schema, name string
	function     bool
	params       []parameter
	returns      codeType
	id           string
	// writes is true where it changes rows, noData where NO_DATA_FOUND may leave it.
	writes, noData bool
}

// parameter is one of a routine's. Mode is IN, OUT or IN OUT.
type parameter struct {
	mode       string
	typ        codeType
	hasDefault bool
}

// needsRoutine says that a routine can be translated only after another one.
type needsRoutine struct{ dictionary.Name }

func (e *needsRoutine) Error() string {
	return fmt.Sprintf("it calls %s, which is not translated", clip(e.Name.Name))
}

// use records that the code at hand calls r.
func (k *coder) use(r *routine) {
	if k.routine == r || k.routine != nil && k.routine.function && !r.function {
		return // itself; or a procedure, which is made after all functions and is looked for when the code runs
	}
	k.need(r.id)
}

// arguments are the values for a routine's parameters, by their places.
func (k *coder) arguments(s *codeScope, r *routine, args []sql.Expr) ([]string, error) {
	if len(args) > len(r.params) {
		return nil, uncertain("%d arguments for %s", len(args), clip(r.object.Name))
	}
	var out []string
	for i, p := range r.params {
		if i >= len(args) {
			if !p.hasDefault {
				return nil, uncertain("%d arguments for %s", len(args), clip(r.object.Name))
			}
			continue
		}
		if p.mode != "IN" {
			n, ok := args[i].(sql.Name)
			if !ok || len(n.Parts) != 1 || n.Bind {
				return nil, uncertain("an OUT argument that is no variable")
			}
			to, _, err := k.target(n)
			if err != nil {
				return nil, err
			}
			if k.lookup(n.Parts[0]).typ.base() != p.typ.base() {
				return nil, uncertain("an OUT argument of another type (%s)", clip(n.Parts[0]))
			}
			out = append(out, to)
			continue
		}
		x, err := emit(args[i], s)
		if err != nil {
			return nil, err
		}
		value, err := assigned(x, p.typ.cat, "a parameter")
		if err != nil {
			return nil, err
		}
		if p.typ.whole {
			value = "(" + value + ")::integer"
		}
		out = append(out, value)
	}
	return out, nil
}

// routinesStep translates the procedures and functions where that is certain, those first that others call. What is left is named by
// codeStep.
func (c *converter) routinesStep() {
	c.code.routines, c.code.refused = map[dictionary.Name]*routine{}, map[Object]error{}
	if c.d.Knows("ALL_SOURCE") {
		var todo []Object
		for _, kind := range []string{"FUNCTION", "PROCEDURE"} {
			todo = append(todo, c.objectsOf(kind)...)
		}
		waiting := map[dictionary.Name][]Object{}
		for len(todo) > 0 {
			o := todo[0]
			todo = todo[1:]
			text, ok := c.sourceOf(o)
			if !ok {
				continue
			}
			err := c.translate(o, text)
			c.code.refused[o] = err
			var needs *needsRoutine
			switch {
			case errors.As(err, &needs):
				waiting[needs.Name] = append(waiting[needs.Name], o)
			case err == nil:
				n := dictionary.Name{Owner: o.Owner, Name: o.Name}
				todo = append(todo, waiting[n]...)
				delete(waiting, n)
			}
		}
	}
}

// translate makes a routine on the target, or says why not.
func (c *converter) translate(o Object, text string) error {
	if c.invalid(o) {
		return uncertain("it is invalid on Oracle")
	}
	read, err := sql.ParseRoutine(text)
	if err != nil {
		return err
	}
	if read.Function != (o.Type == "FUNCTION") || read.Name != o.Name {
		return uncertain("its text is that of %s", clip(read.Name))
	}
	if read.Invoker {
		return uncertain("AUTHID CURRENT_USER: its tables are those of whoever calls it")
	}
	r := &routine{object: o, schema: TargetName(o.Owner), name: TargetName(o.Name), function: read.Function}
	kind, what := KindProcedure, "PROCEDURE"
	if r.function {
		kind, what = KindFunction, "FUNCTION"
	}
	r.id = string(kind) + ":" + r.schema + "." + r.name
	if tooLong(o.Name) || c.functions[r.schema][r.name] {
		return uncertain("its name is taken, or too long")
	}
	k := &coder{c: c, owner: o.Owner, name: o.Name, routine: r, scopes: []scopeOf{{}}, indent: 1}
	list, prelude, err := k.signature(read)
	if err != nil {
		return err
	}
	n := dictionary.Name{Owner: o.Owner, Name: o.Name}
	c.code.routines[n], r.writes = r, true // it may call itself
	for _, line := range prelude {
		k.print("%s", line)
	}
	if err := k.block(read.Body); err != nil {
		delete(c.code.routines, n)
		return err
	}
	r.writes = k.writes
	if c.functions[r.schema] == nil {
		c.functions[r.schema] = names{}
	}
	c.functions[r.schema].claim(r.name)
	head := fmt.Sprintf("CREATE %s %s(%s)", what, ident(r.schema, r.name), strings.Join(list, ", "))
	if r.function {
		head += " RETURNS " + r.returns.SQL
	}
	c.add(Statement{Kind: kind, Object: o, Schema: r.schema, Name: r.name, DependsOn: k.needs, SQL: head + codeText(k.out.String(), k.queries)})
	// PostgreSQL lets everybody call what is new; who may on Oracle is granted it with all other rights.
	c.add(Statement{Kind: KindGrant, Object: o, Schema: r.schema, Name: r.name + " (not for everybody)", DependsOn: []string{r.id},
		SQL: fmt.Sprintf("REVOKE ALL ON %s %s FROM PUBLIC", what, ident(r.schema, r.name))})
	c.set(o, Converted, "")
	c.translated(o, text)
	return nil
}

// translated notes that code was translated, and what its callers see.
func (c *converter) translated(o Object, text string) {
	size := c.measure(text)
	reason := "it was translated into PL/pgSQL; results are the same wherever Oracle gives one"
	if size.Constructs["raise_application_error"] > 0 {
		reason += "; its error -20001 has the SQLSTATE OR001, and so on"
	}
	c.note(NoteTranslated, o, "", reason, "run the application's tests against it")
}

// codeText is what follows the head of CREATE FUNCTION. It runs with its owner's rights, as on Oracle. Everything in the body is named
// with its schema, or is PostgreSQL's own: the search path keeps it so whoever calls. With plans for any value PostgreSQL computes nothing
// before it needs it: otherwise UPDATE … SET x = 1 / n WHERE n <> 0 would fail for the n that it leaves out.
func codeText(body string, queries bool) string {
	settings := "SET search_path = pg_catalog, pg_temp"
	if queries {
		settings += " SET plan_cache_mode = force_generic_plan"
	}
	tag := "$body$"
	for i := 1; strings.Contains(body, tag); i++ {
		tag = fmt.Sprintf("$body%d$", i)
	}
	return fmt.Sprintf(" LANGUAGE plpgsql SECURITY DEFINER %s AS %s\n#variable_conflict use_variable\nBEGIN\n%sEND;\n%s", settings, tag, body, tag)
}

// signature declares a routine's parameters. The prelude makes of what a caller on PostgreSQL may pass what Oracle would have got: an
// empty text is NULL, a DATE has whole seconds.
func (k *coder) signature(read *sql.Routine) (list, prelude []string, err error) {
	r := k.routine
	defaults := false
	for _, p := range read.Params {
		if err := onLine(p.Line, k.declareName(p.Name)); err != nil {
			return nil, nil, err
		}
		typ, err := k.typeInCode(p.Type, true)
		switch {
		case err != nil:
		case k.scopes[0][p.Name] != nil:
			err = uncertain("two parameters called %s", clip(p.Name))
		case p.Mode != "IN" && (r.function || p.Default != nil):
			err = uncertain("an %s parameter of a function", p.Mode)
		case p.Mode == "IN" && defaults && p.Default == nil, p.Mode != "IN" && defaults:
			err = uncertain("a parameter without a default behind one with")
		}
		if err != nil {
			return nil, nil, onLine(p.Line, err)
		}
		name := ident(TargetName(p.Name))
		mode := map[string]string{"IN": "IN ", "OUT": "OUT ", "IN OUT": "INOUT "}[p.Mode]
		text := mode + name + " " + typ.SQL
		if p.Default != nil {
			defaults = true
			x, err := emit(p.Default, k.scope())
			if err != nil {
				return nil, nil, onLine(p.Line, err)
			}
			value, err := assigned(x, typ.cat, p.Name)
			if err != nil {
				return nil, nil, onLine(p.Line, err)
			}
			text += " DEFAULT " + value
		}
		list = append(list, text)
		if p.Mode != "OUT" {
			switch {
			case typ.cat == catText:
				prelude = append(prelude, fmt.Sprintf("%s := NULLIF(%s, '');", name, name))
			case typ.cat == catDate:
				prelude = append(prelude, fmt.Sprintf("%s := %s::timestamp(0);", name, name))
			}
		}
		r.params = append(r.params, parameter{mode: p.Mode, typ: typ, hasDefault: p.Default != nil})
		k.scopes[0][p.Name] = &variable{sql: name, typ: typ, assignable: p.Mode != "IN"}
	}
	if r.function {
		if r.returns, err = k.typeInCode(read.Returns, true); err != nil {
			return nil, nil, onLine(read.Returns.Line, err)
		}
	}
	return list, prelude, nil
}
