// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// hostile is what somebody may call a table who wants to be heard by everybody, to lead elsewhere, or to be long.
const hostile = "<!channel> <!here> <@U0MALLORY0> <https://evil.example|Approve> ``` `x` *b* &lt;!channel&gt; \n> q\n"

// telling are words that are not somebody's to choose: ids, states, and what a message is chosen by.
var telling = []string{
	"phase", "next", "status", "state", "id", "request", "migration", "fingerprint", "requester", "users", "groups", "user", "ended_by", "kind",
	"team", "outcome", "type", "policy", "schema_version",
}

// inflate makes the words of an event long and hostile, and its lists many.
func inflate(v any, key string, most int) any {
	if slices.Contains(telling, strings.ToLower(key)) {
		return v
	}
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339Nano, v); err == nil || v == "" {
			return v
		}
		return strings.Repeat(hostile, 12)
	case []any:
		var many []any
		for len(v) > 0 && len(many) < most {
			for _, e := range v {
				many = append(many, inflate(e, "", 5))
			}
		}
		return many
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = inflate(e, k, most)
		}
		return out
	}
	return v
}

// requireHarmless is for a message that must mention nobody whom a name in it wants mentioned, nor lead anywhere.
func requireHarmless(t *testing.T, what string, m standin.Message) {
	t.Helper()
	var body strings.Builder
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode([]any{m.Text, m.Blocks}))
	for _, active := range []string{"<!channel", "<!here", "<@U0MALLORY0", "<https://evil"} {
		require.NotContains(t, body.String(), active, what)
	}
}

func TestEveryEventFitsIntoSlackWhateverItsNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	for _, e := range everyEvent() {
		var data any
		require.NoError(t, json.Unmarshal(raw(e.data), &data))
		m := w.tell(e.name, e.kind, inflate(data, "", 60))
		require.NotEmpty(t, m.Blocks, e.name)
		require.NotContains(t, m.Text, "can't put into words", e.name)
		requireHarmless(t, e.name, m)
	}
	require.NotContains(t, w.log.String(), "level=ERROR", "Slack took each as it was meant")
}

func TestAPlanOfTenThousandObjectsIsAskedForInOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	name := strings.Repeat(hostile, 64<<10/len(hostile))
	plan := prepared()
	plan.ForeignKeys, plan.Indexes, plan.Marker = 2000, 8000, name
	plan.Stays, plan.Notes = nil, nil
	for range 5 {
		plan.Stays = append(plan.Stays, postgres.Stay{Kind: postgres.Index, Name: name, Why: name})
	}
	ask := runbook.Ask{Request: request(approvals.Open), Why: name, Summary: raw(plan), Steps: 10_000}
	for range 5 {
		ask.Evidence = append(ask.Evidence, evidence(name, true, name, name))
	}
	for range 10_000 {
		ask.Moved = append(ask.Moved, name[:60])
	}
	votes := []approvals.Vote{{User: standin.Lead, At: noon}}
	for what, change := range map[string]func(*runbook.Ask){
		"asked":    func(*runbook.Ask) {},
		"one yes":  func(a *runbook.Ask) { a.Request.Votes = votes },
		"a no":     func(a *runbook.Ask) { a.Request.Status, a.Request.Reason = approvals.Rejected, name },
		"the void": func(a *runbook.Ask) { a.Request.Status, a.Request.Reason = approvals.Void, name },
	} {
		a := ask
		change(&a)
		m := w.tell(what, "approval", a)
		requireHarmless(t, what, m)
		text := w.shown(m)
		require.Contains(t, text, fingerprint[:12], what)
		if a.Request.Status == approvals.Open {
			require.Contains(t, text, "needs two people", what)
			require.Contains(t, text, "2,000 foreign keys, 8,000 indexes", what)
			require.Contains(t, text, "[Approve] [Reject…]", what)
		}
	}
	require.NotContains(t, w.log.String(), "level=ERROR")
}

func TestADeletedRequestComesBackWithTheStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	require.NoError(t, w.slack.Delete(m.Channel, m.TS))
	require.Contains(t, w.types(standin.Lead, "/migrate-status box-office"), "Waiting for two people's approval")
	var back standin.Message
	w.eventually("the request", func() bool {
		at, ok, err := w.store.PostedMessage(w.ctx, "box-office", runbook.ApprovalKey(w.request().ID))
		if err != nil || !ok || at.TS == m.TS {
			return false
		}
		back, ok = w.slack.Message(at.Channel, at.TS)
		return ok
	})
	w.press(standin.Lead, back, "approval.approve")
	w.reads(back, "@lead approved at")
}
