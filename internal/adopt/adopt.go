// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Adopted is the data of runbook.EventAdopted.
type Adopted struct {
	By       string   `json:"by"`
	Disagree []string `json:"disagree,omitempty"`
	Will     []string `json:"will,omitempty"`
	Missing  []string `json:"missing,omitempty"`
	Next     string   `json:"next,omitempty"`
}

// Stripped is the data of runbook.EventStripped: a message as it was, and why its buttons go.
type Stripped struct {
	Text   string          `json:"text"`
	Blocks json.RawMessage `json:"blocks,omitempty"`
	// Approval tells a request's message from one that offered to adopt.
	Approval bool `json:"approval"`
}

// adoptTries is how often an adoption is tried again where the state that it replaces changes under its hands.
const adoptTries = 5

// Adopt puts the migration into Redis as it was surveyed. who is a Slack user's id, or names who runs the command line; commandID is
// the act of Slack's that it is done for, empty for none. Whoever drove the migration before is fenced off first. Errors: store.ErrMoved
// where something that counts changed since the survey, store.ErrSeen.
func (a *Adopter) Adopt(ctx context.Context, f *Findings, who, commandID string) (*store.Migration, error) {
	for try := 1; ; try++ {
		m, err := a.adopt(ctx, f, who, commandID)
		if !errors.Is(err, store.ErrMoved) || try == adoptTries {
			return m, err
		}
		// Something was written to the state that is replaced: what is left elsewhere may be the same.
		now, surveyErr := a.Survey(ctx, f.Migration, f.channel, f.Profile)
		switch {
		case surveyErr != nil:
			return nil, surveyErr
		case now.Digest() != f.Digest():
			return nil, err
		}
		f = now
	}
}

func (a *Adopter) adopt(ctx context.Context, f *Findings, who, commandID string) (*store.Migration, error) {
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	will, disagree := f.Will, f.Disagree
	m, err := f.rebuild(now)
	f.Will, f.Disagree = will, disagree
	if err != nil {
		return nil, err
	}
	hands, err := a.Crew.Open(ctx, m)
	if err != nil {
		return nil, err
	}
	defer hands.Close()
	// Opening the target takes the migration over: a replica that was asleep while Redis was lost writes nothing there any more.
	seq, hash, err := hands.Remembered(ctx, m)
	if err != nil {
		return nil, err
	}
	if seq != f.remains.Memory.Seq || hash != f.remains.Memory.Hash {
		return nil, fmt.Errorf("%w: the target remembers more of %s than a moment ago", store.ErrMoved, f.Migration)
	}
	adoption := store.Adoption{Migration: m, Over: f.redis, Change: store.Change{CommandID: commandID}}
	for _, e := range f.remains.Chain {
		adoption.Chain = append(adoption.Chain, e.Entry)
	}
	adoption.Change.Audit = []store.Audit{{What: "adopted", Who: who, Object: f.object(), Outcome: f.outcome()}}
	if adoption.Change.Outgoing, err = f.messages(m, who, now); err != nil {
		return nil, err
	}
	if f.thread != nil {
		adoption.Posted = f.thread.Places()
	}
	after, err := a.Store.Adopt(ctx, adoption)
	if err != nil {
		return nil, err
	}
	a.remember(ctx, after, hands)
	return after, nil
}

// messages are the root as it is now, first, since all others hang below it, the messages that lose their buttons, and what was done.
func (f *Findings) messages(m *store.Migration, who string, now time.Time) ([]store.Outgoing, error) {
	root := runbook.Root(m, now)
	root.Priority = store.Urgent
	all := []store.Outgoing{root}
	if f.thread != nil {
		strip, err := Strip(m, f.thread.Lively(), now)
		if err != nil {
			return nil, err
		}
		all = append(all, strip...)
	}
	event, err := runbook.NewEvent(runbook.EventAdopted, now, Adopted{By: who, Disagree: f.Disagree, Will: f.Will, Missing: f.Missing, Next: runbook.Next(m)})
	return append(all, runbook.Tell(m, fmt.Sprintf("adopted:%d", now.UnixMilli()), store.Urgent, event)), err
}

// remember has the target know of the adoption at once: were Redis lost again before the next phase, the chain would fork. What fails
// here is done again by the next phase.
func (a *Adopter) remember(ctx context.Context, m *store.Migration, hands runbook.Hands) {
	entries, err := a.Store.AuditFrom(ctx, m.Name, m.AuditSeq-1)
	if err == nil {
		err = hands.Remember(ctx, m, entries)
	}
	if err != nil {
		a.Log.Warn("the target does not remember the adoption yet; the next phase sees to it", "migration", m.Name, "error", err)
	}
}

func (f *Findings) object() string {
	if f.redis == nil {
		return "Redis had nothing"
	}
	return fmt.Sprintf("Redis was at entry %d, %s", f.redis.AuditSeq, f.redis.AuditHead)
}

func (f *Findings) outcome() string {
	words := fmt.Sprintf("goes on after entry %d", f.remains.Memory.Seq)
	if f.thread != nil && f.thread.Heard() > f.remains.Memory.Seq {
		words += fmt.Sprintf("; the thread names entry %d", f.thread.Heard())
	}
	return words
}
