// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Oracle's unique constraint over several columns refuses (1, NULL) a second time and takes (NULL, NULL) as often as it comes. PostgreSQL's takes
// both; what the action item names makes it the same.
func TestUniqueOverColumnsThatMayBeNull(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("BOTH", "A NUMBER(5,0)", "B NUMBER(5,0)")
	k := s.key("U", "BOTH", "BOTH_UQ", "", "A", "B")
	k.Deferrable, k.Deferred = "DEFERRABLE", "IMMEDIATE"
	s.table("ONE", "A NUMBER(5,0) NOT NULL", "order NUMBER(5,0)")
	s.key("U", "ONE", "ONE_UQ", "", "A", "order")
	s.table("IX", "A NUMBER(5,0) NOT NULL", "B VARCHAR2(9)")
	s.index("IX", "IX_UQ", true, "A", `=UPPER("B")`)
	s.table("FINE", "A NUMBER(5,0) NOT NULL", "B NUMBER(5,0) NOT NULL", "C NUMBER(5,0)")
	s.key("U", "FINE", "FINE_UQ", "", "A", "B")
	s.key("U", "FINE", "FINE_C", "", "C")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Empty(t, actionsOf(c, "TABLE", "FINE"), "one column alone, and columns that are never NULL, mean the same on both")
	takes := func(insert string) bool {
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "SET CONSTRAINTS ALL IMMEDIATE; "+insert)
		require.NoError(t, tx.Rollback(t.Context()))
		if err != nil {
			require.ErrorContains(t, err, "duplicate key")
		}
		return err == nil
	}
	const twice = "INSERT INTO s.both VALUES (1, NULL), (1, NULL)"
	require.True(t, takes(twice), "which Oracle refuses")
	for name, want := range map[string]struct{ kind, subject, which string }{
		"BOTH": {"TABLE", "BOTH_UQ", "A, B may be NULL."}, "ONE": {"TABLE", "ONE_UQ", "order may be NULL."}, "IX_UQ": {"INDEX", "", `UPPER("B") may be NULL.`},
	} {
		items := actionsOf(c, want.kind, name)
		require.Len(t, items, 1, name)
		require.Equal(t, []any{convert.CodeUniqueNull, want.subject, false}, []any{items[0].Code, items[0].Subject, items[0].Note}, name)
		require.True(t, strings.HasPrefix(items[0].Reason, want.which), items[0].Reason)
		require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, items[0].Object), name)
		if version := strs(t, conn, "SHOW server_version_num")[0]; version < "150000" {
			t.Skip("NULLS NOT DISTINCT came with PostgreSQL 15")
		}
		_, exact, found := strings.Cut(items[0].Hint, "\n")
		require.True(t, found, items[0].Hint)
		_, err := conn.Exec(t.Context(), exact, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err, exact)
	}
	for insert, want := range map[string]bool{
		twice: false, "INSERT INTO s.both VALUES (NULL, NULL), (NULL, NULL), (1, NULL), (2, NULL), (NULL, 1)": true,
		"INSERT INTO s.both VALUES (1, 2), (1, 2)": false, "INSERT INTO s.one VALUES (1, NULL), (1, NULL)": false, "INSERT INTO s.one VALUES (1, NULL), (2, NULL), (1, 1)": true,
		"INSERT INTO s.ix VALUES (1, NULL), (1, NULL)": false, "INSERT INTO s.ix VALUES (1, 'x'), (1, 'X')": false, "INSERT INTO s.ix VALUES (1, NULL), (2, NULL), (1, 'x')": true,
	} {
		require.Equal(t, want, takes(insert), insert)
	}
}
