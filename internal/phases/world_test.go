// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	// These tests wait for servers more than they work, and can do so side by side.
	testenv.SideBySide(4)
	testenv.Main(m)
}

const (
	patience = 5 * time.Minute
	often    = 40 * time.Millisecond
)

// world is an Oracle, an AWS, a target and a Redis, and a migration that is open on them.
type world struct {
	*testing.T
	oracle *oracle.Server
	aws    *aws.Server
	target *pgx.Conn // as the superuser
	store  *store.Store
	crew   *phases.Crew
	hands  runbook.Crew // crew, or what a test puts around it
	people people
}

// people answers for Slack: DBA commands, A and B approve.
type people struct{ crew *phases.Crew }

func (p people) Facts(context.Context, *store.Migration, []string) (approvals.Facts, error) {
	return approvals.Facts{ApproversNow: []string{"A", "B"}, OperatorsNow: []string{"DBA"},
		People: map[string]approvals.Person{"A": {ID: "A"}, "B": {ID: "B"}, "DBA": {ID: "DBA"}}}, nil
}

func (p people) FreshFacts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error) {
	return p.Facts(ctx, m, users)
}

func (p people) Policy(ctx context.Context, m *store.Migration) (runbook.Policy, error) {
	hash, err := p.crew.PolicyHash(ctx, m.Profile)
	return runbook.Policy{Approvals: approvals.Policy{Users: []string{"A", "B"}}, Hash: hash, Expires: time.Hour, MaxResumeMinutes: 240}, err
}

const boxoffice = "../../cmd/rehearse/boxoffice"

func newWorld(t *testing.T, profile string) *world {
	t.Helper()
	return newWorldFrom(t, profile, os.DirFS(boxoffice))
}

