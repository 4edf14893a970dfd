// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// asked says what a phase's plan will do, what comes back and how.
var asked = map[string]func(summary json.RawMessage, ask runbook.Ask) (string, error){
	"prepare": askPrepare, "cutover": askCutover, "load": askLoad,
}

// approval is the message of a request: what will happen, who said yes, and the buttons while it is open.
func approval(m *store.Migration, ask runbook.Ask) (Message, []runbook.File, error) {
	request := ask.Request
	short := request.Fingerprint[:min(12, len(request.Fingerprint))]
	head := fmt.Sprintf("%s · asked by <@%s> · plan `%s`", asking(m, request), request.Requester, short)
	if request.Status == approvals.Open {
		head += " · until " + clock(request.ExpiresAt)
	}
	body := fmt.Sprintf("%s in all, because %s.", several(ask.Steps, "step", "steps"), Escape(ask.Why))
	if words, ok := asked[request.Phase]; ok && len(ask.Summary) > 0 {
		var err error
		if body, err = words(ask.Summary, ask); err != nil {
			return Message{}, nil, err
		}
	}
	if len(ask.Moved) > 0 {
		body += "\n*New in this plan*: " + strings.Join(moved(ask.Moved), "; ") + "."
	}
	plan := fmt.Sprintf("The whole plan is in *%s-%s.sql*; `sha256sum %s-%s.json` prints `%s…`", request.Phase, short, request.Phase, short,
		short)
	out := message(head, body, plan)
	if len(ask.Evidence) > 0 {
		out = out.with(contextBlock(evidenceLine(ask.Evidence)))
	}
	out = out.with(section(standing(request)))
	if request.Status == approvals.Open {
		approve := slack.NewButtonBlockElement(approveAction, request.ID, plainText("Approve")).WithStyle(slack.StylePrimary)
		reject := slack.NewButtonBlockElement(rejectAction, request.ID, plainText("Reject…")).WithStyle(slack.StyleDanger)
		buttons := []slack.BlockElement{approve, reject}
		if len(request.Votes) > 0 {
			buttons = append(buttons, slack.NewButtonBlockElement(withdrawAction, request.ID, plainText("Take back")))
		}
		out = out.with(slack.NewActionBlock("approval", buttons...))
	}
	if !ask.Files {
		return out, nil, nil
	}
	return out, []runbook.File{
		{Name: request.Phase + "-" + short + ".json", Title: "The plan, as it is hashed"},
		{Name: request.Phase + "-" + short + ".sql", Title: "The plan's statements, to read"},
	}, nil
}

// asking says what the request is for, and how it stands.
func asking(m *store.Migration, r approvals.Request) string {
	what := title(r.Phase) + " " + m.Name
	switch r.Status {
	case approvals.Granted, approvals.Consumed:
		return "🔓 *" + what + ": two people said yes*"
	case approvals.Rejected:
		return "✖ *" + what + " was rejected*"
	case approvals.Expired:
		return "✖ *" + what + " was not approved in time*"
	case approvals.Void:
		return "✖ *" + what + ": this request is void*"
	}
	return "🔒 *" + what + " needs two people*"
}

func evidenceLine(evidence []runbook.Evidence) string {
	var parts []string
	for _, e := range evidence {
		mark := "✔"
		if !e.Holds {
			mark = "✖"
		}
		parts = append(parts, mark+" "+Escape(e.Name))
	}
	return "Gate, read " + clock(evidence[len(evidence)-1].ReadAt) + ": " + strings.Join(parts, " ")
}

// standing says who said what, and what is missing.
func standing(r approvals.Request) string {
	var lines []string
	for _, v := range r.Votes {
		lines = append(lines, fmt.Sprintf("<@%s> approved at %s.", v.User, clock(v.At)))
	}
	who := mentions(r.Policy.Users, r.Policy.Groups)
	requester := fmt.Sprintf("<@%s> asked, so can't be one.", r.Requester)
	if r.Policy.RequesterMayApprove {
		requester = fmt.Sprintf("<@%s> asked and may be one of them.", r.Requester)
	}
	switch r.Status {
	case approvals.Open:
		need := "Two people of"
		if r.Missing() == 1 {
			need = "One more person of"
		}
		verb := "are"
		if r.Missing() == 1 {
			verb = "is"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s needed; %s", need, who, verb, requester))
	case approvals.Granted:
		lines = append(lines, "That makes two. Plan, gate and people are read once more, then it starts.")
	case approvals.Consumed:
		lines = append(lines, "Two people said yes; it was started.")
	case approvals.Rejected:
		lines = append(lines, fmt.Sprintf("❌ <@%s> said no: %s", r.EndedBy, Escape(r.Reason)), "Nothing was run. `/migrate-"+r.Phase+"` asks anew.")
	case approvals.Expired:
		lines = append(lines, "The time for it has passed. Nothing was run. `/migrate-"+r.Phase+"` asks anew.")
	case approvals.Void:
		lines = append(lines, "Nothing was run by it: the message below says why.")
	}
	return strings.Join(lines, "\n")
}
