// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// lockOverhead is what a transaction locks besides the objects it is for: the tables and indexes of schema "ferryman" and of the
// catalog.
const lockOverhead = 100

// lockRoom is how many locks the server has room for, by PostgreSQL's own rule: those of all sessions and prepared transactions.
type lockRoom struct {
	perTransaction, connections, prepared int
}

func (r lockRoom) total() int { return r.perTransaction * (r.connections + r.prepared) }

func readLockRoom(ctx context.Context, q rowQuerier) (r lockRoom, err error) {
	err = q.QueryRow(ctx, `SELECT current_setting('max_locks_per_transaction')::int, current_setting('max_connections')::int,
		current_setting('max_prepared_transactions')::int`).Scan(&r.perTransaction, &r.connections, &r.prepared)
	return r, err
}

// missingLocks finds the batches that need more locks in one transaction than the server has, and names the object of each that needs
// most: it can't be set aside, and where it is a partitioned table's, it could not be made again.
func missingLocks(room lockRoom, batches []Batch, trees map[[2]string]int) (problems []Problem) {
	for _, batch := range batches {
		need := trees[[2]string{batch.Schema, batch.Table}] + batch.locks() + lockOverhead
		if need <= room.total() {
			continue
		}
		most := batch.Objects[0]
		for _, o := range batch.Objects {
			if o.Locks > most.Locks {
				most = o
			}
		}
		per := room.perTransaction
		for per*(room.connections+room.prepared) < need {
			per *= 2
		}
		problems = append(problems, problemOf(most, fmt.Sprintf("it needs about %d locks in one transaction, and the server has room for %d "+
			"(max_locks_per_transaction %d, max_connections %d)", need, room.total(), room.perTransaction, room.connections),
			fmt.Sprintf("ALTER SYSTEM SET max_locks_per_transaction = %d; -- and a restart; on RDS and Aurora in the parameter group", per)))
	}
	return problems
}

// readTrees counts each table of the batches with all that inherit from it: LOCK TABLE takes them together.
func readTrees(ctx context.Context, tx pgx.Tx, batches []Batch) (map[[2]string]int, error) {
	var schemas, tables []string
	trees := map[[2]string]int{}
	for _, b := range batches {
		name := [2]string{b.Schema, b.Table}
		if _, seen := trees[name]; !seen {
			trees[name] = 1
			schemas, tables = append(schemas, b.Schema), append(tables, b.Table)
		}
	}
	rows, err := tx.Query(ctx, `WITH RECURSIVE tree AS (SELECT o.schema_name, o.table_name, c.oid
				FROM unnest($1::text[], $2::text[]) AS o(schema_name, table_name)
				JOIN pg_namespace n ON n.nspname = o.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.table_name
			UNION SELECT t.schema_name, t.table_name, h.inhrelid FROM tree t JOIN pg_inherits h ON h.inhparent = t.oid)
		SELECT schema_name, table_name, count(*)::int FROM tree GROUP BY 1, 2`, schemas, tables)
	if err != nil {
		return nil, err
	}
	var name [2]string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&name[0], &name[1], &count}, func() error { trees[name] = count; return nil })
	return trees, err
}
