// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// patience bounds every wait of these tests, slackPatience is what a person in Slack is kept waiting at most.
const (
	patience      = 3 * time.Minute
	slackPatience = 3 * time.Second
)

// troubled is a ferryman in a world where something is wrong.
type troubled struct {
	*rehearsal
	t   *testing.T
	ctx context.Context
	// database is its target.
	database string
}

// in starts ferryman in a world with some of its variables changed.
func in(t *testing.T, w *world, change ...string) *troubled {
	t.Helper()
	program := ferryman(t) // built before the clock runs
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	config, err := w.configure(settings{})
	require.NoError(t, err)
	// Of a variable that is there twice the last counts.
	c := &child{path: program, env: append(w.environment(config), change...), dir: w.dir}
	b := &troubled{rehearsal: &rehearsal{world: w, child: c, out: newPrinter(w.slack, io.Discard)}, t: t, ctx: ctx, database: targetDatabase}
	t.Cleanup(b.out.close)
	require.NoError(t, c.start())
	t.Cleanup(c.stop)
	require.NoError(t, c.running(ctx, w))
	return b
}

// beside starts ferryman in the same world with a workspace, a Redis and a target of its own, so that several can live in it.
func beside(t *testing.T, w *world, number int, change ...string) *troubled {
	t.Helper()
	v := *w
	v.closers, v.dir = nil, t.TempDir()
	v.redisURL = strings.TrimSuffix(w.redisURL, "/0") + fmt.Sprintf("/%d", number)
	v.slack = slack.New(slack.Options{Workspace: slack.DefaultWorkspace(), Limits: &slack.Limits{Off: true}})
	require.NoError(t, v.slack.Start("127.0.0.1:0"))
	t.Cleanup(v.slack.Close)
	database := fmt.Sprintf("%s_%d", targetDatabase, number)
	conn, err := pgx.Connect(context.Background(), w.target.URL("postgres"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), "CREATE DATABASE "+database+" OWNER ferryman")
	require.NoError(t, err)
	change = append([]string{
		"TARGET_URL=" + w.target.UserURL("ferryman", ferrymanPassword, database), "TARGET_DMS_URL=" + w.target.UserURL("dms", dmsPassword, database),
	}, change...)
	b := in(t, &v, change...)
	b.database = database
	return b
}

// types types a command; the answer comes in time, and only to who typed.
func (b *troubled) types(channel, user, line string) string {
	b.t.Helper()
	began, seen := time.Now(), b.seenBy(user)
	others := b.seenByOthers(user)
	answer, err := b.world.slack.As(user).Command(b.ctx, channel, line)
	require.NoError(b.t, err)
	require.Empty(b.t, answer.Error, line)
	text := answer.Text()
	if text == "" {
		require.NoError(b.t, b.world.slack.Wait(b.ctx, func() bool { return b.seenBy(user) > seen }), line)
		text = b.lastTo(user)
	}
	require.Less(b.t, time.Since(began), slackPatience, line)
	require.Equal(b.t, others, b.seenByOthers(user), "%s: others are told too", line)
	return strings.ReplaceAll(text, "`", "")
}

func (b *troubled) seenBy(user string) int { return len(b.world.slack.Ephemerals(user)) }

func (b *troubled) lastTo(user string) string {
	all := b.world.slack.Ephemerals(user)
	return b.world.slack.RenderText(all[len(all)-1])
}

func (b *troubled) seenByOthers(user string) int {
	n := 0
	for _, m := range b.world.slack.Members() {
		if m.ID != user {
			n += b.seenBy(m.ID)
		}
	}
	return n
}

// says waits until the thread says these words.
func (b *troubled) says(words string) slack.Message {
	b.t.Helper()
	m, err := b.world.slack.WaitMessage(b.ctx, slack.Migrations,
		func(m slack.Message) bool {
			return m.IsReply() && strings.Contains(b.world.slack.RenderText(m), words)
		})
	require.NoError(b.t, err, "nothing says %q; ferryman's log:\n%s", words, b.child.log())
	return m
}

// migrations are all that there are, as stored.
func (b *troubled) migrations() []*store.Migration {
	b.t.Helper()
	db, err := store.Open(b.ctx, b.world.redisURL)
	require.NoError(b.t, err)
	defer db.Close()
	all, err := db.List(b.ctx)
	require.NoError(b.t, err)
	return all
}

