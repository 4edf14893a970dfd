// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Redis is wiped while the tables are loaded: status says so, the migration is not opened anew, and adopted it follows the load.
func TestRedisWipedDuringTheLoad(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stop := o.run("a")
	require.Contains(t, o.types("/migrate-new box"), "is open")
	o.goes("assess", "schema", "prepare")
	o.aws.HoldLoad()
	o.types("/migrate-load")
	require.Eventually(t, func() bool { return o.aws.Effects("StartReplicationTask") == 1 }, patience, often)
	require.Eventually(t, func() bool {
		return o.one("SELECT count(*) FROM ferryman.step WHERE step = 'start'") == "1"
	}, patience, often)
	o.still()
	o.becomes(nil)

	stop()
	o.run("b")
	require.Contains(t, o.types("/migrate-status"), "box is open on its target, and Redis does not know it")
	require.Contains(t, o.types("/migrate-load"), "Redis does not know it")
	refused := o.private(slack.DBA, func(ctx context.Context) {
		_, err := o.slack.As(slack.DBA).Command(ctx, slack.Migrations, "/migrate-new box")
		require.NoError(t, err)
	})
	require.Contains(t, o.slack.RenderText(refused), "It was not opened anew")
	shown := o.adoptsInSlack(refused)
	require.Contains(t, shown, "loading tables")
	require.Contains(t, shown, "Load was under way and needed no approval")
	require.Contains(t, shown, "Redis: nothing")

	o.says("was adopted by")
	o.aws.ReleaseLoad()
	require.Equal(t, store.Complete, o.settles2("load").Phases["load"].Status)
	o.goes("rebuild", "replicate", "validate", "cutover")
	o.isMigrated()
	o.still()
	o.onceEach()
	for operation, times := range map[string]int{"CreateReplicationTask": 1, "StartReplicationTask": 2, "StopReplicationTask": 1} {
		require.Equal(t, times, o.aws.Effects(operation), operation)
	}
}

// Where a target can't be asked, "none is open" is what Redis says, and no more than that.
func TestWhatATargetCouldNotBeAskedIsSaid(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.run("a")
	require.NotContains(t, o.types("/migrate-assess"), "could not be asked")
	o.onTarget("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$")
	unknown := "The target of profile box could not be asked whether a migration is open there that Redis does not know."
	require.Regexp(t, "^No migration is open in this channel.*"+unknown, o.types("/migrate-assess"))
	require.Regexp(t, "^There is no migration yet.*"+unknown, o.types("/migrate-status"))
}

// Redis is wiped while a request is open: its message loses its buttons, its clicks count for nothing, and the phase is asked anew.
func TestRedisWipedDuringAnOpenApproval(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.run("a")
	o.types("/migrate-new box")
	o.goes("assess", "schema")
	asked := o.asked("prepare")
	o.remembered()
	o.press(slack.Lead, asked, "approval.approve")
	o.still()
	o.becomes(nil)

	told := o.answered(slack.OnCall, func(ctx context.Context) {
		require.NoError(t, o.slack.As(slack.OnCall).Press(ctx, asked.Channel, asked.TS, "approval.approve"))
	})
	require.Contains(t, told, "this request is not known here")
	f := o.adopts()
	require.Contains(t, f.Found[len(f.Found)-1], "Redis: nothing")
	require.Eventually(t, func() bool { return len(o.buttons(asked)) == 0 }, patience, often)
	now, _ := o.slack.Message(asked.Channel, asked.TS)
	require.Contains(t, o.slack.RenderText(now), "This request is void")
	require.Equal(t, "0", o.one("SELECT count(*) FROM ferryman.saved"), "nothing was run")

	var behind *adopt.NotBehindError
	_, err := o.adopter.Survey(t.Context(), "box", "")
	require.ErrorAs(t, err, &behind)
	o.goes("prepare", "load")
	o.remembered()

	// Somebody starts the task afresh past Ferryman, and Redis is lost again: the task is believed, not the document.
	task, err := o.crew.DMS().FindTask(t.Context(), dms.NamesFor("box").Task)
	require.NoError(t, err)
	o.onTarget(`DO $$ DECLARE t text; BEGIN FOR t IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'boxoffice'::regnamespace AND relkind = 'r'
		LOOP EXECUTE 'TRUNCATE ' || t || ' CASCADE'; END LOOP; END $$`)
	o.aws.HoldLoad()
	_, err = o.crew.DMS().StartTask(t.Context(), task.ARN, dms.Reload, task.Guard())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		task, err := o.crew.DMS().FindTask(t.Context(), dms.NamesFor("box").Task)
		return err == nil && task.FullLoadUnder()
	}, patience, often)
	o.still()
	o.becomes(nil)
	f = o.adopts()
	require.Contains(t, strings.Join(f.Disagree, "\n"), "the document says that Load is complete, and the task is loading tables")
	require.Equal(t, store.Failed, o.migration().Phases["load"].Status)
	require.NotContains(t, o.types("/migrate-rebuild"), "is under way", "the load is not complete")
	o.aws.ReleaseLoad()
	o.goes("load", "rebuild")
	require.Equal(t, 2, o.aws.Effects("StartReplicationTask"), "it was followed, not started")
	o.still()
	o.onceEach()
}

