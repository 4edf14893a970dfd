// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Entry is one object of a database, or a part of one such as a column, as text that changes when it does.
type Entry struct {
	// Kind is a word: table, column, constraint, index, trigger, view, materialized view, sequence, function, procedure, type, comment, …
	Kind   string
	Schema string
	// Table is what a part belongs to; for a routine its name, whose arguments are in Name.
	Table string
	Name  string
	// OID is the object's; a column's is its table's. It does not survive a dump.
	OID        uint32
	Definition string
}

// Snapshot is what schemas hold, ordered.
type Snapshot []Entry

//go:embed apply_snapshot.sql
var snapshotSQL string

//go:embed apply_snapshot_rest.sql
var snapshotRestSQL string

// readSnapshot reads schemas, or with nil everything that is not PostgreSQL's own, then with owners and rights.
func readSnapshot(ctx context.Context, q querier, schemas []string) (Snapshot, error) {
	whole := schemas == nil
	list, err := entries(ctx, q, snapshotSQL, schemas, whole)
	if err == nil && whole {
		var rest Snapshot
		rest, err = entries(ctx, q, snapshotRestSQL)
		list = append(list, rest...)
	}
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	slices.SortFunc(list, Entry.compare)
	return list, nil
}

func entries(ctx context.Context, q querier, sql string, args ...any) (Snapshot, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Entry, err error) {
		err = row.Scan(&e.Kind, &e.Schema, &e.Table, &e.Name, &e.OID, &e.Definition)
		return e, err
	})
}

// ReadSnapshot reads the schemas of the target; one that does not exist has nothing in it.
func (t *Target) ReadSnapshot(ctx context.Context, schemas []string) (Snapshot, error) {
	return readSnapshot(ctx, t.pool, append([]string{}, schemas...))
}

func (e Entry) compare(o Entry) int {
	return cmp.Or(cmp.Compare(e.Schema, o.Schema), cmp.Compare(e.Kind, o.Kind), cmp.Compare(e.Table, o.Table), cmp.Compare(e.Name, o.Name))
}

// Words names the entry for people.
func (e Entry) Words() string {
	switch e.Kind {
	case "column", "constraint", "trigger", "rule", "policy", "statistics":
		return fmt.Sprintf("%s %s of %s.%s", e.Kind, e.Name, e.Schema, e.Table)
	case "schema":
		return "schema " + e.Name
	case "comment":
		return fmt.Sprintf("the comment on %s", e.Schema+"."+e.Name)
	case "other":
		return e.Name
	}
	return fmt.Sprintf("%s %s.%s", e.Kind, e.Schema, e.Name)
}

// Digest is a SHA-256 of entries with their definitions, in hex; empty for none.
func Digest(list []Entry) string {
	if len(list) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, e := range list {
		fmt.Fprintf(sum, "%q %q %q %q %q\n", e.Kind, e.Schema, e.Table, e.Name, e.Definition)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Change is an entry before and after; one of them is nil where it came or went.
type Change struct{ Before, After *Entry }

// Entry is the later side, or the earlier of what went.
func (c Change) Entry() Entry {
	if c.After != nil {
		return *c.After
	}
	return *c.Before
}

// Changes compares two snapshots.
func (s Snapshot) Changes(after Snapshot) []Change {
	var list []Change
	for len(s) > 0 || len(after) > 0 {
		order := 0
		switch {
		case len(s) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = s[0].compare(after[0])
		}
		switch {
		case order < 0:
			list, s = append(list, Change{Before: &s[0]}), s[1:]
		case order > 0:
			list, after = append(list, Change{After: &after[0]}), after[1:]
		default:
			if s[0].Definition != after[0].Definition {
				list = append(list, Change{Before: &s[0], After: &after[0]})
			}
			s, after = s[1:], after[1:]
		}
	}
	return list
}
