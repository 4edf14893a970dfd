// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Problem is a reason for which an object could not be made again once it is dropped.
type Problem struct {
	Kind   Kind   `json:"kind"`
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Name   string `json:"name"`
	// Lacks says what is missing; for a right it names the right and on what.
	Lacks string `json:"lacks"`
	// Fix is SQL for the DBA where there is one, empty where people have to look.
	Fix string `json:"fix,omitempty"`
}

// Words is the problem in one line.
func (p Problem) Words() string {
	return fmt.Sprintf("%s %s of %s.%s: %s", p.Kind.Words(), p.Name, p.Schema, p.Table, p.Lacks)
}

// Proof is what came of asking whether everything that is to be set aside could come back.
type Proof struct {
	// Problems are ordered as the plan is; none means that nothing speaks against dropping.
	Problems []Problem `json:"problems"`
	// Tried counts the objects that were dropped and made again in a transaction that was rolled back. The others of the plan are
	// judged by the role's rights alone: their tables have rows, or were in use.
	Tried int `json:"tried"`
	Total int `json:"total"`
}

// Fixes are the statements that the problems ask for, each once.
func (p Proof) Fixes() []string {
	var fixes []string
	for _, problem := range p.Problems {
		if problem.Fix != "" && !slices.Contains(fixes, problem.Fix) {
			fixes = append(fixes, problem.Fix)
		}
	}
	return fixes
}

// Found says in a line what the proof found: how much was tried, or the first problems.
func (p Proof) Found() string {
	if len(p.Problems) == 0 {
		return fmt.Sprintf("%d objects: %d dropped, made again and rolled back; %d by the role's rights", p.Total, p.Tried, p.Total-p.Tried)
	}
	const shown = 5
	words := make([]string, 0, shown+1)
	for i, problem := range p.Problems {
		if i == shown {
			words = append(words, fmt.Sprintf("and %d more", len(p.Problems)-shown))
			break
		}
		words = append(words, problem.Words())
	}
	return strings.Join(words, "; ")
}

// Prove asks whether this role could bring back each object of a plan, and changes nothing. It reads the rights that each object
// needs: ownership, CREATE on schema and tablespace, REFERENCES on what a foreign key points at, USAGE and EXECUTE on what an
// index is made of. Then it drops and makes again what is on empty tables, in transactions that it rolls back; a table that is in use
// for longer than a moment is left alone. The error is for a target that can't be read.
func (t *Target) Prove(ctx context.Context, plan SetAside) (Proof, error) {
	proof := Proof{Problems: []Problem{}, Total: len(plan.Objects)}
	position := map[string]int{}
	for i, o := range plan.Objects {
		position[describe(o)] = i
	}
	err := pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, right := range rightsNeeded {
			found, err := right.missing(ctx, tx, t.role, plan.Objects)
			if err != nil {
				return err
			}
			proof.Problems = append(proof.Problems, found...)
		}
		return nil
	})
	if err != nil {
		return proof, fmt.Errorf("read whether the objects could be made again: %w", err)
	}
	lacking := map[string]bool{}
	for _, p := range proof.Problems {
		lacking[ident(p.Schema, p.Table)] = true
	}
	for _, batch := range plan.Batches() {
		if lacking[ident(batch.Schema, batch.Table)] {
			continue
		}
		tried, problem, err := t.tryBatch(ctx, batch, plan.Objects, lacking)
		if err != nil {
			return proof, fmt.Errorf("try whether what is on %s.%s could be made again: %w", batch.Schema, batch.Table, err)
		}
		if problem != nil {
			proof.Problems = append(proof.Problems, *problem)
		}
		proof.Tried += tried
	}
	slices.SortStableFunc(proof.Problems, func(a, b Problem) int {
		return cmp.Compare(position[describe(a.object())], position[describe(b.object())])
	})
	return proof, nil
}

