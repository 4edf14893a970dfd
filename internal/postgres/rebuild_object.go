// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// whole brings an object back in one transaction. Like all that work on one object it returns only an error that stops everything.
func (b *builder) whole(ctx context.Context, s SavedObject) error {
	defer b.ended(s)
	already := false
	err := b.t.InFence(ctx, b.fence, func(ctx context.Context, tx pgx.Tx) error {
		b.started(s, tx)
		live, err := readLive(ctx, tx, s.Object)
		if err != nil {
			return err
		}
		found, there := live.find(s.Kind, s.Schema, s.Table, s.Name)
		if already = there; there {
			if found.Definition != s.Definition {
				return &ChangedError{Kind: s.Kind, Schema: s.Schema, Table: s.Table, Name: s.Name, Planned: s.Definition, Found: found.Definition}
			}
			return markRestored(ctx, tx, s)
		}
		if err := dropInvalid(ctx, tx, live, s.Object); err != nil {
			return err
		}
		if err := b.bound(ctx, tx); err != nil {
			return err
		}
		for _, sql := range s.Create {
			if err := run(ctx, tx, Statement{Object: describe(s.Object), SQL: sql}); err != nil {
				return err
			}
		}
		return markRestored(ctx, tx, s)
	})
	return b.outcome(ctx, s, already, err)
}

// addKey adds a foreign key NOT VALID. ok tells that it is to be validated.
func (b *builder) addKey(ctx context.Context, s SavedObject) (ok bool, err error) {
	defer b.ended(s)
	already, finished := false, false
	err = b.t.InFence(ctx, b.fence, func(ctx context.Context, tx pgx.Tx) error {
		b.started(s, tx)
		live, err := readLive(ctx, tx, s.Object)
		if err != nil {
			return err
		}
		last := len(s.Create)
		if s.Create[last-1] == validation(s.Object) {
			last--
		}
		finished = last == len(s.Create)
		if found, there := live.find(s.Kind, s.Schema, s.Table, s.Name); there {
			if already = found.Definition == s.Definition; already {
				return markRestored(ctx, tx, s)
			}
			if half := strings.Join(s.Create[:last], ";\n"); found.Definition == half {
				return nil
			}
			return &ChangedError{Kind: s.Kind, Schema: s.Schema, Table: s.Table, Name: s.Name, Planned: s.Definition, Found: found.Definition}
		}
		for _, sql := range s.Create[:last] {
			if err := run(ctx, tx, Statement{Object: describe(s.Object), SQL: sql}); err != nil {
				return err
			}
		}
		if finished {
			return markRestored(ctx, tx, s)
		}
		return nil
	})
	if err == nil && !already && !finished {
		return true, nil
	}
	return false, b.outcome(ctx, s, already, err)
}

// validateKey checks the rows of a foreign key that addKey left NOT VALID.
func (b *builder) validateKey(ctx context.Context, s SavedObject) error {
	defer b.ended(s)
	err := b.t.InFence(ctx, b.fence, func(ctx context.Context, tx pgx.Tx) error {
		b.started(s, tx)
		if err := run(ctx, tx, Statement{Object: describe(s.Object), SQL: validation(s.Object)}); err != nil {
			return err
		}
		return markRestored(ctx, tx, s)
	})
	return b.outcome(ctx, s, false, err)
}

// readLive reads an object's table. Where nothing has the object's name, which is the rule in a rebuild, there is nothing to read.
func readLive(ctx context.Context, tx pgx.Tx, object Object) (*objects, error) {
	if slices.Contains(RebuildKinds, object.Kind) {
		var taken bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2)
				OR EXISTS (SELECT FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE n.nspname = $1 AND k.conname = $2)`,
			object.Schema, object.Name).Scan(&taken); err != nil {
			return nil, fmt.Errorf("look for %s: %w", describe(object), err)
		}
		if !taken {
			return objectsOf(&Catalog{}), nil
		}
	}
	return readTable(ctx, tx, object)
}

// readTable reads a table, its partitions and what hangs on them.
func readTable(ctx context.Context, tx pgx.Tx, object Object) (*objects, error) {
	oids, err := treeOf(ctx, tx, object.Schema, object.Table)
	if err != nil {
		return nil, err
	}
	cat, err := readTables(ctx, tx, oids)
	if err != nil {
		return nil, err
	}
	return objectsOf(cat), nil
}

// dropInvalid removes what a CREATE INDEX of that name left when it died.
func dropInvalid(ctx context.Context, tx pgx.Tx, live *objects, object Object) error {
	if object.Kind != Index && object.Kind != Unique {
		return nil
	}
	for _, x := range live.cat.Indexes {
		if x.Schema == object.Schema && x.Name == object.Name && !x.Valid && x.Constraint == "" {
			return run(ctx, tx, Statement{Object: describe(object), SQL: "DROP INDEX " + ident(x.Schema, x.Name)})
		}
	}
	return nil
}

// bound keeps the memory of all jobs together under the limit. The workers of a parallel build share its maintenance_work_mem, but
// they take a core each, which the jobs have already.
func (b *builder) bound(ctx context.Context, tx pgx.Tx) error {
	workers := "2"
	if b.opts.Jobs > 1 {
		workers = "0"
	}
	_, err := tx.Exec(ctx, "SELECT set_config('maintenance_work_mem', $1, true), set_config('max_parallel_maintenance_workers', $2, true)",
		strconv.Itoa(max(1, b.opts.MemoryMB/b.opts.Jobs))+"MB", workers)
	if err != nil {
		return fmt.Errorf("bound the memory of a build: %w", err)
	}
	return nil
}

func (b *builder) started(s SavedObject, tx pgx.Tx) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running[s.ID] = Running{Kind: s.Kind, Schema: s.Schema, Table: s.Table, Name: s.Name, Percent: -1, Since: time.Now()}
	b.pids[s.ID] = tx.Conn().PgConn().PID()
}

func (b *builder) ended(s SavedObject) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.running, s.ID)
	delete(b.pids, s.ID)
}

// outcome sorts what came of an object into the report, and returns the error where it stops everything.
func (b *builder) outcome(ctx context.Context, s SavedObject, already bool, err error) error {
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		if already {
			b.report.AlreadyBack = append(b.report.AlreadyBack, s.Object)
		} else {
			b.report.Restored = append(b.report.Restored, s.Object)
		}
		return nil
	}
	var fenced *FencedError
	var gone *UnreachableError
	var auth *AuthError
	if ctx.Err() != nil || errors.As(err, &fenced) || errors.As(err, &gone) || errors.As(err, &auth) {
		return err
	}
	failure := Failure{Object: s.Object, Error: err.Error(), Code: sqlState(err)}
	var refusal *StatementError
	if errors.As(err, &refusal) {
		failure.Error, failure.Code = refusal.Words(), refusal.Code
		if s.Kind == ForeignKey && refusal.Code == "23503" {
			b.t.countOrphans(ctx, &failure)
		}
	}
	if err := b.t.markFailed(ctx, b.fence, s, failure.Error); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.report.Failed = append(b.report.Failed, failure)
	return nil
}