func newWorldFrom(t *testing.T, profile string, export fs.FS) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{T: t}
	var err error
	w.oracle, err = oracle.Start(ctx, oracle.Options{Postgres: testenv.Server(t), Exports: []fs.FS{export}, Rows: 20, Seed: 7, SupplementalLog: true, SupplementalLogPK: true, Users: []oracle.User{
		{Name: "FERRYMAN", Password: "f", Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE"}, Privileges: []string{"CREATE TABLE", "SELECT ANY TABLE", "UNLIMITED TABLESPACE"}},
		{Name: "DMS", Password: "d", Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"}, Privileges: []string{"SELECT ANY TABLE", "SELECT ANY TRANSACTION", "LOGMINING"}},
		{Name: "BOXOFFICE", Password: "b", Roles: []string{"CONNECT", "RESOURCE"}},
	}})
	require.NoError(t, err)
	t.Cleanup(w.oracle.Close)
	w.onSource("ALTER TABLE TICKET_SCAN ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS")

	database := testenv.Postgres(t)
	owner, ownerURL := testenv.Role(t, database)
	_, dmsURL := testenv.Role(t, database)
	w.target, err = pgx.Connect(ctx, database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.target.Close(ctx) })
	w.onTarget("ALTER DATABASE " + w.target.Config().Database + " OWNER TO " + owner)
	// The role of the test goes with DROP OWNED, which leaves a database alone.
	t.Cleanup(func() {
		_, _ = w.target.Exec(ctx, "ALTER DATABASE "+w.target.Config().Database+" OWNER TO CURRENT_USER")
	})

	own, err := config.ParseURL(config.Postgres, config.Secret(ownerURL))
	require.NoError(t, err)
	w.aws, err = aws.Start(ctx, aws.Options{Throttle: aws.Throttle{Off: true}, PollInterval: 50 * time.Millisecond, RecoverFor: 200 * time.Millisecond,
		Buckets: []string{"conversion"}, Secrets: map[string]string{"source": `{"username":"FERRYMAN","password":"f"}`,
			"target": fmt.Sprintf(`{"username":%q,"password":%q}`, own.User, own.Password.Reveal())},
		Delays: aws.Delays{Instance: 30 * time.Millisecond, Connection: 10 * time.Millisecond, Task: 30 * time.Millisecond, Conversion: 10 * time.Millisecond}})
	require.NoError(t, err)
	t.Cleanup(w.aws.Close)

	values := map[string]string{"ORACLE": w.oracle.URL("FERRYMAN"), "ORACLE_DMS": w.oracle.URL("DMS"), "TARGET": ownerURL, "TARGET_DMS": dmsURL,
		"SOURCE_SECRET": w.aws.SecretARN("source"), "TARGET_SECRET": w.aws.SecretARN("target")}
	cfg, err := config.Parse("ferryman.yaml", []byte(`profiles:
  box:
    channel: C0BOXOFF
    source: { url: "${ORACLE}", dms_url: "${ORACLE_DMS}", schemas: [BOXOFFICE] }
    target: { url: "${TARGET}", dms_url: "${TARGET_DMS}" }
    aws: { region: `+w.aws.Region()+`, poll: 1s }
    operators: { users: [U0DBA] }
    approvers: { users: [U0LEAD, U0SRE] }
    sequences: { gap: 1000 }
    cutover: { max_latency: 20s } # more than a machine stands still
`+profile), func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	require.NoError(t, err)
	cfg.Profiles["box"].AWS.Poll = often
	w.store, err = store.Open(ctx, testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.store.Close() })
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("FERRYMAN_TEST_LOG") != "" {
		log = slog.Default()
	}
	w.crew = &phases.Crew{Config: cfg, Store: w.store, Log: log}
	id, secret := w.aws.AccessKey()
	require.NoError(t, w.crew.UseAWS(w.aws.Region(), 1000, map[string]string{"AWS_ENDPOINT_URL": w.aws.URL(), "AWS_ACCESS_KEY_ID": id,
		"AWS_SECRET_ACCESS_KEY": secret, "AWS_CONFIG_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}))
	w.hands, w.people = w.crew, people{w.crew}
	w.open()
	return w
}

// open opens the migration, as /migrate-new does.
func (w *world) open() {
	w.Helper()
	o, err := w.crew.OpenTarget(w.Context(), "box", "box", "U0DBA")
	require.NoError(w, err)
	_, err = w.store.Create(w.Context(), &store.Migration{Name: "box", Profile: "box", PolicyHash: o.PolicyHash, TargetID: o.TargetID, Schemas: o.Schemas}, store.Change{})
	require.NoError(w, err)
}

// onSource runs statements as the application, each committed, and leaves no session behind.
func (w *world) onSource(statements ...string) {
	w.Helper()
	db := sql.OpenDB(goora.NewConnector(w.oracle.URL("BOXOFFICE")))
	defer db.Close()
	for _, s := range statements {
		_, err := db.ExecContext(context.Background(), s)
		require.NoError(w, err, s)
	}
}

func (w *world) onTarget(sql string) {
	w.Helper()
	_, err := w.target.Exec(context.Background(), sql)
	require.NoError(w, err, sql)
}

// session connects as the application and stays until the pool is closed or the test ends.
func (w *world) session() (*sql.DB, *sql.Conn) {
	w.Helper()
	db := sql.OpenDB(goora.NewConnector(w.oracle.URL("BOXOFFICE")))
	w.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(w.Context())
	require.NoError(w, err)
	return db, conn
}

// one reads one value on the target, as text.
func (w *world) one(sql string) string {
	w.Helper()
	var s string
	require.NoError(w, w.target.QueryRow(context.Background(), "SELECT ("+sql+")::text").Scan(&s), sql)
	return s
}

// engine runs a replica until stop is called or the test ends.
func (w *world) engine(owner string) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e, done := w.replica(owner), make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	stop = func() { cancel(); <-done }
	w.Cleanup(stop)
	return stop
}

func (w *world) replica(owner string) *runbook.Engine {
	return &runbook.Engine{Store: w.store, Crew: w.hands, People: w.people, Log: w.crew.Log, Owner: owner, LeaseTTL: 6 * time.Second, WatchEvery: time.Second, Patience: 30 * time.Second,
		Drain: 100 * time.Millisecond}
}

func (w *world) command(phase string) {
	w.Helper()
	_, err := w.store.Update(w.Context(), "box", func(m *store.Migration, now time.Time) (store.Change, error) {
		if err := runbook.Check(m, phase); err != nil {
			return store.Change{}, err
		}
		p := m.Phase(phase)
		*p = store.Phase{Status: store.Requested, Run: p.Run + 1, By: "DBA", RequestedAt: now, StartedAt: p.StartedAt}
		return store.Change{}, nil
	})
	require.NoError(w, err)
}

// settles waits until the phase needs somebody or is over.
func (w *world) settles(phase string) *store.Migration {
	w.Helper()
	var m *store.Migration
	require.Eventually(w, func() bool {
		var err error
		m, err = w.store.Load(context.Background(), "box")
		p := m.Phase(phase)
		return err == nil && (!p.Status.Busy() || p.Status == store.Waiting)
	}, patience, often, phase)
	return m
}

// settlesAs waits until the phase has a status.
func (w *world) settlesAs(phase string, want store.PhaseStatus) *store.Migration {
	w.Helper()
	var m *store.Migration
	require.Eventually(w, func() bool {
		var err error
		m, err = w.store.Load(context.Background(), "box")
		return err == nil && m.Phase(phase).Status == want
	}, patience, often, "%s gets %s", phase, want)
	return m
}

// approve has A and B say yes to what waits.
func (w *world) approve(phase string) {
	w.Helper()
	facts, err := w.people.Facts(w.Context(), nil, nil)
	require.NoError(w, err)
	_, err = w.store.Update(w.Context(), "box", func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase(phase)
		r := m.Requests[p.RequestID]
		facts.ReadAt = now
		for _, user := range []string{"A", "B"} {
			var out approvals.Outcome
			if r, out = approvals.Decide(r, approvals.Click{Act: approvals.Approve, User: user}, facts, now); out.Refused != "" {
				return store.Change{}, fmt.Errorf("%s: %s", user, out.Refused)
			}
		}
		m.Requests[r.ID], p.Status = r, store.Granted
		return store.Change{}, nil
	})
	require.NoError(w, err)
}

// ends commands a phase, has it approved where it asks, and returns the migration once it has ended as wanted.
func (w *world) ends(phase string, want store.PhaseStatus) *store.Migration {
	w.Helper()
	w.command(phase)
	m := w.settles(phase)
	if m.Phase(phase).Status == store.Waiting {
		w.approve(phase)
		m = w.settles(phase)
	}
	require.Equal(w, want, m.Phase(phase).Status, "%s: %s", phase, w.told())
	return m
}

// through completes the phases.
func (w *world) through(phases ...string) {
	w.Helper()
	for _, p := range phases {
		w.ends(p, store.Complete)
	}
}

// told is the last event of an end in the outbox, as it is stored.
func (w *world) told() string {
	w.Helper()
	list, err := w.store.Client().LRange(context.Background(), store.OutboxKey("box"), 0, -1).Result()
	require.NoError(w, err)
	for i := len(list) - 1; i >= 0; i-- {
		for _, kind := range []string{runbook.EventFailed, runbook.EventRed, runbook.EventVoid} {
			if strings.Contains(list[i], `"kind":"`+kind+`"`) {
				return list[i]
			}
		}
	}
	return ""
}

// isMigrated holds the end against what it has to be.
func (w *world) isMigrated() {
	w.Helper()
	require.Equal(w, "0", w.one("SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL"))
	require.Equal(w, "0", w.one("SELECT count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'boxoffice'::regnamespace AND tgenabled = 'D'"))
	require.Equal(w, "0", w.one("SELECT count(*) FROM pg_constraint WHERE connamespace = 'boxoffice'::regnamespace AND NOT convalidated"))
	require.Equal(w, "true", w.one("SELECT count(*) > 5 FROM pg_constraint WHERE connamespace = 'boxoffice'::regnamespace AND contype = 'f'"))
	require.Equal(w, "false", w.one("SELECT closed_at IS NULL FROM ferryman.migration"))
}

var spine = []string{"assess", "schema", "prepare", "load", "rebuild", "replicate", "validate", "cutover"}
