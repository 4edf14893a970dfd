// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// ident quotes a name, or a name with its schema, for use in SQL. It always quotes: what needs no quotes differs between versions.
func ident(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

// literal quotes a string for use in SQL where it can't be bound, as in COMMENT.
func literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}
