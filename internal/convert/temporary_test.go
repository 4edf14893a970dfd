// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// A global temporary table is an action item, and not a table that all sessions share: what it says, each session runs. Then rows come and go as
// on Oracle, with every column, key and index.
func TestSessionsMakeTheirTemporaryTables(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.sequence("Q", "1", "1", "99", "7")
	columns := []string{"ID NUMBER(9,0) NOT NULL DEFAULT s.q.nextval", "B VARCHAR2(9) DEFAULT 'it''s; --'", "WHAT XMLTYPE", "WHERE_FROM BFILE"}
	for i := range 60 {
		columns = append(columns, fmt.Sprintf("C%d NUMBER(5,0)", i))
	}
	s.table("BASKET", columns...).Temporary = "Y"
	s.key("P", "BASKET", "BASKET_PK", "", "ID")
	s.check("BASKET", "BASKET_CK", "c0 > 0", "C0")
	s.index("BASKET", "BASKET_I", false, "B", `=UPPER("B")`)
	keep := s.table("KEPT", "ID NUMBER(9,0) NOT NULL")
	keep.Temporary, keep.Duration = "Y", "SYS$SESSION"
	s.table("LIST", "ID NUMBER NOT NULL").Temporary = "Y"
	s.IdentityCols = append(s.IdentityCols, dictionary.IdentityCol{Owner: "S", Table: "LIST", Column: "ID", Generation: "ALWAYS", Sequence: "ISEQ$$_1"})
	s.sequence("ISEQ$$_1", "1", "1", "9999999999999999999999999999", "41")
	s.view("OVER_IT", "select id from basket", "ID NUMBER(9,0)")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Empty(t, strs(t, conn, "SELECT relname::text FROM pg_class WHERE relnamespace = 's'::regnamespace AND relkind = 'r'"), "no table that sessions share")

	scripts := map[string]string{}
	for _, name := range []string{"BASKET", "KEPT", "LIST"} {
		require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, convert.Object{Owner: "S", Type: "TABLE", Name: name}), name)
		for _, a := range actionsOf(c, "TABLE", name) {
			if a.Code == convert.CodeTemporary {
				_, scripts[name], _ = strings.Cut(a.Hint, "\n")
			}
		}
	}
	require.Equal(t, []string{"FM-CV-011", "FM-CV-014 WHERE_FROM", "FM-CV-050 WHAT"}, codes(actionsOf(c, "TABLE", "BASKET")))
	require.Contains(t, actionsOf(c, "TABLE", "BASKET")[0].Reason, "at each COMMIT its rows are gone")
	require.Contains(t, actionsOf(c, "TABLE", "KEPT")[0].Reason, "its rows stay until the session ends")
	require.Contains(t, actionsOf(c, "TABLE", "LIST")[0].Reason, "the numbers of ID begin anew in each session")
	for kind, names := range map[string][]string{"INDEX": {"BASKET_PK", "BASKET_I"}, "SEQUENCE": {"ISEQ$$_1"}} {
		for _, name := range names {
			require.Equal(t, []convert.Outcome{convert.LeftOut}, outcomes(c, convert.Object{Owner: "S", Type: kind, Name: name}), name)
		}
	}
	require.Equal(t, []string{"FM-CV-005"}, codes(actionsOf(c, "VIEW", "OVER_IT")))

	other, err := pgx.Connect(t.Context(), conn.Config().ConnString())
	require.NoError(t, err)
	t.Cleanup(func() { _ = other.Close(t.Context()) })
	role, _ := testenv.Role(t, conn.Config().ConnString())
	exec(t, conn, "GRANT USAGE ON SCHEMA s TO "+role)
	exec(t, conn, "GRANT USAGE ON SEQUENCE s.q TO "+role)
	for _, session := range []*pgx.Conn{conn, other} {
		exec(t, session, "SET ROLE "+role)
		for range 2 { // a connection of a pool may run it again
			for _, script := range scripts {
				exec(t, session, script)
			}
		}
		exec(t, session, "BEGIN")
		exec(t, session, "INSERT INTO basket (c0) VALUES (1)")
		exec(t, session, "INSERT INTO kept VALUES (1)")
		exec(t, session, "INSERT INTO list DEFAULT VALUES")
		require.Equal(t, []string{"it's; --"}, strs(t, session, "SELECT b FROM basket"))
		exec(t, session, "COMMIT")
		require.Equal(t, []string{"0 1"}, strs(t, session, "SELECT (SELECT count(*) FROM basket) || ' ' || (SELECT count(*) FROM kept)"))
		_, err := session.Exec(t.Context(), "INSERT INTO basket (c0) VALUES (0)")
		require.ErrorContains(t, err, "basket_ck")
	}
	require.Equal(t, []string{"63"}, strs(t, other, "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'basket'::regclass AND attnum > 0"), "all columns, however many")
	require.Equal(t, []string{"basket_i false", "basket_pk true"}, strs(t, other, `SELECT indexrelid::regclass::text || ' ' || indisunique::text FROM pg_index
		WHERE indrelid = 'basket'::regclass ORDER BY 1`))
}
