// SPDX-License-Identifier: Apache-2.0

package oraclesql

// Expr is an expression: one of the types below.
type Expr interface{ isExpr() }

type (
	// Text is a character literal. An empty one is NULL in Oracle.
	Text struct{ Value string }
	// Number is a number as it was written.
	Number struct{ Digits string }
	// Null is NULL.
	Null struct{}
	// Moment is DATE '…' or TIMESTAMP '…'.
	Moment struct{ Kind, Value string }
	// Name is a column, a pseudo column or a function without parentheses: SYSDATE, T.C, S.SEQ.NEXTVAL. Outer marks it with (+).
	// Bind marks :NEW.C in a trigger.
	Name struct {
		Parts       []string
		Outer, Bind bool
	}
	// Call is a function with its arguments. Star is COUNT(*). Owner is what stands before its name in code: a schema or a package.
	Call struct {
		Owner, Name    string
		Args           []Expr
		Star, Distinct bool
	}
	// Unary is -x, +x or NOT x.
	Unary struct {
		Op string
		X  Expr
	}
	// Binary is one of OR AND = <> < <= > >= + - * / ||.
	Binary struct {
		Op   string
		L, R Expr
	}
	// IsNull is x IS [NOT] NULL.
	IsNull struct {
		X   Expr
		Not bool
	}
	// Between is x [NOT] BETWEEN lo AND hi.
	Between struct {
		X, Lo, Hi Expr
		Not       bool
	}
	// In is x [NOT] IN (list).
	In struct {
		X    Expr
		List []Expr
		Not  bool
	}
	// Like is x [NOT] LIKE pattern.
	Like struct {
		X, Pattern Expr
		Not        bool
	}
	// Case is both forms of CASE; Operand is nil in the searched one, Else where there is none.
	Case struct {
		Operand Expr
		Whens   []When
		Else    Expr
	}
	// When is one branch of a Case.
	When struct{ If, Then Expr }
)

func (Text) isExpr()    {}
func (Number) isExpr()  {}
func (Null) isExpr()    {}
func (Moment) isExpr()  {}
func (Name) isExpr()    {}
func (Call) isExpr()    {}
func (Unary) isExpr()   {}
func (Binary) isExpr()  {}
func (IsNull) isExpr()  {}
func (Between) isExpr() {}
func (In) isExpr()      {}
func (Like) isExpr()    {}
func (Case) isExpr()    {}

// Query is a SELECT of one block.
type Query struct {
	Distinct bool
	Items    []Item
	Into     []Name // of SELECT … INTO in code
	From     []From
	Where    Expr
	GroupBy  []Expr
	Having   Expr
	OrderBy  []Order
	// ReadOnly is WITH READ ONLY.
	ReadOnly bool
}

// Item is one entry of the select list: an expression, or all columns (of Table, if it is given).
type Item struct {
	Expr  Expr
	Alias string
	Star  bool
	Table string
}

// From is a table and what is joined to it.
type From struct {
	Table Table
	Joins []Join
}

// Table is a table in FROM; Alias is its own name where none was given.
type Table struct{ Owner, Name, Alias string }

// Join is an ANSI join: INNER, LEFT, RIGHT, FULL or CROSS, with ON or USING.
type Join struct {
	Kind  string
	Table Table
	On    Expr
	Using []string
}

// Order is one entry of ORDER BY.
type Order struct {
	Expr Expr
	Desc bool
}

// Walk calls f for e and for every expression in it.
func Walk(e Expr, f func(Expr)) {
	if e == nil {
		return
	}
	f(e)
	for _, x := range children(e) {
		Walk(x, f)
	}
}

func children(e Expr) []Expr {
	switch e := e.(type) {
	case Call:
		return e.Args
	case Unary:
		return []Expr{e.X}
	case Binary:
		return []Expr{e.L, e.R}
	case IsNull:
		return []Expr{e.X}
	case Between:
		return []Expr{e.X, e.Lo, e.Hi}
	case In:
		return append([]Expr{e.X}, e.List...)
	case Like:
		return []Expr{e.X, e.Pattern}
	case Case:
		var out []Expr
		if e.Operand != nil {
			out = append(out, e.Operand)
		}
		for _, w := range e.Whens {
			out = append(out, w.If, w.Then)
		}
		if e.Else != nil {
			out = append(out, e.Else)
		}
		return out
	}
	return nil
}

// Conjuncts splits a condition at its ANDs.
func Conjuncts(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if b, ok := e.(Binary); ok && b.Op == "AND" {
		return append(Conjuncts(b.L), Conjuncts(b.R)...)
	}
	return []Expr{e}
}
