// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	// judged by the role's rights alone: their tables have rows, or were in use, or there were more than could be tried in ProofTime.
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
// index is made of; and whether the server has room for the locks of each batch. Then it drops and makes again what is on empty
// tables, in transactions that it rolls back; a table that is in use for longer than a moment is left alone, and after
// ProofTime so are the others. The error is for a target that can't be read.
func (t *Target) Prove(ctx context.Context, plan SetAside) (Proof, error) {
	proof := Proof{Problems: []Problem{}, Total: len(plan.Objects)}
	position := map[string]int{}
	for i, o := range plan.Objects {
		position[describe(o)] = i
	}
	var room lockRoom
	var trees map[[2]string]int // with how many partitions a table is locked
	err := pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		batches := plan.Batches()
		if room, err = readLockRoom(ctx, tx); err != nil {
			return err
		}
		if trees, err = readTrees(ctx, tx, batches); err != nil {
			return err
		}
		proof.Problems = append(proof.Problems, missingLocks(room, batches, trees)...)
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
	lacking := map[[2]string]bool{}
	for _, p := range proof.Problems {
		lacking[[2]string{p.Schema, p.Table}] = true
	}
	keys := map[[3]string]Object{}
	for _, o := range plan.Objects {
		if o.Kind == ForeignKey {
			keys[[3]string{o.Schema, o.Table, o.Name}] = o
		}
	}
	// Half of the room is left to others. Each index that is made again is synced to disk, which takes milliseconds: ten thousand may
	// take longer than a gate should.
	until := time.Now().Add(t.ProofTime)
	for _, batch := range plan.batches(min(batchLocks, room.total()/8)) {
		name := [2]string{batch.Schema, batch.Table}
		if lacking[name] {
			continue
		}
		if time.Now().After(until) {
			break
		}
		tried, problem, err := t.tryBatch(ctx, batch, keys, lacking, room.total()/2-trees[name])
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
