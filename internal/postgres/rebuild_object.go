// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// whole brings an object back in one transaction. What was run ahead of it is left out. Like all that work on one object it returns
// only an error that stops everything.
func (b *builder) whole(ctx context.Context, t *task) error {
	it := t.item
	if b.hasFailed(it) {
		return nil
	}
	already := false
	err := b.inFence(ctx, t, func(ctx context.Context, tx pgx.Tx) error {
		live, err := readLive(ctx, tx, it.Object)
		if err != nil {
			return err
		}
		found, there := live.find(it.Kind, it.Schema, it.Table, it.Name)
		if already = there && found.Definition == it.Definition; already {
			return markRestored(ctx, tx, it.SavedObject)
		}
		if there && !it.bare(found) {
			return changed(it.Object, found.Definition)
		}
		for i, sql := range it.Create {
			done, err := it.partIsDone(ctx, tx, it.parts[i])
			if err != nil {
				return err
			}
			if done {
				continue
			}
			if err := run(ctx, tx, Statement{Object: describe(it.Object), SQL: sql}); err != nil {
				return err
			}
		}
		return markRestored(ctx, tx, it.SavedObject)
	})
	return b.outcome(ctx, it, nil, already, err)
}

// partIsDone tells whether a part was run ahead, now or by an earlier run. nil is no part.
func (it *item) partIsDone(ctx context.Context, tx pgx.Tx, p *part) (bool, error) {
	switch {
	case p == nil:
		return false, nil
	case p.index:
		return indexIsThere(ctx, tx, it.Object, p)
	case !it.split:
		return false, nil
	}
	added, valid, err := keyIsThere(ctx, tx, p)
	return added && valid == p.validated, err
}

// addKey adds a foreign key NOT VALID, and where it was so before it is back with that.
func (b *builder) addKey(ctx context.Context, t *task) error {
	it := t.item
	last := len(it.Create)
	if it.Create[last-1] == validation(it.Object) {
		last--
	}
	finished, already := last == len(it.Create), false
	err := b.inFence(ctx, t, func(ctx context.Context, tx pgx.Tx) error {
		live, err := readLive(ctx, tx, it.Object)
		if err != nil {
			return err
		}
		if found, there := live.find(it.Kind, it.Schema, it.Table, it.Name); there {
			if already = found.Definition == it.Definition; already {
				return markRestored(ctx, tx, it.SavedObject)
			}
			if half := strings.Join(it.Create[:last], ";\n"); found.Definition == half {
				return nil
			}
			return changed(it.Object, found.Definition)
		}
		for _, sql := range it.Create[:last] {
			if err := run(ctx, tx, Statement{Object: describe(it.Object), SQL: sql}); err != nil {
				return err
			}
		}
		if finished {
			return markRestored(ctx, tx, it.SavedObject)
		}
		return nil
	})
	if err == nil && !already && !finished {
		return nil
	}
	b.mu.Lock()
	it.back = err == nil
	b.mu.Unlock()
	return b.outcome(ctx, it, nil, already, err)
}

// validateKey checks the rows of a foreign key that addKey left NOT VALID.
func (b *builder) validateKey(ctx context.Context, t *task) error {
	it := t.item
	b.mu.Lock()
	over := it.failed || it.back
	b.mu.Unlock()
	if over {
		return nil
	}
	err := b.inFence(ctx, t, func(ctx context.Context, tx pgx.Tx) error {
		if err := run(ctx, tx, Statement{Object: describe(it.Object), SQL: validation(it.Object)}); err != nil {
			return err
		}
		return markRestored(ctx, tx, it.SavedObject)
	})
	return b.outcome(ctx, it, nil, false, err)
}

// readLive reads an object's table. Where nothing has the object's name, which is the rule in a rebuild, there is nothing to read.
func readLive(ctx context.Context, tx pgx.Tx, object Object) (*objects, error) {
	if slices.Contains(RebuildKinds, object.Kind) {
		there, err := isThere(ctx, tx, object)
		if err != nil {
			return nil, err
		}
		if !there {
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

func changed(o Object, found string) error {
	return &ChangedError{Kind: o.Kind, Schema: o.Schema, Table: o.Table, Name: o.Name, Planned: o.Definition, Found: found}
}

// bare tells that what is there is the object's index, without some of its marks, such as the comment.
func (it *item) bare(found Object) bool {
	return it.Kind == Index && len(found.Create) > 0 && !slices.ContainsFunc(found.Create, func(sql string) bool { return !slices.Contains(it.Create, sql) })
}

func (b *builder) hasFailed(it *item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return it.failed
}

// outcome sorts what came of an object into the report, and returns the error where it stops everything. key is the foreign key that
// was checked, where that is a partition's.
func (b *builder) outcome(ctx context.Context, it *item, key *part, already bool, err error) error {
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		if already {
			b.report.AlreadyBack = append(b.report.AlreadyBack, it.Object)
		} else {
			b.report.Restored = append(b.report.Restored, it.Object)
		}
		return nil
	}
	var fenced *FencedError
	var gone *UnreachableError
	var auth *AuthError
	if ctx.Err() != nil || errors.As(err, &fenced) || errors.As(err, &auth) {
		return err
	}
	b.mu.Lock()
	first := !it.failed
	it.failed = true
	b.mu.Unlock()
	if !first {
		return nil // one of its partitions' parts has said why
	}
	failure := Failure{Object: it.Object, Error: err.Error(), Code: sqlState(err)}
	var refusal *StatementError
	if errors.As(err, &refusal) {
		failure.Error, failure.Code = refusal.Words(), refusal.Code
		if it.Kind == ForeignKey && refusal.Code == "23503" {
			b.t.countOrphans(ctx, &failure, key)
		}
	}
	if errors.As(err, &gone) && failure.Code == "" {
		failure.Code = "08006" // connection_failure
	}
	// One session that is lost stops no other's long work; a server that is lost shows here.
	if err := b.t.markFailed(ctx, b.fence, it.SavedObject, failure.Error); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.report.Failed = append(b.report.Failed, failure)
	return nil
}
