// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// held has a cutover approved by two whose gate then turned red.
func (w *world) held() (standin.Message, *crew) {
	w.t.Helper()
	c := prepareAndCutoverNeedTwo()
	m := w.askedOf(c, "prepare")
	c.set(func() {
		c.evidence = map[string][]runbook.Evidence{"prepare": {evidence("no application session", false, "3: BOXOFFICE", "Stop the applications.")}}
	})
	w.press(standin.Lead, m, "approval.approve")
	w.press(standin.OnCall, m, "approval.approve")
	w.says("Prepare of box-office is approved and waits: 0 of 1 hold")
	return m, c
}

func TestWhatIsHeldUpIsShownAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, c := w.held()
	told := w.says("is approved and waits")
	text := w.slack.RenderText(told)
	require.Contains(t, text, "✖ no application session: 3: BOXOFFICE")
	require.Contains(t, text, "Stop the applications.")
	require.Contains(t, text, "@dba: it begins by itself as soon as all hold, until")
	w.reads(m, "⏸ Two people said yes. It waits for its gate, until")
	w.says("⏸ Prepare")
	require.Contains(t, w.types(standin.Lead, "/migrate-status"), "Prepare is approved and waits for its gate, until")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "Prepare is approved and waits for its gate. Reject it in the thread to do something else.")
	now, _ := w.slack.Message(m.Channel, m.TS)
	require.Contains(t, w.slack.RenderText(now), "[Reject…]")
	require.NotContains(t, w.slack.RenderText(now), "[Approve]")
	require.NotContains(t, w.slack.RenderText(now), "[Take back]")
	require.Contains(t, w.answered(standin.Lead, func() {
		require.NoError(t, w.slack.As(standin.Lead).PressStale(w.ctx, m, standin.ByAction("approval.approve")))
	}), "two people said yes already, so nothing can be added or taken back. Until it starts, Reject… with a reason still stops it.")
	c.set(func() { c.evidence = nil })
	w.says("Prepare of box-office goes on: all facts of its gate hold again")
	w.says("Prepared in")
	w.reads(told, "waited for: no application session. It went on at")
}

func TestANoStopsWhatTwoSaidYesTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, c := w.held()
	w.reads(m, "It waits for its gate")
	w.press(standin.OnCall, m, "approval.reject")
	_, err := w.slack.As(standin.OnCall).Submit(w.ctx, w.modal(standin.OnCall, "approval.reject").ID, map[string]any{"reason": "the backup failed"})
	require.NoError(t, err)
	w.reads(m, "❌ @oncall said no: the backup failed")
	require.Equal(t, store.Refused, w.load("box-office").Phases["prepare"].Status)
	c.set(func() { c.evidence = nil })
	require.Contains(t, w.types(standin.DBA, "/migrate-prepare"), "is under way")
	w.eventually("asked anew", func() bool { return w.load("box-office").Phases["prepare"].Status == store.Waiting })
	require.Empty(t, w.load("box-office").Phases["prepare"].Done)
}

func TestTheReminderMentionsWhoHasNotVoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.config.Profiles["box-office"].Approvers = config.Approvers{Users: []string{standin.Lead, standin.DBA, standin.OnCall}}
	})
	m := w.asked("prepare")
	w.press(standin.Lead, m, "approval.approve")
	w.reads(m, "@lead approved at")
	w.change("box-office", func(m *store.Migration) {
		for id, r := range m.Requests {
			r.AskedAt, r.ExpiresAt = time.Now().Add(-31*time.Minute), time.Now().Add(29*time.Minute)
			m.Requests[id] = r
		}
	})
	text := w.slack.RenderText(w.says("⏰"))
	require.Contains(t, text, "Prepare box-office still needs one more person")
	require.Contains(t, text, "@oncall: the request with its buttons is above")
	require.NotContains(t, text, "@lead")
}

