// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Audit is one thing that was done, refused or decided, for the audit log. It never holds a secret.
type Audit struct {
	// What names the act: command, refused, vote, asked, plan, step, phase, problem.
	What string `json:"what"`
	// Who is a Slack user id, or "ferryman".
	Who string `json:"who"`
	// Phase, Object and Outcome say of what and how it ended.
	Phase   string `json:"phase,omitempty"`
	Object  string `json:"object,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Why says in words why it ended so, where it did not go well.
	Why string `json:"why,omitempty"`
	// SQL is the SHA-256, in hex, over the statements that a step ran, sorted and each followed by a line feed; AWS are the ids of its
	// requests that change something there.
	SQL string   `json:"sql_sha256,omitempty"`
	AWS []string `json:"aws_request_ids,omitempty"`
}

// AuditEntry is an Audit in the chain: its hash covers its own content and the hash before it.
type AuditEntry struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Prev string    `json:"prev"`
	Audit
	// Hash is the SHA-256, in hex, of the entry's line with an empty hash in it. It stays the last field: see lineSum.
	Hash string `json:"hash"`

	line string
}

// Line is the entry as it was stored, byte for byte: one JSON object. What a later program added to it is in it too.
func (e AuditEntry) Line() string { return e.line }

// ParseAuditEntry reads a stored entry. It does not verify anything.
func ParseAuditEntry(line string) (AuditEntry, error) {
	var e AuditEntry
	err := json.Unmarshal([]byte(line), &e)
	e.line = line
	return e, err
}

// chainAudit links new entries to the migration's chain and moves its head.
func chainAudit(m *Migration, entries []Audit, now time.Time) ([]string, error) {
	chained := make([]string, 0, len(entries))
	for _, a := range entries {
		e := AuditEntry{Seq: m.AuditSeq + 1, At: now, Prev: m.AuditHead, Audit: a}
		body, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("write an audit entry of %s: %w", m.Name, err)
		}
		sum := sha256.Sum256(body)
		e.Hash = hex.EncodeToString(sum[:])
		m.AuditSeq, m.AuditHead = e.Seq, e.Hash
		chained = append(chained, strings.TrimSuffix(string(body), `"}`)+e.Hash+`"}`)
	}
	return chained, nil
}

// Sound tells that the entry has the hash of its own content.
func (e AuditEntry) Sound() bool {
	sum, ok := e.lineSum()
	return ok && sum == e.Hash
}

// lineSum is the SHA-256, in hex, of an entry's line as it was before its hash was put in; false where the line does not end in its
// hash. It is made from the bytes, so that a field that this program does not know is covered as well.
func (e AuditEntry) lineSum() (string, bool) {
	body, ok := strings.CutSuffix(e.line, `"hash":"`+e.Hash+`"}`)
	if !ok || e.Hash == "" {
		return "", false
	}
	sum := sha256.Sum256([]byte(body + `"hash":""}`))
	return hex.EncodeToString(sum[:]), true
}

// AuditLog reads a migration's audit entries, oldest first.
func (s *Store) AuditLog(ctx context.Context, migration string) ([]AuditEntry, error) {
	return s.auditRange(ctx, migration, 0)
}

// AuditFrom reads a migration's audit entries after one of them, oldest first; all of them after 0. A chain that was adopted need not
// begin with entry 1.
func (s *Store) AuditFrom(ctx context.Context, migration string, afterSeq int64) ([]AuditEntry, error) {
	first, err := s.rdb.LIndex(ctx, key(migration, "audit"), 0).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("read the audit of "+migration, err)
	}
	e, err := ParseAuditEntry(first)
	if err != nil {
		return nil, unreadable(migration, 0, err)
	}
	return s.auditRange(ctx, migration, max(0, afterSeq+1-e.Seq))
}

func (s *Store) auditRange(ctx context.Context, migration string, from int64) ([]AuditEntry, error) {
	lines, err := s.AuditLines(ctx, migration, from)
	if err != nil {
		return nil, err
	}
	entries := make([]AuditEntry, len(lines))
	for i, line := range lines {
		if entries[i], err = ParseAuditEntry(line); err != nil {
			return nil, unreadable(migration, from+int64(i), err)
		}
	}
	return entries, nil
}

// AuditLines reads a migration's audit entries as they are stored, from a place in the list on; 0 is the first.
func (s *Store) AuditLines(ctx context.Context, migration string, from int64) ([]string, error) {
	lines, err := s.rdb.LRange(ctx, key(migration, "audit"), from, -1).Result()
	if err != nil {
		return nil, unavailable("read the audit of "+migration, err)
	}
	return lines, nil
}

func unreadable(migration string, place int64, err error) error {
	return fmt.Errorf("audit entry %d in Redis's list of %s can't be read (ferryman audit verify says more): %w", place+1, migration, err)
}
