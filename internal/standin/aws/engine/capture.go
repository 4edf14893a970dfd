// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// transaction is what one commit on the source changed in the task's tables.
type transaction struct {
	scn       uint64
	committed time.Time
	changes   []*change
}

// mined is what one look at the redo found: all commits up to an SCN. What commits later may have begun at SCN low.
type mined struct {
	upTo, low    uint64
	at           time.Time
	transactions []*transaction
}

// queue holds what was captured and not yet applied.
type queue struct {
	mu     sync.Mutex
	waits  []*mined
	err    error
	filled chan struct{}
}

func newQueue() *queue { return &queue{filled: make(chan struct{}, 1)} }

func (q *queue) push(m *mined) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waits = append(q.waits, m)
	q.wake()
}

// fail ends the queue: next answers err once it is empty.
func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// next takes the oldest, waiting for it as long as d; nil when nothing came.
func (q *queue) next(ctx context.Context, d time.Duration) (*mined, error) {
	timeout := time.After(d)
	for {
		q.mu.Lock()
		if len(q.waits) > 0 {
			m := q.waits[0]
			q.waits = q.waits[1:]
			q.mu.Unlock()
			return m, nil
		}
		err := q.err
		q.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timeout:
			return nil, nil
		case <-q.filled:
		}
	}
}

// pending counts the changes that wait.
func (q *queue) pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, m := range q.waits {
		for _, t := range m.transactions {
			n += len(t.changes)
		}
	}
	return n
}

const (
	startLogMiner = "BEGIN DBMS_LOGMNR.START_LOGMNR(STARTSCN => %d, OPTIONS => DBMS_LOGMNR.DICT_FROM_ONLINE_CATALOG + " +
		"DBMS_LOGMNR.COMMITTED_DATA_ONLY); END;"
	readLogMiner = "SELECT SCN, COMMIT_SCN, OPERATION, SEG_OWNER, TABLE_NAME, SQL_REDO, CSF, COMMIT_TIMESTAMP FROM V$LOGMNR_CONTENTS " +
		"WHERE COMMIT_SCN > :1 AND COMMIT_SCN <= :2 ORDER BY COMMIT_SCN, SCN, RS_ID, SSN"
)

// capture looks at the source's redo again and again until ctx ends or reading fails. It reads the commits after SCN from, of which
// the first changes may be as old as SCN low.
func (r *run) capture(ctx context.Context, from, low uint64, queue *queue) error {
	r.info("SOURCE_CAPTURE", "Start capturing changes from SCN %d", from)
	conn, err := r.source.Conn(calm(ctx))
	if err != nil {
		return r.captureError(err)
	}
	defer conn.Close()
	for {
		// What is open now is at least as old as any transaction that will commit after the SCN read next and began before from.
		open, err := openTransactions(ctx, conn)
		if err != nil {
			return r.captureError(err)
		}
		var now uint64
		if err := conn.QueryRowContext(calm(ctx), "SELECT CURRENT_SCN FROM V$DATABASE").Scan(&now); err != nil {
			return r.captureError(err)
		}
		found := &mined{upTo: max(now, from), at: time.Now()}
		if now > from {
			if err := r.mine(ctx, conn, from, low, found); err != nil {
				return r.captureError(err)
			}
		}
		low = slices.Min(append(open, from))
		found.low = low
		for _, t := range found.transactions {
			for _, c := range t.changes {
				r.state.change(c.table, func(s *TableStatistics) { s.Captured.add(c.operation, 1); s.Updated = time.Now() })
			}
		}
		r.state.setCaptured(found.upTo)
		queue.push(found)
		from = found.upTo
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.PollInterval):
		}
	}
}

func (r *run) captureError(err error) error {
	var end fatal
	if errors.As(err, &end) || errors.Is(err, context.Canceled) {
		return err
	}
	r.error("SOURCE_CAPTURE", "OCI error '%s' [1020401]", oracleMessage(err))
	return r.sourceError(fmt.Errorf("capturing changes: %w", err))
}

// openTransactions returns the SCNs at which the source's open transactions began.
func openTransactions(ctx context.Context, conn interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}) ([]uint64, error) {
	rows, err := conn.QueryContext(calm(ctx), "SELECT START_SCN FROM V$TRANSACTION")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []uint64
	for rows.Next() {
		var scn uint64
		if err := rows.Scan(&scn); err != nil {
			return nil, err
		}
		all = append(all, scn)
	}
	return all, rows.Err()
}

// mine reads the commits after from up to found.upTo.
func (r *run) mine(ctx context.Context, conn *sql.Conn, from, low uint64, found *mined) error {
	if _, err := conn.ExecContext(calm(ctx), fmt.Sprintf(startLogMiner, low)); err != nil {
		return err
	}
	rows, err := conn.QueryContext(calm(ctx), readLogMiner, from, found.upTo)
	if err != nil {
		return err
	}
	defer rows.Close()
	longer := "" // a statement goes on in the next row where CSF is 1
	for rows.Next() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var scn, commitSCN uint64
		var operation string
		var owner, name, redo sql.NullString
		var continues sql.NullInt64
		var committed sql.NullTime
		if err := rows.Scan(&scn, &commitSCN, &operation, &owner, &name, &redo, &continues, &committed); err != nil {
			return err
		}
		t := r.byName[TableName{owner.String, name.String}]
		if t == nil {
			continue
		}
		if longer += redo.String; continues.Int64 == 1 {
			continue
		}
		c, err := r.readChange(t, operation, longer)
		longer = ""
		if err != nil {
			return fatal{fmt.Sprintf("the change of table %s.%s at SCN %d can't be read: %s", owner.String, name.String, scn, err)}
		}
		if c == nil || !t.accepts(c) {
			continue
		}
		last := len(found.transactions) - 1
		if last < 0 || found.transactions[last].scn != commitSCN {
			found.transactions = append(found.transactions, &transaction{scn: commitSCN, committed: committed.Time})
			last++
		}
		found.transactions[last].changes = append(found.transactions[last].changes, c)
	}
	return rows.Err()
}

// readChange reads one change, nil for what is not replicated. Of DDL that is all but TRUNCATE.
func (r *run) readChange(t *table, operation, redo string) (*change, error) {
	switch operation {
	case "INSERT", "UPDATE", "DELETE":
		return parseRedo(redo)
	case "DDL":
		words := strings.Fields(strings.ToLower(redo))
		if len(words) > 1 && words[0] == "truncate" && words[1] == "table" && r.Settings.ChangeProcessingDdlHandlingPolicy.HandleSourceTableTruncated {
			return &change{operation: truncateTable, table: t.TableName}, nil
		}
	}
	r.warn("SOURCE_CAPTURE", "Operation %s on table '%s'.'%s' is not replicated", operation, t.Schema, t.Table)
	return nil, nil
}

// accepts applies the mapping's row filters to a change, as far as the redo tells the columns that they look at.
func (t *table) accepts(c *change) bool {
	for _, f := range t.filters {
		for _, fields := range [][]field{c.set, c.where} {
			found := false
			for _, field := range fields {
				if field.column == f.Column {
					found = true
					if !f.Accepts(field.value) {
						return false
					}
				}
			}
			if found {
				break
			}
		}
	}
	return true
}
