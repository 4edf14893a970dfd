// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

func TestThePlanForPartitionsActsAtTheParents(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "partitions"))
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
	require.Equal(t, []string{
		"foreign_key app.refund.refund_sale", "foreign_key app.sale.sale_city",
		"trigger app.sale.on_sale", "trigger app.sale_2025.on_sale", "trigger app.sale_2026.on_sale",
		"trigger other.sale_2026_a.on_sale", "trigger other.sale_2026_b.on_sale",
		"not_null app.sale.scan", "unique app.sale.sale_once", "index app.sale.sale_note", "index app.sale_2025.only_2025",
	}, names(plan.Objects))
}

func TestAnObjectThatChangedSinceThePlanIsNotTouched(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"redefined":  "DROP INDEX app.ticket_expensive; CREATE INDEX ticket_expensive ON app.ticket (price) WHERE price > 200",
		"renamed":    "ALTER INDEX app.ticket_expensive RENAME TO ticket_dear",
		"commented":  "COMMENT ON INDEX app.ticket_expensive IS 'new'",
		"table gone": "DROP TABLE app.ticket CASCADE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, schemaFile(t, "boxoffice"))
			batches := b.plan(t, postgres.SetAsideOptions{}).Batches()
			batch := batches[slices.IndexFunc(batches, func(b postgres.Batch) bool { return b.Step() == "set aside rest of app.ticket" })]
			require.Contains(t, names(batch.Objects), "index app.ticket.ticket_expensive")
			b.exec(t, change)
			before := b.dump(t)

			var changed *postgres.ChangedError
			err := b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects)
			require.ErrorAs(t, err, &changed)
			if name != "table gone" {
				require.Equal(t, "ticket_expensive", changed.Name)
			}
			require.Equal(t, name == "redefined" || name == "commented", changed.Found != "")
			require.Equal(t, before, b.dump(t), "nothing of the batch is kept")
			saved, err := b.target.Saved(t.Context(), "")
			require.NoError(t, err)
			require.Empty(t, saved)
			_, recorded, err := b.target.StepOutcome(t.Context(), "box-office", "plan", batch.Step())
			require.NoError(t, err)
			require.False(t, recorded)
		})
	}
}

func TestAnOvertakenSetAsideChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	before := b.dump(t)
	batch := b.plan(t, postgres.SetAsideOptions{}).Batches()[0]
	_, err := open(t, b.url).RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	var fenced *postgres.FencedError
	require.ErrorAs(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", "1", batch.Objects), &fenced)
	require.Equal(t, before, b.dump(t))
}

// asideOrThere counts the objects that are there and those that are saved, in one snapshot.
const asideOrThere = `SELECT (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'app' AND NOT i.indisprimary)
	+ (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'app'::regnamespace)
	+ (SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL AND kind IN ('index', 'unique', 'foreign_key'))`

func TestAtNoInstantIsAnythingDroppedThatIsNotSaved(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	// Catalog functions look at the newest state, a plain query at its snapshot: the count needs no more than one statement.
	all := one[int](t, b.conn, asideOrThere)
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
	finished := make(chan error, 1)
	go func() {
		for _, batch := range plan.Batches() {
			if err := b.target.SetAsideObjects(context.Background(), b.fence, "plan", batch.Step(), batch.Objects); err != nil {
				finished <- err
				return
			}
		}
		_, err := b.target.Rebuild(context.Background(), b.fence, postgres.RebuildOptions{})
		finished <- err
	}()
	readings := map[int]bool{}
	for done := false; !done; {
		select {
		case err := <-finished:
			require.NoError(t, err)
			done = true
		default:
		}
		now := one[int](t, b.conn, asideOrThere)
		require.GreaterOrEqual(t, now, all)
		readings[one[int](t, b.conn, "SELECT count(*)::int FROM ferryman.saved WHERE restored_at IS NULL")] = true
	}
	require.Greater(t, len(readings), 3, "it was looked at while it happened")
}

// The backend dies while it waits in the middle of a batch: nothing of it is kept, and the same batch goes through afterwards.
func TestAKilledBackendLeavesNothingHalfDone(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	before := b.dump(t)
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
	batches := plan.Batches()
	first := batches[0]
	require.Equal(t, "person", first.Table)

	// The step's row is the last that the transaction writes: with that table locked, everything else has been done.
	b.exec(t, "BEGIN; LOCK TABLE ferryman.step IN EXCLUSIVE MODE")
	b.target.LockTimeout = time.Minute
	failed := make(chan error, 1)
	go func() {
		failed <- b.target.SetAsideObjects(context.Background(), b.fence, "plan", first.Step(), first.Objects)
	}()
	killer := connect(t, b.url)
	require.Eventually(t, func() bool {
		return one[int](t, killer, `SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity
			WHERE application_name = 'ferryman test' AND wait_event_type = 'Lock'`) > 0
	}, patience, often)
	require.Error(t, <-failed)
	b.exec(t, "ROLLBACK")
	require.Equal(t, before, b.dump(t))

	b.setAside(t, plan)
	report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Equal(t, before, b.dump(t))
}
