// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// entrant is a contestant with one setting, and its runs.
type entrant struct {
	contestant
	setting
	runs []measured
}

func (e *entrant) of(f func(measured) time.Duration) time.Duration {
	list := make([]time.Duration, len(e.runs))
	for i, m := range e.runs {
		list[i] = f(m)
	}
	return median(list)
}

func (e *entrant) whole() time.Duration {
	return e.of(func(m measured) time.Duration { return m.whole })
}

// contestants are those that run here.
func (b *bench) contestants(ctx context.Context) []contestant {
	list := []contestant{
		{name: "ferryman", run: b.ferryman, analyzes: true, sweep: []int{2, 3, 4, 6}, finals: 2},
		{name: "psql", run: b.runScript, sweep: []int{1}, finals: 1},
		{name: "pg_restore", run: b.restore, sweep: []int{1, 2, 3, 4, 6}, finals: 2},
	}
	if b.pgcopydbVersion(ctx) != "" {
		list = append(list, contestant{name: "pgcopydb", run: b.pgcopydb, sweep: []int{2, 3, 4, 6}, guest: true, finals: 1})
	}
	list = slices.DeleteFunc(list, func(c contestant) bool { return c.name != "ferryman" && !slices.Contains(b.opts.who, c.name) })
	if b.opts.quick {
		for i := range list {
			list[i].sweep = list[i].sweep[:1]
		}
	}
	return list
}

// contest finds the best settings of every contestant, and then runs those in alternating order.
func (b *bench) contest(ctx context.Context, d dataset) error {
	c, err := b.prepare(ctx, d)
	if err != nil {
		return err
	}
	pilots, finals, note, err := b.pilot(ctx, c)
	if err != nil {
		return err
	}
	rounds := b.opts.runs
	if b.opts.quick {
		finals, rounds = pilots, 0
	}
	for i := range rounds {
		// Every other round the other way round, so that nobody always follows the same one.
		order := slices.Clone(finals)
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, e := range order {
			if err := b.enter(ctx, c, e); err != nil {
				return err
			}
		}
	}
	b.writeContest(c, pilots, finals, note)
	for _, database := range []string{c.bare, c.full} {
		if err := b.drop(ctx, database); err != nil {
			return err
		}
	}
	return nil
}

// pilot runs every contestant with every number of jobs once, the best of them also with parallel workers, and chooses the settings
// for the rounds. note is about pgcopydb.
func (b *bench) pilot(ctx context.Context, c *course) (pilots, finals []*entrant, note string, err error) {
	if slices.Contains(b.opts.who, "pgcopydb") {
		note = b.pgcopydbWords(ctx) + "\n\n"
	}
	for _, who := range b.contestants(ctx) {
		mine, err := b.sweep(ctx, c, who)
		if err != nil && (!who.guest || ctx.Err() != nil) {
			return nil, nil, "", err
		}
		if err != nil {
			note, mine = fmt.Sprintf("%s does not take part: %s\n\n", who.name, strings.ReplaceAll(err.Error(), "\n", " ")), nil
			b.say("%s: %s", c.name, strings.TrimSpace(note))
			if err := b.drop(ctx, c.run()); err != nil {
				return nil, nil, "", err
			}
		}
		pilots = append(pilots, mine...)
		for _, e := range fastest(mine, who.finals) {
			finals = append(finals, &entrant{contestant: who, setting: e.setting})
		}
	}
	return pilots, finals, note, nil
}

// sweep runs a contestant with its numbers of jobs, and then one job and the best two of them with parallel workers.
func (b *bench) sweep(ctx context.Context, c *course, who contestant) ([]*entrant, error) {
	var list []*entrant
	run := func(s setting) error {
		e := &entrant{contestant: who, setting: s}
		list = append(list, e)
		return b.enter(ctx, c, e)
	}
	for _, jobs := range who.sweep {
		if err := run(setting{jobs: jobs}); err != nil {
			return nil, err
		}
	}
	best := fastest(list, 2)
	for _, e := range slices.Clone(list) {
		if b.opts.quick || e.jobs != 1 && !slices.Contains(best, e) {
			continue
		}
		if err := run(setting{jobs: e.jobs, workers: 2}); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fastest are the n entrants that took least.
func fastest(list []*entrant, n int) []*entrant {
	sorted := slices.SortedStableFunc(slices.Values(list), func(x, y *entrant) int { return cmp.Compare(x.whole(), y.whole()) })
	return sorted[:min(n, len(sorted))]
}

func (b *bench) enter(ctx context.Context, c *course, e *entrant) error {
	m, err := b.measure(ctx, c, e.contestant, e.setting)
	if err != nil {
		return err
	}
	e.runs = append(e.runs, m)
	b.say("%s: %-10s jobs=%d workers=%d  build %s s, analyze %s s, whole %s s, cpu %s s", c.name, e.name, e.jobs, e.workers,
		seconds(m.build), seconds(m.analyze), seconds(m.whole), seconds(m.cpu))
	return nil
}
