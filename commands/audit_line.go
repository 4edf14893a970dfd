// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// witnessed are the events whose messages name the end of the audit chain: decisions and the ends of phases. Whoever rewrites the chain
// can't rewrite what was read in Slack.
var witnessed = map[string]bool{
	runbook.EventApproval: true, runbook.EventVoid: true, runbook.EventRed: true, runbook.EventFailed: true, runbook.EventComplete: true,
	runbook.EventAdopted: true,
}

// headShown is how much of a hash people are shown; the whole is in the message's metadata.
const headShown = 12

// auditLine names the last entry of the audit chain when the event happened, and its hash.
func auditLine(o store.Outgoing) string {
	if !witnessed[o.Event.Kind] || o.AuditSeq == 0 || len(o.AuditHead) < headShown {
		return ""
	}
	return fmt.Sprintf("audit %d · `%s…`", o.AuditSeq, Escape(o.AuditHead[:headShown]))
}
