// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// committed is one commit of the migration's document that Redis took, seen on its way: within began and ended, by the world's clock.
type committed struct {
	began, ended time.Time
	replica      string
	id           string
	version      int64
	entries      []store.AuditEntry
}

// world is what one sequence is played in: one migration, its people, its plans, and two or three replicas.
type world struct {
	t     testing.TB
	ctx   context.Context
	lane  *lane
	name  string
	seed  uint64
	rng   *rand.Rand // the script's own; nothing that runs beside it draws from it
	clock atomic.Int64

	// busy is held by whatever is between a replica and Redis, so that Redis can be taken away between two commands.
	busy sync.RWMutex

	mu       sync.Mutex
	problems []string
	// commits are those of the course of events that Redis knows: where Redis is set back, what it forgot is cut off.
	commits []committed
	seen    map[string]bool
	// unanswered are the commits of which nobody learned whether Redis took them.
	unanswered []committed
	// dice are for what runs beside the script.
	dice *rand.Rand

	people *people
	plan   history[plan]
	gate   history[bool]
	calls  []call
	told   map[string][]string // by person: what they alone were told
	modals []modal

	clicks  []*click
	places  map[string]string // where the message of each request is
	stale   []staleMessage
	copies  []savedCopy
	history []string

	// courses are the courses of events that Redis knew until it was set back.
	courses  [][]committed
	setBacks int

	// trap is where the replica that comes first meets a fault, once.
	trap      place
	trapFault fault

	opened, profile *config.Profile
	ranWith         map[string]*config.Profile // by replica
	replicas        []*replica
	wires           []*wire // of all replicas that there were
	serial          int
	nudged          time.Time
	doubles         doubles
	counts          map[string]int
}

// now is Redis's clock.
func (w *world) now() time.Time { return time.Now().Add(w.offset()) }

func (w *world) offset() time.Duration { return time.Duration(w.clock.Load()) }

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	seconds := int64((d + time.Second - 1) / time.Second)
	n, err := w.lane.admin.IncrBy(w.ctx, "test:clock", seconds).Result()
	require.NoError(w.t, err)
	w.clock.Store(n * int64(time.Second))
}

// wrong notes that a rule was broken.
func (w *world) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func (w *world) record(c committed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[c.id] {
		return // sent again after a lost answer
	}
	w.seen[c.id] = true
	w.commits = append(w.commits, c)
}

func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
}

// entries are the audit entries of a course of events.
func entries(course []committed) []said {
	var all []said
	commits := slices.SortedFunc(slices.Values(course), func(a, b committed) int { return cmp.Compare(a.version, b.version) })
	for _, c := range commits {
		for _, e := range c.entries {
			all = append(all, said{e, c.began, c.ended, c.replica})
		}
	}
	return all
}

// said is an audit entry and when it was committed.
type said struct {
	store.AuditEntry
	began, ended time.Time
	replica      string
}

// history is how something was at which time, by the world's clock.
type history[T any] struct {
	mu      sync.Mutex
	changes []change[T]
}

type change[T any] struct {
	at    time.Time
	value T
}

// set is called with a time from after the one of the last.
func (h *history[T]) set(at time.Time, value T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, change[T]{at, value})
}

// at is how it was at a time; the first value holds from ever.
func (h *history[T]) at(t time.Time) T {
	h.mu.Lock()
	defer h.mu.Unlock()
	value := h.changes[0].value
	for _, c := range h.changes {
		if c.at.After(t) {
			break
		}
		value = c.value
	}
	return value
}

// between are the values that it had between two times.
func (h *history[T]) between(from, to time.Time) (values []T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, c := range h.changes {
		begins := i == 0 || !c.at.After(to)
		ends := i+1 < len(h.changes) && h.changes[i+1].at.Before(from)
		if begins && !ends {
			values = append(values, c.value)
		}
	}
	return values
}

// ever tells whether it was so at any moment between two times.
func (h *history[T]) ever(from, to time.Time, is func(T) bool) bool {
	return slices.ContainsFunc(h.between(from, to), is)
}
