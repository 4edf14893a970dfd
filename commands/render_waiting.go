// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// reminder mentions those who have not said anything to a request at the half of its time.
func reminder(m *store.Migration, r approvals.Request) Message {
	need := "still needs two people"
	if r.Missing() == 1 {
		need = "still needs one more person"
	}
	return message(fmt.Sprintf("⏰ *%s %s* · plan `%s` · asked by <@%s> · until %s\n%s: the request with its buttons is above, in this thread.",
		title(r.Phase)+" "+m.Name, need, short(r), r.Requester, ends(r), notYet(r)))
}

// notYet mentions the approvers who have not voted. A group is mentioned whole: Slack knows no other way.
func notYet(r approvals.Request) string {
	users := slices.DeleteFunc(slices.Clone(r.Policy.Users), func(u string) bool {
		return slices.Contains(r.Voters(), u) || u == r.Requester && !r.Policy.RequesterMayApprove
	})
	return mentions(users, r.Policy.Groups)
}

// held says what keeps an approved phase from beginning.
func held(m *store.Migration, h runbook.Held) Message {
	name := title(h.Phase) + " of " + m.Name
	if !h.WentOn.IsZero() {
		return message(fmt.Sprintf("▶ *%s* waited for: %s. It went on at %s.", name, strings.Join(few(h.Names, evidenceShown), ", "), clock(h.WentOn)))
	}
	holds, red, _ := sorted(h.Evidence)
	head := fmt.Sprintf("⏸ *%s is approved and waits: %d of %d hold*", name, holds, len(h.Evidence))
	if at, ok := readAt(h.Evidence); ok {
		head += " · read " + clock(at)
	}
	return message(append(append([]string{head}, red...),
		fmt.Sprintf("<@%s>: it begins by itself as soon as all hold, until %s. *Reject…* in the request above stops it.", h.By, clock(h.Until)))...)
}

// goesOn says that what was held up has begun.
func wentOn(m *store.Migration, h runbook.Held) Message {
	return message(fmt.Sprintf("▶ *%s of %s goes on*: all facts of its gate hold again, %s after the second yes.", title(h.Phase), m.Name, took(h.WentOn.Sub(h.Since))))
}
