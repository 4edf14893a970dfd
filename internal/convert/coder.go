// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// coder translates the body of one routine or trigger into PL/pgSQL. What it makes gives the same result as on Oracle wherever Oracle
// gives one; where Oracle fails because a value is too large for its type, PostgreSQL fails too, but for what PostgreSQL's wider types
// still hold. Whatever is not known to be the same is an error with its line.
type coder struct {
	c       *converter
	owner   string
	name    string            // of the routine, by which its parameters may be called
	routine *routine          // nil in a trigger
	on      *rowOf            // nil outside a trigger
	scopes  []scopeOf         // the innermost last
	targets map[string]string // the names on Oracle of all variables, by those on the target
	needs   []string
	out     strings.Builder
	indent  int
	// writes is true once it changes rows, itself or by what it calls.
	writes bool
	// queries is true once it holds a statement of SQL.
	queries bool
	// caught counts the blocks around the statement at hand that handle NO_DATA_FOUND.
	caught int
	// guarded counts those that handle anything.
	guarded int
	loops   int
	// handling is what the handler around the statement at hand handles, nil outside of one.
	handling []string
}

// scopeOf is the variables of a block, by their names on Oracle.
type scopeOf map[string]*variable

// variable is a variable, parameter, or the row of a loop.
type variable struct {
	sql        string
	typ        codeType
	assignable bool
	fields     map[string]expression // of a loop's row
}

// rowOf is the table that a trigger is on.
type rowOf struct {
	t      *table
	before bool
	row    bool // for each row
	insert bool // the events that fire it
	update bool
	remove bool
}

// codeScope is where an expression of the code stands: in a statement of SQL with tables, or by itself.
type codeScope struct {
	k       *coder
	query   *queryScope     // nil outside SQL
	drawn   map[string]bool // sequences that the statement drew from
	clocks  *int            // how often the statement of SQL reads the clock
	grouped bool            // aggregates are allowed
	plain   bool            // every function in the expression is called, whatever the values
}

func (k *coder) scope() *codeScope {
	return &codeScope{k: k, drawn: map[string]bool{}, clocks: new(int)}
}

// lookup is the innermost variable of a name, or nil.
func (k *coder) lookup(name string) *variable {
	for i := len(k.scopes) - 1; i >= 0; i-- {
		if v := k.scopes[i][name]; v != nil {
			return v
		}
	}
	return nil
}

func (k *coder) need(id string) {
	if !slices.Contains(k.needs, id) {
		k.needs = append(k.needs, id)
	}
}

func (s *codeScope) aggregates() bool { return s.grouped }

func (s *codeScope) sequence(parts []string) (string, bool) {
	class, ok := s.k.c.sequenceClass(s.k.owner, parts)
	if !ok || s.drawn[class] { // two NEXTVALs in one statement are one number on Oracle
		return "", false
	}
	s.drawn[class] = true
	s.k.need(string(KindSequence) + ":" + s.k.c.sequenceOf(s.k.owner, parts))
	return class, true
}

// column finds what a name means, as Oracle does: a column first, then the innermost variable.
func (s *codeScope) column(parts []string) (expression, error) {
	k, whole := s.k, strings.Join(parts, ".")
	if s.query != nil {
		x, found, err := s.query.find(parts)
		if found || err != nil {
			return x, err
		}
	}
	if k.on != nil && len(parts) == 2 && (parts[0] == "NEW" || parts[0] == "OLD") {
		return k.rowColumn(parts[0], parts[1])
	}
	if v := k.lookup(parts[0]); v != nil {
		if len(parts) == 1 && v.fields == nil {
			return v.expression(), nil
		}
		if f, ok := v.fields[parts[len(parts)-1]]; ok && len(parts) == 2 {
			return f, nil
		}
		return expression{}, uncertain("the name %s", clip(whole))
	}
	if len(parts) == 2 && parts[0] == k.name && k.routine != nil {
		if v := k.scopes[0][parts[1]]; v != nil {
			x := v.expression()
			x.SQL = ident(k.routine.name) + "." + x.SQL
			return x, nil
		}
	}
	if x, ok := k.constant(parts); ok {
		return x, nil
	}
	return expression{}, uncertain("the name %s", clip(whole))
}

func (v *variable) expression() expression {
	return expression{SQL: v.sql, cat: v.typ.cat, volatile: true, integer: v.typ.whole}
}

// constant is what has a meaning in code without being declared.
func (k *coder) constant(parts []string) (expression, bool) {
	if len(parts) != 1 {
		return expression{}, false
	}
	switch parts[0] {
	case "TRUE", "FALSE":
		return expression{SQL: strings.ToLower(parts[0]), cat: catBool, notNull: true, constant: true}, true
	case "INSERTING", "UPDATING", "DELETING":
		op := map[string]string{"INSERTING": "INSERT", "UPDATING": "UPDATE", "DELETING": "DELETE"}[parts[0]]
		return expression{SQL: "TG_OP = " + literal(op), cat: catBool, notNull: true, compound: true}, k.on != nil
	}
	return expression{}, false
}

