// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// rebuild makes the migration that is to be in Redis, and says what it decided: in Will, and in Disagree where AWS contradicts the
// document.
func (f *Findings) rebuild(now time.Time) (*store.Migration, error) {
	m, err := f.document()
	if err != nil {
		return nil, err
	}
	f.Will, f.Disagree = []string{}, []string{}
	m.AuditSeq, m.AuditHead = f.remains.Memory.Seq, f.remains.Memory.Hash
	m.Channel, m.TargetID = f.channel, f.remains.TargetID
	if f.thread != nil {
		for phase, run := range f.thread.Runs() {
			if _, known := runbook.Find(phase); known {
				m.Phase(phase).Run = max(m.Phase(phase).Run, run)
			}
		}
	}
	for _, phase := range slices.Sorted(maps.Keys(m.Phases)) {
		m.Phases[phase].Headline = ""
		if m.Phases[phase].Status.Busy() {
			if err := f.interrupted(m, phase, now); err != nil {
				return nil, err
			}
		}
	}
	if closed := f.remains.Record.ClosedAt; closed != nil && runbook.IsDone(m, "cutover") {
		f.Will = append(f.Will, fmt.Sprintf("it is finished since %s: Redis knows it again, and nothing is left to go on with", clock(*closed)))
		if m.ClosedAt.IsZero() {
			m.ClosedAt = *closed
		}
	}
	if _, err := f.remains.AWS.Supply(m); err != nil {
		return nil, err
	}
	return m, f.compareTask(m, now)
}

// interrupted decides what becomes of a phase that was between its command and its end.
func (f *Findings) interrupted(m *store.Migration, phase string, now time.Time) error {
	p, title := m.Phases[phase], runbook.Title(phase)
	will := func(format string, args ...any) { f.Will = append(f.Will, fmt.Sprintf(format, args...)) }
	for _, id := range f.remains.Steps[p.Fingerprint] {
		if !p.StepDone(id) {
			p.Done = append(p.Done, id)
		}
	}
	if closed := f.remains.Record.ClosedAt; closed != nil && phase == "cutover" {
		will("%s had recorded its end on the target: it is complete", title)
		m.ClosedAt = *closed
		return runbook.Finish(m, phase, *closed)
	}
	switch {
	case p.Status == store.Requested:
		will("%s was commanded and not planned yet: it is planned now", title)
		runbook.Again(m, phase, now)
	case p.Status != store.Running:
		will("%s waited for two people or for its gate: the request is void and nothing was run by it; /migrate-%s asks anew", title, phase)
		p.Status, p.EndedAt = store.Refused, now
	case p.RequestID == "" && !slices.Contains(f.remains.Used, p.Fingerprint):
		will("%s was under way and needed no approval: it is planned afresh and goes on; what is done stays done, and what needs two people is asked", title)
		runbook.Again(m, phase, now)
	case phases.OnlyLooksLeft(phase, p.Done):
		will("%s ran by an approved plan of which only looking is left: it is planned afresh and goes on", title)
		runbook.Again(m, phase, now)
	default:
		will("%s ran by a plan that two people approved, and approvals do not survive: it ends as failed. %d of its steps are done and stay done; /migrate-%s does what is left, and asks two people",
			title, len(p.Done), phase)
		runbook.Fail(m, phase, fmt.Sprintf("Redis lost the migration while %s ran by an approved plan.", title), now)
	}
	return nil
}

// compareTask holds the document against the task: what moves rows is believed, not what was written down of it.
func (f *Findings) compareTask(m *store.Migration, now time.Time) error {
	aws := f.remains.AWS
	disagree := func(format string, args ...any) { f.Disagree = append(f.Disagree, fmt.Sprintf(format, args...)) }
	for _, other := range aws.Foreign {
		disagree("%s: it is left alone", other)
	}
	loaded, load := runbook.IsDone(m, "load"), m.Phase("load")
	switch task := aws.Task; {
	case task == nil && aws.Err == nil && loaded && len(aws.Foreign) == 0:
		disagree("the document says that Load is complete, and AWS has no task of this migration: /migrate-load makes one, and asks two people before it empties tables")
	case task == nil || load.Status.Busy() || !m.Open():
	case loaded && task.FullLoadUnder():
		disagree("the document says that Load is complete, and the task is loading tables: it was started afresh at %s", clock(task.Stats.FreshStart))
		f.Will = append(f.Will, "Load is marked as failed, and what came after it as not done: /migrate-load follows the task to its end and empties nothing")
		runbook.Reopen(m, "load", "The task was started afresh after Load had ended.", now)
		return phases.LoadOpen(m)
	case !loaded && load.StartedAt.IsZero() && !task.StartDate.IsZero():
		disagree("the document knows of no load, and the task was started at %s", clock(task.StartDate))
		f.Will = append(f.Will, "Load is marked as failed: /migrate-load follows the task to its end and empties nothing")
		load.StartedAt = task.StartDate
		runbook.Fail(m, "load", "Redis lost the migration while it was loaded.", now)
		return phases.LoadOpen(m)
	case runbook.Watching(m) && m.Phase("cutover").StartedAt.IsZero() && task.Status != "running" && task.Status != "starting":
		disagree("the document says that the task replicates, and it is %s %s", task.Status, task.StopReason)
	}
	return nil
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
