// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"context"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestRightsAreGrantedToWhoIsThere(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	role, _ := testenv.Role(t, url)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	s := newSchema()
	s.table("T", "A NUMBER(5,0)", "B DATE")
	s.view("V", "select a from t", "A NUMBER(5,0)")
	s.sequence("Q", "1", "1", "99", "1")
	s.table("EXT", "A DATE").External = "YES"
	grant := func(object, privilege, grantee, grantable string) {
		s.TabPrivs = append(s.TabPrivs, dictionary.TabPriv{Owner: "S", Table: object, Privilege: privilege, Grantee: grantee, Grantable: grantable})
	}
	for _, p := range []string{"SELECT", "INSERT", "UPDATE", "DEBUG"} {
		grant("T", p, role, "NO")
	}
	grant("T", "DELETE", role, "YES")
	grant("V", "READ", role, "NO")
	grant("Q", "SELECT", role, "NO")
	grant("EXT", "SELECT", role, "NO")
	grant("T", "SELECT", "NOBODY", "NO")
	s.ColPrivs = []dictionary.ColPriv{{Owner: "S", Table: "V", Column: "A", Privilege: "UPDATE", Grantee: role}}
	unknown := convert.Convert(s.Dictionary, convert.Options{})
	require.Len(t, actionsOf(unknown, "GRANT", role), 1)
	require.Contains(t, actionsOf(unknown, "GRANT", role)[0].Reason, "nobody looked whether the role")
	c := convert.Convert(s.Dictionary, convert.Options{Roles: []string{convert.TargetName(role)}})
	for _, st := range c.Statements {
		exec(t, conn, st.SQL)
	}
	require.Equal(t, []string{"INSERT SELECT UPDATE false", "DELETE true"}, strs(t, conn, `SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type) || ' ' || is_grantable
		FROM pg_class, aclexplode(relacl) WHERE relname = 't' AND grantee = $1::regrole GROUP BY is_grantable ORDER BY is_grantable`, role))
	require.Equal(t, []string{"true true true true"}, strs(t, conn, `SELECT concat_ws(' ', has_table_privilege($1, 's.v', 'SELECT')::text, has_column_privilege($1, 's.v', 'a', 'UPDATE')::text,
		has_sequence_privilege($1, 's.q', 'USAGE')::text, has_schema_privilege($1, 's', 'USAGE')::text)`, role))
	require.Equal(t, []string{"FM-CV-033"}, codes(actionsOf(c, "GRANT", role)))
	require.Contains(t, actionsOf(c, "GRANT", role)[0].Reason, "has rights that PostgreSQL does not have: DEBUG on S.T")
	require.Contains(t, actionsOf(c, "GRANT", "NOBODY")[0].Reason, "there is no role nobody on the target; it has SELECT on S.T on Oracle")
}
