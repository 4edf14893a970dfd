// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"strings"
)

// operation is what a change does to a row.
type operation int

const (
	insertRow operation = iota
	updateRow
	deleteRow
	truncateTable
)

func (o operation) String() string { return [...]string{"INSERT", "UPDATE", "DELETE", "TRUNCATE"}[o] }

// change is one row's change as the redo log tells it.
type change struct {
	operation operation
	table     TableName
	set       []field // the new values
	where     []field // what identifies the row before the change; without ROWID
}

// field is a column with a value in PostgreSQL's text form.
type field struct {
	column string
	value  *string // nil is NULL
	lob    bool    // the value is not in the redo: EMPTY_CLOB() or EMPTY_BLOB()
}

// parseRedo reads LogMiner's SQL_REDO of one row's change.
func parseRedo(redo string) (*change, error) {
	p := &redoParser{text: redo}
	c := &change{}
	var err error
	switch {
	case p.word("insert"):
		c.operation, err = insertRow, p.insert(c)
	case p.word("update"):
		c.operation, err = updateRow, p.update(c)
	case p.word("delete"):
		c.operation, err = deleteRow, p.delete(c)
	default:
		err = p.expected("insert, update or delete")
	}
	if err == nil && !p.end() {
		err = p.expected("the end")
	}
	if err != nil {
		return nil, fmt.Errorf("reading SQL_REDO: %w", err)
	}
	return c, nil
}

type redoParser struct {
	text string
	at   int
}

func (p *redoParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *redoParser) expected(what string) error {
	return fmt.Errorf("at byte %d %s was expected", p.at, what)
}

// word takes a keyword in either case, if it is next.
func (p *redoParser) word(keyword string) bool {
	p.space()
	end := p.at + len(keyword)
	if end > len(p.text) || !strings.EqualFold(p.text[p.at:end], keyword) || end < len(p.text) && isNameByte(p.text[end]) {
		return false
	}
	p.at = end
	return true
}

func isNameByte(b byte) bool {
	return b == '_' || b == '$' || b == '#' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func (p *redoParser) symbol(s byte) bool {
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != s {
		return false
	}
	p.at++
	return true
}

func (p *redoParser) end() bool {
	p.symbol(';')
	p.space()
	return p.at == len(p.text)
}

// quoted takes a text between quotes, in which the quote is doubled.
func (p *redoParser) quoted(quote byte) (string, error) {
	if !p.symbol(quote) {
		return "", p.expected(string(quote))
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(p.text[p.at:], quote)
		if i < 0 {
			return "", fmt.Errorf("a %c is not closed", quote)
		}
		b.WriteString(p.text[p.at : p.at+i])
		p.at += i + 1
		if p.at >= len(p.text) || p.text[p.at] != quote {
			return b.String(), nil
		}
		b.WriteByte(quote)
		p.at++
	}
}

func (p *redoParser) table() (name TableName, err error) {
	if name.Schema, err = p.quoted('"'); err != nil {
		return name, err
	}
	if !p.symbol('.') {
		return name, p.expected(".")
	}
	name.Table, err = p.quoted('"')
	return name, err
}

func (p *redoParser) insert(c *change) (err error) {
	if !p.word("into") {
		return p.expected("into")
	}
	if c.table, err = p.table(); err != nil {
		return err
	}
	if !p.symbol('(') {
		return p.expected("(")
	}
	for {
		column, err := p.quoted('"')
		if err != nil {
			return err
		}
		c.set = append(c.set, field{column: column})
		if !p.symbol(',') {
			break
		}
	}
	if !p.symbol(')') || !p.word("values") || !p.symbol('(') {
		return p.expected(") values (")
	}
	for i := range c.set {
		if i > 0 && !p.symbol(',') {
			return p.expected(",")
		}
		if err := p.value(&c.set[i]); err != nil {
			return err
		}
	}
	if !p.symbol(')') {
		return p.expected(")")
	}
	return nil
}

func (p *redoParser) update(c *change) (err error) {
	if c.table, err = p.table(); err != nil {
		return err
	}
	if !p.word("set") {
		return p.expected("set")
	}
	for {
		f := field{}
		if f.column, err = p.quoted('"'); err != nil {
			return err
		}
		if !p.symbol('=') {
			return p.expected("=")
		}
		if err = p.value(&f); err != nil {
			return err
		}
		c.set = append(c.set, f)
		if !p.symbol(',') {
			return p.conditions(c)
		}
	}
}

func (p *redoParser) delete(c *change) (err error) {
	if !p.word("from") {
		return p.expected("from")
	}
	if c.table, err = p.table(); err != nil {
		return err
	}
	return p.conditions(c)
}

func (p *redoParser) conditions(c *change) error {
	if !p.word("where") {
		return p.expected("where")
	}
	for {
		f := field{}
		rowid := p.word("ROWID")
		if !rowid {
			var err error
			if f.column, err = p.quoted('"'); err != nil {
				return err
			}
		}
		switch {
		case p.word("is"):
			if !p.word("null") {
				return p.expected("null")
			}
		case p.symbol('='):
			if err := p.value(&f); err != nil {
				return err
			}
		default:
			return p.expected("= or IS NULL")
		}
		if !rowid {
			c.where = append(c.where, f)
		}
		if !p.word("and") {
			return nil
		}
	}
}
