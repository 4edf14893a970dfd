// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// pick is one of some things, as the script's dice fall.
func pick[T any](w *world, of ...T) T { return of[w.rng.IntN(len(of))] }

// act is something that may happen, and how often.
type act struct {
	name   string
	weight int
	do     func(w *world, r *replica, m *store.Migration)
}

// acts are all that may happen next. r is a replica that is up.
var acts = []act{
	{"command", 8, func(w *world, r *replica, _ *store.Migration) { w.command(r, w.commander(), w.phase()) }},
	{"click", 26, (*world).clickOnce},
	{"clicks at once", 8, (*world).clickAtOnce},
	{"double click", 5, (*world).clickTwice},
	{"stale click", 5, (*world).clickStale},
	{"old modal", 2, func(w *world, r *replica, _ *store.Migration) { w.sendModals(r) }},
	{"delivered again", 3, (*world).deliverAgain},
	{"posted again", 2, (*world).postAgain},
	{"membership", 6, func(w *world, _ *replica, _ *store.Migration) { w.regroup() }},
	{"person", 3, func(w *world, _ *replica, _ *store.Migration) { w.change() }},
	{"configuration", 2, (*world).reconfigure},
	{"plan", 4, func(w *world, _ *replica, _ *store.Migration) { w.replan() }},
	{"gate", 4, func(w *world, _ *replica, _ *store.Migration) { w.gate.set(w.now(), !w.gate.at(w.now())) }},
	{"time", 4, func(w *world, _ *replica, _ *store.Migration) {
		w.pass(pick(w, time.Second, 10*time.Second, 20*time.Second, 25*time.Minute, 35*time.Minute, 61*time.Minute))
		w.nudge()
	}},
	{"trap", 9, (*world).setTrap},
	{"mend", 6, func(w *world, _ *replica, _ *store.Migration) { w.mend() }},
	{"lease", 5, func(w *world, _ *replica, _ *store.Migration) { w.leasesPass() }},
	{"stop", 3, (*world).stopOne},
	{"copy", 3, func(w *world, _ *replica, _ *store.Migration) { w.copies = append(w.copies, w.copyRedis()) }},
	{"set back", 2, func(w *world, _ *replica, _ *store.Migration) {
		if len(w.copies) > 0 {
			w.setBackTo(pick(w, w.copies...))
		}
	}},
	{"Slack away", 1, func(w *world, _ *replica, _ *store.Migration) { w.people.away.set(w.now(), !w.people.away.at(w.now())) }},
}

var weights = func() (sum int) {
	for _, a := range acts {
		sum += a.weight
	}
	return sum
}()

// next does one thing.
func (w *world) next() {
	r := w.up()
	m, err := w.lane.store.Load(w.ctx, w.name)
	require.NoError(w.t, err)
	if w.doubles.often != "" && w.rng.IntN(3) == 0 {
		w.episode(w.doubles.often, r, m)
		return
	}
	switch chance := w.rng.IntN(8); {
	case chance == 0:
		w.episode(pick(w, episodes...).name, r, m)
		return
	case chance < 5: // mostly people do what the thread asks them to
		switch busy := m.BusyPhase(); {
		case busy == "":
			w.did("command")
			w.command(r, w.commander(), w.phase())
			return
		case m.Phases[busy].Status == store.Waiting:
			w.did("click")
			w.clickOnce(r, m)
			return
		}
	}
	n := w.rng.IntN(weights)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			w.did(a.name)
			a.do(w, r, m)
			return
		}
	}
}

func (w *world) episode(name string, r *replica, m *store.Migration) {
	w.did(name)
	i := slices.IndexFunc(episodes, func(e act) bool { return e.name == name })
	episodes[i].do(w, r, m)
}

func (w *world) did(what string) {
	w.history = append(w.history, what)
	w.count(what)
}

// up is a replica that is up, one of those that are; where none is, one is started.
func (w *world) up() *replica {
	var up []*replica
	for _, r := range w.replicas {
		if r != nil && r.alive() {
			up = append(up, r)
		}
	}
	if len(up) == 0 {
		w.mend()
		return w.up()
	}
	return pick(w, up...)
}

