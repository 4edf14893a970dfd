// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// A replica is stopped while Slack sends it commands; Slack tells their people that it did not work. On waking it must not do what they may
// long have done again.
func TestWhatSlackGaveUpWhileAReplicaSleptIsNotDoneLater(t *testing.T) {
	t.Parallel()
	s := crashSettings(ferryman(t), crashes{replicas: 2, shards: 1})
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	w, err := startWorld(ctx, s, nil)
	require.NoError(t, err)
	t.Cleanup(w.close)
	db, err := store.Open(ctx, w.redisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	config, err := w.configure(s)
	require.NoError(t, err)
	all, err := startReplicas(ctx, w, 2, newDisturber(plan{}, s.crashes.takeover), &child{path: s.ferryman, env: w.environment(config), dir: w.dir})
	require.NoError(t, err)
	t.Cleanup(all.close)
	r := &rehearsal{settings: s, world: w, replicas: all, persistence: &persistence{store: db, notTaken: 1500 * time.Millisecond}}
	r.out = newPrinter(w.slack, &bytes.Buffer{})
	t.Cleanup(r.out.close)
	require.NoError(t, w.slack.Wait(ctx, func() bool { return w.slack.Sockets() >= 2 }))
	require.NoError(t, r.persistentCommand(ctx, slack.DBA, "/migrate-new "+w.schema.name))
	require.NoError(t, r.settled(ctx))

	all.all[0].sleep()
	lost := 0
	for range 30 { // Slack chooses the socket
		answer, err := w.slack.As(slack.DBA).Command(ctx, slack.Migrations, "/migrate-assess "+w.schema.name)
		require.NoError(t, err)
		if answer.Error != "" {
			require.Equal(t, "operation_timeout", answer.Error)
			lost++
			break
		}
	}
	require.Equal(t, 1, lost)
	require.NoError(t, r.settled(ctx))
	commands := func() (n int) {
		log, err := db.AuditLog(ctx, w.schema.name)
		require.NoError(t, err)
		for _, e := range log {
			if e.Phase == "assess" && (e.What == "command" || e.What == "refused") {
				n++
			}
		}
		return n
	}
	// What Slack was told to have arrived and the sleeper had in its hands is carried out by the other, and is none of what is looked for.
	require.Eventually(t, func() bool {
		age, err := db.InboxAge(ctx)
		return err == nil && age == 0
	}, time.Minute, 50*time.Millisecond)
	before := commands()
	all.all[0].wake()
	require.Eventually(t, func() bool {
		log, err := os.ReadFile(filepath.Join(w.dir, "ferryman.log"))
		return err == nil && bytes.Contains(log, []byte("this process was stopped for a while"))
	}, 2*time.Minute, 50*time.Millisecond)
	require.NoError(t, w.slack.Wait(ctx, func() bool { return w.slack.Sockets() >= 2 }), "it listens again")
	require.NoError(t, r.settled(ctx))
	require.Equal(t, before, commands())
}
