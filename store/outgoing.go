// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"time"
)

// Event is something that happened to a migration and that its thread should tell. It is kept as facts, not as words: any replica
// can render it at any time.
type Event struct {
	Kind string          `json:"kind"`
	At   time.Time       `json:"at"`
	Data json.RawMessage `json:"data,omitempty"`
}

// Priority orders what waits for Slack's limits: lower goes first.
type Priority int

// The three priorities of the outbox.
const (
	Urgent   Priority = 0 // approvals and what a person waits for
	Normal   Priority = 1 // what happened
	Progress Priority = 2 // figures that a later reading replaces
)

// RootKey is the key of a migration's root message, the only one in the channel itself. All others go to its thread.
const RootKey = "root"

// Outgoing is a message on its way to a migration's thread. The first Outgoing with a Key posts a message; every later one with the
// same Key edits it in place. Outgoings of priority Progress replace each other while they wait, the others are sent in order.
type Outgoing struct {
	// ID is unique and travels in the message's metadata, so that a post whose outcome is unknown can be looked for.
	ID        string   `json:"id"`
	Migration string   `json:"migration"`
	Key       string   `json:"key"`
	Priority  Priority `json:"priority"`
	Event     Event    `json:"event"`
	// Again tells that the message was edited to this before, and is to be once more unless something newer came after it.
	Again bool `json:"again,omitempty"`
	// AuditSeq and AuditHead are the end of the audit chain just after the commit that the message belongs to: in Slack they are out of
	// reach of whoever could rewrite the chain in Redis.
	AuditSeq  int64  `json:"audit_seq,omitempty"`
	AuditHead string `json:"audit_head,omitempty"`
}

// Posted is where a message is in Slack.
type Posted struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	// At is when the event happened that the message shows now; a progress read before it has nothing to say.
	At time.Time `json:"at,omitzero"`
	// Sum is of the words that it shows, so that the same words are not sent again.
	Sum string `json:"sum,omitempty"`
}
