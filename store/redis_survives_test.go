// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestRedisKilledOrHungUnderTrafficLosesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	tr := startTraffic(t, server.URL(0))
	for range rounds(20) {
		tr.goesOn()
		server.Halt()
		tr.waitFailures(10)
		require.NoError(t, server.Start(ctx))
		tr.goesOn()
		server.Pause()
		tr.waitFailures(5)
		server.Resume()
	}
	tr.goesOn()
	tr.end(true)
}

func TestRedisFailedOverBySentinelUnderTrafficLosesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	servers := testenv.Sentinel(t, 2, nil)
	tr := startTraffic(t, servers.URL())
	tr.goesOn()
	for round := range rounds(10) {
		// Started again while the Sentinels are about to replace it, the master gets back some of its replicas, and loses them again.
		old := servers.Master(ctx)
		old.Halt()
		pause(time.Duration(900+200*round) * time.Millisecond)
		require.NoError(t, old.Start(ctx))
		tr.goesOn()
		if testenv.Full() {
			require.NoError(t, servers.Settle(ctx))
		}
	}
	for round := range rounds(6) {
		old := servers.Master(ctx)
		if round%2 == 0 {
			old.Halt()
		} else {
			old.Pause()
		}
		_, err := servers.WaitFailover(ctx, old)
		require.NoError(t, err)
		tr.goesOn()
		if testenv.Full() {
			// The old master comes back believing that it is one still, until the Sentinels tell it.
			if round%2 == 0 {
				require.NoError(t, old.Start(ctx))
			} else {
				old.Resume()
			}
			require.NoError(t, servers.Settle(ctx))
			tr.goesOn()
		}
	}
	tr.end(false)
}

func TestRedisClusterThatLosesAMasterUnderTrafficLosesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	servers := testenv.Cluster(t, 1, nil)
	tr := startTraffic(t, servers.URL())
	tr.goesOn()
	for range rounds(5) {
		old, err := servers.NodeOf(ctx, "ferryman:{box-office}:state")
		require.NoError(t, err)
		old.Halt()
		tr.goesOn()
		require.NoError(t, old.Start(ctx))
		require.NoError(t, servers.WaitWhole(ctx))
		tr.goesOn()
	}
	tr.end(false)
}

// Without replicas a Cluster serves nothing until its master is back.
func TestRedisClusterWithoutReplicasWaitsForItsMaster(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	servers := testenv.Cluster(t, 0, nil)
	tr := startTraffic(t, servers.URL())
	tr.goesOn()
	for range rounds(5) {
		old, err := servers.NodeOf(ctx, "ferryman:{in}:stream")
		require.NoError(t, err)
		old.Halt()
		tr.waitFailures(20)
		require.NoError(t, old.Start(ctx))
		tr.goesOn()
	}
	tr.end(true)
}

func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// A slot that moves to another server (MOVED, ASK, TRYAGAIN meanwhile) costs tries and nothing else.
func TestRedisClusterSlotThatMovesUnderTrafficLosesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	servers := testenv.Cluster(t, 0, nil)
	require.NoError(t, servers.Patient(ctx))
	tr := startTraffic(t, servers.URL())
	tr.goesOn()
	for range rounds(10) {
		for _, key := range []string{"ferryman:{box-office}:state", "ferryman:{in}:stream", "ferryman:{hr}:state"} {
			require.NoError(t, servers.MoveSlot(ctx, key))
		}
		tr.goesOn()
	}
	tr.end(false)
}
