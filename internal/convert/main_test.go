// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"context"
	"os"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const boxOffice = "../../cmd/rehearse/boxoffice"

func read(t *testing.T, dir string) *dictionary.Dictionary {
	t.Helper()
	d, err := dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	return d
}

// apply runs every statement of a conversion in its order on a new database.
func apply(t *testing.T, c *convert.Conversion) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testenv.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(ctx) })
	made := map[string]bool{}
	for _, s := range c.Statements {
		for _, need := range s.DependsOn {
			require.True(t, made[need], "%s needs %s, which comes later", s.ID, need)
		}
		_, err := conn.Exec(ctx, s.SQL)
		require.NoError(t, err, "%s\n%s", s.ID, s.SQL)
		require.False(t, made[s.ID], "%s is there twice", s.ID)
		made[s.ID] = true
	}
	return conn
}

// strs runs a query of one text column.
func strs(t *testing.T, conn *pgx.Conn, query string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), query, args...)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

func exec(t *testing.T, conn *pgx.Conn, query string, args ...any) {
	t.Helper()
	_, err := conn.Exec(context.Background(), query, args...)
	require.NoError(t, err)
}

func outcomes(c *convert.Conversion, o convert.Object) []convert.Outcome {
	var out []convert.Outcome
	for _, x := range c.Outcomes {
		if x.Object == o {
			out = append(out, x.Outcome)
		}
	}
	return out
}

func actionsOf(c *convert.Conversion, kind, name string) []convert.ActionItem {
	var out []convert.ActionItem
	for _, a := range c.Actions {
		if a.Object.Type == kind && a.Object.Name == name {
			out = append(out, a)
		}
	}
	return out
}
