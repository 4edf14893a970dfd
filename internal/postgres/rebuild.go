// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"sync"
	"time"
)

// RebuildOptions bound a rebuild.
type RebuildOptions struct {
	Jobs       int                   // objects at work at once, default 4, at most 32
	MemoryMB   int                   // maintenance_work_mem of all jobs together, default 512
	OnProgress func(RebuildProgress) // called about once a second and at the end, never at the same time twice
}

// Failure is an object that could not come back.
type Failure struct {
	Object Object `json:"object"`
	Error  string `json:"error"`
	Code   string `json:"code,omitempty"` // SQLSTATE, empty where PostgreSQL gave none
	// Orphans counts the rows without a parent of a foreign key, FirstKeys shows the first of them ("id=5"), Query finds them.
	Orphans   int64    `json:"orphans,omitempty"`
	FirstKeys []string `json:"first_keys,omitempty"`
	Query     string   `json:"query,omitempty"`
}

// RebuildReport is what came of bringing objects back.
type RebuildReport struct {
	Restored    []Object      `json:"restored"`     // brought back now
	AlreadyBack []Object      `json:"already_back"` // found to be back
	Failed      []Failure     `json:"failed"`
	Differences []Difference  `json:"differences"` // of what is back, compared with what was saved
	Took        time.Duration `json:"took"`        // nanoseconds
}

// Rebuild brings back indexes, unique and exclusion constraints and foreign keys: indexes before keys, long work first, foreign keys
// NOT VALID and then validated, those of different tables side by side; then ANALYZE, and a comparison with what was saved. An
// object that fails is reported and kept in the saved list with its error, and the others go on; running it again does just those.
// The error is for what stops everything: *FencedError, a lost server.
func (t *Target) Rebuild(ctx context.Context, fence Fence, opts RebuildOptions) (RebuildReport, error) {
	return t.bringBack(ctx, fence, RebuildKinds, opts)
}

// BringBack brings triggers, NOT NULLs and identities (or those kinds of them that are given) to what they were. Failures are
// reported as in [Target.Rebuild].
func (t *Target) BringBack(ctx context.Context, fence Fence, kinds ...Kind) (RebuildReport, error) {
	if len(kinds) == 0 {
		kinds = CutoverKinds
	}
	return t.bringBack(ctx, fence, kinds, RebuildOptions{Jobs: 1})
}

func (t *Target) bringBack(ctx context.Context, fence Fence, kinds []Kind, opts RebuildOptions) (RebuildReport, error) {
	started := time.Now()
	saved, err := t.aside(ctx, fence.Migration, kinds)
	if err != nil {
		return RebuildReport{}, err
	}
	if opts.Jobs <= 0 {
		opts.Jobs = 4
	}
	opts.Jobs = min(opts.Jobs, 32)
	if opts.MemoryMB <= 0 {
		opts.MemoryMB = 512
	}
	b := &builder{t: t, fence: fence, opts: opts, total: len(saved), settled: map[tableName]bool{}, running: map[*task]bool{},
		report: RebuildReport{Restored: []Object{}, AlreadyBack: []Object{}, Failed: []Failure{}, Differences: []Difference{}}}
	tables, err := t.relations(ctx, saved)
	if err != nil {
		return b.report, err
	}
	tasks := b.plan(saved, tables)
	b.estimate = newEstimate(tasks, opts.Jobs)
	stop := b.watch(ctx)
	err = b.schedule(ctx, tasks)
	stop()
	if err == nil {
		err = b.compare(ctx, saved)
	}
	if err == nil {
		err = b.flush(ctx)
	}
	b.report.Took = time.Since(started)
	return b.report, err
}

// builder is one run of bringing objects back.
type builder struct {
	t     *Target
	fence Fence
	opts  RebuildOptions
	total int // objects

	mu       sync.Mutex
	report   RebuildReport
	settled  map[tableName]bool // VACUUM and ANALYZE are done
	running  map[*task]bool
	estimate *estimate
}
