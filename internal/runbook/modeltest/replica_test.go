// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5/pgconn"
)

// profileName is the one profile of a world.
const profileName = "model"

// replica is one running Ferryman without its sockets: the real store, commands and engine.
type replica struct {
	w      *world
	number int
	wire   *wire
	line   *line
	config *config.Config
	router *commands.Router
	crew   *crew
	ctx    context.Context
	cancel context.CancelFunc
	engine *runbook.Engine
	busy   sync.WaitGroup // with what people did
	ended  chan struct{}
}

// hasher gives the real hash of a profile's policy.
type hasher struct{ config *config.Config }

func (h hasher) PolicyHash(_ context.Context, profile string) (string, error) {
	return h.config.Profiles[profile].PolicyHash(&config.Endpoints{}), nil
}

// leaseTTL is so long that no lease of a replica that lives runs out; those of the others are taken away as if their time had passed.
const leaseTTL = 20 * time.Second

// start starts a replica with the world's present configuration.
func (w *world) start(number int) *replica {
	w.serial++
	r := &replica{w: w, number: number, ended: make(chan struct{})}
	r.wire = &wire{world: w, name: fmt.Sprintf("replica-%d-%d", number, w.serial), forge: w.doubles.forge}
	r.ctx, r.cancel = context.WithCancel(w.ctx)
	r.wire.kill = r.cancel
	w.mu.Lock()
	w.wires = append(w.wires, r.wire)
	w.mu.Unlock()
	r.line = w.lane.take(r.wire)
	profile := *w.profile
	w.ranWith[r.wire.name] = w.profile
	r.config = &config.Config{Profiles: map[string]*config.Profile{profileName: &profile}}
	log := slog.New(slog.DiscardHandler)
	if w.lane.verbose {
		log = slog.New(slog.NewTextHandler(testLog{w.t}, nil)).With("replica", r.wire.name)
	}
	s := &slack{w: w, wire: r.wire}
	people := &commands.People{Slack: s, Config: r.config, Hasher: hasher{r.config}, Team: team}
	r.router = &commands.Router{Store: r.line.store, Config: r.config, Slack: s, People: people, Log: log}
	r.crew = &crew{w: w, wire: r.wire, target: w.lane.targets[number]}
	var ruled runbook.People = people
	if w.doubles.people != nil {
		ruled = w.doubles.people(people)
	}
	r.engine = &runbook.Engine{
		Store: r.line.store, Crew: r.crew, People: ruled, Log: log, Owner: r.wire.name, LeaseTTL: leaseTTL, WatchEvery: time.Hour,
		Patience: 2 * time.Second, Drain: time.Millisecond, HoldEvery: 20 * time.Millisecond,
	}
	go func() {
		defer close(r.ended)
		r.engine.Run(r.ctx)
	}()
	w.replicas[number] = r
	return r
}

// alive tells whether the replica can do anything.
func (r *replica) alive() bool {
	dead, asleep := r.wire.state()
	return !dead && !asleep
}

// stop ends a replica as SIGTERM does; one that crashed or sleeps is only buried.
func (r *replica) stop() {
	r.cancel()
	r.wire.end()
	<-r.ended
	r.busy.Wait()
	r.w.lane.give(r.line)
}

// leasesPass lets the time of the leases pass that replicas hold which are dead or asleep.
func (w *world) leasesPass() {
	key := "ferryman:{" + w.name + "}:lease:engine"
	owner, err := w.lane.admin.Get(w.ctx, key).Result()
	if err != nil {
		return
	}
	for _, r := range w.replicas {
		if r != nil && r.wire.name == owner && r.alive() {
			return
		}
	}
	w.lane.admin.Del(w.ctx, key)
	w.nudge()
}

// nudge is the wake-up that the store sends with each commit: replicas look again, instead of within a second.
func (w *world) nudge() { w.lane.admin.Publish(w.ctx, store.WakeChannel, w.name) }

// doubles stand for programs that make a mistake; the zero value is Ferryman as it is.
type doubles struct {
	noFence, noMirror, consumeAgain bool
	people                          func(runbook.People) runbook.People
	forge                           func(args []any)
	// often is the episode that the mistake is looked for by.
	often string
}

func isAdminShutdown(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "57P01"
}

// reprofiled is the profile with one thing changed.
func reprofiled(p config.Profile, change func(*config.Profile)) *config.Profile {
	change(&p)
	return &p
}
