// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// RestoreOptions say what `ferryman restore` brings back.
type RestoreOptions struct {
	RebuildOptions
	// All brings triggers, NOT NULLs and identities back too: only once DMS writes no more.
	All   bool
	Actor string // who, for the audit line
}

// Aside lists what is aside on the target now, of all migrations: what [Target.Restore] would bring back. kinds choose among it.
func (t *Target) Aside(ctx context.Context, kinds ...Kind) ([]SavedObject, error) {
	list, err := t.savedWhere(ctx, "restored_at IS NULL")
	if len(kinds) > 0 {
		list = slices.DeleteFunc(list, func(s SavedObject) bool { return !slices.Contains(kinds, s.Kind) })
	}
	return list, t.homeError("read what is aside", err)
}

// Restore brings back everything that any migration has set aside on this target, indexes and keys only unless All. It needs
// nothing but the target, takes each migration over (a bot that is at work there stops) and can be interrupted and run again.
func (t *Target) Restore(ctx context.Context, opts RestoreOptions) (RebuildReport, error) {
	started := time.Now()
	report := RebuildReport{Restored: []Object{}, AlreadyBack: []Object{}, Failed: []Failure{}, Differences: []Difference{}}
	if _, err := t.Identity(ctx); err != nil {
		return report, err
	}
	kinds := RebuildKinds
	if opts.All {
		kinds = append(slices.Clone(RebuildKinds), CutoverKinds...)
	}
	list, err := t.Aside(ctx, kinds...)
	if err != nil {
		return report, err
	}
	var migrations []string
	for _, s := range list {
		if !slices.Contains(migrations, s.Migration) {
			migrations = append(migrations, s.Migration)
		}
	}
	for _, migration := range migrations {
		fence, err := t.RaiseFence(ctx, migration)
		if err != nil {
			return report, err
		}
		part, err := t.bringBack(ctx, fence, kinds, opts.RebuildOptions)
		report.Restored = append(report.Restored, part.Restored...)
		report.AlreadyBack = append(report.AlreadyBack, part.AlreadyBack...)
		report.Failed = append(report.Failed, part.Failed...)
		report.Differences = append(report.Differences, part.Differences...)
		report.Took = time.Since(started)
		detail := fmt.Sprintf("%d brought back, %d were back, %d failed, all=%t", len(part.Restored), len(part.AlreadyBack), len(part.Failed), opts.All)
		if err != nil {
			detail += ", stopped: " + err.Error()
		}
		if auditErr := t.Audit(context.WithoutCancel(ctx), migration, opts.Actor, "restore", detail); auditErr != nil && err == nil {
			err = auditErr
		}
		if err != nil {
			return report, err
		}
	}
	return report, nil
}