// commander is who gives a command, mostly one who may.
func (w *world) commander() string {
	return pick(w, dba, dba, dba, dba, dba, dba, deputy, deputy, ann, outsider, robot, former)
}

func (w *world) phase() string {
	return pick(w, "prepare", "prepare", "prepare", "load", "cutover", "cutover", "validate")
}

// clicker is who clicks, mostly one who may.
func (w *world) clicker() string {
	if w.rng.IntN(4) == 0 {
		return pick(w, everybody...)
	}
	return pick(w, ann, ben, cleo, dora)
}

// current is the request that is asked now, if any: its message is in the thread.
func (w *world) current(m *store.Migration) string {
	busy := m.BusyPhase()
	if busy == "" || m.Phases[busy].RequestID == "" {
		return ""
	}
	if w.places[m.Phases[busy].RequestID] == "" || w.rng.IntN(4) == 0 {
		w.post()
	}
	return m.Phases[busy].RequestID
}

func (w *world) clickOnce(r *replica, m *store.Migration) {
	request := w.current(m)
	if request == "" {
		return
	}
	w.press(r, w.clicker(), pick(w, approve, approve, approve, approve, approve, approve, approve, approve, withdraw, reject), request)
}

// clickAtOnce has several people click at the same moment, each at a replica of their own.
func (w *world) clickAtOnce(_ *replica, m *store.Migration) {
	request := w.current(m)
	if request == "" {
		return
	}
	var all []*click
	var at []*replica
	for range 2 + w.rng.IntN(3) {
		r := w.up()
		c := w.button(w.clicker(), pick(w, approve, approve, approve, approve, withdraw, reject), request)
		all, at = append(all, c), append(at, r)
	}
	w.together(at, all)
}

// clickTwice has one person's click arrive twice at the same moment: the same envelope, or another one.
func (w *world) clickTwice(r *replica, m *store.Migration) {
	request := w.current(m)
	if request == "" {
		return
	}
	one := w.button(w.clicker(), pick(w, approve, approve, approve, withdraw), request)
	two := w.button(one.env.User, one.env.ActionID, request)
	if w.rng.IntN(2) == 0 {
		two.env.ID = one.env.ID
	}
	w.together([]*replica{r, w.up()}, []*click{one, two})
}

// together gives clicks to replicas side by side.
func (w *world) together(at []*replica, all []*click) {
	for i, c := range all {
		w.begin(at[i], c)
	}
	for i, c := range all {
		w.await(at[i], c)
	}
	w.sendModals(w.up())
}

// clickStale is a click from where it has no power: an old request, a message that was replaced, a copy, another channel, another
// request's message, no request at all.
func (w *world) clickStale(r *replica, m *store.Migration) {
	request := w.current(m)
	var known []string
	for id := range w.places {
		known = append(known, id)
	}
	slices.Sort(known)
	if len(known) == 0 {
		return
	}
	c := w.button(w.clicker(), pick(w, approve, approve, reject, withdraw), pick(w, known...))
	switch w.rng.IntN(5) {
	case 0: // an old request, or this one after all
	case 1:
		c.env.MessageTS, c.right = "1699999999.000001", false // a copy
	case 2:
		c.env.Channel, c.right = elsewhere, false
	case 3:
		if len(w.stale) > 0 {
			old := pick(w, w.stale...)
			c.env.Value, c.env.MessageTS, c.request, c.right = old.request, old.ts, old.request, false
		}
	case 4:
		if request != "" && request != c.request {
			c.env.Value, c.request, c.right = request, request, false // the button of one, the message of another
		}
	}
	w.handle(r, c)
	w.sendModals(r)
}

// deliverAgain is Slack's repetition of what it delivered before, or the inbox's where a replica died over it.
func (w *world) deliverAgain(r *replica, _ *store.Migration) {
	if len(w.clicks) == 0 {
		return
	}
	old := w.clicks[len(w.clicks)-1-w.rng.IntN(min(3, len(w.clicks)))]
	w.handle(r, &click{env: old.env, act: old.act, request: old.request, right: old.right})
}

