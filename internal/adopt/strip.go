// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Strip makes the edits that take the buttons from messages and leave their words.
func Strip(m *store.Migration, messages []Message, now time.Time) ([]store.Outgoing, error) {
	var edits []store.Outgoing
	for _, message := range messages {
		event, err := runbook.NewEvent(runbook.EventStripped, now,
			Stripped{Text: message.Text, Blocks: message.Blocks, Approval: strings.HasPrefix(message.Key, runbook.ApprovalKey(""))})
		if err != nil {
			return nil, err
		}
		edits = append(edits, runbook.Tell(m, message.Key, store.Urgent, event))
	}
	return edits, nil
}

// Alive tells whether a message's buttons are of use: those of a live request, and those that decide on no request.
func Alive(m *store.Migration, message Message) bool {
	id, ok := strings.CutPrefix(message.Key, runbook.ApprovalKey(""))
	return !ok || m.Requests[id].Live()
}
