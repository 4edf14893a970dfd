// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ChainEntry is one entry of a migration's audit chain as the target keeps it.
type ChainEntry struct {
	Seq  int64
	Hash string
	// Entry is the entry's bytes, its hash included.
	Entry string
}

// Memory is how far the target remembers a migration.
type Memory struct {
	// Seq and Hash are the last entry of its chain: 0 and "" where there is none.
	Seq  int64
	Hash string
	// Doc is the migration's document of At; nil where there is none.
	Doc []byte
	At  time.Time
}

// ForkError tells that the entries given do not continue the chain that the target has.
type ForkError struct {
	Migration string
	// Seq is the first entry that does not fit, Gap that the one before it is missing on the target; else the target has another one.
	Seq int64
	Gap bool
}

func (e *ForkError) Error() string {
	if e.Gap {
		return fmt.Sprintf("the audit chain of %s on the target ends before entry %d, which was to be added: entries between are missing", e.Migration, e.Seq)
	}
	return fmt.Sprintf("the target has another entry %d in the audit chain of %s", e.Seq, e.Migration)
}

// Remember appends entries, which follow each other, to the migration's chain, and keeps doc, written at seq, as its document; a nil doc
// leaves the one that is there. An entry that is there already with the same hash is no error. Errors: *ForkError, and InFence's.
func (t *Target) Remember(ctx context.Context, fence Fence, entries []ChainEntry, seq int64, doc []byte) error {
	seqs, hashes, texts := make([]int64, len(entries)), make([]string, len(entries)), make([]string, len(entries))
	for i, e := range entries {
		seqs[i], hashes[i], texts[i] = e.Seq, e.Hash, e.Entry
	}
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		var last, other int64
		b := &pgx.Batch{}
		b.Queue(`SELECT coalesce((SELECT max(seq) FROM ferryman.chain WHERE migration = $1), 0), coalesce((SELECT min(given.seq)
				FROM unnest($2::bigint[], $3::text[]) given(seq, hash) JOIN ferryman.chain c ON c.migration = $1 AND c.seq = given.seq AND c.hash <> given.hash), 0)`,
			fence.Migration, seqs, hashes).QueryRow(func(row pgx.Row) error { return row.Scan(&last, &other) })
		if len(entries) > 0 {
			b.Queue(`INSERT INTO ferryman.chain (migration, seq, hash, entry) SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
				fence.Migration, seqs, hashes, texts)
		}
		if doc != nil {
			b.Queue(`INSERT INTO ferryman.state (migration, seq, doc) VALUES ($1, $2, $3)
				ON CONFLICT (migration) DO UPDATE SET seq = excluded.seq, doc = excluded.doc, at = clock_timestamp() WHERE state.seq <= excluded.seq`,
				fence.Migration, seq, string(doc))
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return t.homeError("remember migration "+fence.Migration, err)
		}
		if other > 0 {
			return &ForkError{Migration: fence.Migration, Seq: other}
		}
		for _, e := range entries {
			if e.Seq <= last {
				continue
			}
			if e.Seq != last+1 {
				return &ForkError{Migration: fence.Migration, Seq: e.Seq, Gap: true}
			}
			last = e.Seq
		}
		return nil
	})
}

// Remembered reads how far the target remembers a migration; the zero Memory where it does not.
func (t *Target) Remembered(ctx context.Context, migration string) (Memory, error) {
	var m Memory
	var doc *string
	var at *time.Time
	err := t.pool.QueryRow(ctx, `SELECT coalesce(c.seq, 0), coalesce(c.hash, ''), s.doc::text, s.at FROM (SELECT 1) one
			LEFT JOIN (SELECT seq, hash FROM ferryman.chain WHERE migration = $1 ORDER BY seq DESC LIMIT 1) c ON true
			LEFT JOIN ferryman.state s ON s.migration = $1`, migration).Scan(&m.Seq, &m.Hash, &doc, &at)
	if err != nil {
		return Memory{}, t.homeError("read what the target remembers of "+migration, err)
	}
	if doc != nil {
		m.Doc, m.At = []byte(*doc), *at
	}
	return m, nil
}

// ChainHash is the hash of one entry of a migration's chain, empty where there is none.
func (t *Target) ChainHash(ctx context.Context, migration string, seq int64) (hash string, err error) {
	err = t.pool.QueryRow(ctx, "SELECT hash FROM ferryman.chain WHERE migration = $1 AND seq = $2", migration, seq).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return hash, t.homeError("read the audit chain of "+migration, err)
}

// Chain reads a migration's chain, first entry first.
func (t *Target) Chain(ctx context.Context, migration string) ([]ChainEntry, error) {
	rows, err := t.pool.Query(ctx, "SELECT seq, hash, entry FROM ferryman.chain WHERE migration = $1 ORDER BY seq", migration)
	if err != nil {
		return nil, t.homeError("read the audit chain of "+migration, err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ChainEntry])
	return entries, t.homeError("read the audit chain of "+migration, err)
}

// MigrationNames are all migrations that were ever opened on the target, in order. Errors: *NoHomeError.
func (t *Target) MigrationNames(ctx context.Context) ([]string, error) {
	rows, err := t.pool.Query(ctx, "SELECT name FROM ferryman.migration ORDER BY name")
	if err != nil {
		return nil, t.homeError("list the migrations", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return names, t.homeError("list the migrations", err)
}

// AuditLine is a line of ferryman.audit: what was done on the target past the bot, by the command line or a script.
type AuditLine struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Migration string    `json:"migration"`
	Actor     string    `json:"actor"`
	Action    string    `json:"action"`
	Detail    string    `json:"detail"`
}

// AuditLines reads ferryman.audit, oldest first: the migration's lines, and those of no migration.
func (t *Target) AuditLines(ctx context.Context, migration string) ([]AuditLine, error) {
	rows, err := t.pool.Query(ctx, `SELECT id, at, coalesce(migration, ''), actor, action, detail FROM ferryman.audit
		WHERE migration = $1 OR migration IS NULL ORDER BY id`, migration)
	if err != nil {
		return nil, t.homeError("read the target's audit", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[AuditLine])
	return lines, t.homeError("read the target's audit", err)
}