// postAgain is a message that was deleted and is posted again: the old one has no power any more.
func (w *world) postAgain(_ *replica, m *store.Migration) {
	request := w.current(m)
	if request == "" || w.places[request] == "" {
		return
	}
	posted := map[string]store.Posted{}
	w.place(request, posted)
	require.NoError(w.t, w.lane.store.Relink(w.ctx, w.name, postman, posted, nil, nil))
}

// regroup has somebody join or leave a group.
func (w *world) regroup() {
	h := w.people.groups[pick(w, groupOne, groupTwo, opsGroup)]
	user := pick(w, ann, ben, cleo, newcomer, deputy, outsider)
	members := slices.Clone(h.at(w.now()))
	if i := slices.Index(members, user); i >= 0 {
		members = slices.Delete(members, i, i+1)
	} else {
		members = append(members, user)
	}
	h.set(w.now(), members)
}

// change makes somebody another kind of account, or what they were.
func (w *world) change() {
	user := pick(w, ann, ben, cleo, dora, dba)
	h := w.people.persons[user]
	person := approvals.Person{ID: user, TeamID: team}
	if h.at(w.now()) == person {
		switch w.rng.IntN(3) {
		case 0:
			person.Deleted = true
		case 1:
			person.Guest = true
		case 2:
			person.External, person.TeamID = true, "T0PARTNER"
		}
	}
	h.set(w.now(), person)
}

// reconfigure changes the profile, or puts it back: replicas have it from their next start on, this one at once.
func (w *world) reconfigure(r *replica, _ *store.Migration) {
	if w.profile != w.opened {
		w.profile = w.opened
	} else {
		w.profile = reprofiled(*w.opened, func(p *config.Profile) {
			switch w.rng.IntN(4) {
			case 0:
				p.Approvers.Users = append(slices.Clone(p.Approvers.Users), outsider)
			case 1:
				p.Approvers.Groups = []string{groupTwo}
			case 2:
				p.Approvers.RequesterMayApprove = !p.Approvers.RequesterMayApprove
			case 3:
				p.Operators.Users = []string{outsider}
			}
		})
	}
	r.stop()
	w.start(r.number)
}

// replan changes what the phases would do, or puts it back.
func (w *world) replan() {
	w.plan.set(w.now(), plan{steps: 1 + w.rng.IntN(3), kind: pick(w, "index", "index", "trigger")})
}

// setTrap has a replica crash, sleep or lose an answer somewhere ahead.
func (w *world) setTrap(r *replica, _ *store.Migration) {
	f, after := pick(w, crash, crash, sleep, sleep, sleep, loseAnswer), w.rng.IntN(2) == 0
	switch w.rng.IntN(5) {
	case 0:
		r.wire.set(newFuse(f, false, after, 1+w.rng.IntN(40)))
	case 1, 2:
		fuse := newFuse(f, true, after, 1+w.rng.IntN(6))
		for _, r := range w.replicas {
			if r != nil {
				r.wire.set(fuse)
			}
		}
	default:
		if f == loseAnswer {
			f = crash
		}
		w.lay(places[w.rng.IntN(len(places))], f)
	}
}

// mend wakes who sleeps, and starts what is not there.
func (w *world) mend() {
	for i, r := range w.replicas {
		if r == nil {
			w.start(i)
			continue
		}
		r.wire.wake()
		if !r.alive() {
			r.stop()
			w.start(i)
		}
	}
	w.leasesPass()
}

// stopOne ends a replica as a rolling update does, where another is up; that one goes on.
func (w *world) stopOne(r *replica, _ *store.Migration) {
	r.stop()
	if w.rng.IntN(2) == 0 {
		w.start(r.number)
	} else {
		w.replicas[r.number] = nil
	}
	w.nudge()
}

func (w *world) setBackTo(c savedCopy) {
	w.setBack(c)
	w.nudge()
}
