// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// lockMode is a lock that a task's statements take on a table, in PostgreSQL's words. Tasks whose locks conflict are not run side by
// side: one would only wait for the other, and everybody else behind it.
type lockMode int

const (
	rowShare             lockMode = iota // what VALIDATE takes on the table that is referred to
	share                                // CREATE INDEX
	shareUpdateExclusive                 // VALIDATE, VACUUM, ANALYZE
	shareRowExclusive                    // ADD FOREIGN KEY, on both tables
	accessExclusive                      // ADD CONSTRAINT otherwise, ATTACH, SET NOT NULL
)

// conflicts is PostgreSQL's table of conflicting lock modes, of those that are used here.
func (m lockMode) conflicts(o lockMode) bool {
	if m > o {
		m, o = o, m
	}
	switch m {
	case rowShare:
		return o == accessExclusive
	case share:
		return o != share
	}
	return true
}

type tableName struct{ schema, table string }

// task is a piece of the work: one or a few transactions that are run by one worker.
type task struct {
	item  *item // the object it is for; nil for a table's VACUUM or ANALYZE
	shows Running
	class string // tasks of a class take time alike
	locks map[tableName]lockMode
	work  float64 // estimate in seconds on some machine: it says how tasks compare
	sorts float64 // bytes to sort in runs of the size of a cache; 0 where more memory is better, see sortMemory
	do    func(ctx context.Context, t *task) error

	after    int     // how many tasks it still waits for
	before   []*task // those that wait for it
	priority float64 // work on the longest path from here to the end
	slots    int     // of the job budget, while it runs
	pid      uint32  // of its session
	since    time.Time
	took     time.Duration // when it is over
}

// follows lets t wait for the earlier ones.
func (t *task) follows(earlier ...*task) {
	for _, e := range earlier {
		if e != t {
			e.before = append(e.before, t)
			t.after++
		}
	}
}

// schedule runs the tasks within the job budget: of those that may run, the one with the longest path of work behind it first. The
// first error stops everything; what runs is waited for.
func (b *builder) schedule(ctx context.Context, tasks []*task) error {
	prioritise(tasks)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := slices.DeleteFunc(slices.Clone(tasks), func(t *task) bool { return t.after > 0 })
	slices.SortStableFunc(ready, first)
	held := map[tableName]map[lockMode]int{}
	type end struct {
		task *task
		err  error
	}
	ended := make(chan end)
	running, free := 0, b.opts.Jobs
	var failed error
	for left := len(tasks); left > 0; {
		for i := 0; failed == nil && ctx.Err() == nil && free > 0 && i < len(ready); i++ {
			t := ready[i]
			if blocked(held, t) {
				continue
			}
			ready = slices.Delete(ready, i, i+1)
			i--
			hold(held, t, 1)
			t.slots = slotsFor(t, free, len(ready))
			free -= t.slots
			running++
			b.begun(t)
			go func() { ended <- end{t, b.do(ctx, t)} }()
		}
		if running == 0 {
			break
		}
		e := <-ended
		running--
		left--
		free += e.task.slots
		hold(held, e.task, -1)
		b.over(e.task)
		if e.err != nil && failed == nil {
			failed = e.err
			cancel()
		}
		b.mu.Lock() // the estimate looks at what may run
		for _, t := range e.task.before {
			if t.after--; t.after == 0 {
				at, _ := slices.BinarySearchFunc(ready, t, func(a, b *task) int { return cmp.Or(first(a, b), -1) })
				ready = slices.Insert(ready, at, t)
			}
		}
		b.mu.Unlock()
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}

// do runs a task, unless its object is a key that another one, which is not back, would take for its part when it comes.
func (b *builder) do(ctx context.Context, t *task) error {
	if t.item != nil && !b.hasFailed(t.item) {
		for _, taker := range t.item.takers {
			if b.hasFailed(taker) {
				return b.outcome(ctx, t.item, nil, false, fmt.Errorf("it comes back after %s, which would make it its own part", describe(taker.Object)))
			}
		}
	}
	return t.do(ctx, t)
}

// first orders by priority; tasks alike stay in the order in which they came, so that the indexes of one table run together.
func first(a, b *task) int { return cmp.Compare(b.priority, a.priority) }

// parallelWork is from how much work on an index is worth the workers that PostgreSQL would start for it.
const parallelWork = 2.0

// slotsFor gives an index's build several of the budget's slots where nothing else can use them: PostgreSQL builds it by that many
// processes.
func slotsFor(t *task, free, waiting int) int {
	if t.class != classIndex || t.work < parallelWork || waiting > 0 {
		return 1
	}
	return free
}

func blocked(held map[tableName]map[lockMode]int, t *task) bool {
	for table, mode := range t.locks {
		for other, n := range held[table] {
			if n > 0 && mode.conflicts(other) {
				return true
			}
		}
	}
	return false
}

func hold(held map[tableName]map[lockMode]int, t *task, n int) {
	for table, mode := range t.locks {
		if held[table] == nil {
			held[table] = map[lockMode]int{}
		}
		held[table][mode] += n
	}
}

// prioritise computes the longest paths. The validations of one table can only run one after another, which is a path, too.
func prioritise(tasks []*task) {
	queue := map[tableName]float64{} // of validations, by their table
	for _, t := range tasks {
		if t.class == classValidate {
			queue[tableName{t.shows.Schema, t.shows.Table}] += t.work
		}
	}
	seen := make(map[*task]bool, len(tasks))
	var path func(t *task) float64
	path = func(t *task) float64 {
		if seen[t] {
			return t.priority
		}
		seen[t] = true
		for _, next := range t.before {
			t.priority = max(t.priority, path(next))
		}
		if t.class == classValidate {
			// The longer ones of a table come first.
			t.priority = max(t.priority, queue[tableName{t.shows.Schema, t.shows.Table}]) + t.work/1e6
		} else {
			t.priority += t.work
		}
		return t.priority
	}
	for _, t := range tasks {
		path(t)
	}
}
