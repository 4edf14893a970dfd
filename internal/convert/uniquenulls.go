// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"
)

// uniqueNulls is the action item of a unique constraint or index over several parts of which some may be NULL: what PostgreSQL has means less. parts
// are those of the index as PostgreSQL takes them, nullable the ones that may be NULL, as Oracle calls them; exact is the clause of the constraint that
// means the same, "" for an index.
func (c *converter) uniqueNulls(o Object, subject string, t *table, name string, parts, nullable []string, exact string) {
	which := strings.Join(nullable, ", ")
	reason := fmt.Sprintf("%s may be NULL. Oracle takes rows for equal that agree in what is not NULL, and any number of rows that are NULL in all; "+
		"PostgreSQL takes a row with a NULL in any of them for different from all others, so it takes rows that Oracle refuses", which)
	list := strings.Join(parts, ", ")
	table, index := t.qualified(), ident(t.schema, name)
	if t.schema == temporarySchema {
		index = ident(name)
	}
	var how string
	switch {
	case len(nullable) == len(parts):
		var all []string
		for _, p := range parts {
			all = append(all, plainPart(p)+" IS NULL")
		}
		how = fmt.Sprintf("beside it, from PostgreSQL 15 on, as NULLS NOT DISTINCT by itself would refuse a second row that is NULL in all:\n"+
			"CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT WHERE NOT (%s)", table, list, strings.Join(all, " AND "))
	case exact != "":
		how = fmt.Sprintf("from PostgreSQL 15 on this means what Oracle does, as no row is NULL in all (foreign keys that refer to it are dropped before and made again after):\n"+
			"ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %s%s", table, ident(name), ident(name), exact)
	default:
		how = fmt.Sprintf("from PostgreSQL 15 on this means what Oracle does, as no row is NULL in all:\n"+
			"DROP INDEX %s; CREATE UNIQUE INDEX %s ON %s (%s) NULLS NOT DISTINCT", index, ident(name), table, list)
	}
	c.action(CodeUniqueNull, o, subject, reason, "see whether the application relies on it; "+how)
}

// plainPart is a part of an index without its order.
func plainPart(part string) string { return strings.TrimSuffix(part, " DESC") }
