// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
)

// Trial is what came of statements in a scratch database.
type Trial struct {
	// Refusals are those of PostgreSQL, and then what plpgsql_check finds wrong in functions that PostgreSQL took: it looks into their
	// bodies only when they run.
	Refusals []Refusal
	// Checked counts the functions that plpgsql_check read. Unchecked says why it read none, "" where it did: whether their bodies are
	// right is then not known.
	Checked   int
	Unchecked string
}

var makesRoutine = regexp.MustCompile(`(?is)^\s*CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE)\b`)

// routine is a function or procedure, and the statement that made it.
type routine struct {
	statement int
	oid       uint32
}

// madeRoutine is the routine that the statement just made. Each statement has a subtransaction of its own, so that its row is the newest.
func madeRoutine(ctx context.Context, tx pgx.Tx) (oid uint32, err error) {
	err = tx.QueryRow(ctx, "SELECT oid FROM pg_catalog.pg_proc ORDER BY age(xmin), cmin::text::bigint DESC LIMIT 1").Scan(&oid)
	return oid, err
}

// checkRoutines has plpgsql_check read the bodies of the routines. The transaction must be one that is rolled back: where mayMake is
// true the extension is made in it.
func checkRoutines(ctx context.Context, tx pgx.Tx, routines []routine, statements []Statement, mayMake bool, trial *Trial) error {
	if len(routines) == 0 {
		return nil
	}
	ready, err := readyToCheck(ctx, tx, mayMake, trial)
	if err != nil || !ready {
		return err
	}
	var schema string
	if err := tx.QueryRow(ctx, "SELECT quote_ident(nspname) FROM pg_catalog.pg_extension JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace WHERE extname = 'plpgsql_check'").Scan(&schema); err != nil {
		return err
	}
	for _, made := range routines {
		i := made.statement
		found, err := checkRoutine(ctx, tx, schema, made.oid)
		if err != nil {
			return fmt.Errorf("check the body of statement %d with plpgsql_check: %w", i+1, err)
		}
		if found == nil {
			continue // not of PL/pgSQL, or of a trigger that was refused
		}
		trial.Checked++
		if len(found) == 0 {
			continue
		}
		first := found[0]
		first.Index, first.Object = i, statements[i].Object
		if len(found) > 1 {
			first.Message += fmt.Sprintf(" (and %d more)", len(found)-1)
		}
		trial.Refusals = append(trial.Refusals, first)
	}
	return nil
}

// readyToCheck makes the extension where the server has it and the role may.
func readyToCheck(ctx context.Context, tx pgx.Tx, mayMake bool, trial *Trial) (bool, error) {
	var there, made bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'plpgsql_check'),
		EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'plpgsql_check')`).Scan(&there, &made)
	switch {
	case err != nil:
		return false, err
	case made:
		return true, nil
	case !there:
		trial.Unchecked = "the server does not have the extension plpgsql_check"
		return false, nil
	case !mayMake:
		trial.Unchecked = "the extension plpgsql_check is not in this database, and the role may make no scratch database to put it in"
		return false, nil
	}
	if _, err := tx.Exec(ctx, "SAVEPOINT plpgsql_check"); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, "CREATE SCHEMA ferryman_check; CREATE EXTENSION plpgsql_check SCHEMA ferryman_check")
	if err == nil {
		_, err = tx.Exec(ctx, "RELEASE SAVEPOINT plpgsql_check")
		return err == nil, err
	}
	if sqlState(err) == "" {
		return false, err
	}
	trial.Unchecked = "the extension plpgsql_check can't be made: " + refusedWords(err)
	_, err = tx.Exec(ctx, "ROLLBACK TO SAVEPOINT plpgsql_check")
	return false, err
}

func refusedWords(err error) string {
	if r, ok := asRefusal(refused("plpgsql_check", err), Statement{}); ok {
		return r.Words()
	}
	return err.Error()
}

// checkRoutine is nil for what plpgsql_check does not read. A trigger's function is read for each table that has a trigger with it.
func checkRoutine(ctx context.Context, tx pgx.Tx, schema string, oid uint32) ([]Refusal, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT coalesce(t.tgrelid, 0)::bigint FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
		LEFT JOIN pg_catalog.pg_trigger t ON t.tgfoid = p.oid AND NOT t.tgisinternal
		WHERE p.oid = $1 AND l.lanname = 'plpgsql' AND (p.prorettype <> 'pg_catalog.trigger'::regtype OR t.oid IS NOT NULL) AND p.prorettype <> 'pg_catalog.event_trigger'::regtype`, oid)
	if err != nil {
		return nil, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	found := []Refusal{}
	for _, table := range tables {
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT coalesce(sqlstate, ''), 'plpgsql_check, line ' || coalesce(lineno, 0) || ': ' || message, coalesce(detail, ''), coalesce(hint, '')
			FROM %s.plpgsql_check_function_tb(funcoid => $1::oid::regprocedure, relid => $2::oid::regclass, fatal_errors => false) WHERE level = 'error'`, schema), oid, uint32(table))
		if err != nil {
			return nil, err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Refusal, err error) {
			return r, row.Scan(&r.Code, &r.Message, &r.Detail, &r.Hint)
		})
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}
