// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ferryman/ferryman/store"
)

// EventRetired tells the thread that its finished migration leaves Redis, and brings its audit.
const EventRetired = "retired"

// Retired is the data of EventRetired.
type Retired struct {
	Entries  int64  `json:"entries"`
	OnTarget bool   `json:"on_target"`
	Days     int    `json:"days"`
	Files    []File `json:"files"`
}

// Keeper is the target's side of a retirement.
type Keeper interface {
	Crew
	// Kept is the last entry of a migration's audit chain on its target. It takes nothing over.
	Kept(ctx context.Context, m *store.Migration) (seq int64, hash string, err error)
}

// Archive looks for what was put into a thread.
type Archive interface {
	// HasFile tells whether a thread has a file of the bot's with that name and size in bytes.
	HasFile(ctx context.Context, root store.Posted, name string, size int) (bool, error)
}

// Retirer takes finished migrations out of Redis, once their audit is in their thread. Any number of replicas may run one.
type Retirer struct {
	Store   *store.Store
	Keeper  Keeper
	Archive Archive
	Log     *slog.Logger
	// Owner names this replica in leases.
	Owner string
	// Days is how long after its end a migration stays, Every how often it is looked (an hour, unless given).
	Days  int
	Every time.Duration
}

// retiring is how far a retirement is, kept with the migration.
type retiring struct {
	// Seq is the last entry of the audit that was put into the thread, Size the file's.
	Seq      int64     `json:"seq"`
	File     string    `json:"file"`
	Size     int       `json:"size"`
	OnTarget bool      `json:"on_target"`
	At       time.Time `json:"at"`
	// Going tells that the file was seen in the thread: the keys are being deleted.
	Going bool `json:"going"`
}

const retiringFact = "retiring"

// retireLease is held while a migration is retired.
const retireLease = 5 * time.Minute

