// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestALoadThatFailedEmptiesAndLoadsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare")
	w.aws.FailTable("BOXOFFICE", "SEAT")
	w.ends("load", store.Failed)
	require.Contains(t, w.told(), "BOXOFFICE.SEAT")
	w.aws.MendTable("BOXOFFICE", "SEAT")
	// Meanwhile a password is rotated, which an endpoint does not show.
	profile := w.crew.Config.Profiles["box"]
	ends, err := profile.Endpoints(t.Context(), nil)
	require.NoError(t, err)
	w.onTarget("ALTER ROLE " + ends.TargetDMS.User + " PASSWORD 'rotated'")
	w.crew.Rotate("box", strings.Replace(profile.Target.DMSURL.Reveal(), ":secret@", ":rotated@", 1))

	w.command("load")
	m := w.settles("load")
	require.Equal(t, store.Waiting, m.Phases["load"].Status, "it empties tables, so two people are asked")
	require.NotEqual(t, "0", w.one("SELECT count(*) FROM boxoffice.venue"), "nothing was emptied yet")
	w.approve("load")
	require.Equal(t, store.Complete, w.settles("load").Phases["load"].Status, w.told())
	require.Equal(t, 2, w.aws.Effects("StartReplicationTask"))
	require.Equal(t, 1, w.aws.Effects("ModifyEndpoint"), "only the one that did not connect")
	w.through("rebuild", "replicate", "validate", "cutover")
	w.isMigrated()
}

func TestALoadThatGoesOnIsFollowedAndNotEmptied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare")
	w.aws.HoldLoad()
	w.command("load")
	require.Eventually(t, func() bool { return w.aws.Effects("StartReplicationTask") == 1 }, patience, often)
	w.aws.DenyOperation("DescribeTableStatistics")
	require.Equal(t, store.Failed, w.settles("load").Phases["load"].Status)
	require.Contains(t, w.told(), "dms:DescribeTableStatistics")
	w.aws.AllowOperation("DescribeTableStatistics")
	w.aws.ReleaseLoad()

	w.command("load")
	m := w.settles("load")
	require.Equal(t, store.Complete, m.Phases["load"].Status, w.told())
	require.Equal(t, []string{"follow"}, m.Phases["load"].Done)
	require.Equal(t, 1, w.aws.Effects("StartReplicationTask"))
	w.through("rebuild")
}

func TestACompleteLoadCanBeDoneAgainButNotUnderARunningTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare", "load", "rebuild", "replicate", "validate")

	w.ends("load", store.Red)
	require.Contains(t, w.told(), "the task does not run")
	require.Contains(t, w.told(), "stop-replication-task")
	w.ends("prepare", store.Red)
	require.NotEqual(t, "0", w.one("SELECT count(*) FROM boxoffice.venue"))

	w.aws.KillTasks()
	require.Equal(t, store.Failed, w.settlesAs("replicate", store.Failed).Phases["replicate"].Status, "it is watched")
	w.ends("load", store.Red)
	require.Contains(t, w.told(), "/migrate-prepare", "indexes and keys are in place")
	m := w.ends("prepare", store.Complete)
	require.Equal(t, store.NotStarted, m.Phases["rebuild"].Status)
	m = w.ends("load", store.Complete)
	require.Equal(t, store.NotStarted, m.Phases["validate"].Status)
	w.through("rebuild", "replicate", "validate", "cutover")
	w.isMigrated()
}
