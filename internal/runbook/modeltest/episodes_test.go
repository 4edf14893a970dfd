// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// episodes are courses of events that chance alone seldom brings about: each goes for one of the rules, with its details by the dice. What
// was before them and what comes after is as random as ever.
var episodes = []act{
	{name: lateEpisode, do: (*world).lateVote},
	{name: takenEpisode, do: (*world).takenOver},
	{name: backEpisode, do: (*world).setBackAfterStart},
	{name: movedEpisode, do: (*world).movedWhileHeld},
	{name: "a start that comes late", do: (*world).lateStart},
	{name: "a crowd", do: (*world).crowd},
	{name: "the word of who may not", do: (*world).whoMayNot},
}

const (
	lateEpisode  = "a vote that comes late"
	takenEpisode = "a replica that wakes up after another went on"
	backEpisode  = "Redis set back after the start"
	movedEpisode = "something moves between the yes and the start"

	shortly = 150 * time.Millisecond
	aWhile  = 600 * time.Millisecond
)

// asks brings a request about that waits for people, and is its id; "" where it does not come to that.
func (w *world) asks() string {
	for range 2 {
		m := w.load()
		busy := m.BusyPhase()
		if busy != "" && m.Phases[busy].Status == store.Waiting {
			w.post()
			return m.Phases[busy].RequestID
		}
		if busy != "" {
			return ""
		}
		w.command(w.up(), dba, pick(w, "prepare", "load"))
		w.settle(aWhile)
	}
	return ""
}

func (w *world) load() *store.Migration {
	m, err := w.lane.store.Load(w.ctx, w.name)
	require.NoError(w.t, err)
	return m
}

// mayYet are those, in the dice's order, whose yes a request needs and who have not said it.
func (w *world) mayYet(request string) []string {
	r := w.load().Requests[request]
	all := []string{ann, ben, cleo, dora}
	w.rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return slices.DeleteFunc(all, func(user string) bool { return slices.Contains(r.Voters(), user) })
}

// say has people say yes until so many are missing.
func (w *world) say(request string, missing int) bool {
	for _, user := range w.mayYet(request) {
		r := w.load().Requests[request]
		if !r.Live() {
			return false
		}
		if r.Missing() <= missing {
			return true
		}
		w.press(w.up(), user, approve, request)
	}
	return w.load().Requests[request].Missing() <= missing
}

// leaves has somebody lose what their word is worth by.
func (w *world) leaves(user string) {
	switch w.rng.IntN(3) {
	case 0:
		w.people.persons[user].set(w.now(), approvals.Person{ID: user, TeamID: team, Deleted: true})
	case 1:
		w.people.persons[user].set(w.now(), approvals.Person{ID: user, TeamID: team, Guest: true})
	default:
		for _, group := range []string{groupOne, groupTwo, opsGroup} {
			h := w.people.groups[group]
			h.set(w.now(), slices.DeleteFunc(slices.Clone(h.at(w.now())), func(u string) bool { return u == user }))
		}
	}
}

// lateVote: a replica falls asleep between a decision and its commit, and wakes up when the decision's ground is gone.
func (w *world) lateVote(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" || !w.say(request, 1+w.rng.IntN(2)) {
		return
	}
	users := w.mayYet(request)
	if len(users) == 0 {
		return
	}
	r := w.up()
	r.wire.set(newFuse(sleep, true, false, 1))
	w.press(r, users[0], approve, request)
	if w.rng.IntN(2) == 0 {
		w.leaves(users[0])
	}
	w.pass(pick(w, 5*time.Second, 16*time.Second, 20*time.Second, 61*time.Minute))
	r.wire.set(nil)
	r.wire.wake()
}

// takenOver: a replica falls asleep in its work, another takes its lease and goes on, and then the first wakes up.
func (w *world) takenOver(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" || !w.say(request, 1) {
		return
	}
	w.mend()
	w.lay(pick(w, beforeConsume, afterConsume, beforeStep, beforeStep, insideStep, afterStep, afterMirror), pick(w, sleep, sleep, sleep, crash))
	if !w.say(request, 0) {
		return
	}
	down := w.waitDown(aWhile)
	w.leasesPass()
	w.settle(pick(w, 30*time.Millisecond, aWhile, aWhile))
	for _, r := range down {
		r.wire.wake()
	}
	w.settle(shortly)
}

