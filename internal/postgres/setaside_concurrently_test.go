// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// While another session builds an index concurrently, the table is not to be had and the builder is named; the unfinished index is
// named among what stays. When the build is over the same plan goes through: the new index was not in it and is left alone, the one
// that was built anew is what the plan says.
func TestIndexesThatAreBuiltConcurrentlyMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ build, unfinished, left string }{
		"create":  {"CREATE INDEX CONCURRENTLY new_one ON app.busy (b)", "new_one", "new_one"},
		"reindex": {"REINDEX INDEX CONCURRENTLY app.busy_a", "busy_a_ccnew", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.busy (id int PRIMARY KEY, a int, b int); CREATE INDEX busy_a ON app.busy (a)")
			b.target.LockTimeout, b.target.LockPatience = lockTimeout, lockPatience
			writer, builder := connect(t, b.url), connect(t, b.url)
			_, err := writer.Exec(t.Context(), "BEGIN; INSERT INTO app.busy VALUES (1)")
			require.NoError(t, err)
			_, err = builder.Exec(t.Context(), "SET application_name = 'the builder'")
			require.NoError(t, err)
			built := make(chan error, 1)
			go func() {
				_, err := builder.Exec(context.Background(), c.build)
				built <- err
			}()
			require.Eventually(t, func() bool {
				return one[bool](t, b.conn, "SELECT EXISTS (SELECT FROM pg_class WHERE relname = $1)", c.unfinished)
			}, patience, often)
			plan := b.plan(t, postgres.SetAsideOptions{})
			require.Equal(t, []string{"index app.busy.busy_a"}, names(plan.Objects))
			i := slices.IndexFunc(plan.Stays, func(s postgres.Stay) bool { return s.Name == c.unfinished })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, "it is invalid: its build failed, or another session is at it; drop it or build it anew by hand", plan.Stays[i].Why)

			batch := plan.Batches()[0]
			var locked *postgres.LockedError
			require.ErrorAs(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects), &locked)
			require.Contains(t, locked.Error(), "(the builder, role "+b.role+", active, ")
			_, err = writer.Exec(t.Context(), "COMMIT")
			require.NoError(t, err)
			require.NoError(t, <-built)

			require.NoError(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects))
			require.Equal(t, c.left, one[string](t, b.conn, `SELECT coalesce(string_agg(x.relname, ' ' ORDER BY 1), '') FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
				WHERE i.indrelid = 'app.busy'::regclass AND NOT i.indisprimary AND i.indisvalid`))
			report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
		})
	}
}
