// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// transaction makes one to three changes and commits them; now and then it rolls back instead.
func (t *traffic) transaction(ctx context.Context, rng *rand.Rand) error {
	tx, err := t.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	updates, inserts, deletes := 0, 0, 0
	for range 1 + rng.IntN(3) {
		table := &t.tables[rng.IntN(len(t.tables))]
		var done bool
		switch what := rng.IntN(10); {
		case what < 6 && len(table.change) > 0:
			done, err = t.update(ctx, tx, rng, table)
			updates += one(done)
		case what < 9 && table.copies:
			done, err = t.insert(ctx, tx, rng, table)
			inserts += one(done)
		case table.copies && len(table.added) > 3:
			done, err = t.remove(ctx, tx, table)
			deletes += one(done)
		}
		if err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	if rng.IntN(20) == 0 {
		return tx.Rollback()
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	t.counted.commits++
	t.counted.updates += updates
	t.counted.inserts += inserts
	t.counted.deletes += deletes
	return nil
}

func one(done bool) int {
	if done {
		return 1
	}
	return 0
}

func (t *traffic) update(ctx context.Context, tx *sql.Tx, rng *rand.Rand, table *trafficTable) (bool, error) {
	column := table.change[rng.IntN(len(table.change))]
	key := table.rows[rng.IntN(len(table.rows))]
	statement := fmt.Sprintf("UPDATE %s.%s SET %s = :1 WHERE ", quoted(table.owner), quoted(table.name), quoted(column.Name))
	args := []any{newValue(rng, column)}
	for i, k := range table.key {
		if i > 0 {
			statement += " AND "
		}
		statement += fmt.Sprintf("%s = :%d", quoted(k), i+2)
		args = append(args, key[i])
	}
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, fmt.Errorf("update %s: %w", table.name, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// insert copies a row under a new number.
func (t *traffic) insert(ctx context.Context, tx *sql.Tx, rng *rand.Rand, table *trafficTable) (bool, error) {
	var columns []string
	for _, c := range table.columns {
		if c != table.key[0] {
			columns = append(columns, c)
		}
	}
	table.next++
	statement := fmt.Sprintf("INSERT INTO %[1]s.%[2]s (%[3]s) SELECT :1, %[4]s FROM %[1]s.%[2]s WHERE %[5]s = :2",
		quoted(table.owner), quoted(table.name), quotedList(append([]string{table.key[0]}, columns...)), quotedList(columns), quoted(table.key[0]))
	if len(columns) == 0 {
		statement = strings.Replace(statement, ":1, ", ":1", 1)
	}
	if _, err := tx.ExecContext(ctx, statement, table.next, table.rows[rng.IntN(len(table.rows))][0]); err != nil {
		return false, fmt.Errorf("insert into %s: %w", table.name, err)
	}
	table.added = append(table.added, table.next)
	return true, nil
}

// remove deletes a row that insert made: nothing refers to it.
func (t *traffic) remove(ctx context.Context, tx *sql.Tx, table *trafficTable) (bool, error) {
	id := table.added[0]
	table.added = table.added[1:]
	result, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s.%s WHERE %s = :1", quoted(table.owner), quoted(table.name), quoted(table.key[0])), id)
	if err != nil {
		return false, fmt.Errorf("delete from %s: %w", table.name, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

var words = []string{"Zürich", "matinée", "row 12", "stage left", "O'Brien", "balcony", "søndag", "late entry", "東京", "standing"}

// newValue is a value that fits the column.
func newValue(rng *rand.Rand, c dictionary.Column) any {
	switch {
	case c.Type == "CLOB":
		return strings.Repeat(words[rng.IntN(len(words))]+" ", 1+rng.IntN(400))
	case c.Type == "BLOB":
		b := make([]byte, 1+rng.IntN(3000))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	case c.Type == "DATE", strings.HasPrefix(c.Type, "TIMESTAMP"):
		return time.Date(2026, time.Month(1+rng.IntN(12)), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), 0, time.UTC)
	}
	runes := []rune(fmt.Sprintf("%s %d", words[rng.IntN(len(words))], rng.IntN(1000)))
	limit := int(c.CharLength)
	for len(runes) > limit || c.CharUsed != "C" && len(string(runes)) > limit {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes))
}
