// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

// Verb is what a statement does with a table.
type Verb string

// The verbs, each the name of the object privilege it needs.
const (
	Select Verb = "SELECT"
	Insert Verb = "INSERT"
	Update Verb = "UPDATE"
	Delete Verb = "DELETE"
)

// Table is what a name in a statement stands for.
type Table struct {
	// SQL is the relation in PostgreSQL, quoted and qualified.
	SQL string
	// Columns are the visible columns in order.
	Columns []*dict.Column
	// Writable is false for views and the dictionary.
	Writable bool
}

func (t *Table) column(name string) *dict.Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Resolver finds the objects that names stand for, for one session. Its errors are Oracle's.
type Resolver interface {
	// Table looks a name up and checks that the session may do this with it. owner is empty for a plain name.
	Table(owner, name string, verb Verb) (*Table, error)
	// Sequence returns the sequence's quoted and qualified name in PostgreSQL.
	Sequence(owner, name string) (string, error)
}

// Statement is a statement in PostgreSQL's SQL. The n-th distinct bind variable of the original is $n.
type Statement struct {
	SQL string
	// Query is true for statements that return rows.
	Query bool
	// Locks is true for SELECT ... FOR UPDATE; LockWait is the seconds of WAIT n, -1 for none.
	Locks    bool
	LockWait int
	// Into are the parameters, from 0, that RETURNING ... INTO fills.
	Into []int
	// Hints holds, by name of a result column that is an expression, the dictionary column it is most likely made from.
	Hints map[string]*dict.Column
	// Verb is set for data changes.
	Verb Verb
}

// translator carries what one statement needs.
type translator struct {
	resolver Resolver
	source   string
	hints    map[string]*dict.Column
	locks    bool
	lockWait int
	derived  int
	qualify  string // put before unqualified columns, such as NEW
}

// scope is one query block: its tables by alias, and the named queries around it.
type scope struct {
	parent *scope
	tables []fromTable
	named  map[string]bool
	rownum string
}

type fromTable struct {
	alias string
	table *Table // nil for subqueries
}

func (s *scope) isNamedQuery(name string) bool {
	for ; s != nil; s = s.parent {
		if s.named[name] {
			return true
		}
	}
	return false
}

// find returns the table that has the column, by alias or, without one, by the column's name.
func (s *scope) find(alias, column string) (*fromTable, *dict.Column) {
	for ; s != nil; s = s.parent {
		for i := range s.tables {
			t := &s.tables[i]
			if alias != "" && t.alias == alias {
				if t.table == nil {
					return t, nil
				}
				return t, t.table.column(column)
			}
			if alias == "" && t.table != nil {
				if c := t.table.column(column); c != nil {
					return t, c
				}
			}
		}
	}
	return nil, nil
}

// Translate reads a query or data change (SELECT, WITH, INSERT, UPDATE, DELETE, MERGE).
func Translate(source string, tokens []Token, resolver Resolver) (*Statement, error) {
	if len(tokens) == 0 {
		return nil, errorAt(0, 900, "invalid SQL statement")
	}
	for _, t := range tokens {
		if t.IsOp(";") || t.IsOp("?") || t.IsOp("!") || t.IsOp("&") || t.IsOp("|") {
			return nil, errorAt(t.Pos, 911, "invalid character")
		}
	}
	if err := balanced(tokens); err != nil {
		return nil, err
	}
	t := &translator{resolver: resolver, source: source, hints: map[string]*dict.Column{}, lockWait: -1}
	s := &Statement{LockWait: -1}
	var err error
	switch first := tokens[0]; {
	case first.Is("SELECT"), first.Is("WITH"), first.IsOp("("):
		s.Query = true
		s.SQL, err = t.query(tokens, nil)
	case first.Is("INSERT"):
		s.Verb = Insert
		s.SQL, err = t.insert(tokens, s)
	case first.Is("UPDATE"):
		s.Verb = Update
		s.SQL, err = t.update(tokens, s)
	case first.Is("DELETE"):
		s.Verb = Delete
		s.SQL, err = t.delete(tokens, s)
	case first.Is("MERGE"):
		s.Verb = Update
		s.SQL, err = t.merge(tokens)
	default:
		return nil, errorAt(first.Pos, 900, "invalid SQL statement")
	}
	s.Hints, s.Locks, s.LockWait = t.hints, t.locks, t.lockWait
	return s, err
}

// Expression translates an expression on its own, such as a default or a check. qualify, where not empty, is put before the names
// of columns: NEW makes a trigger's expression of it.
func Expression(source string, resolver Resolver, qualify string) (string, error) {
	tokens, err := Tokens(source)
	if err != nil {
		return "", err
	}
	if err := balanced(tokens); err != nil {
		return "", err
	}
	t := &translator{resolver: resolver, source: source, hints: map[string]*dict.Column{}, qualify: qualify}
	return t.expr(tokens, nil)
}

// Type names the PostgreSQL type that holds a column's values, without its name for lengths: those are checked apart, in bytes as
// Oracle does, so that the error can tell them.
func Type(c *dict.Column) string { return postgresType(c) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteLiteral(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }

// deepest is how far parentheses may be nested: statements come from outside, and are read by recursion.
const deepest = 200

// balanced checks the parentheses.
func balanced(tokens []Token) error {
	depth := 0
	for _, t := range tokens {
		switch {
		case t.IsOp("("):
			if depth++; depth > deepest {
				return unsupported(t, "more than 200 parentheses inside one another")
			}
		case t.IsOp(")"):
			if depth--; depth < 0 {
				return errorAt(t.Pos, 933, "SQL command not properly ended")
			}
		}
	}
	if depth > 0 {
		return errorAt(tokens[len(tokens)-1].End, 907, "missing right parenthesis")
	}
	return nil
}

// Closing returns the index of the parenthesis that closes the one at i, len(tokens) where there is none.
func Closing(tokens []Token, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		if tokens[i].IsOp("(") {
			depth++
		} else if tokens[i].IsOp(")") {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

// Find returns the index of the first of the keywords outside parentheses at or after from, len(tokens) where there is none.
func Find(tokens []Token, from int, words ...string) int {
	depth := 0
	for i := from; i < len(tokens); i++ {
		switch {
		case tokens[i].IsOp("("):
			depth++
		case tokens[i].IsOp(")"):
			depth--
		case depth == 0 && tokens[i].Kind == Word && !(i > 0 && tokens[i-1].IsOp(".")):
			for _, word := range words {
				if tokens[i].Text == word {
					return i
				}
			}
		}
	}
	return len(tokens)
}

// Split cuts a list at its commas outside parentheses.
func Split(tokens []Token) [][]Token {
	var parts [][]Token
	depth, start := 0, 0
	for i, t := range tokens {
		switch {
		case t.IsOp("("):
			depth++
		case t.IsOp(")"):
			depth--
		case t.IsOp(",") && depth == 0:
			parts = append(parts, tokens[start:i])
			start = i + 1
		}
	}
	return append(parts, tokens[start:])
}

// unsupported is the error for SQL that Oracle runs and the stand-in does not.
func unsupported(t Token, what string) error {
	return errorAt(t.Pos, 3001, "unimplemented feature: this Oracle stand-in does not run %s", what)
}

func (t *translator) newName() string {
	t.derived++
	return fmt.Sprintf("q$%d", t.derived)
}
