// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/store"
)

// Evidence is everything that was read of one migration. The thread is read first and Redis last, so that what is written meanwhile is
// where it is looked for.
type Evidence struct {
	Migration     string
	Redis, Target Copy
	// Heads are those of the thread, oldest message first; ThreadUnread says why there are none.
	Heads        []Head
	ThreadUnread string
}

// The places that a finding is about.
const (
	InRedis  = "redis"
	OnTarget = "target"
	InThread = "thread"
	InFile   = "file"
)

// Finding is one thing that is not as it was written.
type Finding struct {
	Where string `json:"where"`
	// Seq is the entry, To the last of several.
	Seq  int64  `json:"seq"`
	To   int64  `json:"to,omitempty"`
	What string `json:"what"`
	// Now says what the entry tells now, Was what another place has of it: what, who and when. Empty where that is not known.
	Now string `json:"now,omitempty"`
	Was string `json:"was,omitempty"`
}

// Report is what a verification came to.
type Report struct {
	Migration string `json:"migration"`
	// Entries and Head are the end of the longest chain that was read.
	Entries     int64     `json:"entries"`
	Head        string    `json:"head"`
	Findings    []Finding `json:"findings"`
	Compared    []string  `json:"compared"`
	NotCompared []string  `json:"not_compared"`
	// Notes are what is not wrong and worth knowing.
	Notes []string `json:"notes"`
}

// Good tells that nothing was found.
func (r Report) Good() bool { return len(r.Findings) == 0 }

func (r *Report) find(f Finding) { r.Findings = append(r.Findings, f) }

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Verify compares each copy in itself, the copies with each other, and both with the heads in the thread.
func Verify(v Evidence) Report {
	r := Report{Migration: v.Migration, Findings: []Finding{}, Compared: []string{}, NotCompared: []string{}, Notes: []string{}}
	redis, target := parse(v.Redis.Lines), parse(v.Target.Lines)
	r.copyOf(InRedis, "Redis", v.Redis, redis, target)
	r.copyOf(OnTarget, "the target", v.Target, target, redis)
	r.rows(v.Target, target)
	switch {
	case v.Redis.Unread == "" && v.Target.Unread == "":
		r.both(v, redis, target)
	case v.Redis.Unread == "" && redis.first() > 1:
		r.note("Redis has the chain from entry %d on, with which the migration was opened again; what is before it is on the target.", redis.first())
	}
	r.thread(v, redis, target)
	longest := redis
	if target.last().Seq > redis.last().Seq {
		longest = target
	}
	r.Entries, r.Head = longest.last().Seq, longest.last().Hash
	return r
}

// copyOf verifies one copy in itself; other is where a description of what is missing may be found.
func (r *Report) copyOf(where, name string, c Copy, mine, other chain) {
	if c.Unread != "" {
		r.NotCompared = append(r.NotCompared, fmt.Sprintf("%s: %s", name, c.Unread))
		return
	}
	if !c.Known {
		return
	}
	r.Compared = append(r.Compared, fmt.Sprintf("%s (%d entries)", name, len(mine.entries)))
	for _, wrong := range store.ChainErrors(mine.entries) {
		r.find(r.named(where, wrong, mine, other))
	}
	end := mine.last()
	if begin := mine.first(); begin > 1 && (where == OnTarget || !opens(mine.entries[0])) {
		r.find(r.named(where, &store.ChainError{Seq: 1, To: begin - 1, What: fmt.Sprintf("missing: the chain begins with entry %d", begin)}, mine, other))
	}
	switch {
	case c.EndSeq > end.Seq:
		r.find(r.named(where, &store.ChainError{Seq: end.Seq + 1, To: c.EndSeq, What: "cut off: the migration's document names entry " + fmt.Sprint(c.EndSeq) + " as the last"}, mine, other))
	case c.Exactly && c.EndSeq < end.Seq:
		r.find(r.named(where, &store.ChainError{Seq: c.EndSeq + 1, To: end.Seq, What: "stands behind the end that the migration's document names: written past Ferryman"}, mine, other))
	case c.EndSeq > 0 && mine.at[c.EndSeq].Sound() && mine.at[c.EndSeq].Hash != c.EndHash:
		r.find(r.named(where, &store.ChainError{Seq: c.EndSeq, What: fmt.Sprintf("is not the one that the migration's document names as the last (%.12s…)", c.EndHash)}, mine, other))
	}
}

