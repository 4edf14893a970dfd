// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/store"
)

// Threads reads a migration's thread in Slack; package bot has it.
type Threads interface {
	// Thread finds the migration's newest root message in a channel, posted since then, by the metadata of the bot's own messages, and
	// reads what the bot posted below it. A thread that is not there has no Root.
	Thread(ctx context.Context, channel, migration string, since time.Time) (*Thread, error)
}

// Thread is what the bot's own messages of a migration say of themselves.
type Thread struct {
	Channel string
	// Root is the timestamp of the root message, empty where there is none.
	Root string
	// Messages are the bot's own with a key, oldest first, the root among them.
	Messages []Message
}

// Message is one of the bot's own messages.
type Message struct {
	TS, ID, Key string
	// At is when the event happened that it shows, AuditSeq and AuditHead the end of the audit chain then.
	At        time.Time
	AuditSeq  int64
	AuditHead string
	Text      string
	Blocks    json.RawMessage
	// Actions are the action ids of its buttons.
	Actions []string
}

// Places are where the messages are by key; of several with one key the last, which took the place of the others.
func (t *Thread) Places() map[string]store.Posted {
	places := map[string]store.Posted{}
	for _, m := range t.Messages {
		places[m.Key] = store.Posted{Channel: t.Channel, TS: m.TS, At: m.At}
	}
	return places
}

// Has tells whether an Outgoing was posted, or is older than what its message shows.
func (t *Thread) Has(o store.Outgoing) bool {
	return slices.ContainsFunc(t.Messages, func(m Message) bool {
		return m.ID == o.ID || m.Key == o.Key && o.Priority != store.Progress && !m.At.IsZero() && o.Event.At.Before(m.At)
	})
}

// Lively are the messages whose buttons would decide on a request, or adopt: after an adoption they are of no use.
func (t *Thread) Lively() []Message {
	last := map[string]string{}
	for _, m := range t.Messages {
		last[m.Key] = m.TS
	}
	return slices.DeleteFunc(slices.Clone(t.Messages), func(m Message) bool {
		return last[m.Key] != m.TS || !slices.ContainsFunc(m.Actions, func(a string) bool {
			return strings.HasPrefix(a, "approval.") || strings.HasPrefix(a, "migration.adopt")
		})
	})
}

// Heard is the last entry of the audit chain that a message names.
func (t *Thread) Heard() (seq int64) {
	for _, m := range t.Messages {
		seq = max(seq, m.AuditSeq)
	}
	return seq
}

var runKey = regexp.MustCompile(`^([a-z]+):([0-9]{1,9}):`)

// Runs are how often each phase was commanded, as far as messages tell: their keys begin with phase and run.
func (t *Thread) Runs() map[string]int {
	runs := map[string]int{}
	for _, m := range t.Messages {
		if parts := runKey.FindStringSubmatch(m.Key); parts != nil {
			n, _ := strconv.Atoi(parts[2])
			runs[parts[1]] = max(runs[parts[1]], n)
		}
	}
	return runs
}
