// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

func (k *coder) statements(list []sql.Stmt) error {
	for _, s := range list {
		if err := onLine(s.At(), k.statement(s)); err != nil {
			return err
		}
	}
	return nil
}

func (k *coder) inside(list []sql.Stmt) error {
	k.indent++
	defer func() { k.indent-- }()
	return k.statements(list)
}

func (k *coder) statement(s sql.Stmt) error {
	switch s := s.(type) {
	case sql.Assign:
		return k.assignment(s)
	case sql.If:
		return k.ifStatement(s)
	case sql.Choice:
		return k.choice(s)
	case sql.Range:
		return k.rangeLoop(s)
	case sql.Rows:
		return k.rowsLoop(s)
	case sql.Loop:
		return k.loop(s)
	case sql.Leave:
		return k.leave(s)
	case sql.Return:
		return k.returns(s)
	case sql.Nothing:
		k.print("NULL;")
		return nil
	case sql.Raise:
		return k.raise(s)
	case sql.Do:
		return k.do(s)
	case sql.Fetch:
		return k.fetch(s)
	case sql.Insert:
		return k.insert(s)
	case sql.Update:
		return k.update(s)
	case sql.Delete:
		return k.remove(s)
	case sql.Inner:
		return k.block(s.Block)
	}
	return uncertain("a statement of kind %T", s)
}

// target is where a value goes: a variable, or a column of the new row in a trigger before it.
func (k *coder) target(n sql.Name) (string, category, error) {
	if k.on != nil && len(n.Parts) == 2 && n.Parts[0] == "NEW" && n.Bind {
		x := k.on.t.column(n.Parts[1])
		switch {
		case !k.on.row || !k.on.before || x == nil:
			return "", catNone, uncertain(":NEW.%s does not take a value here", clip(n.Parts[1]))
		case x.virtual != "" || x.identity != nil:
			return "", catNone, uncertain("a value for the column %s, which gives itself one", clip(n.Parts[1]))
		}
		return "NEW." + ident(x.name), x.typ.cat, readable(x)
	}
	if len(n.Parts) == 1 && !n.Bind {
		if v := k.lookup(n.Parts[0]); v != nil && v.assignable {
			return v.sql, v.typ.cat, nil
		}
	}
	return "", catNone, uncertain("%s does not take a value here", clip(strings.Join(n.Parts, ".")))
}

func (k *coder) assignment(s sql.Assign) error {
	to, cat, err := k.target(s.Target)
	if err != nil {
		return err
	}
	e := rounded(s.Value, k.typeOfTarget(s.Target))
	x, err := emit(e, k.plainly(e))
	if err != nil {
		return err
	}
	value, err := assigned(x, cat, strings.Join(s.Target.Parts, "."))
	if err != nil {
		return err
	}
	k.print("%s := %s;", to, value)
	return nil
}

// typeOfTarget is the type of what target takes, "" where nothing is known of it.
func (k *coder) typeOfTarget(n sql.Name) string {
	if n.Bind && k.on != nil && len(n.Parts) == 2 {
		if x := k.on.t.column(n.Parts[1]); x != nil {
			return x.rounds()
		}
	}
	if v := k.lookup(n.Parts[0]); v != nil && len(n.Parts) == 1 {
		return v.typ.SQL
	}
	return ""
}

var scaleOf = regexp.MustCompile(`^numeric\(\d+,(\d)\)$`)

// rounded is a division that goes into a number of at most nine digits behind the point: it is rounded to them either way.
func rounded(e sql.Expr, to string) sql.Expr {
	scale := "0"
	if m := scaleOf.FindStringSubmatch(to); m != nil {
		scale = m[1]
	} else if to != "integer" && to != "bigint" {
		return e
	}
	if b, ok := e.(sql.Binary); ok && b.Op == "/" {
		return sql.Call{Name: "ROUND", Args: []sql.Expr{e, sql.Number{Digits: scale}}}
	}
	return e
}

func (k *coder) condition(e sql.Expr) (string, error) {
	x, err := emit(e, k.scope())
	if err == nil && x.cat != catBool {
		err = uncertain("%s is no condition", clip(x.SQL))
	}
	return x.SQL, err
}

func (k *coder) ifStatement(s sql.If) error {
	word := "IF"
	for _, b := range s.Branches {
		cond, err := k.condition(b.If)
		if err != nil {
			return onLine(b.Line, err)
		}
		k.print("%s %s THEN", word, cond)
		if err := k.inside(b.Then); err != nil {
			return err
		}
		word = "ELSIF"
	}
	if len(s.Else) > 0 {
		k.print("ELSE")
		if err := k.inside(s.Else); err != nil {
			return err
		}
	}
	k.print("END IF;")
	return nil
}

func (k *coder) choice(s sql.Choice) error {
	var operandX *expression
	head := "CASE"
	if s.Operand != nil {
		x, err := emit(s.Operand, k.scope())
		if err != nil {
			return err
		}
		operandX, head = &x, "CASE "+operand(x)
	}
	k.print("%s", head)
	for _, b := range s.Branches {
		x, err := emit(b.If, k.scope())
		switch {
		case err != nil:
		case operandX == nil && x.cat != catBool:
			err = uncertain("WHEN with something that is no condition")
		case operandX != nil:
			err = comparable(operandX, &x)
		}
		if err != nil {
			return onLine(b.Line, err)
		}
		k.print("WHEN %s THEN", x.SQL)
		if err := k.inside(b.Then); err != nil {
			return err
		}
	}
	if s.HasElse {
		k.print("ELSE")
		if err := k.inside(s.Else); err != nil {
			return err
		}
	}
	k.print("END CASE;")
	return nil
}

