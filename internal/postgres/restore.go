// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RestoreOptions say what `ferryman restore` brings back. Left as they are, indexes and keys come back, and triggers, NOT NULLs and
// identities only where nothing speaks for a DMS task that still writes.
type RestoreOptions struct {
	RebuildOptions
	// IndexesAndKeys leaves triggers, NOT NULLs and identities aside whatever is seen.
	IndexesAndKeys bool
	// All is a person's word that no DMS task writes to this target any more: everything comes back whatever is seen.
	All   bool
	Actor string // who, for the audit line
}

// RestoreScope is what a restore would do now.
type RestoreScope struct {
	Back []SavedObject // comes back
	Kept []SavedObject // stays aside
	Why  []string      // the reasons for which Kept stays aside; empty where nothing does
}

// Aside lists what is aside on the target now, of all migrations. kinds choose among it.
func (t *Target) Aside(ctx context.Context, kinds ...Kind) ([]SavedObject, error) {
	list, err := t.savedWhere(ctx, "restored_at IS NULL")
	if len(kinds) > 0 {
		list = slices.DeleteFunc(list, func(s SavedObject) bool { return !slices.Contains(kinds, s.Kind) })
	}
	return list, t.homeError("read what is aside", err)
}

// RestoreScope reads what [Target.Restore] with the same options would bring back now, and what DMS makes it leave aside. It changes
// nothing.
func (t *Target) RestoreScope(ctx context.Context, opts RestoreOptions) (RestoreScope, error) {
	return t.restoreScope(ctx, opts, true)
}

// restoreScope watches the rows for a moment, too, where it is to.
func (t *Target) restoreScope(ctx context.Context, opts RestoreOptions, watch bool) (RestoreScope, error) {
	if _, err := t.Identity(ctx); err != nil {
		return RestoreScope{}, err
	}
	list, err := t.Aside(ctx)
	if err != nil {
		return RestoreScope{}, err
	}
	var scope RestoreScope
	for _, s := range list {
		if slices.Contains(RebuildKinds, s.Kind) {
			scope.Back = append(scope.Back, s)
		} else {
			scope.Kept = append(scope.Kept, s)
		}
	}
	if len(scope.Kept) == 0 {
		return scope, nil
	}
	var watched []SavedObject
	if watch {
		watched = list
	}
	if scope.Why, err = t.keptBecause(ctx, opts, watched); err != nil {
		return RestoreScope{}, err
	}
	if len(scope.Why) == 0 {
		scope.Back, scope.Kept = list, nil
	}
	return scope, nil
}

// keptBecause is why triggers, NOT NULLs and identities stay aside: DMS can't write against them. None means that they come back.
func (t *Target) keptBecause(ctx context.Context, opts RestoreOptions, watched []SavedObject) ([]string, error) {
	switch {
	case opts.IndexesAndKeys:
		return []string{"only indexes and keys were asked for"}, nil
	case opts.All:
		return nil, nil
	}
	signs, err := t.DMSAtWork(ctx)
	if err != nil || len(signs) > 0 || len(watched) == 0 {
		return signs, err
	}
	return t.changingRows(ctx, watched)
}

