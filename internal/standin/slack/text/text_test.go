// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack/text"
	"github.com/stretchr/testify/require"
)

var options = text.Options{
	Name: func(id string) string {
		if name, ok := map[string]string{"U1": "@lead", "S1": "@db-approvers", "C1": "#migrations"}[id]; ok {
			return name
		}
		return id
	},
	Bold:     func(s string) string { return "«" + s + "»" },
	Location: time.UTC,
}

func TestMrkdwn(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<@U1> approved, one more of <!subteam^S1> in <#C1|old-name>": "@lead approved, one more of @db-approvers in #migrations",
		"<@U9|someone> and <@U8> and <!here>":                         "@someone and @U8 and @here",
		"*Prepare box-office* needs _two_ people":                     "«Prepare box-office» needs two people",
		"index seat_row_idx and fk_ticket_person stay":                "index seat_row_idx and fk_ticket_person stay",
		"a * b * c, 2*3*4":                                       "a * b * c, 2*3*4",
		"run `drop *all* <@U1>` now":                             "run `drop *all* @lead` now",
		"```\nselect *\nfrom t\n```":                             "select *\nfrom t",
		"<https://example.org/x|the plan> <https://example.org>": "the plan https://example.org",
		"5 &lt; 6 &amp;&amp; 7 &gt; 6":                           "5 < 6 && 7 > 6",
		":white_check_mark: done :unknown_one:":                  "✅ done :unknown_one:",
		"at <!date^1769853600^{date_short} {time}|then>":         "at Jan 31, 2026 10:00",
		"at <!date^nonsense^{time}|then>":                        "at then",
		"(*bold*)":                                               "(«bold»)",
	} {
		require.Equal(t, want, text.Mrkdwn(in, options), in)
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	var blocks []map[string]any
	require.NoError(t, json.Unmarshal([]byte(`[
		{"type":"header","text":{"type":"plain_text","text":"Approval"}},
		{"type":"section","text":{"type":"mrkdwn","text":"asked by <@U1>"},"accessory":{"type":"button","text":{"type":"plain_text","text":"Show"}}},
		{"type":"section","fields":[{"type":"mrkdwn","text":"*indexes*\n41"},{"type":"mrkdwn","text":"*keys*\n18"}]},
		{"type":"divider"},
		{"type":"context","elements":[{"type":"mrkdwn","text":"until 11:40"},{"type":"image","image_url":"https://x.org/y","alt_text":"a"},
			{"type":"plain_text","text":"plan 9f3c"}]},
		{"type":"table","column_settings":[{"align":"left"},{"align":"right"}],
			"rows":[[{"type":"raw_text","text":"type"},{"type":"raw_text","text":"objects"}],[{"type":"raw_text","text":"package bodies"},{"type":"raw_text","text":"9"}]]},
		{"type":"plan","title":"Phases","tasks":[
			{"type":"task_card","task_id":"a","title":"Assess","status":"complete"},
			{"type":"task_card","task_id":"l","title":"Load","status":"in_progress","details":{"type":"rich_text","elements":[
				{"type":"rich_text_section","elements":[{"type":"text","text":"63 %"}]}]}},
			{"type":"task_card","task_id":"c","title":"Cutover","status":"pending"}]},
		{"type":"rich_text","elements":[
			{"type":"rich_text_section","elements":[{"type":"text","text":"by ","style":{}},{"type":"user","user_id":"U1"}]},
			{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one","style":{"code":true}}]}]}]},
		{"type":"markdown","text":"# Title\n**bold** [link](https://example.org)"},
		{"type":"input","label":{"type":"plain_text","text":"Name"},"element":{"type":"plain_text_input"}},
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Approve"}},{"type":"button","text":{"type":"plain_text","text":"Reject…"}},
			{"type":"static_select","placeholder":{"type":"plain_text","text":"which"},"initial_option":{"text":{"type":"plain_text","text":"this"},"value":"v"}}]}
	]`), &blocks))
	require.Equal(t, strings.Join([]string{
		"«Approval»",
		"asked by @lead [Show]",
		"«indexes»: 41", "«keys»: 18",
		strings.Repeat("─", 40),
		"until 11:40 · plan 9f3c",
		"«type            objects»", "package bodies        9",
		"«Phases»", "  ✔ Assess", "  ▸ Load", "    63 %", "  ○ Cutover",
		"by @lead", "1. `one`",
		"«Title»", "«bold» link",
		"Name: ________",
		"[Approve] [Reject…] ‹this›",
	}, "\n"), text.Message("fallback", blocks, options))
	require.Equal(t, "only this", text.Message("only *this*", nil, text.Options{}), "without blocks the text is shown, plain without options")
}