// rangeLoop counts. PostgreSQL's REVERSE begins with the first bound, Oracle's with the second.
func (k *coder) rangeLoop(s sql.Range) error {
	if err := k.declareName(s.Name); err != nil {
		return err
	}
	bounds, err := emitAll(k.scope(), s.Lo, s.Hi)
	if err != nil {
		return err
	}
	for _, b := range bounds {
		if b.cat != catNumber {
			return uncertain("the bound %s, which is no number", clip(b.SQL))
		}
	}
	lo, hi, reverse := bounds[0].SQL, bounds[1].SQL, ""
	if s.Reverse {
		lo, hi, reverse = hi, lo, "REVERSE "
	}
	name := ident(TargetName(s.Name))
	k.print("FOR %s IN %s%s .. %s LOOP", name, reverse, lo, hi)
	return k.loopBody(s.Body, scopeOf{s.Name: {sql: name, typ: codeType{SQL: "integer", cat: catNumber, whole: true}}})
}

func (k *coder) loopBody(body []sql.Stmt, scope scopeOf) error {
	k.scopes = append(k.scopes, scope)
	k.loops++
	err := k.inside(body)
	k.loops--
	k.scopes = k.scopes[:len(k.scopes)-1]
	k.print("END LOOP;")
	return err
}

func (k *coder) loop(s sql.Loop) error {
	if s.While == nil {
		k.print("LOOP")
		return k.loopBody(s.Body, nil)
	}
	cond, err := k.condition(s.While)
	if err != nil {
		return err
	}
	k.print("WHILE %s LOOP", cond)
	return k.loopBody(s.Body, nil)
}

func (k *coder) leave(s sql.Leave) error {
	word := "EXIT"
	if s.Continue {
		word = "CONTINUE"
	}
	if k.loops == 0 {
		return uncertain("%s outside a loop", word)
	}
	if s.When == nil {
		k.print("%s;", word)
		return nil
	}
	cond, err := k.condition(s.When)
	k.print("%s WHEN %s;", word, cond)
	return err
}

func (k *coder) returns(s sql.Return) error {
	switch {
	case k.on != nil && s.Value == nil:
		k.print("RETURN %s;", k.on.result())
		return nil
	case k.routine == nil || k.routine.function != (s.Value != nil):
		return uncertain("RETURN in this form")
	case s.Value == nil:
		k.print("RETURN;")
		return nil
	}
	x, err := emit(s.Value, k.plainly(s.Value))
	if err != nil {
		return err
	}
	value, err := assigned(x, k.routine.returns.cat, "the result")
	k.print("RETURN %s;", value)
	return err
}

func (k *coder) raise(s sql.Raise) error {
	c := conditions[s.Name]
	switch {
	case s.Name == "" && k.handling != nil:
		k.print("RAISE;")
		if slices.Contains(k.handling, "no_data_found") {
			return k.mayFindNothing()
		}
	case c == "":
		return uncertain("RAISE %s", clip(s.Name))
	case c == "no_data_found":
		k.print("RAISE %s;", c)
		return k.mayFindNothing()
	default:
		k.print("RAISE %s;", c)
	}
	return nil
}

// mayFindNothing records that NO_DATA_FOUND may leave the code at hand. From a function it does so only where PL/SQL calls it.
func (k *coder) mayFindNothing() error {
	if k.caught > 0 || k.routine == nil {
		return nil
	}
	if k.routine.noData = true; k.routine.function {
		return uncertain("where no row is found, %s gives NULL when SQL calls it and an error when PL/SQL does", clip(k.name))
	}
	return nil
}

// do calls a procedure, or raises an error of the application's own.
func (k *coder) do(s sql.Do) error {
	if len(s.Parts) == 1 && s.Parts[0] == "RAISE_APPLICATION_ERROR" {
		return k.applicationError(s.Args)
	}
	return k.callProcedure(s)
}

// applicationError keeps the number as the SQLSTATE, -20001 as OR001, and Oracle's beginning of the message.
func (k *coder) applicationError(args []sql.Expr) error {
	if len(args) != 2 {
		return uncertain("RAISE_APPLICATION_ERROR with these arguments")
	}
	minus, ok := args[0].(sql.Unary)
	digits, isNumber := minus.X.(sql.Number)
	if !ok || minus.Op != "-" || !isNumber || len(digits.Digits) != 5 || !strings.HasPrefix(digits.Digits, "20") || strings.Trim(digits.Digits, "0123456789") != "" {
		return uncertain("RAISE_APPLICATION_ERROR with a number that is not written out")
	}
	x, err := emit(args[1], k.scope())
	if err != nil {
		return err
	}
	message, err := assigned(x, catText, "the message")
	if err != nil {
		return err
	}
	k.print("RAISE EXCEPTION USING ERRCODE = %s, MESSAGE = pg_catalog.concat(%s, %s);", literal("OR"+digits.Digits[2:]), literal(fmt.Sprintf("ORA-%s: ", digits.Digits)), message)
	return nil
}
