// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// lost is a migration that its target remembers, and a Redis that has nothing.
type lost struct {
	config, redis, target string
	store                 *store.Store
	env                   []string
}

func newLost(t *testing.T) *lost {
	t.Helper()
	l := &lost{target: testenv.Postgres(t), redis: testenv.Redis(t), config: filepath.Join(t.TempDir(), "ferryman.yaml")}
	require.NoError(t, os.WriteFile(l.config, []byte(`profiles:
  box-office:
    channel: C0BOXOFF
    source: { url: "oracle://f:hush@127.0.0.1:1/X", schemas: [BOXOFFICE] }
    target: { url: "`+l.target+`" }
    aws: { region: eu-central-1 }
    operators: { users: [U0DBA] }
    approvers: { users: [U0LEAD, U0SRE] }
`), 0o600))
	cfg, err := config.Load(l.config)
	require.NoError(t, err)
	profile := cfg.Profiles["box-office"]
	ends, err := profile.Endpoints(t.Context(), nil)
	require.NoError(t, err)

	target, err := postgres.Open(t.Context(), l.target, "test")
	require.NoError(t, err)
	t.Cleanup(target.Close)
	id, err := target.EnsureHome(t.Context())
	require.NoError(t, err)
	hash := profile.PolicyHash(ends)
	require.NoError(t, target.OpenMigration(t.Context(), postgres.MigrationRecord{Name: "box-office", PolicyHash: hash, Source: ends.Source.String(), Profile: "box-office"}))
	fence, err := target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)

	l.store, err = store.Open(t.Context(), l.redis)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.store.Close() })
	m, err := l.store.Create(t.Context(), &store.Migration{Name: "box-office", Profile: "box-office", Channel: "C0BOXOFF", PolicyHash: hash, TargetID: id,
		OpenedAt: time.Now(), Phases: map[string]*store.Phase{
			"assess": {Status: store.Complete, Run: 1, StartedAt: time.Now()},
			"schema": {Status: store.Running, Run: 2, By: "U0DBA", Fingerprint: "f", StartedAt: time.Now()},
		}}, store.Change{Audit: []store.Audit{{What: "command", Who: "U0DBA"}, {What: "phase", Who: "ferryman", Phase: "assess", Outcome: "complete"}}})
	require.NoError(t, err)
	entries, err := l.store.AuditLog(t.Context(), "box-office")
	require.NoError(t, err)
	var chain []postgres.ChainEntry
	for _, e := range entries {
		chain = append(chain, postgres.ChainEntry{Seq: e.Seq, Hash: e.Hash, Entry: e.Line()})
	}
	doc, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, target.Remember(t.Context(), fence, chain, m.AuditSeq, doc))
	require.NoError(t, l.store.Client().FlushDB(t.Context()).Err())
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"AccessDeniedException","message":"not here"}`))
	}))
	t.Cleanup(aws.Close)
	l.env = []string{"REDIS_URL=" + l.redis, "FERRYMAN_CONFIG=" + l.config, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_EC2_METADATA_DISABLED=true", "SLACK_BOT_TOKEN=xoxb-hush", "SLACK_API_URL=http://127.0.0.1:1/api/"}
	return l
}

// Neither Slack nor AWS answers: adopt says so, and goes on with what the target has.
func TestAdoptWithNothingButTheTarget(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	r := ferryman(t, with{env: l.env, stdin: "n\n"}, "adopt", "box-office")
	require.Equal(t, 1, r.status, r.stderr)
	for _, words := range []string{"it remembers 2 audit entries", "Schema running", "Redis: nothing", "AWS could not be read", "the thread could not be read",
		"Schema was under way and needed no approval", "Nothing was done."} {
		require.Contains(t, r.stdout, words)
	}
	require.NotContains(t, r.stdout+r.stderr, "hush")
	_, err := l.store.Load(t.Context(), "box-office")
	require.ErrorIs(t, err, store.ErrNotFound)

	r = ferryman(t, with{env: l.env}, "adopt", "box-office", "--yes", "--json")
	require.Zero(t, r.status, r.stderr)
	var answer struct {
		Migration, Profile   string
		Found, Will, Missing []string
		Adopted              bool
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &answer))
	require.True(t, answer.Adopted)
	require.NotEmpty(t, answer.Missing)
	m, err := l.store.Load(t.Context(), "box-office")
	require.NoError(t, err)
	require.Equal(t, store.Requested, m.Phases["schema"].Status)
	require.Equal(t, 3, m.Phases["schema"].Run)
	require.Equal(t, "U0DBA", m.Phases["schema"].By, "the command stays that of who gave it")
	require.Equal(t, int64(3), m.AuditSeq)
	entries, err := l.store.AuditLog(t.Context(), "box-office")
	require.NoError(t, err)
	require.NoError(t, store.VerifyChain(entries))
	require.Equal(t, "adopted", entries[2].What)
	require.Contains(t, entries[2].Who, "command line: ")
	unread, err := l.store.ThreadUnread(t.Context(), "box-office")
	require.NoError(t, err)
	require.True(t, unread, "the bot looks for the thread when Slack is back")

	r = ferryman(t, with{env: l.env}, "adopt", "box-office", "--yes")
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "there is nothing to adopt")
}

func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	l := newLost(t)
	for says, args := range map[string][]string{
		"adopt needs the migration's name": {"adopt"}, `no profile "other"`: {"adopt", "box-office", "--profile", "other"},
	} {
		r := ferryman(t, with{env: l.env}, args...)
		require.Equal(t, 2, r.status, args)
		require.Contains(t, r.stderr, says)
	}
	r := ferryman(t, with{env: l.env}, "adopt", "another", "--yes")
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "its target belongs to box-office")

	body, err := os.ReadFile(l.config)
	require.NoError(t, err)
	changed := filepath.Join(t.TempDir(), "changed.yaml")
	require.NoError(t, os.WriteFile(changed, append(body, "    max_resume: 9h\n"...), 0o600))
	r = ferryman(t, with{env: l.env}, "adopt", "box-office", "--yes", "--config", changed)
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "was changed after box-office was opened from it")
	_, err = l.store.Load(t.Context(), "box-office")
	require.ErrorIs(t, err, store.ErrNotFound)
}
