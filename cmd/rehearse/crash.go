// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/ferryman/ferryman/store"
)

// crashes are how ferryman is disturbed while a migration is played, and what comes of it is compared with a run in peace.
type crashes struct {
	// everyWrite is the fate of the replica that made a recorded write: "after", "unanswered", "asleep" or "drained".
	everyWrite string
	only       string
	shard      int
	shards     int
	repeats    int
	replicas   int
	// random is how many kills are spread over as many migrations as they take, at times and of replicas that seed determines.
	random   int
	seed     uint64
	takeover time.Duration
	// on tells that this run is of a crash test, be it the one in peace.
	on bool
}

// any tells whether something of it is wanted.
func (c crashes) any() bool { return c.everyWrite != "" || c.random > 0 || c.replicas > 1 }

func (c crashes) check() error {
	switch fate(c.everyWrite) {
	case spared, after, unanswered, asleep, drained, byTurns:
	default:
		return usageError{fmt.Errorf("--at-every-write is after, unanswered, asleep, drained or turns, not %q", c.everyWrite)}
	}
	if _, err := regexp.Compile(c.only); err != nil {
		return usageError{fmt.Errorf("--only: %w", err)}
	}
	switch {
	case c.everyWrite != "" && c.random > 0:
		return usageError{errors.New("--at-every-write and --random-kills are apart")}
	case c.shards < 1 || c.shard < allShards || c.shard >= c.shards:
		return usageError{fmt.Errorf("--shard %d of --shards %d is none", c.shard, c.shards)}
	case c.replicas < 1 || c.replicas > 5:
		return usageError{fmt.Errorf("--replicas %d: Slack allows ten sockets, of which a replica has two", c.replicas)}
	case c.everyWrite == string(asleep) && c.replicas < 2:
		return usageError{errors.New("--at-every-write asleep takes --replicas 2: one that goes on meanwhile")}
	}
	return nil
}

// crashTest plays the migration in peace, then disturbed, and compares.
func crashTest(ctx context.Context, s settings, out io.Writer) error {
	if err := s.crashes.check(); err != nil {
		return err
	}
	s.crashes.on = true
	peace := s
	peace.crashes.everyWrite, peace.crashes.random = "", 0
	say(out, "First in peace, to have something to compare with.")
	want, _, err := rehearseCrashes(ctx, peace, nil, out)
	if err != nil {
		return err
	}
	return disturbed(ctx, s, func() (*ending, error) { return want, nil }, out)
}

// allShards plays them all, one after the other.
const allShards = -1

// disturbed plays disturbed migrations until all shards were played, or all kills were done, and compares each with what a run in peace came to.
func disturbed(ctx context.Context, s settings, want func() (*ending, error), out io.Writer) error {
	if s.crashes.everyWrite != "" && s.crashes.shard == allShards {
		var bad error
		for s.crashes.shard = range s.crashes.shards {
			if _, _, err := rehearseCrashes(ctx, s, want, out); err != nil {
				bad = err
			}
			if ctx.Err() != nil {
				break
			}
		}
		return bad
	}
	for kills, n := 0, 1; ; n++ {
		_, did, err := rehearseCrashes(ctx, s, want, out)
		if err != nil {
			return err
		}
		if kills += did; kills >= s.crashes.random {
			if s.crashes.random > 0 {
				say(out, "%d kills at random in %d migrations.", kills, n)
			}
			return nil
		}
		s.crashes.seed++
	}
}