// clock is the time of day. An expression of PL/SQL reads it each time; a statement of SQL once, into ferryman_now (see embedded).
func (s *codeScope) clock(name string) (expression, bool, error) {
	moment := map[string]string{"SYSDATE": "pg_catalog.date_trunc('second', pg_catalog.clock_timestamp()::timestamp)", "SYSTIMESTAMP": "pg_catalog.clock_timestamp()"}[name]
	switch {
	case name == "USER":
		return userName(), true, nil
	case name == "CURRENT_DATE" || name == "CURRENT_TIMESTAMP" || name == "LOCALTIMESTAMP":
		return expression{}, true, uncertain("%s, which follows the session's time zone on Oracle", name)
	case moment == "":
		return expression{}, false, nil
	}
	if s.query != nil {
		*s.clocks++
		moment = map[string]string{"SYSDATE": "pg_catalog.date_trunc('second', ferryman_now::timestamp)", "SYSTIMESTAMP": "ferryman_now"}[name]
	}
	cat := catDate
	if name == "SYSTIMESTAMP" {
		cat = catZoned
	}
	return expression{SQL: moment, cat: cat, notNull: true, volatile: true}, true, nil
}

// userName is who logged in: the code itself runs with its owner's rights on both databases.
func userName() expression {
	return expression{SQL: "pg_catalog.upper(SESSION_USER::text)", cat: catText, notNull: true, volatile: true}
}

// sessionUser is SYS_CONTEXT('USERENV', 'SESSION_USER').
func sessionUser(e sql.Call) (expression, bool) {
	if e.Owner != "" || e.Name != "SYS_CONTEXT" || len(e.Args) != 2 {
		return expression{}, false
	}
	space, ok := e.Args[0].(sql.Text)
	key, too := e.Args[1].(sql.Text)
	return userName(), ok && too && strings.EqualFold(space.Value, "USERENV") && strings.EqualFold(key.Value, "SESSION_USER")
}

// plainly is the scope of an expression that stands by itself, and says whether all of it is evaluated: PL/SQL and PostgreSQL skip
// different parts of NVL, CASE and AND.
func (k *coder) plainly(e sql.Expr) *codeScope {
	s := k.scope()
	s.plain = true
	sql.Walk(e, func(x sql.Expr) {
		switch x := x.(type) {
		case sql.Case:
			s.plain = false
		case sql.Binary:
			s.plain = s.plain && x.Op != "AND" && x.Op != "OR"
		case sql.Call:
			n := dictionary.Name{Owner: cmp.Or(x.Owner, k.owner), Name: x.Name}
			s.plain = s.plain && k.c.code.routines[n] != nil
		}
	})
	return s
}

// rowColumn is :NEW.c or :OLD.c. A text that an application left empty counts as NULL, as it would be on Oracle.
func (k *coder) rowColumn(row, name string) (expression, error) {
	if !k.on.row {
		return expression{}, uncertain(":%s in a trigger that is not for each row", row)
	}
	x := k.on.t.column(name)
	if x == nil {
		return expression{}, uncertain("the column %s, which is not on the target", clip(name))
	}
	if err := readable(x); err != nil {
		return expression{}, err
	}
	if x.virtual != "" && row == "NEW" && k.on.before {
		return expression{}, uncertain("the virtual column %s, which PostgreSQL computes after this trigger", clip(name))
	}
	e := x.expression("")
	e.SQL, e.notNull, e.volatile = row+"."+ident(x.name), false, true
	if e.cat == catText && row == "NEW" {
		e.SQL = "NULLIF(" + e.SQL + ", '')"
	}
	return e, nil
}

// readable refuses columns whose values PostgreSQL keeps otherwise.
func readable(x *column) error {
	if x.typ.cat == catOther || x.typ.cat == catNumber && (strings.HasPrefix(x.typ.SQL, "double") || x.typ.SQL == "real") {
		return uncertain("the column %s (%s), whose values are kept otherwise", clip(x.Column.Name), clip(x.Column.Type))
	}
	return nil
}

// call is a function of the schema in an expression.
func (s *codeScope) call(e sql.Call) (expression, bool, error) {
	k := s.k
	n := dictionary.Name{Owner: cmp.Or(e.Owner, k.owner), Name: e.Name}
	if x, ok := sessionUser(e); ok {
		return x, true, nil
	}
	r := k.c.code.routines[n]
	if r == nil || !r.function {
		if k.c.outcomes[Object{n.Owner, "FUNCTION", n.Name}] != nil {
			return expression{}, true, &needsRoutine{n}
		}
		return expression{}, e.Owner != "", uncertain("%s.%s, which is no function that is translated", clip(e.Owner), clip(e.Name))
	}
	if s.query != nil && len(s.query.sources) > 0 {
		return expression{}, true, uncertain("the function %s in a statement over rows", clip(e.Name))
	}
	if r.writes && !s.plain {
		return expression{}, true, uncertain("the function %s, which changes rows, in an expression that may not need its value", clip(e.Name))
	}
	if r.writes && k.guarded > 0 {
		return expression{}, true, uncertain("the function %s, which changes rows, in a block that handles exceptions", clip(e.Name))
	}
	args, err := k.arguments(s, r, e.Args)
	if err != nil {
		return expression{}, true, err
	}
	k.use(r)
	k.writes = k.writes || r.writes
	return expression{SQL: fmt.Sprintf("%s(%s)", ident(r.schema, r.name), strings.Join(args, ", ")), cat: r.returns.cat, integer: r.returns.whole, volatile: true}, true, nil
}
