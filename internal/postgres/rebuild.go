// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
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
	b := &builder{t: t, fence: fence, opts: opts, total: len(saved), running: map[int64]Running{}, pids: map[int64]uint32{},
		report: RebuildReport{Restored: []Object{}, AlreadyBack: []Object{}, Failed: []Failure{}, Differences: []Difference{}}}
	if b.size, err = t.tableSizes(ctx, saved); err != nil {
		return b.report, err
	}
	stop := b.watch(ctx)
	err = b.all(ctx, saved)
	stop()
	if err == nil {
		err = b.compare(ctx, saved)
	}
	b.report.Took = time.Since(started)
	return b.report, err
}

// builder is one run of bringing objects back.
type builder struct {
	t     *Target
	fence Fence
	opts  RebuildOptions
	size  map[[2]string]int64

	mu      sync.Mutex
	total   int
	report  RebuildReport
	running map[int64]Running // by id in ferryman.saved
	pids    map[int64]uint32
}

// all does the work in stages, so that no object waits for a lock that another one holds for long: building an index locks its
// table against writes only, attaching a constraint to it and CLUSTER ON lock the table against other builds, adding a foreign key
// locks both tables, validating it the referencing one against a second validation.
func (b *builder) all(ctx context.Context, saved []SavedObject) error {
	var indexes, exclusive, keys, directKeys, rest []SavedObject
	for _, s := range saved {
		switch {
		case s.Kind == Index && !slices.ContainsFunc(s.Create, func(sql string) bool { return strings.Contains(sql, " CLUSTER ON ") }):
			indexes = append(indexes, s)
		case s.Kind == Index || s.Kind == Unique || s.Kind == Exclusion:
			exclusive = append(exclusive, s)
		case s.Kind == ForeignKey && strings.HasSuffix(s.Create[0], " NOT VALID"):
			keys = append(keys, s)
		case s.Kind == ForeignKey:
			directKeys = append(directKeys, s)
		default:
			rest = append(rest, s)
		}
	}
	b.longestFirst(indexes)
	b.longestFirst(exclusive)
	if err := b.parallel(ctx, oneByOne(indexes), b.whole); err != nil {
		return err
	}
	if err := b.parallel(ctx, byTable(exclusive), b.whole); err != nil {
		return err
	}
	var added []SavedObject
	for _, s := range keys {
		ok, err := b.addKey(ctx, s)
		if err != nil {
			return err
		}
		if ok {
			added = append(added, s)
		}
	}
	b.longestFirst(added)
	if err := b.parallel(ctx, byTable(added), b.validateKey); err != nil {
		return err
	}
	// What a trigger does may need a NOT NULL or an identity, never the other way round: triggers come last.
	slices.SortStableFunc(rest, func(x, y SavedObject) int {
		return slices.Index(cutoverOrder, x.Kind) - slices.Index(cutoverOrder, y.Kind)
	})
	for _, s := range append(directKeys, rest...) {
		if err := b.whole(ctx, s); err != nil {
			return err
		}
	}
	return b.analyze(ctx)
}

var cutoverOrder = []Kind{NotNull, Identity, Trigger}

func (b *builder) longestFirst(list []SavedObject) {
	slices.SortStableFunc(list, func(x, y SavedObject) int {
		switch sx, sy := b.size[[2]string{x.Schema, x.Table}], b.size[[2]string{y.Schema, y.Table}]; {
		case sx > sy:
			return -1
		case sx < sy:
			return 1
		}
		return 0
	})
}

func oneByOne(list []SavedObject) [][]SavedObject {
	groups := make([][]SavedObject, len(list))
	for i := range list {
		groups[i] = list[i : i+1]
	}
	return groups
}

func byTable(list []SavedObject) [][]SavedObject {
	var groups [][]SavedObject
	at := map[[2]string]int{}
	for _, s := range list {
		key := [2]string{s.Schema, s.Table}
		if _, ok := at[key]; !ok {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], s)
	}
	return groups
}

// parallel does the groups side by side, what is in one group one after the other.
func (b *builder) parallel(ctx context.Context, groups [][]SavedObject, do func(context.Context, SavedObject) error) error {
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(b.opts.Jobs)
	for _, group := range groups {
		workers.Go(func() error {
			for _, s := range group {
				if err := do(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return workers.Wait()
}

// tableSizes reads the sizes in bytes of the tables of the objects, of a partitioned one with its partitions.
func (t *Target) tableSizes(ctx context.Context, saved []SavedObject) (map[[2]string]int64, error) {
	sizes := map[[2]string]int64{}
	schemas := []string{}
	for _, s := range saved {
		if !slices.Contains(schemas, s.Schema) {
			schemas = append(schemas, s.Schema)
		}
	}
	rows, err := t.pool.Query(ctx, `SELECT n.nspname::text, c.relname::text, CASE WHEN c.relkind = 'p'
			THEN (SELECT coalesce(sum(p.relpages), 0) FROM pg_partition_tree(c.oid) l JOIN pg_class p ON p.oid = l.relid) * 8192
			ELSE coalesce(pg_relation_size(c.oid), 0) END::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p')`, schemas)
	if err != nil {
		return nil, err
	}
	var key [2]string
	var size int64
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1], &size}, func() error {
		sizes[key] = size
		return nil
	})
	return sizes, err
}
