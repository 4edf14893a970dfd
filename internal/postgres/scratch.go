// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	scratchPrefix = "ferryman_scratch_"
	scratchOld    = time.Hour // after this a scratch database was left by somebody who died
)

// TryInScratch runs the statements where they leave nothing behind: in a database of its own that is dropped afterwards where the
// role may create one, else in a transaction on the target that is rolled back (what the target has already then gets in the way,
// and setval is kept). Each has a savepoint, so that one that is refused does not stop the others, save for those that need it.
func (t *Target) TryInScratch(ctx context.Context, statements []Statement) ([]Refusal, error) {
	trial, err := t.TryAndCheck(ctx, statements)
	return trial.Refusals, err
}

// TryAndCheck is TryInScratch that also says whether plpgsql_check read the bodies of functions.
func (t *Target) TryAndCheck(ctx context.Context, statements []Statement) (Trial, error) {
	var mayCreate bool
	if err := t.pool.QueryRow(ctx, "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&mayCreate); err != nil {
		return Trial{}, fmt.Errorf("ask whether the role may create databases: %w", err)
	}
	if !mayCreate {
		conn, err := t.pool.Acquire(ctx)
		if err != nil {
			return Trial{}, t.connectError(err)
		}
		defer conn.Release()
		return tryAll(ctx, conn.Conn(), statements, t.LockTimeout, false, nil)
	}
	t.dropOldScratch(ctx)
	name := scratchPrefix + strconv.FormatInt(time.Now().Unix(), 10) + "_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	if _, err := t.pool.Exec(ctx, "CREATE DATABASE "+ident(name)+" TEMPLATE template0"); err != nil {
		return Trial{}, fmt.Errorf("create scratch database %s: %w", name, err)
	}
	trial, err := t.tryIn(ctx, name, statements)
	if dropErr := t.dropScratch(ctx, name); dropErr != nil && err == nil {
		err = dropErr
	}
	return trial, err
}

func (t *Target) tryIn(ctx context.Context, database string, statements []Statement) (Trial, error) {
	config := t.pool.Config().ConnConfig.Copy()
	config.Database = database
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return Trial{}, t.connectError(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := settle(ctx, conn); err != nil {
		return Trial{}, fmt.Errorf("set up scratch database %s: %w", database, err)
	}
	return tryAll(ctx, conn, statements, t.LockTimeout, true, nil)
}

// tryAll runs the statements in one transaction that it rolls back; look, where there is one, sees what they made. The extension
// plpgsql_check is made in a scratch database only.
func tryAll(ctx context.Context, conn *pgx.Conn, statements []Statement, lockTimeout time.Duration, scratch bool, look func(pgx.Tx) error) (Trial, error) {
	trial := Trial{Refusals: []Refusal{}}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return trial, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, "SELECT set_config('lock_timeout', $1, true)", strconv.FormatInt(lockTimeout.Milliseconds(), 10)); err != nil {
		return trial, err
	}
	var made []routine
	for i, s := range statements {
		if _, err := tx.Exec(ctx, "SAVEPOINT one_statement"); err != nil {
			return trial, fmt.Errorf("try statement %d: %w", i+1, err)
		}
		err := run(ctx, tx, s)
		after := "RELEASE SAVEPOINT one_statement"
		if err != nil {
			refusal, ok := asRefusal(err, s)
			if !ok {
				return trial, fmt.Errorf("try statement %d: %w", i+1, err)
			}
			refusal.Index = i
			trial.Refusals = append(trial.Refusals, refusal)
			after = "ROLLBACK TO SAVEPOINT one_statement"
		} else if makesRoutine.MatchString(s.SQL) {
			oid, err := madeRoutine(ctx, tx)
			if err != nil {
				return trial, fmt.Errorf("find what statement %d made: %w", i+1, err)
			}
			made = append(made, routine{i, oid})
		}
		if _, err := tx.Exec(ctx, after); err != nil {
			return trial, fmt.Errorf("after statement %d: %w", i+1, err)
		}
	}
	if look != nil {
		if err := look(tx); err != nil {
			return trial, err
		}
	}
	return trial, checkRoutines(ctx, tx, made, statements, scratch, &trial)
}

func asRefusal(err error, s Statement) (Refusal, bool) {
	var refused *StatementError
	if errors.As(err, &refused) {
		return refused.Refusal, true
	}
	if code := sqlState(err); code == "55P03" || code == "40P01" {
		return Refusal{Object: s.Object, Code: code, Message: "a lock was not to be had in time"}, true
	}
	return Refusal{}, false
}

// dropOldScratch removes scratch databases that a dead Ferryman left. One that can't be dropped is tried again the next time.
func (t *Target) dropOldScratch(ctx context.Context) {
	rows, err := t.pool.Query(ctx, `SELECT d.datname::text FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
		WHERE r.rolname = current_user AND starts_with(d.datname, $1)`, scratchPrefix)
	if err != nil {
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, name := range names {
		made, _, _ := strings.Cut(strings.TrimPrefix(name, scratchPrefix), "_")
		if at, err := strconv.ParseInt(made, 10, 64); err == nil && time.Since(time.Unix(at, 0)) > scratchOld {
			_ = t.dropScratch(ctx, name)
		}
	}
}
