// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// life is what one Ferryman does: it takes the migration over and goes on in the phase where the last one was.
type life struct {
	plan     postgres.SetAside
	phase    int               // 0 prepare, 1 rebuild, 2 what cutover brings back, 3 everything is done
	boundary func(name string) // called between steps, may be nil
}

func (l *life) at(format string, args ...any) {
	if l.boundary != nil {
		l.boundary(fmt.Sprintf(format, args...))
	}
}

func (l *life) live(ctx context.Context, target *postgres.Target) error {
	fence, err := target.RaiseFence(ctx, "box-office")
	if err != nil {
		return err
	}
	l.at("raised %d", fence.Token)
	for ; l.phase < 3; l.phase++ {
		l.at("phase %d", l.phase)
		var report postgres.RebuildReport
		switch l.phase {
		case 0:
			for _, batch := range l.plan.Batches() {
				if err := target.SetAsideObjects(ctx, fence, "plan", batch.Step(), batch.Objects); err != nil {
					return err
				}
				l.at("did %s", batch.Step())
			}
		case 1:
			report, err = target.Rebuild(ctx, fence, postgres.RebuildOptions{Jobs: 3})
		case 2:
			report, err = target.BringBack(ctx, fence)
		}
		if err == nil && len(report.Failed)+len(report.Differences) > 0 {
			err = fmt.Errorf("failed %v, different %v", report.Failed, report.Differences)
			lost := func(f postgres.Failure) bool { return f.Code == "08006" || f.Code == "57P01" }
			if slices.ContainsFunc(report.Failed, lost) {
				// The server was back before the others asked for it: what was at work failed and says why, and so did what comes after it.
				// What is different was back, and lost with its record.
				err = errors.Join(err, &postgres.UnreachableError{})
			}
		}
		if err != nil {
			return err
		}
	}
	l.at("phase 3")
	return nil
}

// crashBundle makes a database with everything that can be set aside, and the watcher's memory of it.
func crashBundle(t *testing.T, b *testBundle) (*testBundle, postgres.SetAside) {
	t.Helper()
	b.exec(t, schemaFile(t, "deep"))
	b.exec(t, schemaFile(t, "crash"))
	var lobs []postgres.ColumnName
	for _, name := range [][2]string{{"sale", "scan"}, {"sale", "memo"}, {"doc", "body"}} {
		lobs = append(lobs, postgres.ColumnName{Schema: "app", Table: name[0], Column: name[1]})
	}
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
	has := map[postgres.Kind]bool{}
	for _, o := range plan.Objects {
		has[o.Kind] = true
	}
	require.Len(t, has, len(postgres.RebuildKinds)+len(postgres.CutoverKinds), "every kind of object")
	b.remember(t, plan)
	return b, plan
}

// randomBundle is the same with random schemas.
func randomBundle(t *testing.T, random *rand.Rand) (*testBundle, postgres.SetAside) {
	t.Helper()
	makeTablespace(t)
	b := setup(t)
	g := &generator{Rand: random, server: b.target.ServerVersion()}
	g.database(2)
	b.make(t, g)
	cat, err := b.target.ReadCatalog(t.Context(), g.schemas)
	require.NoError(t, err)
	plan, err := postgres.PlanSetAside(cat, postgres.SetAsideOptions{LOBColumns: g.lobColumns()})
	require.NoError(t, err)
	b.remember(t, plan)
	return b, plan
}

// pace lets so many objects come back and holds whoever brings the next one back just before its transaction commits, as long as the
// test's connection has the advisory lock.
const (
	paceLock = 4242
	pace     = `CREATE TABLE ferryman.pace AS SELECT 0 AS allowed;
CREATE FUNCTION ferryman.held() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$ BEGIN
	IF NEW.restored_at IS NOT NULL AND (SELECT count(*) FROM ferryman.saved WHERE restored_at IS NOT NULL) > (SELECT allowed FROM ferryman.pace) THEN
		PERFORM pg_advisory_xact_lock_shared(4242);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER held AFTER UPDATE ON ferryman.saved FOR EACH ROW EXECUTE FUNCTION ferryman.held()`
	// holds counts the sessions that wait for an advisory lock.
	holds = `SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`
	endBackends = `SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'ferryman test'`
	endOne = `SELECT count(pg_terminate_backend(pid))::int FROM (SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'ferryman test' ORDER BY random() LIMIT 1) a`
)

