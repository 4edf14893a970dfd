// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// say words what was found, what is missing, and what an adoption does beside what rebuild decided.
func (f *Findings) say(doc *store.Migration, threadErr error) {
	f.sayTarget(doc)
	f.sayAWS()
	f.sayThread(threadErr)
	f.sayRedis(doc)
}

func (f *Findings) sayTarget(doc *store.Migration) {
	r := f.remains
	from := ""
	if r.Record.OpenedBy != "" {
		from = " by " + r.Record.OpenedBy
	}
	f.found("the target, %s: opened %s%s; it remembers %d audit entries and the document of entry %d, written %s", r.Database, clock(r.Record.OpenedAt), from,
		r.Memory.Seq, doc.AuditSeq, clock(r.Memory.At))
	if line := standing(doc); line != "" {
		f.found("by the document: %s", line)
	}
	if r.SetAside > 0 {
		f.found("%d objects were set aside on the target, %d of them still are", r.SetAside, r.Aside)
	}
	if len(r.Used) > 0 {
		f.found("%d approvals were used up; none of them can run again", len(r.Used))
	}
	entries := make([]store.AuditEntry, 0, len(r.Chain))
	for _, e := range r.Chain {
		entry, err := store.ParseAuditEntry(e.Entry)
		if err != nil {
			f.disagree("audit entry %d on the target can't be read: ferryman audit verify %s", e.Seq, f.Migration)
			return
		}
		entries = append(entries, entry)
	}
	if err := store.VerifyChain(entries); err != nil {
		f.disagree("the audit chain on the target is not whole: %v; see ferryman audit verify %s", err, f.Migration)
	}
	f.Will = append([]string{fmt.Sprintf("Redis gets the migration as the target remembers it; its audit chain goes on after entry %d", r.Memory.Seq)}, f.Will...)
	f.miss("plans, and files that were not in the thread yet, were in Redis alone")
}

func (f *Findings) sayAWS() {
	aws := f.remains.AWS
	if aws.Err != nil {
		f.miss("AWS could not be read (%v): the next phase reads it itself", aws.Err)
	}
	if task := aws.Task; task != nil {
		words := "task " + task.ID + " is " + strings.TrimSpace(task.Status+" "+string(task.StopReason))
		if task.FullLoadUnder() {
			words += fmt.Sprintf(", loading tables (%d %%)", task.Stats.FullLoadPercent)
		}
		f.found("AWS: %s, read %s", words, clock(task.ReadAt))
	} else if aws.Err == nil {
		f.found("AWS: no task of this migration")
	}
}

func (f *Findings) sayThread(err error) {
	switch {
	case err != nil:
		f.miss("the thread could not be read (%v): it is looked for before the next message is sent", err)
	case f.thread.Root == "":
		f.miss("no root message of %s is in channel %s: a new one is posted; if the thread is in another channel, say which (--channel)", f.Migration, f.channel)
	default:
		f.found("the thread: its root and %d messages of mine below it, in channel %s; they are edited in place from now on", len(f.thread.Messages)-1, f.channel)
		if n := len(f.thread.Lively()); n > 0 {
			f.Will = append(f.Will, fmt.Sprintf("%d messages in the thread lose their buttons, and say why: approvals do not survive", n))
		}
		if heard, known := f.thread.Heard(), f.remains.Memory.Seq; heard > known {
			f.miss("the thread names audit entry %d, the target remembers %d: the entries between were in Redis alone", heard, known)
		}
		f.sayHeads()
	}
}

// sayHeads holds the heads that were posted against the target's chain.
func (f *Findings) sayHeads() {
	hashes := map[int64]string{}
	for _, e := range f.remains.Chain {
		hashes[e.Seq] = e.Hash
	}
	for _, m := range f.thread.Messages {
		if hash, ok := hashes[m.AuditSeq]; ok && m.AuditHead != "" && hash != m.AuditHead {
			f.disagree("the thread names another audit entry %d than the target has: Redis went on by itself after it was set back, or one of them was rewritten; see ferryman audit verify %s", m.AuditSeq, f.Migration)
			return
		}
	}
}

func (f *Findings) sayRedis(doc *store.Migration) {
	if f.redis == nil {
		f.found("Redis: nothing")
		return
	}
	f.found("Redis: another state, of audit entry %d; it is kept for 90 days", f.redis.AuditSeq)
	for _, phase := range slices.Sorted(maps.Keys(both(doc.Phases, f.redis.Phases))) {
		if in, on := one(f.redis, phase), one(doc, phase); in != on {
			f.disagree("%s is %s by Redis and %s by the target", runbook.Title(phase), in, on)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.redis.Requests)) {
		if r := f.redis.Requests[id]; r.Live() {
			f.Will = append(f.Will, fmt.Sprintf("the request for %s that is open in Redis is void", runbook.Title(r.Phase)))
		}
	}
}

func (f *Findings) found(format string, args ...any) {
	f.Found = append(f.Found, fmt.Sprintf(format, args...))
}
func (f *Findings) miss(format string, args ...any) {
	f.Missing = append(f.Missing, fmt.Sprintf(format, args...))
}
func (f *Findings) disagree(format string, args ...any) {
	f.Disagree = append(f.Disagree, fmt.Sprintf(format, args...))
}

// standing is how each phase stands that was begun, in the table's order.
func standing(m *store.Migration) string {
	var parts []string
	for _, s := range runbook.Machine {
		if words := one(m, s.Name); words != "not begun" {
			parts = append(parts, runbook.Title(s.Name)+" "+words)
		}
	}
	return strings.Join(parts, ", ")
}

func one(m *store.Migration, phase string) string {
	p, ok := m.Phases[phase]
	if !ok || p.Status == store.NotStarted {
		return "not begun"
	}
	words := string(p.Status)
	if p.Run > 1 {
		words += fmt.Sprintf(" (run %d)", p.Run)
	}
	if p.Status == store.Running || p.Status == store.Failed {
		words += fmt.Sprintf(", %d steps done", len(p.Done))
	}
	return words
}

func both(a, b map[string]*store.Phase) map[string]*store.Phase {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]*store.Phase{}
	}
	maps.Copy(all, b)
	return all
}
