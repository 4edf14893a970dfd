// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// ErrForked is wrapped by what Hands.Remember returns where the target has another audit chain than the one that it was to continue.
var ErrForked = errors.New("the target remembers another audit chain")

// ForgotError tells that the target knows more of a migration than Redis, or other things: Redis was wiped or set back to an earlier
// copy, or somebody wrote to one of the two. Nothing is run until the migration is adopted again.
type ForgotError struct {
	Migration string
	// Seq is the last entry of the audit chain in Redis, TargetSeq the last on the target.
	Seq, TargetSeq int64
	// Wrong is what is wrong with the chain in Redis in itself, if anything.
	Wrong *store.ChainError
}

func (e *ForgotError) Error() string { return e.Problem().Error() }

// Problem says it in words for the thread.
func (e *ForgotError) Problem() *Problem {
	p := &Problem{
		What: fmt.Sprintf("The target remembers another course of %s than Redis (audit entry %d).", e.Migration, e.TargetSeq), Err: e,
		Means: "Redis was set back to an earlier copy, or one of the two was written to past Ferryman. Nothing was run.",
		Do:    fmt.Sprintf("`ferryman audit verify %s` shows where they part. Adopt the migration to go on from what the target remembers (`ferryman adopt %s`).", e.Migration, e.Migration),
	}
	switch {
	case e.Wrong != nil:
		p.What = fmt.Sprintf("The audit log of %s in Redis is not what Ferryman wrote (%s).", e.Migration, e.Wrong)
		p.Means = "Something wrote to Redis past Ferryman. Nothing was run."
	case e.TargetSeq > e.Seq:
		p.What = fmt.Sprintf("The target remembers more of %s than Redis does: %d audit entries, in Redis %d.", e.Migration, e.TargetSeq, e.Seq)
		p.Means = "Redis was wiped or set back to an earlier copy. What was done since then is not known in Redis; nothing was run, and no approval counts."
	}
	return p
}

// remembering are hands with what the engine knows of the chain that the target keeps. One replica at a time adds to it: the one with
// the fence.
type remembering struct {
	Hands
	compared bool
	seq      int64
	hash     string
}

// remember brings the migration's audit chain on the target to where it is in Redis, and compares the two: by the first call of these
// hands, and whenever there is more. *ForgotError where the chain in Redis does not go on from what the target has.
func (e *Engine) remember(ctx context.Context, m *store.Migration, hands Hands) error {
	t, ok := hands.(*remembering)
	if !ok {
		return fmt.Errorf("the engine was given hands of %T that don't remember", hands)
	}
	if !t.compared {
		seq, hash, err := t.Remembered(ctx, m)
		if err != nil {
			return err
		}
		t.compared, t.seq, t.hash = true, seq, hash
	}
	forgot := &ForgotError{Migration: m.Name, Seq: m.AuditSeq, TargetSeq: t.seq}
	switch {
	case m.AuditSeq < t.seq, m.AuditSeq == t.seq && m.AuditHead != t.hash:
		return e.judgeAgain(ctx, m, forgot)
	case m.AuditSeq == t.seq:
		e.keeps(m.Name, t.seq)
		return nil
	}
	entries, err := e.Store.AuditFrom(ctx, m.Name, t.seq)
	if err != nil {
		return err
	}
	if errors.As(store.VerifyChain(entries), &forgot.Wrong) {
		return forgot
	}
	if !follows(entries, t.seq, t.hash, m) {
		return forgot
	}
	// No further than the document: clicks are entered all the time, and what the target had more than it would look like a Redis that
	// forgot.
	entries = entries[:m.AuditSeq-t.seq]
	if err := t.Remember(ctx, m, entries); err != nil {
		if errors.Is(err, ErrForked) {
			return forgot
		}
		t.compared = false // whether it was kept is not known
		return err
	}
	last := entries[len(entries)-1]
	t.seq, t.hash = last.Seq, last.Hash
	e.keeps(m.Name, t.seq)
	return nil
}

// judgeAgain looks whether Redis really has less than the target, or something else: the document at hand may only be older than what
// another replica, which was slow to notice that it was overtaken, has brought to the target since it was read.
func (e *Engine) judgeAgain(ctx context.Context, m *store.Migration, forgot *ForgotError) error {
	now, err := e.Store.Load(ctx, m.Name)
	switch {
	case err != nil:
		return err
	case now.AuditSeq > m.AuditSeq:
		return errOutdated
	}
	return forgot
}

// keeps notes how far the target has a migration's audit log, remembers whether that is all of it.
func (e *Engine) keeps(migration string, seq int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.kept == nil {
		e.kept = map[string]int64{}
	}
	e.kept[migration] = seq
}

func (e *Engine) remembers(m *store.Migration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	seq, known := e.kept[m.Name]
	return known && seq == m.AuditSeq
}

// forgot ends a phase because Redis does not know what the target knows, and says so with the way on.
func (e *Engine) forgot(ctx context.Context, m *store.Migration, phase string, forgot *ForgotError) {
	e.Log.Error("Redis does not know what the target knows", "migration", m.Name, "phase", phase, "error", forgot)
	ended := Ended{Phase: phase, Problem: forgot.Problem(), Adopt: true}
	if err := e.over(ctx, m, phase, m.Phases[phase].Status, store.Failed, approvals.Void, EventFailed, ended); err != nil {
		e.Log.Error("tell that Redis forgot", "migration", m.Name, "phase", phase, "error", err)
	}
}

// follows tells whether entries, a chain, begin where the target's ends and come past the head that the migration's document names.
func follows(entries []store.AuditEntry, seq int64, hash string, m *store.Migration) bool {
	if len(entries) == 0 || entries[0].Seq != seq+1 || entries[0].Prev != hash {
		return false
	}
	at := m.AuditSeq - entries[0].Seq
	return at >= 0 && at < int64(len(entries)) && entries[at].Hash == m.AuditHead
}

// rememberEnd brings the target up to date when nothing is to be run any more. Where the target is away it is tried again for a while;
// what could not be brought there then comes with the next occasion. It never changes how a phase ended.
func (e *Engine) rememberEnd(ctx context.Context, m *store.Migration, hands Hands, t *tries) (again bool) {
	began := time.Now()
	err := e.remember(ctx, m, hands)
	switch {
	case err == nil || ctx.Err() != nil:
		return false
	case errors.Is(err, errOutdated):
		return true
	case IsTransient(err):
		e.Log.Warn("the target does not yet have the last of the audit log", "migration", m.Name, "error", err)
		ctx, cancel := e.interruptible(ctx)
		defer cancel()
		return t.again(ctx, &store.Phase{Status: "remembering"}, began)
	}
	e.Log.Error("the target can't be given the last of the audit log", "migration", m.Name, "error", err)
	return false
}
