// SPDX-License-Identifier: Apache-2.0

package postgres

import "strings"

// Reference is what a foreign key refers to, column by column.
type Reference struct {
	Columns     []string
	RefSchema   string
	RefTable    string
	RefColumns  []string
	Partitioned bool // it is made of those of the partitions
}

// Reference reads what a foreign key refers to from the statement that brings it back. ok is false for anything else.
func (o Object) Reference() (r Reference, ok bool) {
	if o.Kind != ForeignKey {
		return r, false
	}
	// A partitioned table's key comes last, after those of its partitions.
	prefix := "ALTER TABLE " + ident(o.Schema, o.Table) + " ADD CONSTRAINT " + ident(o.Name) + " FOREIGN KEY ("
	for _, sql := range o.Create {
		rest, found := strings.CutPrefix(sql, prefix)
		if !found {
			continue
		}
		if r.Columns, rest, ok = identifiers(rest, ')'); !ok {
			return r, false
		}
		var table []string
		if rest, found = strings.CutPrefix(rest, " REFERENCES "); !found {
			return r, false
		}
		if table, rest, ok = identifiers(rest, '('); !ok || len(table) != 2 {
			return r, false
		}
		r.RefSchema, r.RefTable = table[0], table[1]
		r.RefColumns, _, ok = identifiers(rest, ')')
		r.Partitioned = len(o.Create) > 0 && !strings.Contains(o.Create[0], " NOT VALID")
		return r, ok && len(r.Columns) == len(r.RefColumns)
	}
	return r, false
}

// identifiers reads names, as PostgreSQL prints them, separated by commas or dots, up to a closing character.
func identifiers(s string, end byte) (names []string, rest string, ok bool) {
	for {
		name, after, ok := cutName(s)
		if !ok {
			return nil, "", false
		}
		names, s = append(names, name), after
		switch {
		case s != "" && s[0] == end:
			return names, s[1:], true
		case strings.HasPrefix(s, ", "):
			s = s[2:]
		case strings.HasPrefix(s, "."):
			s = s[1:]
		default:
			return nil, "", false
		}
	}
}