// Redis is set back to a copy in which an approval was granted, after the plan that it was for has run: the target remembers.
func TestRedisSetBackToBeforeAnApprovalWasConsumed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stop := o.run("a")
	o.types("/migrate-new box")
	o.goes("assess", "schema")
	asked := o.asked("prepare")
	o.still()
	stop()
	copied := o.copies()
	// Two people say yes, and it runs to its end.
	stop = o.run("b")
	o.approves(asked, "prepare")
	require.Equal(t, store.Complete, o.settles2("prepare").Phases["prepare"].Status)
	o.remembered()
	o.still()
	stop()
	saved := o.one("SELECT count(*) || ' ' || max(dropped_at)::text FROM ferryman.saved")

	o.becomes(copied)
	o.run("c")
	// The request is open again by the copy. Its message has no buttons any more; what was on its way when they went is a click still.
	m, err := o.store.Load(t.Context(), "box")
	require.NoError(t, err)
	require.True(t, m.Requests[m.Phases["prepare"].RequestID].Live())
	ctx, cancel := o.ctx()
	defer cancel()
	for _, user := range []string{slack.Lead, slack.OnCall} {
		require.NoError(t, o.slack.As(user).PressStale(ctx, asked, slack.ByAction("approval.approve")))
	}
	failed := o.settles2("prepare")
	require.Equal(t, store.Failed, failed.Phases["prepare"].Status)
	require.Contains(t, failed.Phases["prepare"].Error, "remembers")
	offered := o.says("Adopt shows first what it finds")
	require.Equal(t, saved, o.one("SELECT count(*) || ' ' || max(dropped_at)::text FROM ferryman.saved"), "it did not run again")
	require.Equal(t, "1", o.one("SELECT count(*) FROM ferryman.approval"))

	refused := o.answered(slack.Lead, func(ctx context.Context) {
		require.NoError(t, o.slack.As(slack.Lead).Press(ctx, offered.Channel, offered.TS, "migration.adopt"))
	})
	require.Contains(t, refused, "Only the operators")
	shown := o.adoptsInSlack(offered)
	require.Contains(t, shown, "Prepare is failed")
	require.Contains(t, shown, "complete by the target")
	require.Eventually(t, func() bool { return len(o.buttons(offered)) == 0 }, patience, often)
	o.goes("load", "rebuild", "replicate", "validate", "cutover")
	o.isMigrated()
	o.still()
	o.onceEach()
	require.Equal(t, "2", o.one("SELECT count(*) FROM ferryman.approval"))
	replaced, err := o.store.Client().Keys(t.Context(), "ferryman:{box}:replaced:*").Result()
	require.NoError(t, err)
	require.Len(t, replaced, 2, "the document and the chain that were replaced")
}

// A name that is opened again after its migration was closed and has left Redis goes on with the chain that the target has.
func TestAMigrationOpenedAgainGoesOnWithItsChain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.run("a")
	o.types("/migrate-new box")
	o.goes("assess")
	o.remembered()
	before := o.migration()
	o.onTarget("UPDATE ferryman.migration SET closed_at = now()")
	require.NoError(t, o.store.Remove(t.Context(), "box"))

	require.Contains(t, o.types("/migrate-new box"), "is open")
	m := o.migration()
	require.Equal(t, before.AuditSeq+1, m.AuditSeq)
	entries, err := o.store.AuditLog(t.Context(), "box")
	require.NoError(t, err)
	require.Equal(t, before.AuditHead, entries[0].Prev)
	// Lost again before anything was done, it may be opened again.
	require.NoError(t, o.store.Remove(t.Context(), "box"))
	require.Contains(t, o.types("/migrate-new box"), "is open")
	o.goes("assess")
	o.remembered()
	require.Equal(t, []string{"box", "box", slack.Migrations, slack.DBA}, strings.Split(o.one("SELECT name || ' ' || profile || ' ' || channel || ' ' || opened_by FROM ferryman.migration"), " "))
	chain, err := o.chain()
	require.NoError(t, err)
	require.NoError(t, store.VerifyChain(chain))
}

// chain is the audit chain on the target.
func (o *office) chain() ([]store.AuditEntry, error) {
	rows, err := o.target.Query(context.Background(), "SELECT entry FROM ferryman.chain ORDER BY seq")
	if err != nil {
		return nil, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	var entries []store.AuditEntry
	for _, line := range lines {
		e, parseErr := store.ParseAuditEntry(line)
		err = errors.Join(err, parseErr)
		entries = append(entries, e)
	}
	return entries, err
}