// Restore brings back what any migration has set aside on this target: indexes and keys, and then, where the options or the absence
// of DMS allow it at that moment, triggers, NOT NULLs and identities. It needs nothing but the target, takes each migration over (a
// bot that is at work there stops) and can be interrupted and run again.
func (t *Target) Restore(ctx context.Context, opts RestoreOptions) (RebuildReport, error) {
	started := time.Now()
	report := RebuildReport{Restored: []Object{}, AlreadyBack: []Object{}, Failed: []Failure{}, Differences: []Difference{}}
	scope, err := t.restoreScope(ctx, opts, false)
	if err != nil {
		return report, err
	}
	r := &restoring{t: t, opts: opts, report: &report, total: len(scope.Back)}
	var migrations []string
	for _, s := range scope.Back {
		if !slices.Contains(migrations, s.Migration) {
			migrations = append(migrations, s.Migration)
		}
		if slices.Contains(RebuildKinds, s.Kind) {
			r.heavy++
		}
	}
	for _, migration := range migrations {
		err := r.migration(ctx, migration)
		report.Took = time.Since(started)
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

// restoring is one run of Restore.
type restoring struct {
	t      *Target
	opts   RestoreOptions
	report *RebuildReport
	total  int // objects to come back
	heavy  int // of these indexes and keys, which are what takes time
	built  int // of these done
}

// migration brings back what one migration has set aside, and leaves lines in the audit at the beginning and at the end: a run that
// is killed has left the first.
func (r *restoring) migration(ctx context.Context, name string) error {
	fence, err := r.t.RaiseFence(ctx, name)
	if err != nil {
		return err
	}
	if err := r.t.Audit(ctx, name, r.opts.Actor, "restore", fmt.Sprintf("begins: %d objects are to come back", r.total)); err != nil {
		return err
	}
	before := *r.report
	rest, err := r.bothParts(ctx, fence)
	detail := fmt.Sprintf("%d brought back, %d were back, %d failed, triggers, NOT NULLs and identities: %s", len(r.report.Restored)-len(before.Restored),
		len(r.report.AlreadyBack)-len(before.AlreadyBack), len(r.report.Failed)-len(before.Failed), rest)
	if err != nil {
		detail += ", stopped: " + err.Error()
	}
	if auditErr := r.t.Audit(context.WithoutCancel(ctx), name, r.opts.Actor, "restore", detail); auditErr != nil && err == nil {
		err = auditErr
	}
	return err
}

// bothParts brings back indexes and keys, which may take hours, and looks for DMS again before the rest. rest says what became of that.
func (r *restoring) bothParts(ctx context.Context, fence Fence) (rest string, err error) {
	rest = "not begun"
	if err := r.part(ctx, fence, RebuildKinds); err != nil {
		return rest, err
	}
	kept, err := r.t.aside(ctx, fence.Migration, CutoverKinds)
	if len(kept) == 0 || err != nil {
		return "none aside", err
	}
	why, err := r.t.keptBecause(ctx, r.opts, kept)
	if err != nil {
		return rest, err
	}
	if len(why) > 0 {
		return "left aside (" + strings.Join(why, "; ") + ")", nil
	}
	rest = "tried"
	if r.opts.All {
		rest = "tried, on the word that DMS is stopped"
	}
	return rest, r.part(ctx, fence, CutoverKinds)
}

// part brings objects of some kinds back, and shows progress as a share of the whole run.
func (r *restoring) part(ctx context.Context, fence Fence, kinds []Kind) error {
	opts := r.opts.RebuildOptions
	done, failed, built := len(r.report.Restored)+len(r.report.AlreadyBack), len(r.report.Failed), r.built
	if show := opts.OnProgress; show != nil {
		opts.OnProgress = func(p RebuildProgress) {
			if weight := p.Total; slices.Contains(kinds, Index) && r.heavy > 0 {
				p.Share = (float64(built) + p.Share*float64(weight)) / float64(r.heavy)
			} else if built >= r.heavy {
				p.Share = 1
			}
			p.Done, p.Failed, p.Total = p.Done+done, p.Failed+failed, max(r.total, p.Total)
			show(p)
		}
	}
	part, err := r.t.bringBack(ctx, fence, kinds, opts)
	r.report.Restored = append(r.report.Restored, part.Restored...)
	r.report.AlreadyBack = append(r.report.AlreadyBack, part.AlreadyBack...)
	r.report.Failed = append(r.report.Failed, part.Failed...)
	r.report.Differences = append(r.report.Differences, part.Differences...)
	if slices.Contains(kinds, Index) {
		r.built += len(part.Restored) + len(part.AlreadyBack) + len(part.Failed)
	}
	return err
}