// rehearseCrashes plays one migration with the crashes of its settings, and returns its ending and how often a replica was disturbed. Where want
// is given, the verdict compares with what it returns.
func rehearseCrashes(ctx context.Context, s settings, want func() (*ending, error), out io.Writer) (have *ending, kills int, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	c := s.crashes
	r := &rehearsal{settings: s, began: time.Now()}
	path, err := s.ferrymanPath()
	if err != nil {
		return nil, 0, err
	}
	if r.world, err = startWorld(ctx, s, nil); err != nil {
		return nil, 0, err
	}
	defer r.world.close()
	db, err := store.Open(ctx, r.world.redisURL)
	if err != nil {
		return nil, 0, err
	}
	defer db.Close()
	r.persistence = &persistence{store: db, notTaken: 1500 * time.Millisecond}
	config, err := r.world.configure(s)
	if err != nil {
		return nil, 0, err
	}
	only, err := regexp.Compile(c.only)
	if err != nil {
		return nil, 0, err
	}
	r.disturb = newDisturber(plan{fate: fate(c.everyWrite), only: only, alone: c.replicas == 1, shard: c.shard, shards: c.shards, repeats: c.repeats}, c.takeover)
	r.replicas, err = startReplicas(ctx, r.world, c.replicas, r.disturb,
		&child{path: path, env: r.world.environment(config), dir: r.world.dir, verbose: s.verbose})
	if err != nil {
		return nil, 0, err
	}
	defer r.replicas.close()
	r.child = r.replicas.all[0].child
	thread := io.Discard
	if s.verbose {
		thread = out
	}
	r.out = newPrinter(r.world.slack, thread)
	killer := r.killAtRandom(ctx)
	played := r.play(ctx)
	if played == nil {
		played = r.settled(ctx)
	}
	kills = killer()
	r.disturb.off()
	if r.traffic != nil {
		r.traffic.stop()
	}
	r.out.close()
	if played == nil {
		played = r.replicas.fault()
	}
	if played == nil {
		have, played = r.readEnding(ctx)
	}
	say(out, "\n%d replicas, disturbed %d times (%s); people had to do %d things again.", c.replicas, kills+r.disturb.total, c.words(), r.persistence.again)
	if c.everyWrite != "" {
		say(out, "%s", r.disturb.report())
	}
	if r.end = have; played == nil && want != nil {
		if r.wanted, err = want(); err != nil {
			return have, kills, fmt.Errorf("the run in peace, to compare with: %w", err)
		}
	}
	return have, kills + r.disturb.total, r.verdict(ctx, out, played)
}

func (c crashes) words() string {
	switch {
	case c.random > 0:
		return fmt.Sprintf("kill -9 at random, seed %d", c.seed)
	case c.everyWrite == string(after):
		return fmt.Sprintf("kill -9 right after a recorded write was answered, shard %d of %d", c.shard, c.shards)
	case c.everyWrite == string(unanswered):
		return fmt.Sprintf("kill -9 at a recorded write before it was answered, shard %d of %d", c.shard, c.shards)
	case c.everyWrite == string(byTurns):
		return fmt.Sprintf("at a recorded write, by turns kill -9 before and after it was answered, or stopped until its leases are over, shard %d of %d", c.shard, c.shards)
	case c.everyWrite == string(drained):
		return fmt.Sprintf("told to stop (SIGTERM) at a recorded write, shard %d of %d", c.shard, c.shards)
	case c.everyWrite == string(asleep):
		return fmt.Sprintf("stopped at a recorded write until its leases were over, shard %d of %d", c.shard, c.shards)
	}
	return "in peace"
}

// killAtRandom kills replicas at random times, until the returned function is called, which says how many.
func (r *rehearsal) killAtRandom(ctx context.Context) func() int {
	c := r.settings.crashes
	if c.random == 0 {
		return func() int { return 0 }
	}
	rng := rand.New(rand.NewPCG(c.seed, 17))
	r.replicas.pause = func() time.Duration { return time.Duration(r.seed().Int64N(int64(time.Second))) }
	ctx, cancel := context.WithCancel(ctx)
	kills, done := 0, make(chan struct{})
	go func() {
		defer close(done)
		for kills < c.random {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Duration(rng.Int64N(int64(2 * time.Second)))):
			}
			if r.replicas.all[rng.IntN(len(r.replicas.all))].crash() {
				kills++
			}
		}
	}()
	return func() int { cancel(); <-done; return kills }
}

// seed is a source of chance for what several goroutines ask of it.
func (r *rehearsal) seed() *rand.Rand {
	return rand.New(rand.NewPCG(r.settings.crashes.seed, uint64(time.Now().UnixNano())))
}
