// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What a plan does with an object.
const (
	ApplyMake = "make" // nothing of that name is there, or the plan drops it before
	ApplyDrop = "drop" // Ferryman made it, and makes it anew
)

// ApplyItem is one object of a plan that applies a schema. Its statements are the next ones of the plan's list.
type ApplyItem struct {
	// ID is the conversion's name of it, or that of a person's script.
	ID     string `json:"id"`
	Action string `json:"action"`
	Thing  Thing  `json:"thing"`
	// Script is the object that a person's script is for, By the person.
	Script     *ScriptObject `json:"script,omitempty"`
	By         string        `json:"by,omitempty"`
	Statements int           `json:"statements"`
	// Found is the digest of what the plan found there, empty where it found nothing.
	Found string `json:"found,omitempty"`
	// Added tells of something that is put on a table that was there.
	Added bool `json:"added,omitempty"`
	// Outside tells that another program wrote its statements.
	Outside bool `json:"outside,omitempty"`
	// Empty tells that the table must have no rows, and stays locked until it is made anew.
	Empty bool `json:"empty,omitempty"`
}

// Words names the item.
func (i ApplyItem) Words() string {
	if i.Script != nil {
		return i.Script.String()
	}
	if i.Thing.Table != "" && i.Thing.Table != i.Thing.Name {
		return fmt.Sprintf("%s %s of %s.%s", i.Thing.Kind, i.Thing.Name, i.Thing.Schema, i.Thing.Table)
	}
	if i.Thing.Kind == "schema" {
		return "schema " + i.Thing.Name
	}
	return fmt.Sprintf("%s %s.%s", i.Thing.Kind, i.Thing.Schema, i.Thing.Name)
}

func (i ApplyItem) found(s Snapshot) []Entry {
	return Made{Thing: i.Thing, Script: i.Script}.Entries(s)
}

// MovedError is an object that is not as the plan found it: nothing of it was touched, and nothing of the transaction is kept.
type MovedError struct{ Object, What string }

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s is not as the plan found it: %s", e.Object, e.What)
}

// Moved says which of the items are not on the target as the plan found them, in words.
func Moved(items []ApplyItem, now Snapshot) []string {
	var list []string
	for _, c := range moved(items, now) {
		list = append(list, c.Error())
	}
	return list
}

func moved(items []ApplyItem, now Snapshot) []*MovedError {
	dropped := map[string]bool{}
	var list []*MovedError
	for _, item := range items {
		found := item.found(now)
		switch digest := Digest(found); {
		case item.Action == ApplyDrop:
			dropped[item.ID] = true
			if digest == "" {
				list = append(list, &MovedError{item.Words(), "it is gone"})
			} else if digest != item.Found {
				list = append(list, &MovedError{item.Words(), "it was changed since"})
			}
		case dropped[item.ID] || item.Thing.Kind == "comment" || item.Thing.Kind == "schema":
		case digest != item.Found:
			list = append(list, &MovedError{item.Words(), "it came since"})
		}
	}
	return list
}

// ApplySchema runs the statements of the items in one transaction with the step's outcome: first it looks whether each object is as the
// plan found it, last it records what it made. A person's script is watched as in the scratch database: what it changes beside its object
// undoes everything. A step that is recorded as done is not run again. Errors: *MovedError, *StatementError, *FencedError, *LockedError.
func (t *Target) ApplySchema(ctx context.Context, fence Fence, plan, step string, schemas []string, items []ApplyItem, sql []string) error {
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		recorded, known, err := readStep(ctx, tx, fence.Migration, plan, step)
		if err != nil || (known && recorded.Outcome == Done) {
			return err
		}
		if err := t.ensureMade(ctx, tx); err != nil {
			return err
		}
		if err := lockEmpty(ctx, tx, items); err != nil {
			return err
		}
		before, err := readSnapshot(ctx, tx, append([]string{}, schemas...))
		if err != nil {
			return err
		}
		if changed := moved(items, before); len(changed) > 0 {
			return changed[0]
		}
		made, err := readMade(ctx, tx, schemas)
		if err != nil {
			return err
		}
		mine := map[string]bool{}
		for id, m := range made {
			mine[id] = m.Ours(m.Entries(before))
		}
		watched, err := startWatch(ctx, tx, schemas, items, made, mine)
		if err != nil {
			return err
		}
		sums, err := runItems(ctx, tx, items, sql)
		if err != nil {
			return err
		}
		if err := watched.end(ctx, tx); err != nil {
			return err
		}
		after, err := readSnapshot(ctx, tx, append([]string{}, schemas...))
		if err != nil {
			return err
		}
		if err := keepMade(ctx, tx, fence, plan, items, sums, made, mine, after); err != nil {
			return err
		}
		detail, err := json.Marshal(map[string]int{"statements": len(sql)})
		if err != nil {
			return err
		}
		return t.RecordStep(ctx, tx, fence.Migration, StepOutcome{Plan: plan, Step: step, Outcome: Done, Detail: string(detail)})
	})
}