// keepsSecrets looks for every password and token in whatever Slack, the log and Redis hold.
func (b *troubled) keepsSecrets(more ...string) {
	b.t.Helper()
	_, awsSecret := b.world.aws.AccessKey()
	secrets := append(more, ferrymanPassword, dmsPassword, ownerPassword, dbaPassword, awsSecret, b.world.slack.BotToken(), b.world.slack.AppToken())
	log, err := os.ReadFile(filepath.Join(b.world.dir, "ferryman.log"))
	require.NoError(b.t, err)
	places := map[string]string{"the log": string(log), "Redis": everythingIn(b.t, b.world.redisURL)}
	for _, c := range b.world.slack.Channels() {
		for _, m := range b.world.slack.Messages(c.ID) {
			places["Slack"] += fmt.Sprint(m.Text, m.Blocks, m.Metadata)
		}
		for _, f := range b.world.slack.Files(c.ID) {
			places["file "+f.Name] += string(f.Content())
		}
	}
	for _, m := range b.world.slack.Members() {
		for _, e := range b.world.slack.Ephemerals(m.ID) {
			places["Slack"] += fmt.Sprint(e.Text, e.Blocks)
		}
	}
	for place, text := range places {
		for _, secret := range secrets {
			require.NotContains(b.t, text, secret, "%s holds a secret", place)
		}
	}
	require.NotContains(b.t, string(log), "goroutine ", "a stack trace")
}

func everythingIn(t *testing.T, redisURL string) string {
	t.Helper()
	ctx := context.Background()
	options, err := redis.ParseURL(redisURL)
	require.NoError(t, err)
	db := redis.NewClient(options)
	defer db.Close()
	keys, err := db.Keys(ctx, "*").Result()
	require.NoError(t, err)
	var all strings.Builder
	for _, key := range keys {
		kind := db.Type(ctx, key).Val()
		read := map[string]func() any{
			"string": func() any { return db.Get(ctx, key).Val() }, "hash": func() any { return db.HGetAll(ctx, key).Val() },
			"list": func() any { return db.LRange(ctx, key, 0, -1).Val() }, "set": func() any { return db.SMembers(ctx, key).Val() },
			"zset": func() any { return db.ZRange(ctx, key, 0, -1).Val() }, "stream": func() any { return db.XRange(ctx, key, "-", "+").Val() },
		}[kind]
		if read != nil {
			fmt.Fprintln(&all, key, read())
		}
	}
	return all.String()
}

// blackHole takes connections and never answers.
func blackHole(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return l.Addr().String()
}

func smallWorld(t *testing.T) *world {
	t.Helper()
	w, err := startWorld(context.Background(), settings{rows: 20}, &slack.Limits{Off: true})
	require.NoError(t, err)
	t.Cleanup(w.close)
	return w
}

