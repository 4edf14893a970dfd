// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/internal/audit"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// world is a migration whose chain is in Redis, on the target and witnessed in its thread.
type world struct {
	*testing.T
	store   *store.Store
	target  *pgx.Conn // as the superuser
	ferry   *postgres.Target
	fence   postgres.Fence
	slack   *standin.Server
	api     *slack.Client
	root    string
	sources audit.Sources
}

const listKey, stateKey = "ferryman:{box}:audit", "ferryman:{box}:state"

// newWorld writes a chain of entries of one approved phase: 14 are on the target too, the last two only in Redis.
func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{T: t, slack: standin.New(standin.Options{Limits: &standin.Limits{Off: true}})}
	require.NoError(t, w.slack.Start("127.0.0.1:0"))
	t.Cleanup(w.slack.Close)
	w.api = slack.New(w.slack.BotToken(), slack.OptionAPIURL(w.slack.APIURL()))
	var err error
	w.store, err = store.Open(ctx, testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.store.Close() })
	url := testenv.Postgres(t)
	w.target, err = pgx.Connect(ctx, url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.target.Close(ctx) })
	w.ferry, err = postgres.Open(ctx, url, "test")
	require.NoError(t, err)
	t.Cleanup(w.ferry.Close)
	_, err = w.ferry.EnsureHome(ctx)
	require.NoError(t, err)
	require.NoError(t, w.ferry.OpenMigration(ctx, postgres.MigrationRecord{Name: "box", PolicyHash: "p", Source: "s", Profile: "office", Channel: standin.Migrations}))
	w.fence, err = w.ferry.RaiseFence(ctx, "box")
	require.NoError(t, err)
	w.sources = audit.Sources{
		Store: w.store, Threads: bot.NewSlack(w.slack.AppToken(), w.slack.BotToken(), w.slack.APIURL()),
		Config: &config.Config{Profiles: map[string]*config.Profile{"office": {Channel: standin.Migrations,
			Source: config.Source{URL: "oracle://u:p@h:1521/x", DMSURL: "oracle://u:p@h:1521/x"}, Target: config.Target{URL: config.Secret(url), DMSURL: config.Secret(url)}}}},
	}
	m, err := w.store.Create(ctx, &store.Migration{Name: "box", Profile: "office", Channel: standin.Migrations, OpenedAt: time.Now()},
		store.Change{Audit: []store.Audit{{What: "command", Who: "DBA", Object: "open from profile office", Outcome: "opened"}}})
	require.NoError(t, err)
	w.root = w.say(m, store.RootKey)
	for _, a := range []store.Audit{
		{What: "command", Who: "DBA", Phase: "prepare", Outcome: "taken"},
		{What: "asked", Who: "DBA", Phase: "prepare", Object: "f1", Outcome: "r1"},
		{What: "vote", Who: "A", Phase: "prepare", Object: "f1", Outcome: "approve"},
		{What: "vote", Who: "B", Phase: "prepare", Object: "f1", Outcome: "approve"},
		{What: "plan", Who: "ferryman", Phase: "prepare", Object: "f1", Outcome: "started, approved by [A B]"},
		{What: "step", Who: "ferryman", Phase: "prepare", Object: "s1", Outcome: "done", SQL: "ab"},
		{What: "step", Who: "ferryman", Phase: "prepare", Object: "s2", Outcome: "done", AWS: []string{"r-1"}},
		{What: "step", Who: "ferryman", Phase: "prepare", Object: "s3", Outcome: "failed", Why: "disk full"},
		{What: "step", Who: "ferryman", Phase: "prepare", Object: "s3", Outcome: "done"},
		{What: "phase", Who: "ferryman", Phase: "prepare", Object: "f1", Outcome: "complete"},
		{What: "command", Who: "DBA", Phase: "load", Outcome: "taken"},
		{What: "plan", Who: "DBA", Phase: "load", Object: "f2", Outcome: "started"},
		{What: "step", Who: "ferryman", Phase: "load", Object: "s1", Outcome: "done"},
	} {
		m = w.enter(a)
		if a.What == "asked" || a.What == "plan" || a.What == "phase" {
			w.say(m, fmt.Sprintf("message:%d", m.AuditSeq))
		}
	}
	w.mirror()
	w.enter(store.Audit{What: "refused", Who: "C", Phase: "load"})
	w.enter(store.Audit{What: "refused", Who: "D", Phase: "load"})
	return w
}

// enter adds an entry to the chain in Redis.
func (w *world) enter(a store.Audit) *store.Migration {
	w.Helper()
	m, err := w.store.Update(context.Background(), "box", func(*store.Migration, time.Time) (store.Change, error) {
		return store.Change{Audit: []store.Audit{a}}, nil
	})
	require.NoError(w, err)
	return m
}

// mirror has the target remember what is in Redis.
func (w *world) mirror() {
	w.Helper()
	ctx := context.Background()
	m, err := w.store.Load(ctx, "box")
	require.NoError(w, err)
	entries, err := w.store.AuditFrom(ctx, "box", 0)
	require.NoError(w, err)
	chain := make([]postgres.ChainEntry, len(entries))
	for i, e := range entries {
		chain[i] = postgres.ChainEntry{Seq: e.Seq, Hash: e.Hash, Entry: e.Line()}
	}
	doc, err := json.Marshal(m)
	require.NoError(w, err)
	require.NoError(w, w.ferry.Remember(ctx, w.fence, chain, m.AuditSeq, doc))
}

