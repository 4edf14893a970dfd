// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// thereOrSaved counts, in one snapshot, the objects that are there and those that are saved. Parts of partitioned ones are not counted.
const thereOrSaved = `SELECT (SELECT count(*) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace > 16383 AND c.relnamespace <> 'ferryman'::regnamespace AND NOT i.indisprimary AND NOT x.relispartition)
	+ (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 OR contype = 'c' AND coninhcount = 0)
	+ (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D')
	+ (SELECT count(*) FROM pg_attribute WHERE attidentity = 'a')
	+ (SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL AND kind <> 'not_null')`

// watchSaved looks all the time, from a connection of its own, whether anything is neither there nor saved. The function it returns
// ends that and says how often it looked and what it found.
func (b *testBundle) watchSaved(t *testing.T) func() (looked int, err error) {
	t.Helper()
	conn := connect(t, b.url)
	all := one[int](t, conn, thereOrSaved)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	looked := 0
	go func() {
		for ctx.Err() == nil {
			var now int
			if err := conn.QueryRow(context.Background(), thereOrSaved).Scan(&now); err != nil {
				ended <- err
				return
			}
			if now < all {
				ended <- fmt.Errorf("%d objects were neither there nor saved", all-now)
				return
			}
			looked++
		}
		ended <- nil
	}()
	return func() (int, error) {
		cancel()
		err := <-ended
		return looked, err
	}
}

// run is what one life of Ferryman does: it takes the migration over and goes on in the phase where the last one was.
type run struct {
	plan  postgres.SetAside
	phase int // 0 prepare, 1 rebuild, 2 what cutover brings back
}

func (r *run) live(ctx context.Context, target *postgres.Target) error {
	fence, err := target.RaiseFence(ctx, "box-office")
	if err != nil {
		return err
	}
	for ; r.phase < 3; r.phase++ {
		var report postgres.RebuildReport
		switch r.phase {
		case 0:
			for _, batch := range r.plan.Batches() {
				if err := target.SetAsideObjects(ctx, fence, "plan", batch.Step(), batch.Objects); err != nil {
					return err
				}
			}
		case 1:
			report, err = target.Rebuild(ctx, fence, postgres.RebuildOptions{Jobs: 3})
		case 2:
			report, err = target.BringBack(ctx, fence)
		}
		if err == nil && len(report.Failed)+len(report.Differences) > 0 {
			err = fmt.Errorf("failed %v, different %v", report.Failed, report.Differences)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func crashBundle(t *testing.T, random *rand.Rand) (*testBundle, postgres.SetAside, string) {
	t.Helper()
	makeTablespace(t)
	b := setup(t)
	g := &generator{Rand: random, server: b.target.ServerVersion()}
	g.database(2)
	for _, sql := range g.sql {
		b.exec(t, sql)
	}
	cat, err := b.target.ReadCatalog(t.Context(), g.schemas)
	require.NoError(t, err)
	plan, err := postgres.PlanSetAside(cat, postgres.SetAsideOptions{LOBColumns: g.lobColumns()})
	require.NoError(t, err)
	return b, plan, b.dump(t, withRows)
}

const endBackends = `SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ferryman test'`

// After each step every session dies; the next step is a new Ferryman's, which repeats the last one first.
func TestKilledAfterEveryStep(t *testing.T) {
	t.Parallel()
	seed := number(t, "FERRYMAN_SEED", uint64(time.Now().UnixNano()%1e9))
	t.Logf("FERRYMAN_SEED=%d", seed)
	b, plan, before := crashBundle(t, rand.New(rand.NewPCG(seed, 2)))
	stop := b.watchSaved(t)
	var last postgres.Batch
	for _, batch := range plan.Batches() {
		target := open(t, b.url)
		fence, err := target.RaiseFence(t.Context(), "box-office")
		require.NoError(t, err)
		if len(last.Objects) > 0 {
			require.NoError(t, target.SetAsideObjects(t.Context(), fence, "plan", last.Step(), last.Objects))
		}
		require.NoError(t, target.SetAsideObjects(t.Context(), fence, "plan", batch.Step(), batch.Objects))
		one[int](t, b.conn, endBackends)
		target.Close()
		last = batch
	}
	for phase := 1; phase < 3; phase++ {
		target := open(t, b.url)
		require.NoError(t, (&run{phase: phase}).live(t.Context(), target))
		one[int](t, b.conn, endBackends)
		target.Close()
	}
	looked, err := stop()
	require.NoError(t, err)
	require.Positive(t, looked)
	sameText(t, before, b.dump(t, withRows))
}

// Sessions die, or the client goes, at random moments of prepare, rebuild and cutover. FERRYMAN_KILLS says how often.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	seed := number(t, "FERRYMAN_SEED", uint64(time.Now().UnixNano()%1e9))
	kills := int(number(t, "FERRYMAN_KILLS", 10))
	t.Logf("FERRYMAN_SEED=%d FERRYMAN_KILLS=%d", seed, kills)
	random := rand.New(rand.NewPCG(seed, 3))
	b, plan, before := crashBundle(t, random)
	stop := b.watchSaved(t)
	r := &run{plan: plan}
	readings := b.killAfter(t, r, -1, nil) // how many readings of the killer's one whole run takes
	for hit := 0; hit < kills; {
		if r.phase == 3 {
			sameText(t, before, b.dump(t, withRows))
			r.phase = 0
		}
		end := func(cancel context.CancelFunc) { one[int](t, b.conn, endBackends) }
		if random.IntN(3) == 0 {
			end = func(cancel context.CancelFunc) { cancel() }
		}
		b.killAfter(t, r, random.IntN(max(readings, 2)), end)
		if r.phase < 3 {
			hit++
		}
	}
	b.killAfter(t, r, -1, nil)
	require.Equal(t, 3, r.phase)
	looked, err := stop()
	require.NoError(t, err)
	require.Positive(t, looked)
	sameText(t, before, b.dump(t, withRows))
}

// killAfter lets a new Ferryman live until the test's connection has read so many times, or to its end. It returns how often it read.
func (b *testBundle) killAfter(t *testing.T, r *run, readings int, end func(context.CancelFunc)) int {
	t.Helper()
	target, err := postgres.Open(t.Context(), b.url, "test")
	require.NoError(t, err)
	defer target.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	died := make(chan error, 1)
	go func() { died <- r.live(ctx, target) }()
	for n := 0; ; n++ {
		select {
		case err := <-died:
			require.NoError(t, err, "nobody killed it")
			return n
		default:
		}
		if n == readings {
			end(cancel)
			<-died // with an error, or just done
			return n
		}
		_ = one[int](t, b.conn, "SELECT count(*)::int FROM ferryman.saved")
	}
}
