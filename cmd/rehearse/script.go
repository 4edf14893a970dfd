// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// rehearsal is one unattended play.
type rehearsal struct {
	settings settings
	world    *world
	child    *child
	out      *printer
	began    time.Time
	traffic  *traffic
	before   baseline

	// Where ferryman is disturbed: who does it, how people deal with it, and what the undisturbed run came to.
	replicas    *replicas
	disturb     *disturber
	persistence *persistence
	end         *ending
	wanted      *ending
}

// rehearse starts the world and ferryman, plays the migration, and gives the verdict.
func rehearse(ctx context.Context, s settings, out io.Writer) (err error) {
	if s.crashes.any() {
		return crashTest(ctx, s, out)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	began := time.Now()
	path, err := s.ferrymanPath()
	if err != nil {
		return err
	}
	w, err := startWorld(ctx, s, nil)
	if err != nil {
		return err
	}
	defer w.close()
	if s.keepForeignKey == "any" {
		s.keepForeignKey = w.someForeignKey()
	}
	config, err := w.configure(s)
	if err != nil {
		return err
	}
	if err := s.redis.check(); err != nil {
		return err
	}
	r := &rehearsal{settings: s, world: w, child: &child{path: path, env: w.environment(config), dir: w.dir, verbose: s.verbose}, began: began}
	say(out, "Ferryman, a rehearsal: Oracle %s goes to PostgreSQL %q through AWS DMS. Everything runs on this machine; Slack, Oracle and AWS are stand-ins.\n%s.", strings.Join(w.schema.names, ", "), targetDatabase, w.note)
	done, err := r.persistent(ctx)
	if err != nil {
		return err
	}
	defer done()
	r.out = newPrinter(w.slack, out)
	if err := r.child.start(); err != nil {
		return err
	}
	defer r.child.stop()
	if err := r.child.running(ctx, w); err != nil {
		return err
	}
	played := r.play(ctx)
	if r.traffic != nil {
		r.traffic.stop()
	}
	if s.tamper && played == nil {
		if err := r.tamper(ctx); err != nil {
			return err
		}
	}
	r.out.close()
	if ctx.Err() != nil && played != nil {
		return fmt.Errorf("given up after %s: %w\nferryman's log ends:\n%s", time.Since(began).Round(time.Second), played, r.child.log())
	}
	return r.verdict(ctx, out, played)
}

// play is the script: what the three members do.
func (r *rehearsal) play(ctx context.Context) error {
	name := r.world.schema.name
	r.at("new")
	if _, err := r.command(ctx, slack.DBA, "/migrate-new "+name); err != nil {
		return err
	}
	if err := r.phase(ctx, "assess", "Assessed"); err != nil {
		return err
	}
	if err := r.supplement(ctx); err != nil {
		return err
	}
	if err := r.phase(ctx, "schema", "Applied the schema", "The schema is there already"); err != nil {
		return err
	}
	var err error
	if r.before, err = r.world.readBaseline(ctx); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if r.traffic, err = startTraffic(ctx, r.world, r.out); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{r.load, r.loadAgain, r.rebuild, r.replicate, r.validate, r.cutover} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare shows the rule of the two people: neither who asked, nor one person twice.
func (r *rehearsal) prepare(ctx context.Context) error {
	r.at("prepare")
	after := r.mark()
	if _, err := r.command(ctx, slack.DBA, "/migrate-prepare "+r.world.schema.name); err != nil {
		return err
	}
	request, err := r.until(ctx, "prepare", after, "needs two people")
	if err != nil {
		return err
	}
	text, err := r.refused(ctx, slack.DBA, request)
	if err != nil {
		return err
	}
	if r.persistence == nil && !strings.Contains(text, "wasn't counted") {
		return fmt.Errorf("who asked pressed Approve and was told %q", text)
	}
	killed := r.killDuring(ctx, "prepare", func() bool { return r.setAside(ctx) > 0 })
	disturbed := r.redisFault(ctx, "ferryman:{in}:stream", "an approval is open", func() bool { return true })
	if err := r.approve(ctx, request, false); err != nil {
		return err
	}
	if err := errors.Join(killed(), disturbed()); err != nil {
		return err
	}
	_, err = r.until(ctx, "prepare", after, "Prepared in")
	return err
}

func (r *rehearsal) load(ctx context.Context) error {
	after := r.mark()
	loading := func() bool { return r.loading(after) }
	if r.settings.closeSource || r.settings.redis.fault != "" || slices.Contains(r.settings.kill, "load") {
		// On a busy machine the load may be over before anybody has seen it.
		r.world.aws.HoldLoad()
		r.when(ctx, loading, r.world.aws.ReleaseLoad)
	}
	if r.settings.closeSource {
		r.when(ctx, loading, func() {
			r.out.line("\n%s  The Oracle listener goes away.", clock(time.Now()))
			r.world.oracle.ClosePort()
		})
	}
	killed := r.killDuring(ctx, "load", loading)
	disturbed := r.redisFault(ctx, "ferryman:{"+r.world.schema.name+"}:state", "tables are loaded", loading)
	if err := r.phase(ctx, "load", "*Loaded", "Loaded "); err != nil {
		return err
	}
	return errors.Join(killed(), disturbed())
}

// loadAgain empties the tables and loads them once more, which takes two people, where the settings want it.
func (r *rehearsal) loadAgain(ctx context.Context) error {
	if !r.settings.reload {
		return nil
	}
	r.at("reload")
	after := r.mark()
	if _, err := r.command(ctx, slack.DBA, "/migrate-load "+r.world.schema.name); err != nil {
		return err
	}
	request, err := r.until(ctx, "load", after, "needs two people")
	if err != nil {
		return err
	}
	if err := r.approve(ctx, request, false); err != nil {
		return err
	}
	_, err = r.until(ctx, "load", request.TS, "*Loaded", "Loaded ")
	return err
}

// loading tells whether the thread shows rows on their way.
func (r *rehearsal) loading(after string) bool {
	for _, m := range r.world.slack.Messages(slack.Migrations) {
		if text := r.world.slack.RenderText(m); m.TS > after && strings.Contains(text, "Loading") && strings.Contains(text, "running") && !strings.Contains(text, " 0 running") {
			return true
		}
	}
	return false
}

func (r *rehearsal) rebuild(ctx context.Context) error {
	aside := r.setAside(ctx)
	killed := r.killDuring(ctx, "rebuild", func() bool { return r.setAside(ctx) < aside })
	if err := r.phase(ctx, "rebuild", "Rebuilt ", "Nothing was aside"); err != nil {
		return err
	}
	return killed()
}

func (r *rehearsal) replicate(ctx context.Context) error {
	return r.phase(ctx, "replicate", "has caught up")
}

func (r *rehearsal) validate(ctx context.Context) error {
	return r.phase(ctx, "validate", "equal", "by count and checksum")
}

func (r *rehearsal) cutover(ctx context.Context) error {
	r.out.line("\n%s  The applications are stopped: %s.", clock(time.Now()), r.traffic.stop())
	request, err := r.cutoverRequest(ctx)
	if err != nil {
		return err
	}
	if err := r.approve(ctx, request, true); err != nil {
		return err
	}
	_, err = r.until(ctx, "cutover", request.TS, "PostgreSQL is open")
	return err
}

// gateTries is how often a red gate is tried, gateWait apart, as a person would who waits for what it names.
const (
	gateTries = 5
	gateWait  = 2 * time.Second
)

// cutoverRequest commands the cutover until its gate holds.
func (r *rehearsal) cutoverRequest(ctx context.Context) (slack.Message, error) {
	r.at("cutover")
	for try := 1; ; try++ {
		after := r.mark()
		if _, err := r.command(ctx, slack.DBA, "/migrate-cutover "+r.world.schema.name); err != nil {
			return slack.Message{}, err
		}
		request, err := r.until(ctx, "cutover", after, "needs two people")
		var stopped *stoppedError
		if err == nil || try == gateTries || !errors.As(err, &stopped) || !strings.Contains(stopped.text, "hold") {
			return request, err
		}
		if err := wait(ctx, gateWait); err != nil {
			return slack.Message{}, err
		}
	}
}

// killDuring kills ferryman once when holds, if this phase is to be disturbed, and starts it again. The returned function says how it went.
func (r *rehearsal) killDuring(ctx context.Context, phase string, holds func() bool) func() error {
	if !slices.Contains(r.settings.kill, phase) {
		return func() error { return nil }
	}
	result := make(chan error, 1)
	r.when(ctx, holds, func() {
		r.child.kill()
		r.out.line("\n%s  ferryman is killed (-9) in the middle of %s, and started again.", clock(time.Now()), phase)
		// Whoever types next finds one that listens, and Slack no socket of the one that is dead.
		err := r.world.slack.WaitSockets(ctx, 0)
		if err == nil {
			err = r.child.start()
		}
		if err == nil {
			err = r.child.running(ctx, r.world)
		}
		result <- err
	})
	return func() error {
		select {
		case err := <-result:
			return err
		case <-ctx.Done():
			return errors.New("ferryman was to be killed in the middle of " + phase + ", and there was no middle")
		}
	}
}

// when does something once as soon as holds.
func (r *rehearsal) when(ctx context.Context, holds func() bool, do func()) {
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for !holds() {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		do()
	}()
}

// childDone closes when ferryman has ended without being killed by the rehearsal.
func (r *rehearsal) childDone() <-chan struct{} {
	r.child.mu.Lock()
	defer r.child.mu.Unlock()
	if len(r.settings.kill) > 0 || r.replicas != nil {
		return nil
	}
	return r.child.done
}

// at says which phase the people are at.
func (r *rehearsal) at(phase string) {
	if r.disturb != nil {
		r.disturb.at(phase)
	}
}