// say posts a message that names the end of the chain, as the bot does.
func (w *world) say(m *store.Migration, key string) (ts string) {
	w.Helper()
	payload := map[string]any{"id": key, "key": key, "migration": "box", "audit_seq": m.AuditSeq, "audit_head": m.AuditHead}
	options := []slack.MsgOption{slack.MsgOptionText(key, false), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ferryman", EventPayload: payload})}
	if w.root != "" {
		options = append(options, slack.MsgOptionTS(w.root))
	}
	_, ts, err := w.api.PostMessageContext(context.Background(), standin.Migrations, options...)
	require.NoError(w, err)
	return ts
}

func (w *world) verify() audit.Report {
	w.Helper()
	v, err := w.sources.Read(context.Background(), "box", "")
	require.NoError(w, err)
	return audit.Verify(v)
}

func (w *world) sql(sql string, args ...any) {
	w.Helper()
	_, err := w.target.Exec(context.Background(), sql, args...)
	require.NoError(w, err)
}

func (w *world) redis(do ...any) {
	w.Helper()
	require.NoError(w, w.store.Client().Do(context.Background(), do...).Err())
}

func (w *world) lines() []string {
	w.Helper()
	lines, err := w.store.AuditLines(context.Background(), "box", 0)
	require.NoError(w, err)
	return lines
}

// keep notes how everything is; the function it returns puts it back.
func (w *world) keep() (back func()) {
	w.Helper()
	ctx, redis := context.Background(), w.store.Client()
	dumps := map[string]string{}
	keys, err := redis.Keys(ctx, "*").Result()
	require.NoError(w, err)
	for _, k := range keys {
		dumps[k], err = redis.Dump(ctx, k).Result()
		require.NoError(w, err)
	}
	w.sql("CREATE TABLE chain_kept AS TABLE ferryman.chain; CREATE TABLE state_kept AS TABLE ferryman.state")
	messages := len(w.slack.Thread(standin.Migrations, w.root))
	return func() {
		w.Helper()
		w.redis("FLUSHDB")
		for k, d := range dumps {
			w.redis("RESTORE", k, 0, d)
		}
		w.sql(`TRUNCATE ferryman.chain, ferryman.state; INSERT INTO ferryman.chain TABLE chain_kept; INSERT INTO ferryman.state TABLE state_kept`)
		for _, m := range w.slack.Thread(standin.Migrations, w.root)[messages:] {
			require.NoError(w, w.slack.Delete(standin.Migrations, m.TS))
		}
	}
}

func (w *world) line(i int64) string {
	w.Helper()
	line, err := w.store.Client().LIndex(context.Background(), listKey, i).Result()
	require.NoError(w, err)
	return line
}

// rewritten are the lines from entry from on, said by somebody else and hashed anew, as somebody does who knows how.
func rewritten(t *testing.T, lines []string, from int) []string {
	t.Helper()
	out, prev := append([]string{}, lines...), ""
	for i := range out {
		e, err := store.ParseAuditEntry(out[i])
		require.NoError(t, err)
		if i >= from {
			body := strings.Replace(out[i][:len(out[i])-66], e.Prev, prev, 1)
			if i == from {
				body = strings.Replace(body, `"who":"`, `"who":"M`, 1)
			}
			sum := sha256.Sum256([]byte(body + `"}`))
			e.Hash = hex.EncodeToString(sum[:])
			out[i] = body + e.Hash + `"}`
		}
		prev = e.Hash
	}
	return out
}

// rewriteRedis puts another chain from an entry on into Redis, the document's end with it.
func (w *world) rewriteRedis(from int) []string {
	w.Helper()
	lines := rewritten(w.T, w.lines(), from)
	for i, line := range lines {
		w.redis("LSET", listKey, i, line)
	}
	w.fixEnd(lines[len(lines)-1])
	return lines
}

// fixEnd has the migration's document in Redis name an entry as the last.
func (w *world) fixEnd(line string) {
	w.Helper()
	e, err := store.ParseAuditEntry(line)
	require.NoError(w, err)
	m, err := w.store.Load(context.Background(), "box")
	require.NoError(w, err)
	m.AuditSeq, m.AuditHead = e.Seq, e.Hash
	doc, err := json.Marshal(m)
	require.NoError(w, err)
	w.redis("HSET", stateKey, "doc", doc)
}

// rewriteTarget does the same on the target.
func (w *world) rewriteTarget(lines []string) {
	w.Helper()
	var last store.AuditEntry
	for i, line := range lines {
		e, err := store.ParseAuditEntry(line)
		require.NoError(w, err)
		w.sql("UPDATE ferryman.chain SET hash = $2, entry = $3 WHERE seq = $1", i+1, e.Hash, line)
		if e.Seq == 14 {
			last = e
		}
	}
	w.sql(`UPDATE ferryman.state SET doc = jsonb_set(doc::jsonb, '{audit_head}', to_jsonb($1::text))::json`, last.Hash)
}

// said are the findings in short.
func said(r audit.Report) (all []string) {
	for _, f := range r.Findings {
		text := fmt.Sprintf("%s %d", f.Where, f.Seq)
		if f.To > 0 {
			text += fmt.Sprintf("-%d", f.To)
		}
		all = append(all, text+" "+f.What)
	}
	return all
}
