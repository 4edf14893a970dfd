// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// endPatience is how long a migration may take to come to rest when nothing disturbs it any more.
const endPatience = 20 * time.Second

// play plays the sequence of a seed and judges it. What it returns has the broken rules in problems.
func (l *lane) play(t testing.TB, seed uint64, d doubles) *world {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := l.open(t, ctx, seed, d)
	defer w.over() // what a failed check leaves asleep would hold its connection for ever
	for range 3 + w.rng.IntN(8) {
		w.next()
		if w.rng.IntN(5) > 0 {
			w.settle(150 * time.Millisecond)
		}
		if l.verbose {
			m, err := l.store.Load(ctx, w.name)
			require.NoError(t, err)
			t.Logf("after %s: %s", w.history[len(w.history)-1], standing(m))
		}
	}
	w.finish()
	for _, r := range w.replicas {
		r.stop() // so that nothing is on its way any more
	}
	w.judge()
	return w
}

// over ends every replica that there was, the sleeping ones too.
func (w *world) over() {
	w.mu.Lock()
	wires := slices.Clone(w.wires)
	w.mu.Unlock()
	for _, wire := range wires {
		wire.die()
	}
}

// open opens a migration that everything can be commanded of, with two or three replicas of which one or more are up.
func (l *lane) open(t testing.TB, ctx context.Context, seed uint64, d doubles) *world {
	l.played++
	w := &world{
		t: t, ctx: ctx, lane: l, name: fmt.Sprintf("m-%d-%d", l.number, l.played), seed: seed, doubles: d,
		rng: rand.New(rand.NewPCG(seed, 1)), dice: rand.New(rand.NewPCG(seed, 2)),
		seen: map[string]bool{}, told: map[string][]string{}, places: map[string]string{}, counts: map[string]int{}, ranWith: map[string]*config.Profile{},
	}
	require.NoError(t, l.admin.FlushDB(ctx).Err())
	_, err := l.pool.Exec(ctx, "UPDATE ferryman.migration SET closed_at = now() WHERE closed_at IS NULL")
	require.NoError(t, err)
	from := w.now()
	w.people = newPeople(from)
	w.plan.set(from, plan{steps: 1 + w.rng.IntN(3), kind: "index"})
	w.gate.set(from, true)
	w.opened = &config.Profile{
		Name: profileName, Channel: channel, Operators: config.Operators{Users: []string{dba}, Groups: []string{opsGroup}},
		Approvers: config.Approvers{Users: []string{dora, dba}, Groups: []string{groupOne, groupTwo}, RequesterMayApprove: w.rng.IntN(3) == 0},
		Approvals: config.Approvals{Expires: time.Hour}, MaxResume: 4 * time.Hour,
	}
	w.profile = w.opened
	hash := w.opened.PolicyHash(&config.Endpoints{})
	require.NoError(t, l.targets[0].OpenMigration(ctx, postgres.MigrationRecord{Name: w.name, PolicyHash: hash, Source: "model"}))
	m := &store.Migration{
		Name: w.name, Profile: profileName, Channel: channel, OpenedBy: dba, OpenedAt: from, Schemas: []string{"S"}, Source: "Oracle", Target: "PostgreSQL",
		PolicyHash: hash, TargetID: l.targetID, Phases: map[string]*store.Phase{},
	}
	for _, phase := range []string{"assess", "schema", "prepare", "load", "rebuild", "replicate"} {
		m.Phases[phase] = &store.Phase{Status: store.Complete, Run: 1}
		require.NoError(t, m.SetFact("complete:"+phase, from))
	}
	_, err = l.store.Create(ctx, m, store.Change{Audit: []store.Audit{{What: "command", Who: dba, Object: "open", Outcome: "opened"}}})
	require.NoError(t, err)
	lease, err := l.store.Acquire(ctx, w.name, store.OutboxLease, postman, time.Hour)
	require.NoError(t, err)
	require.NotNil(t, lease)
	w.replicas = make([]*replica, pick(w, 2, 2, 2, replicasAtMost))
	w.start(0)
	for i := 1; i < len(w.replicas); i++ {
		if w.rng.IntN(2) == 0 {
			w.start(i)
		}
	}
	return w
}

// settle waits for a while until the engines have nothing to do, or can't do it.
func (w *world) settle(patience time.Duration) bool {
	until := time.Now().Add(patience)
	for wait := time.Millisecond; ; wait = min(wait*3/2, 20*time.Millisecond) {
		if w.resting() {
			return true
		}
		if time.Now().After(until) {
			return false
		}
		pause(wait)
	}
}

// resting tells whether no replica has anything to do that it could do, or waits for its gate.
func (w *world) resting() bool {
	busy := w.standing()
	if busy == store.Holding {
		return true
	}
	owner, _ := w.lane.admin.Get(w.ctx, "ferryman:{"+w.name+"}:lease:engine").Result()
	up := false
	for _, r := range w.replicas {
		if r != nil && r.alive() {
			up = true
			if r.wire.name == owner {
				return false
			}
		}
	}
	if !up || owner != "" || busy == "" || busy == store.Waiting {
		return true
	}
	w.lookAgain()
	return false
}

