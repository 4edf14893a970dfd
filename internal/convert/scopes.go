// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// sequenceClass is the argument of nextval() for a sequence that is on the target. Parts are [owner,] name.
func (c *converter) sequenceClass(owner string, parts []string) (string, bool) {
	name := dictionary.Name{Owner: owner, Name: parts[len(parts)-1]}
	if len(parts) == 2 {
		name.Owner = parts[0]
	}
	target, ok := c.sequences[name]
	if !ok {
		return "", false
	}
	return literal(ident(TargetName(name.Owner), target)) + "::regclass", true
}

func (x *column) expression(qualifier string) expression {
	text := ident(x.name)
	if qualifier != "" {
		text = ident(qualifier, x.name)
	}
	return expression{SQL: text, cat: x.typ.cat, integer: x.typ.integer(), notNull: x.Nullable == "N"}
}

// rounds is the type to which Oracle rounds what goes into the column as PostgreSQL does, "" where Oracle rounds nothing: a NUMBER without a
// scale may be a whole number here.
func (x *column) rounds() string {
	if x.Type == "NUMBER" && x.Precision == nil && x.Scale == nil {
		return ""
	}
	return x.typ.SQL
}

// defaultScope is where a default stands: it sees no columns.
type defaultScope struct {
	c     *converter
	owner string
}

func (s defaultScope) column(parts []string) (expression, error) {
	return expression{}, uncertain("%s", clip(parts[len(parts)-1]))
}
func (s defaultScope) sequence(parts []string) (string, bool) {
	return s.c.sequenceClass(s.owner, parts)
}
func (s defaultScope) aggregates() bool { return false }

// tableScope is where a check, an index expression or a virtual column stands: it sees the columns of its table.
type tableScope struct {
	c *converter
	t *table
	// generated is true for a virtual column, which PostgreSQL does not let depend on another.
	generated bool
}

func (s tableScope) column(parts []string) (expression, error) {
	name := parts[len(parts)-1]
	if len(parts) == 2 && parts[0] != s.t.Table.Name || len(parts) > 2 {
		return expression{}, uncertain("the name %s", clip(parts[0]))
	}
	if x := s.t.column(name); x != nil {
		if s.generated && x.Virtual == "YES" {
			return expression{}, uncertain("the virtual column %s", clip(name))
		}
		return x.expression(""), nil
	}
	return expression{}, uncertain("the name %s, which is no column on the target", clip(name))
}
func (s tableScope) sequence([]string) (string, bool) { return "", false }
func (s tableScope) aggregates() bool                 { return false }
