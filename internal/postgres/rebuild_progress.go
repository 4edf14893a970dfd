// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// RebuildProgress is a reading.
type RebuildProgress struct {
	At      time.Time
	Done    int
	Failed  int
	Total   int
	Running []Running // oldest first
	// Share is how much of the estimated work is done, 0 to 1; Left is how long the rest takes by what was measured so far, negative as
	// long as nothing was measured.
	Share float64
	Left  time.Duration
}

// Running is an object that is being brought back.
type Running struct {
	Kind    Kind
	Schema  string
	Table   string
	Name    string
	Phase   string  // PostgreSQL's name for it, such as "building index: scanning table"; empty where it does not say
	Percent float64 // of that phase, -1 where PostgreSQL does not say
	Since   time.Time
}

// watch reports about once a second until it is stopped, and then once more.
func (b *builder) watch(ctx context.Context) (stop func()) {
	if b.opts.OnProgress == nil {
		return func() {}
	}
	end := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-end:
				b.opts.OnProgress(b.progress(nil))
				return
			case <-tick.C:
				b.opts.OnProgress(b.progress(b.t.buildPhases(ctx)))
			}
		}
	})
	return func() {
		close(end)
		done.Wait()
	}
}

type buildPhase struct {
	name    string
	percent float64
}

// buildPhases reads what this role's sessions say of the indexes they build, by process id; nil where that can't be read, and then
// the percentages are unknown.
func (t *Target) buildPhases(ctx context.Context) map[uint32]buildPhase {
	rows, err := t.pool.Query(ctx, `SELECT pid::int8, coalesce(phase, ''), CASE WHEN phase LIKE '%sorting%' THEN -1 WHEN blocks_total > 0 THEN 100.0 * blocks_done / blocks_total
			WHEN tuples_total > 0 THEN 100.0 * tuples_done / tuples_total ELSE -1 END::float8
		FROM pg_stat_progress_create_index WHERE datname = current_database()`)
	if err != nil {
		return nil
	}
	phases := map[uint32]buildPhase{}
	var pid int64
	var p buildPhase
	if _, err := pgx.ForEachRow(rows, []any{&pid, &p.name, &p.percent}, func() error {
		phases[uint32(pid)] = p
		return nil
	}); err != nil {
		return nil
	}
	return phases
}

func (b *builder) progress(phases map[uint32]buildPhase) RebuildProgress {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := RebuildProgress{At: time.Now(), Done: len(b.report.Restored) + len(b.report.AlreadyBack), Failed: len(b.report.Failed), Total: b.total}
	advanced := map[*task]float64{}
	for t := range b.running {
		r := t.shows
		r.Percent = -1
		if phase, ok := phases[t.pid]; ok {
			r.Phase, r.Percent = phase.name, min(phase.percent, 100)
			advanced[t] = built(phase)
		}
		if r.Kind != "" {
			p.Running = append(p.Running, r)
		}
	}
	p.Share, p.Left = b.estimate.read(p.At, b.running, advanced)
	slices.SortFunc(p.Running, func(x, y Running) int { return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.Name, y.Name)) })
	return p
}
