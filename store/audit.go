// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Audit is one thing that was done, refused or decided, for the audit log. It never holds a secret.
type Audit struct {
	// What names the act: command, vote, refused, plan, step, phase.
	What string `json:"what"`
	// Who is a Slack user id, or "ferryman".
	Who string `json:"who"`
	// Phase, Object and Outcome say of what and how it ended.
	Phase   string `json:"phase,omitempty"`
	Object  string `json:"object,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}

// AuditEntry is an Audit in the chain: its hash covers its own content and the hash before it.
type AuditEntry struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Prev string    `json:"prev"`
	Audit
	Hash string `json:"hash"`
}

// chainAudit links new entries to the migration's chain and moves its head.
func chainAudit(m *Migration, entries []Audit, now time.Time) ([][]byte, error) {
	chained := make([][]byte, 0, len(entries))
	for _, a := range entries {
		e := AuditEntry{Seq: m.AuditSeq + 1, At: now, Prev: m.AuditHead, Audit: a}
		hash, err := e.sum()
		if err != nil {
			return nil, err
		}
		e.Hash = hash
		body, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("write an audit entry of %s: %w", m.Name, err)
		}
		m.AuditSeq, m.AuditHead = e.Seq, e.Hash
		chained = append(chained, body)
	}
	return chained, nil
}

// sum is the SHA-256, in hex, of the entry without its own hash.
func (e AuditEntry) sum() (string, error) {
	e.Hash = ""
	body, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// AuditLog reads a migration's audit entries, oldest first.
func (s *Store) AuditLog(ctx context.Context, migration string) ([]AuditEntry, error) {
	raw, err := s.rdb.LRange(ctx, key(migration, "audit"), 0, -1).Result()
	if err != nil {
		return nil, unavailable("read the audit of "+migration, err)
	}
	entries := make([]AuditEntry, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal([]byte(r), &entries[i]); err != nil {
			return nil, fmt.Errorf("audit entry %d of %s can't be read: %w", i+1, migration, err)
		}
	}
	return entries, nil
}