// One world, and a ferryman for everything that may be wrong in it.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := smallWorld(t)
	oracle := w.oracle.URL("FERRYMAN")
	oracle = oracle[strings.IndexByte(oracle, '@'):]
	t.Run("what is typed", func(t *testing.T) {
		t.Parallel()
		typedWrongly(t, beside(t, w, 1))
	})
	t.Run("PostgreSQL refuses the password", func(t *testing.T) {
		t.Parallel()
		b := beside(t, w, 2, "TARGET_URL="+w.target.UserURL("ferryman", "hush-wrong", targetDatabase))
		text := b.types(slack.Migrations, slack.DBA, "/migrate-new box-office")
		require.Contains(t, text, "box-office was not opened. The target can't be used.")
		require.Contains(t, text, `does not let role "ferryman" in: password authentication failed`)
		require.Contains(t, text, "check the user, the password and the database in the target's connection string")
		require.Empty(t, b.migrations())
		require.Empty(t, b.world.slack.Messages(slack.Migrations))
		b.keepsSecrets("hush-wrong")
	})
	t.Run("PostgreSQL does not answer", func(t *testing.T) {
		t.Parallel()
		b := beside(t, w, 3, "TARGET_URL=postgres://ferryman:"+ferrymanPassword+"@"+blackHole(t)+"/tickets")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-new box-office"), "Still working on /migrate-new")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-status"), "There is no migration yet.", "others are not kept waiting")
		require.NoError(t, b.world.slack.Wait(b.ctx, func() bool { return strings.Contains(b.lastTo(slack.DBA), "was not opened") }), "no word after all")
		require.Contains(t, b.lastTo(slack.DBA), "can't be reached: no answer in time; check the host, the port")
		require.Empty(t, b.migrations())
		b.keepsSecrets()
	})
	t.Run("Oracle refuses the password", func(t *testing.T) {
		t.Parallel()
		b := beside(t, w, 4, "ORACLE_URL=oracle://FERRYMAN:hush-wrong"+oracle)
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-new box-office"), "is open")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-assess"), "is under way")
		text := b.world.slack.RenderText(b.says("❌"))
		require.Contains(t, text, "The source can't be used.")
		require.Contains(t, text, "Oracle does not let user FERRYMAN in (ORA-01017): the user name or the password is wrong.")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-status"),
			"Assess failed: The source can't be used. The thread says what to do; then /migrate-assess.")
		b.keepsSecrets("hush-wrong")
	})
	t.Run("Oracle does not answer", func(t *testing.T) {
		t.Parallel()
		b := beside(t, w, 5, "ORACLE_URL=oracle://FERRYMAN:"+ferrymanPassword+"@"+blackHole(t)+"/ORCLPDB1")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-new box-office"), "is open")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-assess"), "is under way")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-status"), "▸ Assess")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-help"), "Waiting for nobody.")
		require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-assess"), "Assess is under way; one phase at a time.")
		b.keepsSecrets()
	})
	t.Run("Redis goes away", func(t *testing.T) {
		t.Parallel()
		server, err := localserver.StartRedis(context.Background(), 0)
		require.NoError(t, err)
		t.Cleanup(server.Stop)
		redisGoesAway(t, beside(t, w, 6, "REDIS_URL="+server.URL(0)), server)
	})
}

// What people type wrongly is told to them alone, in time, with what to do, and changes nothing.
func typedWrongly(t *testing.T, b *troubled) {
	w := b.world
	require.NoError(t, w.slack.Invite(slack.General, slack.BotUserID))
	wrong := func(channel, user, line, says string) {
		t.Helper()
		before, posted := everythingStored(b), len(w.slack.Messages(slack.Migrations))
		require.Contains(t, b.types(channel, user, line), says)
		require.Equal(t, before, everythingStored(b), "%s changed something", line)
		require.Len(t, w.slack.Messages(slack.Migrations), posted)
		require.Empty(t, w.slack.Messages(slack.General))
	}
	wrong(slack.Migrations, slack.DBA, "/migrate-new", "How is it to be called? /migrate-new <name> [profile=<profile>]. Profiles: box-office.")
	wrong(slack.Migrations, slack.DBA, "/migrate-new box-ofice",
		"There is no profile box-ofice. There are: box-office. Say which: /migrate-new box-ofice profile=….")
	wrong(slack.Migrations, slack.DBA, "/migrate-assess", "No migration is open in this channel. /migrate-new opens one")
	wrong(slack.General, slack.DBA, "/migrate-new box-office", "Profile box-office belongs in #migrations. Type it there.")
	wrong(slack.Migrations, slack.Lead, "/migrate-new box-office",
		"Only the operators of profile box-office may do that, and you are not one of them. Nothing was done. They are: @dba.")
	wrong(slack.Migrations, slack.GuestID, "/migrate-new box-office", "you don't count as one: a guest of the workspace. Nothing was done.")

	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-new box-office"), "box-office is open, in the thread")
	wrong(slack.Migrations, slack.DBA, "/migrate-assess boxoffice", "There is no migration boxoffice. Open in this channel: box-office.")
	wrong(slack.General, slack.DBA, "/migrate-assess box-office", "box-office lives in #migrations. Type the command there.")
	wrong(slack.Migrations, slack.DBA, "/migrate-cutover",
		"Cutover needs Replicate to be complete first. Nothing was done. You can now: /migrate-assess.")
	wrong(slack.Migrations, slack.DBA, "/migrate-fallback", "Fallback is not in this version of Ferryman; it comes later.")
	wrong(slack.Migrations, slack.Lead, "/migrate-assess", "Only the operators of profile box-office may do that")
	wrong(slack.Migrations, slack.DBA, "/migrate-assess <!channel> `rm -rf`", "can't be a migration's name")
	wrong(slack.Migrations, slack.DBA, "/migrate-assess box-office force=1", "does not know force=. The form is /migrate-assess [migration] [measure=lobs,numbers].")
	b.keepsSecrets()
}

