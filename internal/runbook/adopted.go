// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"strings"
	"time"

	"github.com/ferryman/ferryman/store"
)

// The kinds of events of a migration whose state in Redis was lost: EventForgot says that Redis knows less of it than the target while
// nothing runs, EventAdopted that it was rebuilt, EventStripped takes the buttons from a message that they belong to no longer.
const (
	EventForgot   = "forgot"
	EventAdopted  = "adopted"
	EventStripped = "stripped"
)

// askFact is the prefix of what a request asks.
const askFact = "ask:"

// Again commands a phase anew that was under way when Redis was lost: it is planned afresh, and asks anew what needs two people. The
// command stays that of who gave it.
func Again(m *store.Migration, phase string, now time.Time) {
	p := m.Phase(phase)
	*p = store.Phase{Status: store.Requested, Run: p.Run + 1, By: p.By, Args: p.Args, RequestedAt: now, StartedAt: p.StartedAt}
}

// Fail ends a phase that was under way when Redis was lost; what its steps did stays done.
func Fail(m *store.Migration, phase, why string, now time.Time) {
	p := m.Phase(phase)
	p.Status, p.EndedAt, p.Error, p.Headline = store.Failed, now, why, ""
}

// Reopen makes a complete phase one that has failed, with all that it takes back when it runs.
func Reopen(m *store.Migration, phase, why string, now time.Time) {
	delete(m.Facts, completeFact+phase)
	undo(m, phase)
	Fail(m, phase, why, now)
}

// Finish makes a phase a complete one that recorded its end everywhere but in Redis.
func Finish(m *store.Migration, phase string, ended time.Time) error {
	p := m.Phase(phase)
	p.Status, p.EndedAt, p.Headline, p.Error = store.Complete, ended, "", ""
	return m.SetFact(completeFact+phase, ended)
}

// IsDone tells whether a phase was completed and not begun again since.
func IsDone(m *store.Migration, phase string) bool { return done(m, phase) }

// ForgetRequests takes every request and vote out of a document: none survives the loss of Redis.
func ForgetRequests(m *store.Migration) {
	m.Requests = nil
	for name := range m.Facts {
		if strings.HasPrefix(name, askFact) {
			delete(m.Facts, name)
		}
	}
}
