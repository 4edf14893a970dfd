// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strings"
	"time"
)

// estimate knows how much of the work is over, and learns from it how long the rest takes. Work is in seconds of some machine; what
// a second of it takes here is measured per class of tasks, and where a class has no measurement yet, by the others'.
type estimate struct {
	jobs   int
	total  float64
	done   float64
	left   map[string]float64 // work by class, of tasks that are not over
	paths  map[*task]bool     // tasks that are not over, for the longest path
	spent  map[string]float64 // seconds by class, of tasks that are over
	worked map[string]float64 // the work that these had
}

func newEstimate(tasks []*task, jobs int) *estimate {
	e := &estimate{jobs: jobs, left: map[string]float64{}, paths: map[*task]bool{}, spent: map[string]float64{}, worked: map[string]float64{}}
	for _, t := range tasks {
		e.total += t.work
		e.left[t.class] += t.work
		e.paths[t] = true
	}
	return e
}

// learn takes a task that is over.
func (e *estimate) learn(t *task) {
	e.done += t.work
	e.left[t.class] -= t.work
	delete(e.paths, t)
	e.spent[t.class] += t.took.Seconds() * float64(max(1, t.slots))
	e.worked[t.class] += t.work
}

// trust is the work after which a class's own measurements count as much as those of the others.
const trust = 0.5

// pace is how many seconds a second of a class's work takes here.
func (e *estimate) pace(class string) float64 {
	spent, worked := 0.0, 0.0
	for c := range e.worked {
		spent, worked = spent+e.spent[c], worked+e.worked[c]
	}
	if worked <= 0 {
		return 1
	}
	others := spent / worked
	return (e.spent[class] + trust*others) / (e.worked[class] + trust)
}

// measured is from which share of the work on there is something to say.
const measured = 0.02

// read gives the share of the work that is done and the time that the rest will take, negative as long as there is too little to tell
// from. advanced is how far the running tasks are where PostgreSQL says so, 0 to 1.
func (e *estimate) read(now time.Time, running map[*task]bool, advanced map[*task]float64) (share float64, left time.Duration) {
	if e.total <= 0 {
		return 1, 0
	}
	seconds, longest := 0.0, 0.0
	for class, work := range e.left {
		seconds += work * e.pace(class)
	}
	share = e.done
	told := 0.0
	for t := range running {
		expected := t.work * e.pace(t.class) / float64(max(1, t.slots))
		elapsed := now.Sub(t.since).Seconds()
		part := 0.9 // as long as it runs it is not over, however long that was expected to take
		if elapsed < expected {
			part *= elapsed / expected
		}
		if a, ok := advanced[t]; ok && a > 0 {
			part = a
			told += a * t.work
			if whole := elapsed / a; a > 0.1 { // PostgreSQL's own word counts the more the further it is
				weight := min(1, 2*a)
				expected = (1-weight)*expected + weight*whole
			}
		}
		rest := max(expected*(1-part), 0)
		seconds += (rest - t.work*e.pace(t.class)/float64(max(1, t.slots))) * float64(max(1, t.slots))
		longest = max(longest, rest)
		share += part * t.work
	}
	for t := range e.paths {
		if !running[t] && t.after == 0 {
			longest = max(longest, t.priority*e.pace(t.class))
		}
	}
	share = min(share/e.total, 1)
	if (e.done+told)/e.total < measured {
		return share, -1
	}
	return share, time.Duration(max(seconds/float64(e.jobs), longest, 0) * float64(time.Second))
}

// built is how far a build is by PostgreSQL's phases: about half of the time is the reading and sorting, and the rest the writing.
func built(p buildPhase) float64 {
	done := max(p.percent, 0) / 100
	switch {
	case strings.Contains(p.name, "scanning table"):
		return 0.4 * done
	case strings.Contains(p.name, "sorting live tuples"):
		return 0.5
	case strings.Contains(p.name, "loading tuples"):
		return 0.7 + 0.3*done
	}
	return 0
}