// standing is the status of the phase that is under way.
func (w *world) standing() store.PhaseStatus {
	doc, err := w.lane.admin.HGet(w.ctx, "ferryman:{"+w.name+"}:state", "doc").Bytes()
	require.NoError(w.t, err)
	var m struct {
		Phases map[string]struct {
			Status store.PhaseStatus `json:"status"`
		} `json:"phases"`
	}
	require.NoError(w.t, json.Unmarshal(doc, &m))
	for _, p := range m.Phases {
		if p.Status.Busy() {
			return p.Status
		}
	}
	return ""
}

// lookAgain has the replicas look again, but not all the time.
func (w *world) lookAgain() {
	if time.Since(w.nudged) > 15*time.Millisecond {
		w.nudged = time.Now()
		w.leasesPass()
		w.nudge()
	}
}

// finish lets everything that disturbs end, and the requests' time pass. Then the migration must come to rest, and no request wait.
func (w *world) finish() {
	for _, r := range w.replicas {
		if r != nil {
			r.wire.set(nil)
		}
	}
	w.lay("", crash)
	w.people.away.set(w.now(), false)
	w.mend()
	for _, c := range w.clicks {
		select {
		case <-c.done:
		case <-time.After(endPatience):
			w.wrong("a click hangs: %+v", c.env)
		}
	}
	w.mend()
	if w.rng.IntN(5) == 0 {
		w.allIsWell()
	}
	w.comesToRest()
}

// comesToRest lets time pass until no phase is under way and no request waits, as it must be soon.
func (w *world) comesToRest() bool {
	until := time.Now().Add(endPatience)
	for {
		w.settle(time.Until(until))
		if w.atRest() {
			return true
		}
		if time.Now().After(until) {
			m, _ := w.lane.store.Load(w.ctx, w.name)
			w.wrong("the migration does not come to rest: %s", standing(m))
			return false
		}
		w.pass(2 * time.Hour)
		w.leasesPass()
		w.nudge()
		for range 10 {
			if pause(2 * time.Millisecond); w.atRest() {
				return true
			}
		}
	}
}

// atRest tells whether no phase is under way and no request waits.
func (w *world) atRest() bool {
	m, err := w.lane.store.Load(w.ctx, w.name)
	require.NoError(w.t, err)
	if m.BusyPhase() != "" {
		return false
	}
	for _, r := range m.Requests {
		if r.Live() {
			return false
		}
	}
	return true
}

func standing(m *store.Migration) string {
	var parts []string
	for name, p := range m.Phases {
		if p.Status.Busy() {
			parts = append(parts, fmt.Sprintf("%s is %s, request %s", name, p.Status, p.RequestID))
		}
	}
	for id, r := range m.Requests {
		if r.Live() {
			parts = append(parts, fmt.Sprintf("request %s of %s is %s until %s", id, r.Phase, r.Status, r.ExpiresAt))
		}
	}
	return strings.Join(parts, "; ")
}

// allIsWell has one more plan commanded and approved with nothing in its way: it must be run, or the rule would be kept by a bot that does
// nothing. A Redis that was set back may have been found out, and then nothing is to run.
func (w *world) allIsWell() {
	w.count("with a good end")
	w.profile = w.opened
	for i, r := range w.replicas {
		r.stop()
		w.start(i)
	}
	now := w.now()
	for _, user := range []string{ann, cleo, dora, dba} {
		w.people.persons[user].set(now, approvals.Person{ID: user, TeamID: team})
	}
	w.people.groups[groupOne].set(now, []string{ann})
	w.people.groups[groupTwo].set(now, []string{cleo})
	w.gate.set(now, true)
	w.pass(time.Minute) // what was read before is too old
	if !w.comesToRest() {
		return
	}
	r := w.up()
	if c := w.command(r, dba, "prepare"); c.err != nil {
		w.wrong("all was well, and the command was refused: %v", c.err)
		return
	}
	m := w.comesTo("prepare", store.Waiting)
	if m == nil {
		return
	}
	w.post()
	request := m.Phases["prepare"].RequestID
	for _, user := range []string{cleo, dora} {
		if c := w.press(w.up(), user, approve, request); c.err != nil {
			w.wrong("all was well, and the yes of %s was refused: %v", user, c.err)
		}
	}
	if m = w.comesTo("prepare", store.Complete); m != nil {
		w.count("good ends")
	}
}

// comesTo waits until a phase has a status.
func (w *world) comesTo(phase string, status store.PhaseStatus) *store.Migration {
	until := time.Now().Add(endPatience)
	for {
		m, err := w.lane.store.Load(w.ctx, w.name)
		require.NoError(w.t, err)
		switch {
		case m.Phases[phase].Status == status:
			return m
		case m.Phases[phase].Status == store.Failed && w.setBacks > 0:
			return nil // the target remembers what Redis forgot
		case time.Now().After(until):
			w.wrong("all was well, and %s did not become %q: %s (%s)", phase, status, standing(m), m.Phase(phase).Error)
			return nil
		case !m.Phases[phase].Status.Busy():
			w.wrong("all was well, and %s became %s: %s", phase, m.Phases[phase].Status, m.Phases[phase].Error)
			return nil
		}
		w.lookAgain()
		pause(2 * time.Millisecond)
	}
}

// pause gives the others a moment.
func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}
