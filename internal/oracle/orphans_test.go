// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/stretchr/testify/require"
)

func TestRowsThatReferToNothingAreCounted(t *testing.T) {
	t.Parallel()
	server := serve(t, nil)
	db := application(t, server)
	for _, sql := range []string{
		"CREATE TABLE HALL (PART NUMBER(9), ID NUMBER(9), PRIMARY KEY (PART, ID))", `CREATE TABLE "Desk" (ID NUMBER(9) PRIMARY KEY, HALL_PART NUMBER(9), HALL NUMBER(9))`,
		"INSERT INTO HALL VALUES (1, 1)", `INSERT INTO "Desk" VALUES (1, 1, 1)`, `INSERT INTO "Desk" VALUES (5, 1, 2)`, `INSERT INTO "Desk" VALUES (4, 2, 1)`,
		`INSERT INTO "Desk" VALUES (3, NULL, 9)`, `INSERT INTO "Desk" VALUES (2, 9, NULL)`, `INSERT INTO "Desk" VALUES (6, 7, 7)`,
	} {
		_, err := db.ExecContext(t.Context(), sql)
		require.NoError(t, err, sql)
	}
	source := open(t, server.URL("FERRYMAN"))
	ref := oracle.Reference{Schema: "BOXOFFICE", Table: "Desk", Columns: []string{"HALL_PART", "HALL"}, ParentSchema: "BOXOFFICE", ParentTable: "HALL",
		ParentColumns: []string{"PART", "ID"}, Key: []string{"ID"}}
	rows, first, err := source.Orphans(t.Context(), ref, 2)
	require.NoError(t, err)
	require.EqualValues(t, 3, rows, "a row with a NULL in any of the columns refers to nothing")
	require.Equal(t, []string{"ID=4", "ID=5"}, first)
	ref.Key = nil
	_, first, err = source.Orphans(t.Context(), ref, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"HALL_PART=1, HALL=2"}, first)
	n := 0
	found, err := db.QueryContext(t.Context(), ref.Query())
	require.NoError(t, err)
	for found.Next() {
		n++
	}
	require.NoError(t, found.Err())
	require.Equal(t, 3, n, "the query shows the rows")

	ref.ParentTable = "NOWHERE"
	_, _, err = source.Orphans(t.Context(), ref, 1)
	var refused *oracle.QueryError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 942, refused.Code)
	require.ErrorContains(t, err, "count the rows of BOXOFFICE.Desk without a row in BOXOFFICE.NOWHERE: ORA-00942")
	_, _, err = source.Orphans(t.Context(), oracle.Reference{Schema: "S", Table: "T", Columns: []string{"A"}}, 1)
	require.ErrorContains(t, err, "1 columns refer to 0")
	slow := errors.New("it took too long")
	bounded, cancel := context.WithTimeoutCause(t.Context(), time.Nanosecond, slow)
	defer cancel()
	_, _, err = source.Orphans(bounded, ref, 1)
	require.ErrorIs(t, err, slow)
}