// waitDown waits until a replica is down.
func (w *world) waitDown(patience time.Duration) (down []*replica) {
	for until := time.Now().Add(patience); len(down) == 0 && time.Now().Before(until); pause(2 * time.Millisecond) {
		for _, r := range w.replicas {
			if r != nil && !r.alive() {
				down = append(down, r)
			}
		}
	}
	return down
}

// setBackAfterStart: Redis is set back to a copy from before the start, when the plan was begun or done.
func (w *world) setBackAfterStart(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" || !w.say(request, w.rng.IntN(2)+1) {
		return
	}
	c := w.copyRedis()
	if w.rng.IntN(2) == 0 {
		w.lay(pick(w, afterConsume, insideStep, afterStep, afterMirror), pick(w, crash, sleep))
	}
	if !w.say(request, 0) {
		return
	}
	w.settle(pick(w, 20*time.Millisecond, shortly, aWhile))
	w.setBack(c)
	w.nudge()
	w.mend()
	w.say(request, 0)
	w.settle(shortly)
}

// movedWhileHeld: the gate holds a granted plan up, and meanwhile its voters, its requester or the plan itself change.
func (w *world) movedWhileHeld(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" {
		return
	}
	w.gate.set(w.now(), false)
	if w.say(request, 0) {
		w.settle(shortly)
		switch r := w.load().Requests[request]; w.rng.IntN(5) {
		case 0, 1:
			if len(r.Votes) > 0 {
				w.leaves(pick(w, r.Voters()...))
			}
		case 2:
			w.leaves(r.Requester)
		case 3:
			w.replan()
		case 4:
			w.press(w.up(), pick(w, ann, ben, cleo, dora), reject, request)
		}
		w.pass(pick(w, time.Second, 20*time.Second))
	}
	w.gate.set(w.now(), true)
	w.goesOn()
	w.settle(aWhile)
}

// goesOn waits until what was held up is so no more: engines that wait for a gate count as at rest.
func (w *world) goesOn() {
	for until := time.Now().Add(aWhile); w.standing() == store.Holding && time.Now().Before(until); pause(2 * time.Millisecond) {
	}
}

// lateStart: a replica falls asleep just before it commits a start, and wakes up when the start's ground is gone.
func (w *world) lateStart(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" || !w.say(request, 1) {
		return
	}
	w.lay(pick(w, beforeConsume, afterConsume, afterConsume), sleep)
	if !w.say(request, 0) {
		return
	}
	down := w.waitDown(aWhile)
	r := w.load().Requests[request]
	switch w.rng.IntN(3) {
	case 0:
		if len(r.Votes) > 0 {
			w.leaves(pick(w, r.Voters()...))
		}
	case 1:
		w.gate.set(w.now(), false)
	}
	w.pass(pick(w, 10*time.Second, 16*time.Second, 31*time.Second, 61*time.Minute))
	for _, r := range down {
		r.wire.wake()
	}
	w.settle(shortly)
}

// crowd: many click while two say yes, and go on clicking while the plan is started and run.
func (w *world) crowd(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" {
		return
	}
	for range 3 {
		var all []*click
		var at []*replica
		for range 4 {
			all, at = append(all, w.button(w.clicker(), approve, request)), append(at, w.up())
		}
		all, at = append(all, w.button(pick(w, outsider, guest, former, newcomer), approve, request)), append(at, w.up())
		w.together(at, all)
	}
	w.settle(shortly)
}

// whoMayNot: somebody says yes whose word is worth nothing, although they are named or come to be.
func (w *world) whoMayNot(_ *replica, _ *store.Migration) {
	request := w.asks()
	if request == "" {
		return
	}
	user := pick(w, newcomer, newcomer, newcomer, outsider, guest, robot, former, partner, w.load().Requests[request].Requester)
	if user == newcomer || user == outsider {
		h := w.people.groups[pick(w, groupOne, groupTwo)]
		h.set(w.now(), append(slices.Clone(h.at(w.now())), user))
		w.pass(20 * time.Second)
	}
	w.say(request, 1+w.rng.IntN(2))
	w.press(w.up(), user, approve, request)
	w.settle(shortly)
}
