// SPDX-License-Identifier: Apache-2.0

package oraclesql

// Routine is a procedure or function of the schema.
type Routine struct {
	Function bool
	Name     string
	Params   []Param
	Returns  Type // of a function
	// Invoker is AUTHID CURRENT_USER.
	Invoker bool
	Body    *Block
}

// Param is a formal parameter. Mode is IN, OUT or IN OUT.
type Param struct {
	Name    string
	Mode    string
	Type    Type
	Default Expr
	Line    int
}

// Type is a type as it was written: NUMBER(10,2) has Name NUMBER and Size 10, 2; T.C%TYPE has Anchor T, C.
type Type struct {
	Name   string
	Size   []string
	Anchor []string
	Zone   string // WITH TIME ZONE and the like
	Line   int
}

// Block is DECLARE … BEGIN … EXCEPTION … END.
type Block struct {
	Decls    []Decl
	Body     []Stmt
	Handlers []Handler
	Line     int
}

// Decl declares a variable.
type Decl struct {
	Name              string
	Type              Type
	Constant, NotNull bool
	Init              Expr
	Line              int
}

// Handler is WHEN names THEN statements of an EXCEPTION part.
type Handler struct {
	Names []string
	Body  []Stmt
	Line  int
}

// Stmt is a statement: one of the types below. Each knows its line.
type Stmt interface{ At() int }

// Pos is the line of a statement.
type Pos int

// At is the line.
func (p Pos) At() int { return int(p) }

type (
	// Assign is target := value.
	Assign struct {
		Pos
		Target Name
		Value  Expr
	}
	// If is IF with its ELSIFs; the searched CASE statement too, which has an Else always (see Choice).
	If struct {
		Pos
		Branches []Branch
		Else     []Stmt
	}
	// Choice is a CASE statement. HasElse is false where Oracle raises CASE_NOT_FOUND.
	Choice struct {
		Pos
		Operand  Expr
		Branches []Branch
		Else     []Stmt
		HasElse  bool
	}
	// Range is FOR name IN [REVERSE] lo .. hi LOOP.
	Range struct {
		Pos
		Name    string
		Lo, Hi  Expr
		Reverse bool
		Body    []Stmt
	}
	// Rows is FOR name IN (query) LOOP.
	Rows struct {
		Pos
		Name  string
		Query *Query
		Body  []Stmt
	}
	// Loop is LOOP, and WHILE … LOOP where While is given.
	Loop struct {
		Pos
		While Expr
		Body  []Stmt
	}
	// Leave is EXIT or CONTINUE, with WHEN where it is given.
	Leave struct {
		Pos
		Continue bool
		When     Expr
	}
	// Return is RETURN; Value is nil in a procedure.
	Return struct {
		Pos
		Value Expr
	}
	// Nothing is NULL.
	Nothing struct{ Pos }
	// Raise is RAISE; Name is "" where it raises again.
	Raise struct {
		Pos
		Name string
	}
	// Do calls a procedure.
	Do struct {
		Pos
		Parts []string
		Args  []Expr
	}
	// Fetch is SELECT … INTO; the targets are in Query.Into.
	Fetch struct {
		Pos
		Query *Query
	}
	// Insert is INSERT INTO table (columns) with VALUES or a query.
	Insert struct {
		Pos
		Table   Table
		Columns []string
		Values  []Expr
		Query   *Query
	}
	// Update is UPDATE table SET … WHERE ….
	Update struct {
		Pos
		Table Table
		Sets  []Set
		Where Expr
	}
	// Delete is DELETE FROM table WHERE ….
	Delete struct {
		Pos
		Table Table
		Where Expr
	}
	// Inner is a block within a block.
	Inner struct {
		Pos
		*Block
	}
)

// Branch is a condition, or in a simple CASE a value, with what it leads to.
type Branch struct {
	If   Expr
	Then []Stmt
	Line int
}

// Set is column = value.
type Set struct {
	Column string
	Value  Expr
}

// WalkStatements calls f for every statement of a list and for those inside of them, in the order of the text.
func WalkStatements(list []Stmt, f func(Stmt)) {
	for _, s := range list {
		f(s)
		switch s := s.(type) {
		case If:
			walkBranches(s.Branches, s.Else, f)
		case Choice:
			walkBranches(s.Branches, s.Else, f)
		case Range:
			WalkStatements(s.Body, f)
		case Rows:
			WalkStatements(s.Body, f)
		case Loop:
			WalkStatements(s.Body, f)
		case Inner:
			WalkStatements(s.Body, f)
			for _, h := range s.Handlers {
				WalkStatements(h.Body, f)
			}
		}
	}
}

func walkBranches(branches []Branch, otherwise []Stmt, f func(Stmt)) {
	for _, b := range branches {
		WalkStatements(b.Then, f)
	}
	WalkStatements(otherwise, f)
}
