// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// clicksLate has two people click a request as it was shown before: by the copy that Redis was set back to it is open again.
func (o *office) clicksLate(m slack.Message, phase string) {
	o.Helper()
	for _, user := range []string{slack.Lead, slack.OnCall} {
		ctx, cancel := o.ctx()
		require.NoError(o, o.slack.As(user).PressStale(ctx, m, slack.ByAction("approval.approve")))
		if phase == "cutover" {
			require.NoError(o, o.slack.Wait(ctx, func() bool { return len(o.slack.Modals(user)) > 0 }))
			_, err := o.slack.As(user).Submit(ctx, o.slack.Modals(user)[0].ID, map[string]any{"name": "box"})
			require.NoError(o, err)
		}
		cancel()
	}
}

// Redis is set back to before the cutover was approved, while the approved plan runs: it is not run a second time, and what is left is
// asked anew.
func TestRedisSetBackInTheMiddleOfTheCutover(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	reached, released := make(chan struct{}), make(chan struct{})
	o.hands = &before{o.crew, map[string]func(){"cutover bring-back": func() { close(reached); <-released }}}
	stop := o.run("a")
	o.types("/migrate-new box")
	o.goes("assess", "schema", "prepare", "load", "rebuild", "replicate", "validate")
	asked := o.asked("cutover")
	o.still()
	copied := o.copies()
	o.approves(asked, "cutover")
	<-reached
	stops, approvals := o.aws.Effects("StopReplicationTask"), o.one("SELECT count(*) FROM ferryman.approval")
	require.Equal(t, 1, stops)
	o.becomes(copied)
	close(released)
	offered := o.says("Redis was wiped or set back to an earlier copy")

	o.clicksLate(asked, "cutover")
	require.Equal(t, store.Failed, o.settles2("cutover").Phases["cutover"].Status)
	require.Equal(t, approvals, o.one("SELECT count(*) FROM ferryman.approval"), "no approval is used anew")
	shown := o.adoptsInSlack(offered)
	require.Contains(t, shown, "Cutover ran by a plan that two people approved")
	m := o.migration()
	require.Equal(t, store.Failed, m.Phases["cutover"].Status)
	require.Empty(t, m.Requests)

	o.goes("cutover")
	o.isMigrated()
	require.Equal(t, 1, o.aws.Effects("StopReplicationTask"))
	require.Equal(t, "3", o.one("SELECT count(*) FROM ferryman.approval"))
	o.remembered()
	o.still()
	o.onceEach()

	// Set back once more, after the end: what is finished on the target is finished.
	stop()
	o.becomes(copied)
	o.run("b")
	o.clicksLate(asked, "cutover")
	require.Equal(t, store.Failed, o.settles2("cutover").Phases["cutover"].Status)
	f := o.adopts()
	require.Contains(t, f.Will[1], "it is finished since")
	m = o.migration()
	require.False(t, m.Open())
	require.Equal(t, "3", o.one("SELECT count(*) FROM ferryman.approval"))
	require.Contains(t, o.types("/migrate-cutover box"), "is finished since")
	o.still()
	o.onceEach()
}

// Redis is set back to before the load was commanded, while the tables are loaded.
func TestRedisSetBackDuringTheLoad(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.run("a")
	o.types("/migrate-new box")
	o.goes("assess", "schema", "prepare")
	o.still()
	copied := o.copies()
	o.aws.HoldLoad()
	o.types("/migrate-load")
	require.Eventually(t, func() bool { return o.one("SELECT count(*) FROM ferryman.step WHERE step = 'start'") == "1" }, patience, often)
	o.still()
	o.becomes(copied)

	offered := o.says("Redis was wiped or set back to an earlier copy")
	o.aws.DenyOperation("DescribeReplicationTasks")
	f, err := o.adopter.Survey(context.Background(), "box", "")
	require.NoError(t, err)
	require.Contains(t, f.Missing[0]+f.Missing[1], "AWS could not be read")
	o.aws.AllowOperation("DescribeReplicationTasks")
	shown := o.adoptsInSlack(offered)
	require.Contains(t, shown, "Load is not begun by Redis and running")
	o.aws.ReleaseLoad()
	require.Equal(t, store.Complete, o.settles2("load").Phases["load"].Status)
	require.Equal(t, 1, o.aws.Effects("StartReplicationTask"))
	o.goes("rebuild")
	o.still()
	o.onceEach()
}