// opens tells that an entry opened the migration: in Redis a chain begins so that goes on from one which has left Redis.
func opens(e store.AuditEntry) bool {
	return e.What == "command" && strings.HasPrefix(e.Object, "open from ")
}

// named makes a finding of what is wrong with a chain, and says what the entry tells and told.
func (r *Report) named(where string, wrong *store.ChainError, mine, other chain) Finding {
	f := Finding{Where: where, Seq: wrong.Seq, What: wrong.What}
	if wrong.To > wrong.Seq {
		f.To = wrong.To
	}
	now, there := mine.at[wrong.Seq]
	was, known := other.at[wrong.Seq]
	if there {
		f.Now = describe(now)
	}
	if known && was.Sound() && was.Line() != now.Line() {
		f.Was = describe(was)
	}
	return f
}

// rows compares what the target's columns say of each entry with the entry.
func (r *Report) rows(c Copy, target chain) {
	for i, row := range c.Rows {
		e := target.entries[i]
		if !e.Sound() || row.Seq == e.Seq && row.Hash == e.Hash {
			continue // a changed entry is found by its hash
		}
		r.find(Finding{Where: OnTarget, Seq: row.Seq, What: fmt.Sprintf("is row %d with hash %.12s…, and the entry in it has number %d and hash %.12s…", row.Seq, row.Hash, e.Seq, e.Hash), Now: describe(e)})
	}
}

// both compares the chain in Redis with the one on the target.
func (r *Report) both(v Evidence, redis, target chain) {
	switch {
	case !v.Redis.Known && v.Target.Known && v.Target.Open:
		r.find(Finding{Where: InRedis, Seq: 1, To: target.last().Seq, What: "is not there: Redis does not know the migration, which is open on the target. It was wiped; see ferryman adopt"})
		return
	case !v.Redis.Known && v.Target.Known:
		r.note("The migration is finished and has left Redis; its chain is on the target.")
		return
	}
	r.fork(redis, target)
	first, end, there := redis.first(), redis.last(), target.last()
	if first > 1 {
		if before, ok := target.at[first-1]; opens(redis.entries[0]) && (!ok || before.Hash != redis.entries[0].Prev) {
			r.find(Finding{Where: InRedis, Seq: first, What: fmt.Sprintf("does not go on from entry %d of the target", first-1), Now: describe(redis.entries[0])})
		}
	}
	switch {
	case there.Seq > end.Seq:
		r.find(r.named(InRedis, &store.ChainError{Seq: end.Seq + 1, To: there.Seq, What: "cut off: the target goes on. Redis was set back, or its end was removed; see ferryman adopt"}, redis, target))
	case there.Seq < end.Seq:
		r.behind(redis, target)
	}
}

// fork finds where two chains that are sound in themselves are not the same one.
func (r *Report) fork(redis, target chain) {
	for _, e := range redis.entries {
		t, both := target.at[e.Seq]
		if !both || e.Line() == t.Line() || !e.Sound() || !t.Sound() {
			continue
		}
		r.find(Finding{Where: InRedis, Seq: e.Seq, What: "differs from the one on the target, and each has its own hash: one of the two was rewritten. The heads in the thread tell which",
			Now: describe(e), Was: describe(t)})
		return // all that follows differs with it
	}
}

// behind says what the target does not have yet. What was there before an approved plan's first step ran is never among it.
func (r *Report) behind(redis, target chain) {
	from, to := target.last().Seq+1, redis.last().Seq
	var started store.AuditEntry
	for _, e := range redis.entries {
		switch {
		case e.What == "plan" && e.Sound() && strings.HasPrefix(e.Outcome, approvedStart):
			started = e
		case e.What == "step" && started.Seq >= from && e.Phase == started.Phase:
			r.find(r.named(OnTarget, &store.ChainError{Seq: from, To: to, What: fmt.Sprintf("cut off: entry %d was there before the first step ran", started.Seq)}, target, redis))
			return
		}
	}
	r.note("The target does not have entries %d to %d yet: it gets them with the next step, or when something is next commanded.", from, to)
}

// approvedStart is how the entry of an approved plan that is begun begins.
const approvedStart = "started, approved"