func TestACutoverOutsideItsWindows(t *testing.T) {
	t.Parallel()
	// A window that is open now, and one that is not, whenever this runs.
	now := time.Now().UTC()
	at := func(d time.Duration) string { return now.Add(d).Format("15:04") }
	open := config.Cutover{TimeZone: "UTC", Windows: []config.Window{{From: at(-2 * time.Hour), To: at(2 * time.Hour)}}}
	shut := config.Cutover{TimeZone: "UTC", Windows: []config.Window{{From: at(5 * time.Hour), To: at(7 * time.Hour)}}}
	w := newWorld(t, func(w *world) { w.config.Profiles["box-office"].Cutover = shut })
	w.open("box-office", standin.Migrations, "assess", "schema", "prepare", "load", "rebuild", "replicate")
	said := w.types(standin.DBA, "/migrate-cutover")
	require.Contains(t, said, "A cutover of box-office is not allowed at this time, by the windows of profile box-office. Nothing was done. The next window: ")
	require.Equal(t, []string{standin.DBA + " cutover not_allowed_now"}, w.refusals())
	require.Contains(t, w.types(standin.DBA, "/migrate-validate"), "is under way", "windows are for cutover alone")
	w.change("box-office", func(m *store.Migration) { delete(m.Phases, "validate") })

	w.config.Profiles["box-office"].Cutover = open
	w.engine(prepareAndCutoverNeedTwo())
	require.Contains(t, w.types(standin.DBA, "/migrate-cutover"), "is under way")
	require.Contains(t, w.slack.RenderText(w.says("needs two people")), ", in the window ")
	_, to, _ := open.Window(now)
	require.WithinDuration(t, to, w.request().ExpiresAt, time.Second)
}

// The request fits whatever the plan's size, and keeps what decides: who, which plan, what it does, and the buttons.
func TestARequestFitsWhateverThePlansSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := strings.Repeat("n", 63)
	huge := phases.Prepared{ForeignKeys: 90_000, Indexes: 400_000, Uniques: 70_000, Triggers: 50_000, NotNulls: 10_000, Checks: 10_000, Identities: 9_000,
		Sequences: 20_000, Gap: 1_000_000_000_000, Tables: 100_000, Bytes: 1 << 60, Marker: name + "." + name, MoreStay: 30_000}
	for i := range 20 {
		huge.Stays = append(huge.Stays, postgres.Stay{Kind: postgres.Index, Name: fmt.Sprint(name, i), Why: strings.Repeat("named in prepare.keep ", 20)})
	}
	var gate []runbook.Evidence
	for i := range 40 {
		gate = append(gate, evidence(fmt.Sprint("fact ", i, " ", name), true, strings.Repeat("v", 5000), ""))
	}
	c := prepareAndCutoverNeedTwo()
	c.summary["prepare"], c.evidence = huge, map[string][]runbook.Evidence{"prepare": gate}
	c.steps = nil
	steps := 2_000
	if os.Getenv("FERRYMAN_TEST_FULL") != "" {
		steps = 100_000
	}
	for i := range steps {
		c.steps = append(c.steps, runbook.Step{ID: fmt.Sprint("set-aside-", i), Kind: "set_aside", Object: fmt.Sprint(name, i), SQL: []string{"DROP INDEX " + name}})
	}
	m := w.askedOf(c, "prepare")
	text := w.slack.RenderText(m)
	short := w.request().Fingerprint[:12]
	for _, part := range []string{"needs two people", "plan `" + short + "`", "400,000 indexes", "Two people of @db-approvers are needed", "prepare-" + short + ".sql", "[Approve] [Reject…]"} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, w.log.String(), "level=ERROR")
	files := w.slack.Files(standin.Migrations)
	require.Len(t, files, 2, "the plan is in the thread")
	for _, f := range files {
		require.NotEmpty(t, f.Shares[standin.Migrations])
		require.Less(t, f.Shares[standin.Migrations][0], m.TS, "before the request")
	}
	// What is kept of it is bounded, too.
	doc, err := w.store.Client().HGet(w.ctx, "ferryman:{box-office}:state", "doc").Result()
	require.NoError(t, err)
	require.Less(t, len(doc), 500_000)
}

func TestOnePersonInTwoGroupsCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.config.Profiles["box-office"].Approvers = config.Approvers{Users: []string{standin.Lead}, Groups: []string{standin.Approvers}}
	})
	m := w.asked("prepare")
	w.press(standin.Lead, m, "approval.approve")
	w.reads(m, "@lead approved at")
	require.Contains(t, w.told(standin.Lead, m, "approval.approve"), "you approved this plan already")
	require.Equal(t, approvals.Open, w.request().Status)
}
