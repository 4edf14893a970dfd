// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/audit"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func (o *office) retirer() *runbook.Retirer {
	return &runbook.Retirer{Store: o.store, Keeper: o.crew, Archive: o.client(), Log: o.log, Owner: "r", Days: 90}
}

// ended has the migration end so many days ago.
func (o *office) ended(days int) {
	o.Helper()
	o.onTarget("UPDATE ferryman.migration SET closed_at = now()")
	_, err := o.store.Update(o.Context(), "box", func(m *store.Migration, now time.Time) (store.Change, error) {
		m.ClosedAt = now.AddDate(0, 0, -days)
		return store.Change{Audit: []store.Audit{{What: "phase", Who: "ferryman", Phase: "cutover", Outcome: "complete"}}}, nil
	})
	require.NoError(o, err)
}

// hasLeft waits until Redis has nothing of the migration. The bot is woken by the retirement's last commit, and may hold the outbox for
// the moment that it takes to see that nothing is left in it.
func (o *office) hasLeft() {
	o.Helper()
	var keys []string
	require.Eventually(o, func() bool {
		var err error
		keys, err = o.store.Client().Keys(context.Background(), "ferryman:{box}:*").Result()
		return err == nil && len(keys) == 0
	}, patience, often, "%s", &keys)
}

func TestAFinishedMigrationLeavesRedisAfterItsAuditIsInTheThread(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.run("a")
	o.types("/migrate-new box")
	o.goes("assess")
	r := o.retirer()
	o.ended(89)
	r.Once(t.Context())
	o.still()
	require.NotContains(t, o.types("/migrate-status box"), "left Redis")

	o.ended(91)
	lines, err := o.store.AuditLines(t.Context(), "box", 0)
	require.NoError(t, err)
	// Slack refuses the file: the message says so, and nothing is deleted.
	o.slack.FailNext("files.getUploadURLExternal", 1, "file_uploads_disabled")
	r.Once(t.Context())
	o.says("is missing")
	o.still()
	r.Once(t.Context())
	_, err = o.store.Load(t.Context(), "box")
	require.NoError(t, err, "its audit is not in the thread")

	// Ten minutes later it is sent again.
	_, err = o.store.Update(t.Context(), "box", func(m *store.Migration, now time.Time) (store.Change, error) {
		var state map[string]any
		if _, err := m.Fact("retiring", &state); err != nil {
			return store.Change{}, err
		}
		state["at"] = now.Add(-time.Hour)
		return store.Change{}, m.SetFact("retiring", state)
	})
	require.NoError(t, err)
	r.Once(t.Context())
	told := o.says("leaves Redis now")
	o.still()
	require.Equal(t, len(lines)+1, strings.Count(o.file("audit-box.jsonl"), "\n"))
	require.True(t, strings.HasPrefix(o.file("audit-box.jsonl"), strings.Join(lines, "\n")+"\n"))
	report, err := audit.VerifyFile(strings.NewReader(o.file("audit-box.jsonl")))
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Contains(t, o.slack.RenderText(told), "and on its target")
	require.Equal(t, strconv.Itoa(len(lines)), o.one("SELECT count(*) FROM ferryman.chain"))

	gone, cancel := context.WithCancel(t.Context())
	r.Archive = cancelling{r.Archive, cancel} // the replica dies just after it saw the file
	r.Once(gone)
	_, err = o.store.Load(t.Context(), "box")
	require.NoError(t, err)
	r = o.retirer()
	r.Once(t.Context())
	o.hasLeft()
	_, err = o.store.Load(t.Context(), "box")
	require.ErrorIs(t, err, store.ErrNotFound)
	all, err := o.store.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)

	for _, line := range []string{"/migrate-status box", "/migrate-load box"} {
		answer := o.types(line)
		require.Contains(t, answer, "box is finished since", line)
		require.Contains(t, answer, "audit-box.jsonl", line)
		require.Contains(t, answer, "ferryman.chain", line)
	}
	o.onceEach()
}

// Broken off while the keys are deleted, a retirement is finished by the next look, and nothing is posted again.
func TestARetirementThatWasBrokenOffIsFinished(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.run("a")
	o.types("/migrate-new box")
	o.ended(91)
	r := o.retirer()
	r.Once(t.Context())
	o.says("leaves Redis now")
	o.still()
	_, err := o.store.Update(t.Context(), "box", func(m *store.Migration, _ time.Time) (store.Change, error) {
		var state map[string]any
		if _, err := m.Fact("retiring", &state); err != nil {
			return store.Change{}, err
		}
		state["going"] = true
		return store.Change{}, m.SetFact("retiring", state)
	})
	require.NoError(t, err)
	root, _, err := o.store.PostedMessage(t.Context(), "box", store.RootKey)
	require.NoError(t, err)
	require.NoError(t, o.store.PutFinished(t.Context(), store.Finished{Name: "box", ClosedAt: o.migration().ClosedAt, Root: root, File: "audit-box.jsonl"}))
	require.NoError(t, o.store.Client().Del(t.Context(), "ferryman:{box}:messages", "ferryman:{box}:audit").Err())
	posted := len(o.slack.Messages(slack.Migrations))
	r.Once(t.Context())
	o.hasLeft()
	require.Len(t, o.slack.Messages(slack.Migrations), posted)
	f, err := o.store.Finished(t.Context(), "box")
	require.NoError(t, err)
	require.Equal(t, root.TS, f.Root.TS)
}

func (o *office) migration() *store.Migration {
	o.Helper()
	m, err := o.store.Load(context.Background(), "box")
	require.NoError(o, err)
	return m
}

// file is the content of the newest file of that name in the thread.
func (o *office) file(name string) string {
	o.Helper()
	content := ""
	for _, m := range o.slack.Messages(slack.Migrations) {
		for _, f := range m.Files {
			if f.Name == name {
				content = string(f.Content())
			}
		}
	}
	return content
}

type cancelling struct {
	runbook.Archive
	cancel func()
}

func (c cancelling) HasFile(ctx context.Context, root store.Posted, name string, size int) (bool, error) {
	there, err := c.Archive.HasFile(ctx, root, name, size)
	c.cancel()
	return there, err
}