// The process is killed at each boundary between steps of prepare, and each time an object has come back but is not committed. Its
// sessions stay, in the middle of their transactions; the next process must deal with them.
func TestClientKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	b, plan := crashBundle(t, setup(t))
	before := b.dump(t, withRows)
	b.exec(t, pace)
	b.exec(t, fmt.Sprintf("SELECT pg_advisory_lock(%d)", paceLock))
	stop := b.watch(t)
	l := &life{plan: plan}
	for boundaries := 0; l.phase == 0; boundaries++ {
		c := b.startClient(t, l, true)
		for range boundaries {
			if _, ok := c.next(t, l); !ok {
				break
			}
			c.goOn(t)
		}
		c.next(t, l)
		c.killed(t, l)
	}
	lives := 0
	for ; l.phase < 3; lives++ {
		b.exec(t, "UPDATE ferryman.pace SET allowed = (SELECT count(*) FROM ferryman.saved WHERE restored_at IS NOT NULL) + 1")
		c := b.startClient(t, l, false)
		c.next(t, l) // raised: none of the dead ones is left
		ended := func() bool {
			select {
			case boundary, ok := <-c.lines:
				l.heard(t, boundary)
				return !ok
			default:
				return one[int](t, b.conn, holds) > 0
			}
		}
		require.Eventually(t, ended, patience, often)
		c.killed(t, l)
	}
	t.Logf("%d lives for %d objects", lives, len(plan.Objects))
	require.Greater(t, lives, len(plan.Objects)/4)
	stop()
	sameText(t, before, b.dump(t, withRows))
}

// held has a superuser's trigger hold each statement that changes the schema, at its end, which was not held before: its n-th of a
// transaction. The test writes it down and ends the session.
const held = `CREATE TABLE ferryman.was_held (query text, n text);
CREATE FUNCTION ferryman.hold() RETURNS event_trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$ BEGIN
	IF current_setting('application_name') LIKE 'ferryman%' THEN
		PERFORM set_config('crash.n', (coalesce(nullif(current_setting('crash.n', true), ''), '0')::int + 1)::text, true);
		IF NOT EXISTS (SELECT FROM ferryman.was_held WHERE query = left(current_query(), 300) AND n = current_setting('crash.n')) THEN
			PERFORM set_config('application_name', 'ferryman test ' || current_setting('crash.n'), true);
			PERFORM pg_advisory_xact_lock_shared(4242);
		END IF;
	END IF;
END $$;
GRANT SELECT ON ferryman.was_held TO PUBLIC;
CREATE EVENT TRIGGER hold ON ddl_command_end EXECUTE FUNCTION ferryman.hold()`

// Sessions are ended at the end of each single statement that sets aside or brings back, before it is committed.
func TestSessionsKilledAtEveryStatement(t *testing.T) {
	t.Parallel()
	b, plan := crashBundle(t, setup(t))
	b.exec(t, fmt.Sprintf("SELECT pg_advisory_lock(%d)", paceLock))
	b.admin(t, held)
	before := b.dump(t, withRows)
	stop := b.watch(t)
	admin := connect(t, b.adminURL)
	l := &life{plan: plan}
	lives, ended := 0, 0
	for ; l.phase < 3; lives++ {
		target := open(t, b.url)
		died := make(chan error, 1)
		go func() { died <- l.live(context.Background(), target) }()
		var err error
		over := func() bool {
			select {
			case err = <-died:
				return true
			default: // a rebuild goes on with its other sessions, so there may be several in one life
				ended += one[int](t, admin, `WITH held AS (INSERT INTO ferryman.was_held SELECT left(a.query, 300), replace(a.application_name, 'ferryman test ', '')
					FROM pg_stat_activity a WHERE a.datname = current_database() AND a.wait_event = 'advisory' AND a.application_name LIKE 'ferryman test %')
					SELECT count(pg_terminate_backend(a.pid))::int
					FROM pg_stat_activity a WHERE a.datname = current_database() AND a.wait_event = 'advisory' AND a.application_name LIKE 'ferryman test %'`)
				return false
			}
		}
		require.Eventually(t, over, patience, often)
		if l.phase < 3 {
			require.Error(t, err)
		}
		target.Close()
	}
	t.Logf("%d statements were ended, in %d lives", ended, lives)
	require.Greater(t, ended, 2*len(plan.Objects))
	stop()
	sameText(t, before, b.dump(t, withRows))
}

// At random moments of prepare, rebuild and cutover, on databases of their own: one session dies, or all, or the caller's context; the
// process is killed; the server is. FERRYMAN_KILLS says how often in all, FERRYMAN_SEED repeats the choices.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	seed := number(t, "FERRYMAN_SEED", uint64(time.Now().UnixNano()%1e9))
	kills := int(number(t, "FERRYMAN_KILLS", 100))
	t.Logf("FERRYMAN_SEED=%d FERRYMAN_KILLS=%d", seed, kills)
	servers, clients := kills/10, kills/5
	sessions := kills - servers - clients
	t.Run("sessions", func(t *testing.T) {
		t.Parallel()
		b, plan := crashBundle(t, setup(t))
		killSessions(t, rand.New(rand.NewPCG(seed, 3)), b, plan, (sessions+1)/2)
	})
	t.Run("sessions, random schemas", func(t *testing.T) {
		t.Parallel()
		random := rand.New(rand.NewPCG(seed, 4))
		b, plan := randomBundle(t, random)
		killSessions(t, random, b, plan, sessions/2)
	})
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		b, plan := crashBundle(t, setup(t))
		killClients(t, rand.New(rand.NewPCG(seed, 5)), b, plan, clients)
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		killServers(t, rand.New(rand.NewPCG(seed, 6)), servers)
	})
}