// Run looks for what is to leave until ctx is done.
func (r *Retirer) Run(ctx context.Context) {
	every := r.Every
	if every <= 0 {
		every = time.Hour
	}
	for {
		r.Once(ctx)
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Once takes every migration that is due one step further. What fails is only logged: the next look tries again.
func (r *Retirer) Once(ctx context.Context) {
	all, err := r.Store.List(ctx)
	if err == nil {
		var now time.Time
		if now, err = r.Store.Now(ctx); err == nil {
			for _, m := range all {
				if m.Open() || now.Before(m.ClosedAt.AddDate(0, 0, r.Days)) {
					continue
				}
				if err := r.retire(ctx, m.Name, now); err != nil && ctx.Err() == nil {
					r.Log.Warn("a finished migration stays in Redis for now", "migration", m.Name, "error", err)
				}
			}
		}
	}
	if err != nil && ctx.Err() == nil {
		r.Log.Warn("look for finished migrations", "error", err)
	}
}

func (r *Retirer) retire(ctx context.Context, name string, now time.Time) error {
	lease, err := r.Store.Acquire(ctx, name, "retire", r.Owner, retireLease)
	if err != nil || lease == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, retireLease*4/5)
	defer cancel()
	defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
	m, err := r.Store.Load(ctx, name)
	if err != nil {
		return err
	}
	var state retiring
	if _, err := m.Fact(retiringFact, &state); err != nil {
		return err
	}
	switch {
	case state.Going:
		return r.remove(ctx, m, state)
	case state.Seq != m.AuditSeq:
		return r.export(ctx, m, now)
	}
	root, posted, err := r.Store.PostedMessage(ctx, name, store.RootKey)
	if err != nil {
		return err
	}
	if _, told, err := r.Store.PostedMessage(ctx, name, retiredKey(state.Seq)); err != nil || !told || !posted {
		return err // it waits for Slack
	}
	there, err := r.Archive.HasFile(ctx, root, state.File, state.Size)
	switch {
	case err != nil:
		return fmt.Errorf("look for %s in the thread: %w", state.File, err)
	case !there && now.Sub(state.At) > 10*time.Minute: // Slack works on a file on its own time
		r.Log.Warn("the audit is not in the thread; it is sent again", "migration", name, "file", state.File)
		return r.export(ctx, m, now)
	case !there:
		return nil
	}
	_, err = r.Store.Update(ctx, name, func(m *store.Migration, _ time.Time) (store.Change, error) {
		if m.AuditSeq != state.Seq {
			return store.Change{}, errOutdated
		}
		state.Going = true
		return store.Change{}, m.SetFact(retiringFact, state)
	})
	if err != nil {
		return err
	}
	return r.remove(ctx, m, state)
}

func retiredKey(seq int64) string { return fmt.Sprintf("retired:%d", seq) }

// export puts the whole audit into the thread, and sees to it that the target has it too, where it can be asked.
func (r *Retirer) export(ctx context.Context, m *store.Migration, now time.Time) error {
	lines, err := r.Store.AuditLines(ctx, m.Name, 0)
	if err != nil {
		return err
	}
	end, err := store.AuditEnd{Migration: m.Name, Entries: m.AuditSeq, Head: m.AuditHead, ExportedAt: now}.Line()
	if err != nil {
		return err
	}
	content := strings.Join(append(lines, end), "\n") + "\n"
	state := retiring{Seq: m.AuditSeq, File: "audit-" + m.Name + ".jsonl", Size: len(content), At: now}
	if err := r.mirror(ctx, m); err != nil {
		r.Log.Warn("whether the target has the whole audit could not be seen", "migration", m.Name, "error", err)
	} else {
		state.OnTarget = true
	}
	if err := r.Store.PutFile(ctx, m.Name, state.File, []byte(content)); err != nil {
		return err
	}
	_, err = r.Store.Update(ctx, m.Name, func(m *store.Migration, now time.Time) (store.Change, error) {
		if m.AuditSeq != state.Seq {
			return store.Change{}, errOutdated
		}
		if err := m.SetFact(retiringFact, state); err != nil {
			return store.Change{}, err
		}
		event, err := NewEvent(EventRetired, now, Retired{Entries: int64(len(lines)), OnTarget: state.OnTarget, Days: r.Days,
			Files: []File{{Name: state.File, Title: "The audit of " + m.Name}}})
		return store.Change{Outgoing: []store.Outgoing{Tell(m, retiredKey(state.Seq), store.Normal, event)}}, err
	})
	return err
}

// mirror brings the target what it lacks of the audit.
func (r *Retirer) mirror(ctx context.Context, m *store.Migration) error {
	seq, hash, err := r.Keeper.Kept(ctx, m)
	if err != nil || seq == m.AuditSeq && hash == m.AuditHead {
		return err
	}
	entries, err := r.Store.AuditFrom(ctx, m.Name, seq)
	if err != nil {
		return err
	}
	hands, err := r.Keeper.Open(ctx, m)
	if err != nil {
		return err
	}
	defer hands.Close()
	return hands.Remember(ctx, m, entries)
}

// remove lets the migration go, after what stays of it was written down.
func (r *Retirer) remove(ctx context.Context, m *store.Migration, state retiring) error {
	kept, err := r.Store.Finished(ctx, m.Name)
	if err != nil {
		return err
	}
	// Broken off before, the places of its messages may be gone already: what was written down then is the whole.
	if kept == nil || !kept.ClosedAt.Equal(m.ClosedAt) {
		root, _, err := r.Store.PostedMessage(ctx, m.Name, store.RootKey)
		if err != nil {
			return err
		}
		now, err := r.Store.Now(ctx)
		if err != nil {
			return err
		}
		if err := r.Store.PutFinished(ctx, store.Finished{Name: m.Name, Profile: m.Profile, Channel: m.Channel, Target: m.Target, ClosedAt: m.ClosedAt,
			RetiredAt: now, Root: root, File: state.File, Entries: state.Seq, OnTarget: state.OnTarget}); err != nil {
			return err
		}
	}
	if err := r.Store.Remove(ctx, m.Name); err != nil {
		return err
	}
	r.Log.Info("a finished migration has left Redis; its audit is in its thread", "migration", m.Name, "entries", state.Seq, "on_target", state.OnTarget)
	return nil
}
