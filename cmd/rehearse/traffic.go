// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	goora "github.com/sijms/go-ora/v2"
)

// traffic is the application: it goes on changing rows on the source while they are loaded and replicated.
type traffic struct {
	conn    *sql.Conn
	db      *sql.DB
	tables  []trafficTable
	out     *printer
	cancel  context.CancelFunc
	done    chan struct{}
	once    sync.Once
	counted struct{ updates, inserts, deletes, refused, commits int }
}

// trafficTable is a table whose rows can be changed without breaking its rules.
type trafficTable struct {
	owner, name string
	key         []string
	// change are columns that no key, unique index or check speaks of.
	change []dictionary.Column
	// copies tells that a row can be copied under a new number, and taken away again.
	copies  bool
	columns []string
	rows    [][]any
	next    int64
	added   []int64
}

// trafficEvery is the time between two transactions.
const trafficEvery = 40 * time.Millisecond

func startTraffic(ctx context.Context, w *world, out *printer) (*traffic, error) {
	db := sql.OpenDB(goora.NewConnector(w.oracle.URL(w.schema.names[0])))
	t := &traffic{db: db, out: out, done: make(chan struct{})}
	var err error
	if t.conn, err = db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("the application connects: %w", err)
	}
	for _, table := range w.schema.dict.Tables {
		if table.Owner != w.schema.names[0] {
			continue
		}
		usable, ok := describe(w.schema.dict, table)
		if !ok {
			continue
		}
		if err := t.fill(ctx, &usable); err != nil {
			return nil, err
		}
		if len(usable.rows) > 0 {
			t.tables = append(t.tables, usable)
		}
	}
	ctx, t.cancel = context.WithCancel(ctx)
	go t.run(ctx)
	out.line("\n%s  The application writes to %d tables of Oracle, and goes on while they are moved.", clock(time.Now()), len(t.tables))
	return t, nil
}

// stop ends the application's session and says what it did.
func (t *traffic) stop() string {
	t.once.Do(func() {
		t.cancel()
		<-t.done
		_ = t.conn.Close()
		_ = t.db.Close()
	})
	c := t.counted
	return fmt.Sprintf("%d transactions with %d updates, %d inserts and %d deletes", c.commits, c.updates, c.inserts, c.deletes)
}

// describe finds what can be changed in a table.
func describe(d *dictionary.Dictionary, table dictionary.Table) (trafficTable, bool) {
	pk := d.PrimaryKey(table.Owner, table.Name)
	if pk == nil || table.Temporary == "Y" || table.External == "YES" {
		return trafficTable{}, false
	}
	t := trafficTable{owner: table.Owner, name: table.Name, key: d.ConstraintColumns(pk.Owner, pk.Name)}
	fixed := map[string]bool{}
	for _, k := range t.key {
		fixed[k] = true
	}
	unique := false
	var checks strings.Builder
	for _, c := range d.ConstraintsOf(table.Owner, table.Name) {
		switch {
		case c.Type == "C" && !strings.HasSuffix(strings.TrimSpace(c.SearchCondition), "IS NOT NULL"):
			checks.WriteString(strings.ToUpper(c.SearchCondition) + " ")
		case c.Type == "U":
			unique = true
			fallthrough
		case c.Type == "R":
			for _, col := range d.ConstraintColumns(c.Owner, c.Name) {
				fixed[col] = true
			}
		}
	}
	for _, i := range d.IndexesOf(table.Owner, table.Name) {
		if i.Uniqueness == "UNIQUE" && i.Name != pk.IndexName {
			unique = true
			for _, c := range d.IndexColumns(i.Owner, i.Name) {
				fixed[c.Column] = true
				checks.WriteString(strings.ToUpper(c.Expression) + " ")
			}
		}
	}
	for _, c := range d.ColumnsOf(table.Owner, table.Name) {
		if c.ID == nil || c.Virtual == "YES" {
			continue
		}
		t.columns = append(t.columns, c.Name)
		if !fixed[c.Name] && !strings.Contains(checks.String(), strings.ToUpper(c.Name)) && c.Identity != "YES" && changeable(c) {
			t.change = append(t.change, *c)
		}
	}
	if key := d.Column(table.Owner, table.Name, t.key[0]); len(t.key) == 1 && key.Type == "NUMBER" && (key.Precision == nil || *key.Precision > 6) && key.Identity != "YES" {
		t.copies = !unique && !fixedByParent(d, table, t.key[0])
	}
	return t, len(t.change) > 0 || t.copies
}

// fixedByParent tells whether the key is itself a reference.
func fixedByParent(d *dictionary.Dictionary, table dictionary.Table, column string) bool {
	for _, c := range d.ConstraintsOf(table.Owner, table.Name) {
		if c.Type == "R" {
			for _, col := range d.ConstraintColumns(c.Owner, c.Name) {
				if col == column {
					return true
				}
			}
		}
	}
	return false
}

func changeable(c *dictionary.Column) bool {
	switch {
	case c.Type == "VARCHAR2", c.Type == "NVARCHAR2":
		return c.CharLength >= 4
	case c.Type == "CLOB", c.Type == "BLOB", c.Type == "DATE", strings.HasPrefix(c.Type, "TIMESTAMP"):
		return true
	}
	return false
}

// fill reads some keys of the table.
func (t *traffic) fill(ctx context.Context, table *trafficTable) error {
	name := quoted(table.owner) + "." + quoted(table.name)
	rows, err := t.conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE ROWNUM <= 50", quotedList(table.key), name))
	if err != nil {
		return fmt.Errorf("the application reads %s: %w", table.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		key := make([]any, len(table.key))
		into := make([]any, len(key))
		for i := range key {
			into[i] = &key[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		table.rows = append(table.rows, key)
	}
	if err := rows.Err(); err != nil || !table.copies {
		return err
	}
	return t.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT NVL(MAX(%s), 0) + 100000 FROM %s", quoted(table.key[0]), name)).Scan(&table.next)
}

func (t *traffic) run(ctx context.Context) {
	defer close(t.done)
	rng := rand.New(rand.NewPCG(11, 12))
	tick := time.NewTicker(trafficEvery)
	defer tick.Stop()
	for len(t.tables) > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := t.transaction(ctx, rng); err != nil && ctx.Err() == nil {
			t.counted.refused++
			if t.counted.refused == 20 {
				t.out.line("%s  The application can't write to Oracle any more: %v", clock(time.Now()), err)
				return
			}
		}
	}
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quotedList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return strings.Join(out, ", ")
}
