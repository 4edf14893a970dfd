// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/jackc/pgx/v5"
)

// runOutside runs a statement that another program wrote: one that makes, alters or describes an object, and no other, and no routine that
// would run with Ferryman's rights for whoever calls it. What is not taken is a *StatementError, as PostgreSQL's own refusal is; the caller
// undoes what was made of it.
func runOutside(ctx context.Context, tx pgx.Tx, s Statement) error {
	refuse := func(words string) error {
		return &StatementError{Refusal: Refusal{Object: s.Object, Code: "2F000", Message: words}}
	}
	if words := verbRefusal(s.SQL); words != "" {
		return refuse(words)
	}
	conn := tx.Conn().PgConn()
	tag, err := conn.ExecParams(ctx, s.SQL, nil, nil, nil, nil).Close()
	switch {
	case err != nil:
		return refused(s.Object, err)
	case conn.TxStatus() != 'T':
		return fmt.Errorf("a statement for %s ended the transaction it ran in", s.Object)
	}
	ledger.Statement(ctx, s.SQL)
	if words := tagRefusal(tag.String()); words != "" {
		return refuse(words)
	}
	if !makesRoutine.MatchString(skipComments(s.SQL)) {
		return nil
	}
	oid, err := madeRoutine(ctx, tx)
	if err != nil {
		return err
	}
	var definer bool
	err = tx.QueryRow(ctx, "SELECT prosecdef FROM pg_catalog.pg_proc WHERE oid = $1", oid).Scan(&definer)
	if err == nil && definer {
		err = refuse("it is SECURITY DEFINER: it would run with Ferryman's rights for whoever calls it")
	}
	return err
}

// watch looks at what the statements of another program changed: they may make objects in the schemas, and change what Ferryman made there
// or what the plan says it adds to.
type watch struct {
	schemas []string
	before  Snapshot
	mayHave map[[2]string]bool // tables and other objects that may change, by schema and name
}

func startWatch(ctx context.Context, tx pgx.Tx, schemas []string, items []ApplyItem, made map[string]Made, mine map[string]bool) (*watch, error) {
	if !slices.ContainsFunc(items, func(i ApplyItem) bool { return i.Outside }) {
		return nil, nil
	}
	w := &watch{schemas: schemas, mayHave: map[[2]string]bool{}}
	for id, m := range made {
		if mine[id] {
			w.allow(m.Thing)
		}
	}
	for _, i := range items {
		switch {
		case !i.Outside: // Ferryman's own, and people's, of which each is watched by itself
			w.allow(i.Thing)
			w.mayHave[[2]string{i.Thing.Schema, i.Thing.Schema}] = true // a right on the schema
		case i.Action == ApplyDrop || i.Added:
			w.allow(i.Thing)
		}
	}
	var err error
	w.before, err = readSnapshot(ctx, tx, nil)
	return w, err
}

func (w *watch) allow(t Thing) {
	w.mayHave[[2]string{t.Schema, t.Name}] = true
	if t.Table != "" {
		w.mayHave[[2]string{t.Schema, t.Table}] = true
	}
}

// end says what was changed that may not be: nil where nothing was.
func (w *watch) end(ctx context.Context, tx pgx.Tx) error {
	if w == nil {
		return nil
	}
	after, err := readSnapshot(ctx, tx, nil)
	if err != nil {
		return err
	}
	for _, c := range w.before.Changes(after) {
		e := c.Entry()
		inside := slices.Contains(w.schemas, e.Schema) || e.Kind == "schema" && slices.Contains(w.schemas, e.Name)
		if inside && (c.Before == nil || w.mayHave[[2]string{e.Schema, e.Name}] || e.Table != "" && w.mayHave[[2]string{e.Schema, e.Table}]) {
			continue
		}
		return &StatementError{Refusal: Refusal{Object: e.Words(), Code: "2F000",
			Message: "a statement that another program wrote changes " + e.Words() + ", which is not Ferryman's"}}
	}
	return nil
}
