// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// asked says what a phase's plan will do, what comes back and how.
var asked = map[string]func(summary json.RawMessage, ask runbook.Ask) (string, error){
	"schema": askSchema, "prepare": askPrepare, "cutover": askCutover, "load": askLoad,
}

// approval is the message of a request: what will happen, who said yes, and the buttons while they can do anything. What decides comes
// first: where it is too long for Slack, it is cut from below.
func approval(m *store.Migration, ask runbook.Ask) (Message, []runbook.File, error) {
	request := ask.Request
	head := fmt.Sprintf("%s · asked by <@%s> · plan `%s`", asking(m, request), request.Requester, short(request))
	if request.Status == approvals.Open {
		head += " · until " + ends(request)
		if w := request.Window; w != nil {
			head += fmt.Sprintf(", in the window %s – %s", day(w.From), day(w.To))
		}
	}
	body := fmt.Sprintf("%s in all, because %s.", several(ask.Steps, "step", "steps"), Escape(ask.Why))
	if words, ok := asked[request.Phase]; ok && len(ask.Summary) > 0 {
		var err error
		if body, err = words(ask.Summary, ask); err != nil {
			return Message{}, nil, err
		}
	} else {
		body += "\n" + howLong(ask)
	}
	out := message(head, body)
	if len(ask.Moved) > 0 {
		out = out.with(section("*New in this plan*: " + strings.Join(moved(ask.Moved), "; ") + "."))
	}
	file := request.Phase + "-" + short(request)
	out = out.with(section(standing(m, request)),
		section(fmt.Sprintf("The whole plan is in *%s.sql*; `sha256sum %s.json` prints `%s…`", file, file, short(request))))
	if len(ask.Evidence) > 0 {
		out = out.with(section("*Gate*\n" + evidenceTimes(ask.Evidence)))
	}
	if buttons := buttonsOf(request); len(buttons) > 0 {
		out = out.with(slack.NewActionBlock("approval", buttons...))
	}
	if !ask.Files {
		return out, nil, nil
	}
	files := []runbook.File{
		{Name: file + ".json", Title: "The plan, as it is hashed"},
		{Name: file + ".sql", Title: "The plan's statements, to read"},
	}
	if request.Phase == "schema" && len(ask.Summary) > 0 {
		files = append(files, runbook.File{Name: phases.SchemaDifferenceFile, Title: "The difference to what is on the target"})
	}
	return out, files, nil
}

// buttonsOf are what can be pressed of a request: until its first step, one No stops it.
func buttonsOf(request approvals.Request) []slack.BlockElement {
	if !request.Live() {
		return nil
	}
	reject := slack.NewButtonBlockElement(rejectAction, request.ID, plainText("Reject…")).WithStyle(slack.StyleDanger)
	if request.Status == approvals.Granted {
		return []slack.BlockElement{reject}
	}
	buttons := []slack.BlockElement{slack.NewButtonBlockElement(approveAction, request.ID, plainText("Approve")).WithStyle(slack.StylePrimary), reject}
	if len(request.Votes) > 0 {
		buttons = append(buttons, slack.NewButtonBlockElement(withdrawAction, request.ID, plainText("Take back")))
	}
	return buttons
}

// ends is when a request expires, with the day where that is not soon.
func ends(r approvals.Request) string {
	if r.ExpiresAt.Sub(r.AskedAt) > 12*time.Hour {
		return day(r.ExpiresAt)
	}
	return clock(r.ExpiresAt)
}

// short is as much of a fingerprint as people compare.
func short(r approvals.Request) string { return r.Fingerprint[:min(12, len(r.Fingerprint))] }

// howLong says how long it may take, by what was measured.
func howLong(ask runbook.Ask) string {
	if ask.Before <= 0 {
		return "*How long*: unknown, it was not run to its end here before."
	}
	return fmt.Sprintf("*How long*: the last time it took %s.", took(ask.Before))
}

// size is a number of bytes as people say it.
func size(bytes int64) string {
	if bytes < 0 {
		return "an unknown size"
	}
	value, units := float64(bytes), []string{"bytes", "kB", "MB", "GB", "TB"}
	i := 0
	for ; value >= 1000 && i < len(units)-1; i++ {
		value /= 1000
	}
	if i == 0 || value >= 100 {
		return fmt.Sprintf("%.0f %s", value, units[i])
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
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

// standing says who said what, and what is missing.
func standing(m *store.Migration, r approvals.Request) string {
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
		if p := m.Phases[r.Phase]; p != nil && p.RequestID == r.ID && p.Status == store.Holding {
			lines = append(lines, fmt.Sprintf("⏸ Two people said yes. It waits for its gate, until %s: %s.", ends(r), strings.Join(few(p.Held, evidenceShown), ", ")))
			break
		}
		lines = append(lines, "That makes two. Plan, gate and people are read once more, then it starts. Until then one No stops it.")
	case approvals.Consumed:
		lines = append(lines, "Two people said yes; it was started.")
	case approvals.Rejected:
		lines = append(lines, fmt.Sprintf("❌ <@%s> said no: %s", r.EndedBy, Escape(r.Reason)), "Nothing was run. `/migrate-"+r.Phase+"` asks anew.")
	case approvals.Expired:
		lines = append(lines, "The time for it has passed. Nothing was run. `/migrate-"+r.Phase+"` asks anew.")
	case approvals.Void:
		lines = append(lines, "Nothing was run by it: the message below says why.")
		if r.Reason != "" {
			lines = append(lines, strings.Join(moved(strings.Split(r.Reason, "; ")), "; ")+".")
		}
	}
	return strings.Join(lines, "\n")
}
