// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

// print writes one line of the result.
func (k *coder) print(format string, args ...any) {
	k.out.WriteString(strings.Repeat("    ", k.indent))
	fmt.Fprintf(&k.out, format, args...)
	k.out.WriteByte('\n')
}

// own are names that PL/pgSQL gives a meaning, which no variable may take.
var own = []string{"NEW", "OLD", "FOUND", "SQLSTATE", "SQLERRM", "SQLCODE", "TRUE", "FALSE", "INSERTING", "UPDATING", "DELETING", "SQL", "DUAL", "SYSDATE",
	"SYSTIMESTAMP", "USER", "NULL", "FERRYMAN_NOW"}

func (k *coder) declareName(name string) error {
	if slices.Contains(own, name) || strings.HasPrefix(name, "TG_") || len(name) > maxName {
		return uncertain("a variable called %s", clip(name))
	}
	target := TargetName(name)
	if other, ok := k.targets[target]; ok && other != name {
		return uncertain("the variables %s and %s, which are one in lower case", clip(name), clip(other))
	}
	if k.targets == nil {
		k.targets = map[string]string{}
	}
	k.targets[target] = name
	return nil
}

// block writes DECLARE … BEGIN … EXCEPTION … END.
func (k *coder) block(b *sql.Block) error {
	k.scopes = append(k.scopes, scopeOf{})
	defer func() { k.scopes = k.scopes[:len(k.scopes)-1] }()
	if len(b.Decls) > 0 {
		k.print("DECLARE")
	}
	k.indent++
	for _, d := range b.Decls {
		if err := onLine(d.Line, k.declare(d)); err != nil {
			return err
		}
	}
	k.indent--
	k.print("BEGIN")
	if err := k.protected(b); err != nil {
		return err
	}
	k.indent++
	noData := slices.ContainsFunc(b.Handlers, func(h sql.Handler) bool { return slices.Contains(h.Names, "NO_DATA_FOUND") })
	if noData {
		k.caught++
	}
	guard := min(1, len(b.Handlers))
	k.guarded += guard
	err := k.statements(b.Body)
	k.guarded -= guard
	if noData {
		k.caught--
	}
	if err != nil {
		return err
	}
	k.indent--
	if err := k.handlers(b.Handlers); err != nil {
		return err
	}
	k.print("END;")
	return nil
}

func (k *coder) declare(d sql.Decl) error {
	if err := k.declareName(d.Name); err != nil {
		return err
	}
	typ, err := k.typeInCode(d.Type, false)
	if err != nil {
		return err
	}
	scope := k.scopes[len(k.scopes)-1]
	if scope[d.Name] != nil {
		return uncertain("two variables called %s", clip(d.Name))
	}
	text := ident(TargetName(d.Name)) + " "
	if d.Constant {
		text += "CONSTANT "
	}
	text += typ.SQL
	if d.NotNull {
		text += " NOT NULL"
	}
	if d.Init != nil {
		x, err := emit(d.Init, k.scope())
		if err != nil {
			return err
		}
		value, err := assigned(x, typ.cat, d.Name)
		if err != nil {
			return err
		}
		text += " := " + value
	}
	k.print("%s;", text)
	scope[d.Name] = &variable{sql: ident(TargetName(d.Name)), typ: typ, assignable: !d.Constant}
	return nil
}

// conditions are Oracle's exceptions that PostgreSQL raises in the same cases, for what is translated.
var conditions = map[string]string{"NO_DATA_FOUND": "no_data_found", "TOO_MANY_ROWS": "too_many_rows", "DUP_VAL_ON_INDEX": "unique_violation",
	"ZERO_DIVIDE": "division_by_zero", "CASE_NOT_FOUND": "case_not_found"}

func (k *coder) handlers(hs []sql.Handler) error {
	if len(hs) == 0 {
		return nil
	}
	k.print("EXCEPTION")
	k.indent++
	defer func() { k.indent-- }()
	outer := k.handling
	defer func() { k.handling = outer }()
	for _, h := range hs {
		var names []string
		for _, n := range h.Names {
			c := conditions[n]
			if n == "OTHERS" {
				return &atLine{h.Line, uncertain("WHEN OTHERS: the two databases do not fail in the same cases")}
			}
			if c == "" {
				return &atLine{h.Line, uncertain("the exception %s", clip(n))}
			}
			names = append(names, c)
		}
		k.handling = names
		k.print("WHEN %s THEN", strings.Join(names, " OR "))
		k.indent++
		if err := k.statements(h.Body); err != nil {
			return err
		}
		k.indent--
	}
	return nil
}

// protected refuses a block with handlers whose changes PostgreSQL would take back where Oracle keeps them: an error that is handled
// undoes the whole block there, and only its own statement on Oracle. One change as the block's last statement is the same on both.
func (k *coder) protected(b *sql.Block) error {
	if len(b.Handlers) == 0 {
		return nil
	}
	for i, s := range b.Body {
		switch s.(type) {
		case sql.Insert, sql.Update, sql.Delete:
			if i == len(b.Body)-1 {
				continue
			}
		}
		if line := k.changes(s); line > 0 {
			return &atLine{line, uncertain("a change in a block that handles exceptions, which PostgreSQL takes back with the whole block")}
		}
	}
	return nil
}

// changes is the line of the first statement in s that changes rows, 0 where there is none. Any procedure may.
func (k *coder) changes(s sql.Stmt) (line int) {
	sql.WalkStatements([]sql.Stmt{s}, func(s sql.Stmt) {
		changes := false
		switch s := s.(type) {
		case sql.Insert, sql.Update, sql.Delete:
			changes = true
		case sql.Do:
			changes = len(s.Parts) != 1 || s.Parts[0] != "RAISE_APPLICATION_ERROR"
		}
		if changes && line == 0 {
			line = s.At()
		}
	})
	return line
}
