// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/standin/faulty"
)

// fate is what happens to a replica at a recorded write of its.
type fate string

const (
	// spared: nothing. after: it is killed once it has the answer. unanswered: it is killed and never learns that it was written.
	// asleep: it is stopped (SIGSTOP) before it reads the answer, and woken when its leases are over.
	spared     fate = ""
	after      fate = "after"
	unanswered fate = "unanswered"
	// drained: it is asked to end (SIGTERM) and started again once it has. byTurns is after,
	// unanswered and, where another replica goes on meanwhile, asleep, one after the other.
	asleep  fate = "asleep"
	drained fate = "drained"
	byTurns fate = "turns"
)

// plan says which recorded writes are disturbed, and how.
type plan struct {
	fate fate
	// shard of shards: of the different writes of a phase, every shards-th one is disturbed in this run, beginning with the shard-th.
	shard, shards int
	// only, unless nil, says by their names which writes are disturbed.
	only *regexp.Regexp
	// alone tells that there is one replica.
	alone bool
	// repeats bounds how many of the writes that go on for ever are disturbed in a phase, per kind.
	repeats int
}

// disturber sees every recorded write of every replica and disturbs those that its plan says.
type disturber struct {
	plan     plan
	takeover time.Duration

	mu    sync.Mutex
	on    bool
	phase string
	// replicas by the name that their proxies know them by, which is new at each start.
	replicas map[string]*replica
	// seen are the different writes by phase, in order; hit those that were disturbed.
	seen    map[string]map[string]bool
	kinds   map[string]int
	hit     map[string]int
	repeats map[string]int
	// effects counts AWS's calls that changed something, whoever made them.
	effects map[string]int
	asleep  *replica
	total   int
	wg      sync.WaitGroup
}

func newDisturber(p plan, takeover time.Duration) *disturber {
	return &disturber{plan: p, takeover: takeover, replicas: map[string]*replica{}, seen: map[string]map[string]bool{},
		kinds: map[string]int{}, hit: map[string]int{}, repeats: map[string]int{}, effects: map[string]int{}}
}

// at says which phase the people are at; what is written from now on counts as its.
func (d *disturber) at(phase string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.phase, d.on = phase, true
}

// off ends the disturbances, and waits for those under way.
func (d *disturber) off() {
	d.mu.Lock()
	d.on = false
	d.mu.Unlock()
	d.wg.Wait()
}

// wrote is the faulty.Watcher.
func (d *disturber) wrote(w faulty.Write, answer func()) {
	victim, what := d.judge(w)
	switch what {
	case after:
		answer()
		victim.crash()
	case unanswered:
		victim.crash()
	case drained:
		answer()
		d.wg.Go(func() { victim.tell() })
	case asleep:
		victim.sleep()
		answer()
		d.wg.Go(func() {
			time.Sleep(d.takeover*3/2 + time.Second)
			victim.wake()
			d.mu.Lock()
			d.asleep = nil
			d.mu.Unlock()
		})
	default:
		answer()
	}
}

// judge counts a write and decides on its fate.
func (d *disturber) judge(w faulty.Write) (*replica, fate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.Read && d.plan.fate != asleep { // who dies after a look is as good as one who never looked; who sleeps acts on it when it wakes
		return nil, spared
	}
	if w.Service == faulty.AWS && !w.Read {
		d.effects[w.Kind]++
	}
	victim := d.replicas[w.Client]
	if !d.on || victim == nil {
		return nil, spared
	}
	if d.plan.only != nil && !d.plan.only.MatchString(w.String()) {
		return nil, spared
	}
	kind := d.phase + ": " + w.String()
	id := kind + " " + w.ID
	if w.Repeats {
		// Each time is another write, up to the bound.
		if d.repeats[kind] >= d.plan.repeats {
			return nil, spared
		}
		id = fmt.Sprintf("%s %d", kind, d.repeats[kind])
		d.repeats[kind]++
	}
	if d.seen[d.phase] == nil {
		d.seen[d.phase] = map[string]bool{}
	}
	if d.seen[d.phase][id] {
		return nil, spared
	}
	ordinal := len(d.seen[d.phase])
	d.seen[d.phase][id] = true
	d.kinds[kind]++
	if d.plan.fate == spared || ordinal%max(1, d.plan.shards) != d.plan.shard || d.asleep != nil {
		return nil, spared
	}
	what := d.plan.fate
	if what == byTurns {
		turns := []fate{after, unanswered, asleep}
		if d.plan.alone {
			turns = turns[:2]
		}
		what = turns[d.total%len(turns)]
	}
	d.hit[kind]++
	d.total++
	if what == asleep {
		d.asleep = victim
	} else {
		delete(d.replicas, w.Client) // it is dead, or ends: what of its is still on the way is disturbed no more
	}
	return victim, what
}

// join makes a replica known under a new name.
func (d *disturber) join(name string, r *replica) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.replicas, func(_ string, other *replica) bool { return other == r })
	d.replicas[name] = r
}

// counted is how often each of AWS's calls took effect.
func (d *disturber) counted() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.effects)
}

// report says what was written and disturbed, phase by phase.
func (d *disturber) report() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	written, disturbed, kinds, kindsHit := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for kind, n := range d.kinds {
		phase, _, _ := strings.Cut(kind, ":")
		written[phase] += n
		disturbed[phase] += d.hit[kind]
		kinds[phase]++
		if d.hit[kind] > 0 {
			kindsHit[phase]++
		}
	}
	var b strings.Builder
	for _, phase := range slices.Sorted(maps.Keys(written)) {
		fmt.Fprintf(&b, "  %-9s %3d of %3d recorded writes, %2d of %2d kinds\n", phase, disturbed[phase], written[phase], kindsHit[phase], kinds[phase])
	}
	return b.String()
}