// everythingStored is what a command may change: the migrations but for their audit, which has what was refused too, and the target.
func everythingStored(b *troubled) string {
	b.t.Helper()
	var all strings.Builder
	migrations := b.migrations()
	slices.SortFunc(migrations, func(a, b *store.Migration) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range migrations {
		m.Version, m.AuditSeq, m.AuditHead = 0, 0, ""
		doc, err := json.Marshal(m)
		require.NoError(b.t, err)
		fmt.Fprintf(&all, "%s\n", doc)
	}
	conn, err := pgx.Connect(b.ctx, b.world.target.URL(b.database))
	require.NoError(b.t, err)
	defer conn.Close(b.ctx)
	var schemas string
	require.NoError(b.t, conn.QueryRow(b.ctx,
		"SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'").Scan(&schemas))
	return all.String() + schemas
}

// A Redis that goes away under a running bot: what is typed meanwhile is answered, not done, and not done later either.
func redisGoesAway(t *testing.T, b *troubled, server *localserver.Redis) {
	b.world.redisURL = server.URL(0)
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-status"), "There is no migration yet.")
	server.Halt()
	for _, line := range []string{"/migrate-new box-office", "/migrate-status", "/migrate-help"} {
		require.Contains(t, b.types(slack.Migrations, slack.DBA, line),
			"Ferryman can't reach its store right now: nothing was done. Try again in a moment.")
	}
	require.NoError(t, server.Start(b.ctx))
	typed, before := 0, b.seenBy(slack.DBA)
	require.Eventually(t, func() bool {
		typed++
		return strings.Contains(b.types(slack.Migrations, slack.DBA, "/migrate-status"), "There is no migration yet.")
	}, patience, 200*time.Millisecond, "the bot does not find its store again")
	// Those that were being worked on for a while are answered too, before the next answer is waited for.
	require.NoError(t, b.world.slack.Wait(b.ctx, func() bool {
		answered := 0
		for _, m := range b.world.slack.Ephemerals(slack.DBA)[before:] {
			if !strings.Contains(m.Text, "Still working on") {
				answered++
			}
		}
		return answered >= typed
	}))
	require.Empty(t, b.migrations(), "what was refused is done later")
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-new box-office"), "box-office is open")
	b.keepsSecrets()
}

// A load whose AWS says no, or nothing at all.
func TestAWSThatDeniesOrDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := smallWorld(t)
	b := in(t, w)
	b.types(slack.Migrations, slack.DBA, "/migrate-new box-office")
	require.NoError(t, b.phase(b.ctx, "assess", "Assessed"))
	require.NoError(t, b.supplement(b.ctx))
	require.NoError(t, b.phase(b.ctx, "schema", "Applied the schema"))
	b.types(slack.Migrations, slack.DBA, "/migrate-prepare")
	require.NoError(t, b.approve(b.ctx, b.says("needs two people"), false))
	b.says("Prepared in")

	w.aws.DenyOperation("CreateReplicationInstance")
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-load"), "is under way")
	text := w.slack.RenderText(b.says("❌"))
	require.Contains(t, text, "AWS does not allow dms:CreateReplicationInstance for")
	require.Contains(t, text, "Grant this action to the role Ferryman runs as")
	require.Contains(t, text, "Then: `/migrate-load`")
	require.Zero(t, w.aws.Effects("CreateReplicationInstance"))
	require.Zero(t, w.aws.Effects("CreateReplicationTask"))
	require.Contains(t, b.types(slack.Migrations, slack.Lead, "/migrate-status"), "❌ Load")

	b.child.stop()
	require.NoError(t, w.slack.WaitSockets(b.ctx, 0)) // else those of the one that ended pass for the next one's
	w.aws.AllowOperation("CreateReplicationInstance")
	b.child.env = append(b.child.env, "AWS_ENDPOINT_URL=http://"+blackHole(t))
	require.NoError(t, b.child.start())
	require.NoError(t, b.child.running(b.ctx, w))
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-load"), "is under way")
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-rebuild"), "Load is under way; one phase at a time.")
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-status"), "▸ Load")
	require.Contains(t, b.types(slack.Migrations, slack.DBA, "/migrate-help"), "Waiting for nobody.")
	require.Zero(t, w.aws.Effects("CreateReplicationInstance"))
	b.keepsSecrets()
}

