// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestAReplicaAsksWhetherItStillLeads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.lease = 9 * time.Second // a third of it is what Redis may take to answer
	var before, after error
	b.entered = func(ctx context.Context) {
		before = runbook.StillLeads(ctx)
		_ = b.store.Client().Set(ctx, "ferryman:{m}:lease:engine", "other", time.Second).Err()
		after = runbook.StillLeads(ctx)
		<-ctx.Done() // as the lease is lost
	}
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	require.NoError(t, before)
	require.ErrorIs(t, after, runbook.ErrOvertaken)
	require.NoError(t, runbook.StillLeads(context.Background()), "who is not at work for the engine needs no lease")
}
