// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// madeSQL is where Ferryman keeps what it made in the schemas of a migration. It is added to a home that has it not.
const madeSQL = `CREATE TABLE IF NOT EXISTS ferryman.made (
    id text PRIMARY KEY,
    migration text NOT NULL,
    schema_name text NOT NULL,
    things jsonb NOT NULL,
    oids oid[] NOT NULL,
    digest text NOT NULL,
    sql_sha256 text NOT NULL,
    script_by text NOT NULL DEFAULT '',
    plan text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
)`

const madeComment = `COMMENT ON TABLE ferryman.made IS 'Ferryman: the objects that it made, so that it alters and replaces its own alone; digest is of their definitions, oids are theirs'`

// Made is the record of something that Ferryman made on the target.
type Made struct {
	ID     string
	Thing  Thing
	Script *ScriptObject
	OIDs   []uint32
	// Digest is that of its entries as they were when it was made.
	Digest string
	SQLSum string
	// By is the person whose script it is, if it is one.
	By string
	At time.Time
}

// Entries are those of a snapshot that it consists of.
func (m Made) Entries(s Snapshot) []Entry {
	if m.Script != nil {
		return s.Of(*m.Script)
	}
	return s.OfThing(m.Thing)
}

// Ours tells whether what is there is what Ferryman made: the very objects, and nobody has changed them since.
func (m Made) Ours(found []Entry) bool {
	if m.ID == "" || Digest(found) != m.Digest {
		return false
	}
	return !slices.ContainsFunc(found, func(e Entry) bool { return !slices.Contains(m.OIDs, e.OID) })
}

// ReadMade reads what Ferryman made in the schemas, by id; nothing where no record is kept yet.
func (t *Target) ReadMade(ctx context.Context, schemas []string) (map[string]Made, error) {
	made, err := readMade(ctx, t.pool, schemas)
	return made, t.homeError("read what Ferryman made", err)
}

func readMade(ctx context.Context, q querier, schemas []string) (map[string]Made, error) {
	var there bool
	if err := q.QueryRow(ctx, "SELECT to_regclass('ferryman.made') IS NOT NULL").Scan(&there); err != nil || !there {
		return nil, err
	}
	rows, err := q.Query(ctx, "SELECT id, things, oids, digest, sql_sha256, script_by, at FROM ferryman.made WHERE schema_name = ANY($1)", schemas)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Made, err error) {
		var things []byte
		if err = row.Scan(&m.ID, &things, &m.OIDs, &m.Digest, &m.SQLSum, &m.By, &m.At); err != nil {
			return m, err
		}
		var about madeOf
		err = json.Unmarshal(things, &about)
		m.Thing, m.Script = about.Thing, about.Script
		return m, err
	})
	made := map[string]Made{}
	for _, m := range list {
		made[m.ID] = m
	}
	return made, err
}

type madeOf struct {
	Thing  Thing         `json:"thing"`
	Script *ScriptObject `json:"script,omitempty"`
}

// keepMade records what was made, and renews the records of what was Ferryman's own before and was changed by this very plan.
func keepMade(ctx context.Context, tx pgx.Tx, fence Fence, plan string, items []ApplyItem, sums map[string]string, before map[string]Made, mine map[string]bool, now Snapshot) error {
	batch := &pgx.Batch{}
	done := map[string]bool{}
	for _, item := range items {
		if item.Action != ApplyMake {
			continue
		}
		done[item.ID] = true
		m := Made{Thing: item.Thing, Script: item.Script}
		found := m.Entries(now)
		about, err := json.Marshal(madeOf{item.Thing, item.Script})
		if err != nil {
			return err
		}
		batch.Queue(`INSERT INTO ferryman.made (id, migration, schema_name, things, oids, digest, sql_sha256, script_by, plan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET migration = excluded.migration, schema_name = excluded.schema_name, things = excluded.things, oids = excluded.oids,
			digest = excluded.digest, sql_sha256 = excluded.sql_sha256, script_by = excluded.script_by, plan = excluded.plan, at = clock_timestamp()`,
			item.ID, fence.Migration, item.Thing.Schema, about, oidsOf(found), Digest(found), sums[item.ID], item.By, plan)
	}
	for id, m := range before {
		if digest := Digest(m.Entries(now)); mine[id] && !done[id] && digest != m.Digest {
			if digest == "" {
				batch.Queue("DELETE FROM ferryman.made WHERE id = $1", id)
				continue
			}
			batch.Queue("UPDATE ferryman.made SET digest = $2, oids = $3 WHERE id = $1", id, digest, oidsOf(m.Entries(now)))
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("record what was made: %w", err)
	}
	return nil
}

func oidsOf(found []Entry) []uint32 {
	oids := []uint32{}
	for _, e := range found {
		if !slices.Contains(oids, e.OID) {
			oids = append(oids, e.OID)
		}
	}
	return oids
}
