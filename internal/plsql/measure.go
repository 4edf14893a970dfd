// SPDX-License-Identifier: Apache-2.0

package plsql

// Problem is something wrong with the text itself.
type Problem struct {
	Line int    `json:"line"`
	What string `json:"what"`
}

// Size says how much code a text is and what is in it.
type Size struct {
	// Lines are those that hold code: not those with comments or blanks only.
	Lines int `json:"lines"`
	// Statements are what ends with a semicolon, declarations included, but for the END of a block.
	Statements int `json:"statements"`
	// Nesting is how deep blocks, IFs, LOOPs and CASEs stand in one another.
	Nesting int `json:"nesting"`
	// Subprograms are the procedures and functions with a body, nested ones included.
	Subprograms int `json:"subprograms"`
	// Constructs counts what Names lists, and packages of Oracle by their own names (dbms_lob, utl_file).
	Constructs map[string]int `json:"constructs"`
	// Places are the first lines on which each construct stands, at most MaxPlaces.
	Places map[string][]Place `json:"places"`
	// Problems are strings, names and comments that are never closed.
	Problems []Problem `json:"problems,omitempty"`
}

// MaxPlaces bounds Size.Places of one construct.
const MaxPlaces = 20

// Place is where a construct stands.
type Place struct {
	Line int `json:"line"`
	// What is the name that belongs to it, where it has one: the variable of a package, a label, a database link.
	What string `json:"what,omitempty"`
	// In is the procedure or function that it is in.
	In string `json:"in,omitempty"`
}

// block is what a measurer is inside of.
type block struct {
	kind string // package, sub, declare, begin, if, loop, case
	body bool   // after its BEGIN
}

type measurer struct {
	*stream
	size   Size
	blocks []block
	subs   []string // the names of those blocks that are subprograms
	depth  int      // of those blocks that count as nesting
	// start is true at the first lexeme of a statement or declaration.
	start bool
	// header is the kind of what has begun and has no body yet: package, sub, or section (of a compound trigger).
	header     string
	headerName string
	blockEnd   bool // the statement at hand is the END of a block
}

// Measure reads a text of any size and shape. It takes time in proportion to its length, and memory to its nesting.
func Measure(src string) Size {
	size, _ := measure(src)
	return size
}

func measure(src string) (Size, *stream) {
	m := &measurer{stream: newStream(src), start: true}
	m.size.Constructs, m.size.Places = map[string]int{}, map[string][]Place{}
	for {
		l := m.at(0)
		if m.n == 0 {
			break
		}
		m.constructs(l)
		m.structure(l)
		m.next()
	}
	m.size.Lines, m.size.Problems = m.lines, m.problems
	return m.size, m.stream
}

func (m *measurer) top() *block {
	if len(m.blocks) == 0 {
		return nil
	}
	return &m.blocks[len(m.blocks)-1]
}

func (m *measurer) push(kind, name string) {
	m.blocks = append(m.blocks, block{kind: kind, body: kind == "begin"})
	switch kind {
	case "sub":
		m.subs = append(m.subs, name)
	case "package", "declare":
	default:
		m.depth++
	}
	m.size.Nesting = max(m.size.Nesting, m.depth)
}

func (m *measurer) pop() (b block) {
	if len(m.blocks) == 0 {
		return b
	}
	b = *m.top()
	m.blocks = m.blocks[:len(m.blocks)-1]
	if b.kind == "sub" {
		m.subs = m.subs[:len(m.subs)-1]
	}
	if b.kind == "begin" || b.kind == "if" || b.kind == "loop" || b.kind == "case" || b.body && b.kind != "package" {
		m.depth--
	}
	return b
}

// structure follows blocks. What it is inside of after each lexeme is as good as the text is sound.
func (m *measurer) structure(l lexeme) {
	start := m.start
	m.start = false
	switch {
	case l.Op(";"):
		if !m.blockEnd {
			m.size.Statements++
		}
		m.start, m.blockEnd, m.header = true, false, ""
		return
	case l.Op(">>"), l.Kind == Hint && start:
		m.start = true
		return
	}
	switch l.word {
	case "THEN", "ELSE", "EXCEPTION":
		m.start = true
	case "PROCEDURE", "FUNCTION":
		if start || m.header == "method" {
			m.header, m.headerName = "sub", m.at(1).Text
		}
	case "MEMBER", "STATIC", "CONSTRUCTOR", "MAP", "ORDER", "OVERRIDING", "FINAL", "CREATE", "OR", "REPLACE", "EDITIONABLE", "NONEDITIONABLE":
		if start || m.header == "method" {
			m.header = "method"
		}
	case "PACKAGE":
		if start || m.header == "method" {
			name := m.at(1)
			if name.word == "BODY" {
				name = m.at(2)
			}
			m.header, m.headerName = "package", name.Text
		}
	case "TYPE":
		if (start || m.header == "method") && m.at(1).word == "BODY" {
			m.header, m.headerName = "package", m.at(2).Text
		}
	case "BEFORE", "AFTER", "INSTEAD":
		if b := m.top(); start && b != nil && b.kind == "package" {
			m.header, m.headerName = "section", l.Text
		}
	case "COMPOUND":
		if m.at(1).word == "TRIGGER" {
			m.push("package", m.headerName)
			m.start = true
		}
	case "TRIGGER":
		if m.before.word == "COMPOUND" {
			m.start = true
		} else if start || m.header == "method" {
			m.headerName, m.header = m.at(1).Text, ""
		}
	case "IS", "AS":
		m.bodyOf(l)
	case "DECLARE":
		m.push("declare", "")
		m.start = true
	case "BEGIN":
		m.begin()
	case "IF", "LOOP", "CASE":
		if m.before.word != "END" && (l.word != "IF" || start) {
			m.push(map[string]string{"IF": "if", "LOOP": "loop", "CASE": "case"}[l.word], "")
			m.start = l.word == "LOOP"
		}
	case "END":
		b := m.pop()
		m.blockEnd = start && b.kind != "if" && b.kind != "loop" && b.kind != "case"
	}
}

// bodyOf begins the declarations of what was announced by a header.
func (m *measurer) bodyOf(l lexeme) {
	if m.header != "package" && m.header != "sub" && m.header != "section" || m.at(1).word == "LANGUAGE" || m.at(1).word == "EXTERNAL" {
		return
	}
	if m.header == "sub" {
		m.size.Subprograms++
		if len(m.subs) > 0 {
			m.found("nested_subprogram", l.Line, m.headerName)
		}
	}
	kind := m.header
	if kind == "section" {
		kind = "sub"
	}
	m.push(kind, m.headerName)
	m.header, m.start = "", true
}

func (m *measurer) begin() {
	m.start = true
	if b := m.top(); b != nil && !b.body && (b.kind == "sub" || b.kind == "declare" || b.kind == "package") {
		b.body = true
		if b.kind != "package" {
			m.depth++
			m.size.Nesting = max(m.size.Nesting, m.depth)
		}
		return
	}
	m.push("begin", "")
}

// found counts a construct and keeps its place.
func (m *measurer) found(construct string, line int, what string) {
	m.size.Constructs[construct]++
	if places := m.size.Places[construct]; len(places) < MaxPlaces {
		in := ""
		if len(m.subs) > 0 {
			in = m.subs[len(m.subs)-1]
		}
		m.size.Places[construct] = append(places, Place{Line: line, What: what, In: in})
	}
}
