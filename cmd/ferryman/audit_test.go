// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// chained is a migration with a chain in Redis and on its target, and an environment that leads to both.
func chained(t *testing.T) (s *store.Store, env []string) {
	t.Helper()
	ctx := context.Background()
	redis, url := testenv.Redis(t), testenv.Postgres(t)
	s, err := store.Open(ctx, redis)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	target, err := postgres.Open(ctx, url, "test")
	require.NoError(t, err)
	defer target.Close()
	_, err = target.EnsureHome(ctx)
	require.NoError(t, err)
	require.NoError(t, target.OpenMigration(ctx, postgres.MigrationRecord{Name: "box-office", PolicyHash: "p", Source: "s", Profile: "box-office", Channel: "C0MIGRATNS"}))
	fence, err := target.RaiseFence(ctx, "box-office")
	require.NoError(t, err)
	m, err := s.Create(ctx, &store.Migration{Name: "box-office", Profile: "box-office", Channel: "C0MIGRATNS"}, store.Change{Audit: []store.Audit{
		{What: "command", Who: "U1", Object: "open from profile box-office"}, {What: "vote", Who: "U2", Outcome: "approve"}, {What: "vote", Who: "U3", Outcome: "approve"}}})
	require.NoError(t, err)
	entries, err := s.AuditLog(ctx, "box-office")
	require.NoError(t, err)
	chain := make([]postgres.ChainEntry, len(entries))
	for i, e := range entries {
		chain[i] = postgres.ChainEntry{Seq: e.Seq, Hash: e.Hash, Entry: e.Line()}
	}
	require.NoError(t, target.Remember(ctx, fence, chain, m.AuditSeq, []byte(`{"audit_seq":3,"audit_head":"`+m.AuditHead+`"}`)))
	require.NoError(t, target.Audit(ctx, "box-office", "dba", "restore", "begins: 3 objects"))
	file := filepath.Join(t.TempDir(), "ferryman.yaml")
	require.NoError(t, os.WriteFile(file, []byte(configuration), 0o600))
	return s, []string{"REDIS_URL=" + redis, "FERRYMAN_CONFIG=" + file, "TARGET_URL=" + url, "TARGET_DMS_URL=" + url,
		"ORACLE_URL=oracle://u:hush@127.0.0.1:1/x", "ORACLE_DMS_URL=oracle://u:hush@127.0.0.1:1/x"}
}

func TestAuditVerifyAndExport(t *testing.T) {
	t.Parallel()
	s, env := chained(t)
	w := with{env: env}
	for _, args := range [][]string{{"audit", "verify"}, {"audit", "verify", "box-office"}} {
		r := ferryman(t, w, args...)
		require.Zero(t, r.status, r.stdout+r.stderr)
		require.Regexp(t, `(?s)^box-office: as it was written, up to entry 3 \([0-9a-f]{12}…\)\n  compared: Redis \(3 entries\)\n  compared: the target \(3 entries\)\n`+
			`  not compared: the thread: SLACK_BOT_TOKEN is not set\n$`, r.stdout)
	}
	out := filepath.Join(t.TempDir(), "audit.jsonl")
	r := ferryman(t, w, "audit", "export", "box-office", "--out", out)
	require.Zero(t, r.status, r.stderr)
	require.Empty(t, r.stdout)
	info, err := os.Stat(out)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	body, err := os.ReadFile(out)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	require.Len(t, lines, 5)
	require.Contains(t, lines[3], `"actor":"dba","action":"restore"`)
	require.Contains(t, lines[4], `{"end":{"migration":"box-office","entries":3,`)
	require.Equal(t, 1, ferryman(t, w, "audit", "export", "box-office", "--out", out).status, "what is there is not overwritten")
	r = ferryman(t, w, "audit", "export", "box-office")
	require.Zero(t, r.status)
	require.Equal(t, lines[:4], strings.Split(r.stdout, "\n")[:4])

	r = ferryman(t, with{}, "audit", "verify", "--file", out)
	require.Zero(t, r.status, r.stdout+r.stderr)
	require.Contains(t, r.stdout, "box-office: as it was written, up to entry 3")
	require.NoError(t, os.WriteFile(out, []byte(strings.Replace(string(body), `"who":"U2"`, `"who":"U9"`, 1)), 0o600))
	r = ferryman(t, with{}, "audit", "verify", "--file", out)
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stdout, "✗ file, entry 2: changed: its content does not have its hash\n      it says: vote approve, by U9, ")
	require.NoError(t, os.WriteFile(out, []byte(lines[0]+"\n"+lines[1]+"\n"), 0o600))
	require.Contains(t, ferryman(t, with{}, "audit", "verify", "--file", out).stdout, "perhaps cut off")

	require.NoError(t, s.Client().LSet(t.Context(), "ferryman:{box-office}:audit", 1, strings.Replace(lines[1], "U2", "U9", 1)).Err())
	r = ferryman(t, w, "audit", "verify", "box-office")
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stdout, "box-office: NOT as it was written, in 1 places\n  ✗ Redis, entry 2: changed")
	require.Contains(t, r.stdout, "elsewhere: vote approve, by U2, ")
	r = ferryman(t, w, "audit", "verify", "--json")
	require.Equal(t, 1, r.status)
	var answer struct {
		Migrations []struct {
			Migration string
			Findings  []struct {
				Where string
				Seq   int64
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &answer))
	require.Equal(t, int64(2), answer.Migrations[0].Findings[0].Seq)
	require.Equal(t, 1, ferryman(t, w, "audit", "export", "box-office").status, "it is exported as it is, and said to be changed")
}

func TestAuditWithoutAPart(t *testing.T) {
	t.Parallel()
	_, env := chained(t)
	r := ferryman(t, with{env: append([]string{"REDIS_URL=redis://127.0.0.1:1/0"}, env[1:]...)}, "audit", "verify", "box-office")
	require.Zero(t, r.status, r.stdout+r.stderr)
	require.Contains(t, r.stdout, "not compared: Redis: ")
	require.Contains(t, r.stdout, "compared: the target (3 entries)")
	r = ferryman(t, with{env: env[:1]}, "audit", "verify", "box-office")
	require.Zero(t, r.status, r.stdout+r.stderr)
	require.Contains(t, r.stdout, "not compared: the target: there is no configuration")
	r = ferryman(t, with{}, "audit", "verify", "box-office")
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "nothing that could be read knows a migration box-office")
	r = ferryman(t, with{}, "audit", "verify")
	require.Equal(t, 1, r.status)
	r = ferryman(t, with{env: env}, "audit", "verify", "other")
	require.Equal(t, 1, r.status)
	require.NotContains(t, r.stderr, "hush")
	for _, args := range [][]string{{"audit"}, {"audit", "mend"}, {"audit", "verify", "a", "b"}, {"audit", "export"}, {"audit", "verify", "--file", "x", "box-office"},
		{"audit", "verify", "--profile", "x"}, {"audit", "verify", "box-office", "--thread"}} {
		require.Equal(t, 2, ferryman(t, with{env: env}, args...).status, args)
	}
}