// killer ends a life at random moments. The moments are spread evenly over what a whole life took the first time.
type killer struct {
	*rand.Rand
	*life
	b    *testBundle
	took [3]time.Duration // of each phase
}

func newKiller(t *testing.T, random *rand.Rand, b *testBundle, plan postgres.SetAside) *killer {
	t.Helper()
	k := &killer{Rand: random, life: &life{plan: plan}, b: b}
	var began time.Time
	k.boundary = func(name string) {
		var phase int
		if n, _ := fmt.Sscanf(name, "phase %d", &phase); n == 1 {
			if phase > 0 {
				k.took[phase-1] = time.Since(began)
			}
			began = time.Now()
		}
	}
	require.NoError(t, k.live(t.Context(), open(t, b.url)))
	k.boundary = nil
	return k
}

// moment is a random one of what the life has before it.
func (k *killer) moment() <-chan time.Time {
	var left time.Duration
	for _, took := range k.took[k.phase:] {
		left += took
	}
	return time.After(time.Duration(k.Int64N(int64(left))))
}

// kills ends so many lives in turn with strike, one after the other, and then lets one go to its end.
func (k *killer) kills(t *testing.T, count int, before string, strike func()) {
	t.Helper()
	stop := k.b.watch(t)
	for hit := 0; hit < count; {
		if k.phase == 3 {
			sameText(t, before, k.b.dump(t, withRows))
			k.phase = 0
		}
		strike()
		if k.phase < 3 {
			hit++
			continue
		}
		for i := range k.took { // it was faster than the first life: a machine that was busy then may have become idle
			k.took[i] = max(k.took[i]*4/5, time.Millisecond)
		}
	}
	require.NoError(t, k.live(t.Context(), open(t, k.b.url)))
	stop()
	sameText(t, before, k.b.dump(t, withRows))
}

// inProcess is a life in this process that ends with end.
func (k *killer) inProcess(t *testing.T, end func(cancel context.CancelFunc)) {
	t.Helper()
	target, err := postgres.Open(t.Context(), k.b.url, "test")
	require.NoError(t, err)
	defer target.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	died := make(chan error, 1)
	moment := k.moment()
	go func() { died <- k.live(ctx, target) }()
	select {
	case err := <-died:
		require.NoError(t, err, "nobody killed it")
	case <-moment:
		end(cancel)
		select {
		case <-died: // with an error, or just done
		case <-time.After(patience):
			require.Fail(t, "it did not notice")
		}
	}
}

func killSessions(t *testing.T, random *rand.Rand, b *testBundle, plan postgres.SetAside, kills int) {
	t.Helper()
	before := b.dump(t, withRows)
	k := newKiller(t, random, b, plan)
	k.kills(t, kills, before, func() {
		k.inProcess(t, []func(context.CancelFunc){
			func(context.CancelFunc) { one[int](t, b.conn, endBackends) },
			func(context.CancelFunc) { one[int](t, b.conn, endOne) },
			func(cancel context.CancelFunc) { cancel() },
		}[random.IntN(3)])
	})
}

func killClients(t *testing.T, random *rand.Rand, b *testBundle, plan postgres.SetAside, kills int) {
	t.Helper()
	before := b.dump(t, withRows)
	k := newKiller(t, random, b, plan)
	k.kills(t, kills, before, func() {
		c := b.startClient(t, k.life, false)
		c.next(t, k.life) // raised: from here on it takes about what it took the first time
		moment := k.moment()
		for ok := true; ok; {
			var boundary string
			select {
			case boundary, ok = <-c.lines:
				k.heard(t, boundary)
			case <-moment:
				ok = false
			}
		}
		c.killed(t, k.life)
	})
}

// killServers kills a server of its own.
func killServers(t *testing.T, random *rand.Rand, kills int) {
	t.Helper()
	server, b := ownServer(t)
	b, plan := crashBundle(t, b)
	before := b.dump(t, withRows)
	k := newKiller(t, random, b, plan)
	k.kills(t, kills, before, func() {
		k.inProcess(t, func(context.CancelFunc) {
			deaths[random.IntN(len(deaths))].kill(t, server, b)
			b.back(t)
		})
	})
}
