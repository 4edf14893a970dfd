// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/store"
)

// Spec is one row of the state machine: when a phase may be commanded.
type Spec struct {
	Name string
	// After are the phases that must be complete.
	After []string
	// Before are the phases that must not have begun.
	Before []string
	// Again tells that the phase may be run again after it was completed.
	Again bool
	// Undoes are the phases whose work the first step of this one takes back: they are to be run again.
	Undoes []string
	// Later marks a phase that this version does not have.
	Later bool
	// Spine marks the phases of the root message, in the order of the table.
	Spine bool
}

// Machine is the state machine: docs/state-machine.md draws the same table, and a test holds the two together.
var Machine = []Spec{
	{Name: "assess", Before: []string{"load"}, Again: true, Spine: true},
	{Name: "offload", Later: true},
	{Name: "schema", After: []string{"assess"}, Before: []string{"prepare"}, Again: true, Spine: true},
	{Name: "prepare", After: []string{"schema"}, Again: true, Undoes: []string{"rebuild"}, Spine: true},
	{Name: "load", After: []string{"prepare"}, Again: true, Undoes: []string{"rebuild", "replicate", "validate"}, Spine: true},
	{Name: "rebuild", After: []string{"load"}, Again: true, Spine: true},
	{Name: "replicate", After: []string{"rebuild"}, Again: true, Spine: true},
	{Name: "validate", After: []string{"replicate"}, Again: true},
	{Name: "cutover", After: []string{"replicate"}, Spine: true},
	{Name: "fallback", Later: true},
}

// Find returns the row of a phase.
func Find(phase string) (Spec, bool) {
	for _, s := range Machine {
		if s.Name == phase {
			return s, true
		}
	}
	return Spec{}, false
}

// Spine are the phases of the root message, in order.
func Spine() []string {
	var names []string
	for _, s := range Machine {
		if s.Spine {
			names = append(names, s.Name)
		}
	}
	return names
}

// undo makes what a phase takes back as if it had never been, but for the count of its runs, which its messages' keys are made of.
func undo(m *store.Migration, phase string) {
	spec, _ := Find(phase)
	for _, name := range spec.Undoes {
		if p, ok := m.Phases[name]; ok && !p.Status.Busy() {
			*p = store.Phase{Run: p.Run}
		}
		delete(m.Facts, completeFact+name)
	}
}

// completeFact is the prefix of the mark of a phase that was completed, until a step of it is run again: a command that was refused, or
// whose gate was red, takes nothing back.
const completeFact = "complete:"

func done(m *store.Migration, phase string) bool {
	_, marked := m.Facts[completeFact+phase]
	return marked || status(m, phase) == store.Complete
}

// begin makes a phase one that runs by the plan from now on.
func begin(m *store.Migration, phase, fingerprint string, now time.Time) {
	p := m.Phase(phase)
	p.Status, p.StartedAt, p.Fingerprint, p.Done, p.Held = store.Running, now, fingerprint, nil, nil
	delete(m.Facts, completeFact+phase)
	undo(m, phase)
}

// NotLegalError is a command that the state of the migration does not allow now.
type NotLegalError struct {
	Phase string
	// Why is a whole sentence.
	Why string
	// Legal are the phases that may be commanded now.
	Legal []string
}

func (e *NotLegalError) Error() string { return e.Why }

// Check tells whether a phase may be commanded now; the error is a *NotLegalError.
func Check(m *store.Migration, phase string) error {
	if why := whyNot(m, phase); why != "" {
		return &NotLegalError{Phase: phase, Why: why, Legal: Legal(m)}
	}
	return nil
}

// Legal are the phases that may be commanded now, in the table's order.
func Legal(m *store.Migration) []string {
	var names []string
	for _, s := range Machine {
		if whyNot(m, s.Name) == "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// Next is the phase to go on with, or "" where the runbook is at its end or something runs.
func Next(m *store.Migration) string {
	if !m.Open() || m.BusyPhase() != "" {
		return ""
	}
	for _, s := range Machine {
		if !done(m, s.Name) && whyNot(m, s.Name) == "" {
			return s.Name
		}
	}
	return ""
}

// begun tells whether a phase has done anything that lasts: a step of it was run at any time, whether to its end or not.
func begun(m *store.Migration, phase string) bool {
	p, ok := m.Phases[phase]
	return ok && !p.StartedAt.IsZero()
}

func status(m *store.Migration, phase string) store.PhaseStatus {
	if p, ok := m.Phases[phase]; ok {
		return p.Status
	}
	return store.NotStarted
}

func whyNot(m *store.Migration, phase string) string {
	spec, ok := Find(phase)
	switch {
	case !ok:
		return fmt.Sprintf("There is no phase %q.", phase)
	case spec.Later:
		return fmt.Sprintf("%s is not in this version of Ferryman; it comes later.", Title(phase))
	case !m.Open():
		return fmt.Sprintf("%s is finished since %s.", m.Name, m.ClosedAt.Format("2006-01-02 15:04 MST"))
	}
	if busy := m.BusyPhase(); busy != "" {
		if m.Phases[busy].Status == store.Waiting {
			return fmt.Sprintf("%s waits for two people. Reject it in the thread to do something else.", Title(busy))
		}
		if m.Phases[busy].Status == store.Holding {
			return fmt.Sprintf("%s is approved and waits for its gate. Reject it in the thread to do something else.", Title(busy))
		}
		return fmt.Sprintf("%s is under way; one phase at a time.", Title(busy))
	}
	for _, after := range spec.After {
		if p, ok := m.Phases[after]; ok && p.Status == store.Failed && p.Error != "" && !done(m, after) {
			return fmt.Sprintf("%s needs %s to be complete first, which failed: %s", Title(phase), Title(after), strings.TrimSuffix(p.Error, ".")+".")
		}
		if !done(m, after) {
			return fmt.Sprintf("%s needs %s to be complete first.", Title(phase), Title(after))
		}
	}
	for _, before := range spec.Before {
		if begun(m, before) {
			return fmt.Sprintf("%s is over: %s has begun.", Title(phase), Title(before))
		}
	}
	if done(m, phase) && !spec.Again {
		return fmt.Sprintf("%s is complete already.", Title(phase))
	}
	return ""
}

// Title is a phase's name at the beginning of a sentence.
func Title(phase string) string {
	if phase == "" {
		return ""
	}
	return strings.ToUpper(phase[:1]) + phase[1:]
}
