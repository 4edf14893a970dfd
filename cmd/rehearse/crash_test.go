// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// full tells that FERRYMAN_TEST_FULL asks for the whole crash matrix, which takes an hour, and not for a sample of it.
var full = os.Getenv("FERRYMAN_TEST_FULL") != ""

// peace is what the migration comes to undisturbed: one run for all crash tests.
var peace = struct {
	once sync.Once
	end  *ending
	err  error
}{}

func inPeace(t *testing.T) func() (*ending, error) {
	path := ferryman(t)
	return func() (*ending, error) {
		peace.once.Do(func() {
			var out bytes.Buffer
			s := crashSettings(path, crashes{replicas: 1, shards: 1})
			if peace.end, _, peace.err = rehearseCrashes(context.Background(), s, nil, &out); peace.err != nil {
				t.Log(out.String())
			}
		})
		return peace.end, peace.err
	}
}

func crashSettings(path string, c crashes) settings {
	c.on = true
	if c.takeover == 0 {
		c.takeover = 2 * time.Second
	}
	return settings{ferryman: path, rows: 150, reload: full, timeout: 30 * time.Minute, crashes: c}
}

// endsAsInPeace plays disturbed migrations and the one in peace side by side, and compares.
func endsAsInPeace(t *testing.T, c crashes) string {
	t.Helper()
	var out bytes.Buffer
	want := inPeace(t)
	go func() { _, _ = want() }()
	err := disturbed(context.Background(), crashSettings(ferryman(t), c), want, &out)
	if testing.Verbose() || err != nil {
		t.Log(out.String())
	}
	require.NoError(t, err)
	return out.String()
}

func TestKilledAtItsRecordedWritesItEndsAsInPeace(t *testing.T) {
	t.Parallel()
	if !full {
		out := endsAsInPeace(t, crashes{everyWrite: string(byTurns), replicas: 2, shards: 60, shard: 7, repeats: 1})
		require.Contains(t, out, "it ended as the undisturbed run")
		return
	}
	for _, fate := range []fate{after, unanswered} {
		t.Run(string(fate), func(t *testing.T) {
			t.Parallel()
			endsAsInPeace(t, crashes{everyWrite: string(fate), replicas: 1, shards: 6, shard: allShards, repeats: 2})
		})
	}
}

func TestKilledAtRandomItEndsAsInPeace(t *testing.T) {
	t.Parallel()
	if !full {
		t.Skip("200 kills take ten minutes: FERRYMAN_TEST_FULL=1")
	}
	endsAsInPeace(t, crashes{replicas: 2, random: 200, seed: 1, shards: 1})
}

func TestStoppedPastItsLeaseAndWokenItEndsAsInPeace(t *testing.T) {
	t.Parallel()
	if !full {
		t.Skip("sleeping takes its time: FERRYMAN_TEST_FULL=1")
	}
	endsAsInPeace(t, crashes{everyWrite: string(asleep), replicas: 2, shards: 10, shard: allShards, repeats: 1})
}

// With Ferryman's own 15 s.
func TestStoppedPastItsWholeLeaseAndWokenItEndsAsInPeace(t *testing.T) {
	t.Parallel()
	if !full {
		t.Skip("sleeping takes its time: FERRYMAN_TEST_FULL=1")
	}
	endsAsInPeace(t, crashes{everyWrite: string(asleep), replicas: 2, shards: 80, shard: 3, repeats: 1, takeover: 15 * time.Second})
}

// An update that stops each replica at any recorded write, and starts it again.
func TestToldToStopItEndsAsInPeace(t *testing.T) {
	t.Parallel()
	if !full {
		t.Skip("each drain takes its time: FERRYMAN_TEST_FULL=1; cmd/ferryman has a rolling update of three")
	}
	endsAsInPeace(t, crashes{everyWrite: string(drained), replicas: 2, shards: 12, shard: 5, repeats: 1})
}