func (p Problem) object() Object {
	return Object{Kind: p.Kind, Schema: p.Schema, Table: p.Table, Name: p.Name}
}

func problemOf(o Object, lacks, fix string) Problem {
	return Problem{Kind: o.Kind, Schema: o.Schema, Table: o.Table, Name: o.Name, Lacks: lacks, Fix: fix}
}

var errUndone = errors.New("rolled back, as it was meant to be")

// tryBatch drops the objects of an empty table and makes them again, and rolls that back. tried is 0 where the table has rows or was
// in use, or is held by the foreign key of a table that is lacking something already.
func (t *Target) tryBatch(ctx context.Context, batch Batch, all []Object, lacking map[string]bool) (tried int, problem *Problem, err error) {
	err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		// The attempt must not make others wait: they would queue behind it.
		if _, err := tx.Exec(ctx, "SELECT set_config('lock_timeout', '200ms', true)"); err != nil {
			return err
		}
		var rows bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+ident(batch.Schema, batch.Table)+")", pgx.QueryExecModeExec).Scan(&rows); err != nil {
			return err
		}
		if rows {
			return errUndone
		}
		pointing, err := keysTo(ctx, tx, batch, all)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(pointing, func(o Object) bool { return lacking[ident(o.Schema, o.Table)] }) {
			return errUndone
		}
		for _, object := range append(pointing, batch.Objects...) {
			if err := run(ctx, tx, Statement{Object: describe(object), SQL: object.Drop}); err != nil {
				problem, err = refusal(object, "it can't be dropped", err)
				return err
			}
		}
		for _, object := range append(slices.Clone(batch.Objects), pointing...) {
			for _, sql := range object.Create {
				if err := run(ctx, tx, Statement{Object: describe(object), SQL: sql}); err != nil {
					problem, err = refusal(object, "it could not be made again", err)
					return err
				}
			}
		}
		tried = len(batch.Objects)
		return errUndone
	})
	switch code := sqlState(err); {
	case errors.Is(err, errUndone):
		return tried, problem, nil
	case code == "55P03", code == "40P01":
		return 0, nil, nil
	// What is gone since the plan was made is found by the step that would drop it. A table that may be changed and not read says
	// nothing here: rights were looked at before.
	case code == "42P01", code == "42704", code == "3F000", code == "42501":
		return 0, nil, nil
	}
	return 0, nil, err
}

// refusal makes a problem of PostgreSQL's refusal; what is no refusal of the statement, or an object that is gone, is passed on.
func refusal(object Object, what string, err error) (*Problem, error) {
	var refused *StatementError
	if !errors.As(err, &refused) || refused.Code == "42704" || refused.Code == "42P01" {
		return nil, err
	}
	p := problemOf(object, fmt.Sprintf("tried in a transaction that was rolled back, %s: %s", what, refused.Words()), "")
	return &p, errUndone
}

// keysTo are the plan's foreign keys that point at the batch's table: they hold its unique constraints until they are dropped.
func keysTo(ctx context.Context, tx pgx.Tx, batch Batch, all []Object) ([]Object, error) {
	if len(batch.Objects) > 0 && batch.Objects[0].Kind == ForeignKey {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `SELECT n.nspname::text, c.relname::text, k.conname::text FROM pg_constraint k
			JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
		WHERE k.contype = 'f' AND k.conparentid = 0 AND fn.nspname = $1 AND f.relname = $2`, batch.Schema, batch.Table)
	if err != nil {
		return nil, err
	}
	pointing := map[[3]string]bool{}
	var key [3]string
	if _, err := pgx.ForEachRow(rows, []any{&key[0], &key[1], &key[2]}, func() error { pointing[key] = true; return nil }); err != nil {
		return nil, err
	}
	var keys []Object
	for _, o := range all {
		if o.Kind == ForeignKey && pointing[[3]string{o.Schema, o.Table, o.Name}] {
			keys = append(keys, o)
		}
	}
	return keys, nil
}
