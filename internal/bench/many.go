// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// Each table of the part has this many indexes and foreign keys.
const (
	indexesPerTable = 20
	keysPerTable    = 4
)

// manyTables is the schema "many": n tables without rows, each with its indexes and with keys to the next tables.
func manyTables(n int) []string {
	statements := []string{"CREATE SCHEMA many"}
	for i := range n {
		var columns strings.Builder
		for k := range indexesPerTable {
			fmt.Fprintf(&columns, ", c%d %s", k, []string{"bigint", "text", "timestamptz", "numeric"}[max(0, k-keysPerTable+1)%4])
		}
		statements = append(statements, fmt.Sprintf("CREATE TABLE many.t%d (id bigint PRIMARY KEY%s)", i, columns.String()))
		var indexes strings.Builder
		for k := range indexesPerTable {
			fmt.Fprintf(&indexes, "CREATE INDEX t%d_c%d ON many.t%d (c%d);", i, k, i, k)
		}
		statements = append(statements, indexes.String())
	}
	for i := range n {
		var keys strings.Builder
		for k := range keysPerTable {
			fmt.Fprintf(&keys, "ALTER TABLE many.t%[1]d ADD CONSTRAINT t%[1]d_c%[2]d_fkey FOREIGN KEY (c%[2]d) REFERENCES many.t%[3]d (id);", i, k, (i+k+1)%n)
		}
		statements = append(statements, keys.String())
	}
	return statements
}

// manyScript is what a person would write by hand: it saves each definition and drops the object. together has one transaction for
// what a table has, keys first and later indexes, else each object has its own.
func manyScript(n int, together bool) string {
	var s strings.Builder
	s.WriteString("CREATE SCHEMA ferryman;\nCREATE TABLE ferryman.kept (id bigserial PRIMARY KEY, kind text, table_name text, name text, " +
		"definition text, at timestamptz DEFAULT clock_timestamp());\n")
	begin, end := "BEGIN;\n", "COMMIT;\n"
	outerBegin, outerEnd := "", ""
	if together {
		begin, end, outerBegin, outerEnd = "", "", begin, end
	}
	for i := range n {
		s.WriteString(outerBegin)
		for k := range keysPerTable {
			fmt.Fprintf(&s, "%sINSERT INTO ferryman.kept (kind, table_name, name, definition) SELECT 'key', 't%[2]d', conname, pg_get_constraintdef(oid) "+
				"FROM pg_constraint WHERE conrelid = 'many.t%[2]d'::regclass AND conname = 't%[2]d_c%[3]d_fkey';\n"+
				"ALTER TABLE many.t%[2]d DROP CONSTRAINT t%[2]d_c%[3]d_fkey;\n%[4]s", begin, i, k, end)
		}
		s.WriteString(outerEnd)
	}
	for i := range n {
		s.WriteString(outerBegin)
		for k := range indexesPerTable {
			fmt.Fprintf(&s, "%sINSERT INTO ferryman.kept (kind, table_name, name, definition) VALUES ('index', 't%[2]d', 't%[2]d_c%[3]d', "+
				"pg_get_indexdef('many.t%[2]d_c%[3]d'::regclass));\nDROP INDEX many.t%[2]d_c%[3]d;\n%[4]s", begin, i, k, end)
		}
		s.WriteString(outerEnd)
	}
	return s.String()
}
