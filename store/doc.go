// SPDX-License-Identifier: Apache-2.0

// Package store keeps Ferryman's state in Redis: migrations with their approvals, plans, the inbox, the outbox, leases and the audit.
// Every change of a migration is one compare-and-swap of its whole document, together with the audit entry and the messages that
// tell of it.
package store
