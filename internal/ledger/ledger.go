// SPDX-License-Identifier: Apache-2.0

// Package ledger collects what a step really did, through its context and for the audit log: the statements that changed something in
// a database, and the ids of the AWS requests that changed something there.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

// Ledger is what was noted under one context. It may be used by several goroutines.
type Ledger struct {
	mu         sync.Mutex
	statements []string
	requests   []string
}

// maxRequests bounds what is kept of a step that calls AWS without end.
const maxRequests = 200

type (
	ledgerKey  struct{}
	attemptKey struct{}
)

// New gives a context under which is noted.
func New(ctx context.Context) (context.Context, *Ledger) {
	l := &Ledger{}
	return context.WithValue(ctx, ledgerKey{}, l), l
}

// attempt is one try of a transaction.
type attempt struct {
	mu         sync.Mutex
	statements []string
}

// Attempt gives a context for one try of a transaction. Its statements count when keep is called, which is after the commit: those of
// a try that was rolled back do not. Without a ledger in the context it does nothing.
func Attempt(ctx context.Context) (_ context.Context, keep func()) {
	l, ok := ctx.Value(ledgerKey{}).(*Ledger)
	if !ok {
		return ctx, func() {}
	}
	a := &attempt{}
	return context.WithValue(ctx, attemptKey{}, a), func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.statements = append(l.statements, a.statements...)
		a.statements = nil
	}
}

// Statement notes a statement of the context's Attempt; outside of one it does nothing.
func Statement(ctx context.Context, sql string) {
	if a, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.statements = append(a.statements, sql)
	}
}

// Request notes the id that AWS gave a request.
func Request(ctx context.Context, id string) {
	l, ok := ctx.Value(ledgerKey{}).(*Ledger)
	if !ok || id == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) < maxRequests && !slices.Contains(l.requests, id) {
		l.requests = append(l.requests, id)
	}
}

// Requests are the noted ids, in order.
func (l *Ledger) Requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// SQL is the Sum of the noted statements.
func (l *Ledger) SQL() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Sum(l.statements)
}

// Sum is the SHA-256, in hex, over statements in the order of their bytes, each followed by a line feed; empty where there are none.
// They are sorted because what ran in parallel has no order. Of a step that ran just what its plan says it is what
//
//	jq -r '.steps[] | select(.id == "…") | .sql | sort | .[]' plan.json | sha256sum
//
// prints.
func Sum(statements []string) string {
	if len(statements) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(statements)), "\n") + "\n"))
	return hex.EncodeToString(sum[:])
}