func (t *Target) ensureMade(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('ferryman.made') IS NOT NULL").Scan(&there); err != nil || there {
		return err
	}
	if err := lockHome(ctx, tx); err != nil {
		return err
	}
	for _, sql := range []string{madeSQL, madeComment} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return t.homeError("keep a record of what is made", err)
		}
	}
	return nil
}

// lockEmpty locks the tables that are made anew, and makes sure that no row is lost with them.
func lockEmpty(ctx context.Context, tx pgx.Tx, items []ApplyItem) error {
	for _, item := range items {
		if !item.Empty {
			continue
		}
		table := ident(item.Thing.Schema, item.Thing.Name)
		if _, err := tx.Exec(ctx, "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			if sqlState(err) == "42P01" || sqlState(err) == "3F000" {
				return &MovedError{item.Words(), "it is gone"}
			}
			return err
		}
		var rows bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table+")").Scan(&rows); err != nil {
			return err
		}
		if rows {
			return &MovedError{item.Words(), "it has rows by now, which would be lost with it"}
		}
	}
	return nil
}

// runItems runs the statements. sums are the SHA-256 of each item's.
func runItems(ctx context.Context, tx pgx.Tx, items []ApplyItem, sql []string) (sums map[string]string, err error) {
	sums = map[string]string{}
	var before Snapshot
	rest := sql
	for _, item := range items {
		if item.Statements > len(rest) {
			return nil, fmt.Errorf("the plan has no statements for %s", item.Words())
		}
		mine := rest[:item.Statements]
		rest = rest[item.Statements:]
		sums[item.ID] = SQLSum(mine)
		if item.Script == nil || item.Action == ApplyDrop {
			for _, s := range mine {
				if err := run(ctx, tx, Statement{Object: item.Words(), SQL: s, Outside: item.Outside && item.Action == ApplyMake}); err != nil {
					var e *StatementError
					if errors.As(err, &e) {
						e.Index = len(sql) - len(rest) - len(mine)
					}
					return nil, err
				}
			}
			before = nil
			continue
		}
		if before == nil {
			if _, err := tx.Exec(ctx, "SELECT set_config('standard_conforming_strings', 'on', true)"); err != nil {
				return nil, err
			}
			if before, err = readSnapshot(ctx, tx, nil); err != nil {
				return nil, err
			}
		}
		if before, err = applyScript(ctx, tx, item, mine, before); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// applyScript runs a person's script and gives the snapshot after it.
func applyScript(ctx context.Context, tx pgx.Tx, item ApplyItem, sql []string, before Snapshot) (Snapshot, error) {
	refuse := func(words string) error {
		return &StatementError{Refusal: Refusal{Object: item.Words(), Code: "2F000", Message: "the script is refused: " + words}}
	}
	for _, s := range sql {
		if words, err := runScript(ctx, tx, s); err != nil || words != "" {
			if err != nil {
				return nil, err
			}
			return nil, refuse(words)
		}
	}
	after, err := readSnapshot(ctx, tx, nil)
	if err != nil {
		return nil, err
	}
	if _, _, words := judge(*item.Script, before, after); words != "" {
		return nil, refuse(words)
	}
	words, err := definers(ctx, tx, before, after)
	if err == nil && words != "" {
		err = refuse(words)
	}
	return after, err
}

// SQLSum is the SHA-256 of statements, in hex.
func SQLSum(sql []string) string {
	sum := sha256.New()
	for _, s := range sql {
		fmt.Fprintf(sum, "%q\n", s)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