// ran runs `ferryman run` where it must end by itself, and returns what it wrote and its exit status.
func ran(t *testing.T, env []string) (string, int) {
	t.Helper()
	program := ferryman(t) // built before the clock runs
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "run")
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err(), "it did not end: %s", out)
	if err == nil {
		return string(out), 0
	}
	require.IsType(t, &exec.ExitError{}, err)
	return string(out), cmd.ProcessState.ExitCode()
}

func TestAStartThatCannotSucceed(t *testing.T) {
	t.Parallel()
	server := slack.New(slack.Options{Workspace: slack.DefaultWorkspace()})
	require.NoError(t, server.Start("127.0.0.1:0"))
	t.Cleanup(server.Close)
	store, err := localserver.StartRedis(context.Background(), 0)
	require.NoError(t, err)
	t.Cleanup(store.Stop)
	dir := t.TempDir()
	path := filepath.Join(dir, "ferryman.yaml")
	profile := `profiles:
  box-office:
    channel: C0MIGRATNS
    source: { url: "${ORACLE_URL}", schemas: [BOXOFFICE] }
    target: { url: "${TARGET_URL}" }
    aws: { region: eu-central-1 }
    operators: { users: [U000000DBA] }
    approvers: { groups: [S0APPROVER] }
`
	require.NoError(t, os.WriteFile(path, []byte(profile), 0o600))
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "FERRYMAN_CONFIG=" + path, "REDIS_URL=" + store.URL(0),
		"SLACK_API_URL=" + server.APIURL(), "SLACK_BOT_TOKEN=" + server.BotToken(), "SLACK_APP_TOKEN=" + server.AppToken(),
		"ORACLE_URL=oracle://ferryman:hush-oracle@127.0.0.1:1/ORCL", "TARGET_URL=postgres://ferryman:hush-target@127.0.0.1:1/tickets",
	}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return "FERRYMAN_CONFIG=" + path
	}
	for name, c := range map[string]struct {
		change string
		status int
		says   []string
	}{
		"a profile with a typo": {file("typo.yaml", strings.Replace(profile, "approvers:", "aprovers:", 1)), 1,
			[]string{"typo.yaml:8:5: profiles.box-office.aprovers: ", "approvers"}},
		"a profile without a channel": {file("channel.yaml", strings.Replace(profile, "    channel: C0MIGRATNS\n", "", 1)), 1,
			[]string{"channel.yaml:", "channel"}},
		"a variable that is not set": {file("variable.yaml", strings.Replace(profile, "TARGET_URL", "TARGT_URL", 1)), 1,
			[]string{"variable.yaml:5:", "TARGT_URL"}},
		"YAML that is none": {file("broken.yaml", profile+"  : [\n"), 1, []string{"broken.yaml:"}},
		"no such file":      {"FERRYMAN_CONFIG=" + filepath.Join(dir, "nowhere.yaml"), 1, []string{"nowhere.yaml"}},
		"no token at all":   {"SLACK_BOT_TOKEN=", 2, []string{"set SLACK_BOT_TOKEN in the environment", "See: ferryman --help"}},
		"a wrong bot token": {"SLACK_BOT_TOKEN=xoxb-hush-wrong", 1,
			[]string{"invalid_auth", "Slack refuses the token: see SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…)"}},
		"a wrong app token": {"SLACK_APP_TOKEN=xapp-hush-wrong", 1,
			[]string{"invalid_auth", "Slack refuses the token: see SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…)"}},
		"a Redis that is away": {"REDIS_URL=redis://:hush-redis@127.0.0.1:1/0", 1,
			[]string{"no answer from Redis", "see that the server in REDIS_URL runs"}},
		"a REDIS_URL that is none":     {"REDIS_URL=hush-redis@nowhere", 1, []string{"REDIS_URL is not a Redis address: write it as redis://"}},
		"a Redis that does not answer": {"REDIS_URL=redis://" + blackHole(t), 1, []string{"no answer from Redis"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, status := ran(t, append(slices.Clone(env), c.change))
			require.Equal(t, c.status, status, out)
			for _, words := range c.says {
				require.Contains(t, out, words)
			}
			for _, secret := range []string{"hush", server.BotToken(), server.AppToken()} {
				require.NotContains(t, out, secret)
			}
			require.NotContains(t, out, "goroutine ")
			require.NotContains(t, out, "panic")
			require.LessOrEqual(t, strings.Count(out, "\n"), 4, out)
		})
	}
}
