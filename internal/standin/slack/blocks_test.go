// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// TestBlocksAreRefusedAsSlackRefusesThem posts one block each and looks at the complaint.
func TestBlocksAreRefusedAsSlackRefusesThem(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	x := func(n int) string { return strings.Repeat("x", n) }
	plain := func(n int) string { return `{"type":"plain_text","text":"` + x(n) + `"}` }
	md := func(n int) string { return `{"type":"mrkdwn","text":"` + x(n) + `"}` }
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	button := func(more string) string { return `{"type":"button","action_id":"a","text":` + plain(2) + more + `}` }
	numbered := func(n int) string {
		var b []string
		for i := range n {
			b = append(b, fmt.Sprintf(`{"type":"button","action_id":"a%d","text":%s}`, i, plain(1)))
		}
		return "[" + strings.Join(b, ",") + "]"
	}
	option := `{"text":{"type":"plain_text","text":"o"},"value":"v"}`
	cell := `{"type":"raw_text","text":"c"}`
	actions := func(elements string) string { return `{"type":"actions","elements":` + elements + `}` }
	confirm := func(title, text, yes int) string {
		return `,"confirm":{"title":` + plain(title) + `,"text":` + plain(text) + `,"confirm":` + plain(yes) + `,"deny":` + plain(1) + `}`
	}
	task := `{"type":"task_card","task_id":"t","title":"T","status":"complete"}`
	for _, c := range []struct{ block, want string }{
		{`{"type":"section","text":` + md(3000) + `}`, ""},
		{`{"type":"section","text":` + md(3001) + `}`, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{`{"type":"section","text":` + md(0) + `}`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{`{"type":"section"}`, "must define either text or fields"},
		{`{"type":"section","text":` + md(1) + `,"colour":"red"}`, "invalid additional property: colour"},
		{`{"type":"section","fields":` + list(10, md(1)) + `}`, ""},
		{`{"type":"section","fields":` + list(11, md(1)) + `}`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		{`{"type":"section","fields":[` + md(2001) + `]}`, "must be less than 2001 characters"},
		{`{"type":"section","text":` + md(1) + `,"block_id":"` + x(256) + `"}`, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
		{`{"type":"header","text":` + plain(150) + `}`, ""},
		{`{"type":"header","text":` + plain(151) + `}`, "must be less than 151 characters"},
		{`{"type":"header","text":` + md(1) + `}`, "must be a valid enum value"},
		{`{"type":"divider"}`, ""},
		{`{"type":"context","elements":` + list(10, md(1)) + `}`, ""},
		{`{"type":"context","elements":` + list(11, md(1)) + `}`, "no more than 10 items"},
		{`{"type":"context","elements":[` + button("") + `]}`, "must be a valid enum value"},
		{actions(numbered(25)), ""},
		{actions(numbered(26)), "no more than 25 items"},
		{actions(`[]`), "no fewer than 1 items"},
		{actions(`[` + button("") + `,` + button("") + `]`), `action_id "a" already exists`},
		{actions(`[` + button(`,"value":"`+x(2000)+`"`) + `]`), ""},
		{actions(`[` + button(`,"value":"`+x(2001)+`"`) + `]`), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
		{actions(`[{"type":"button","text":` + plain(76) + `}]`), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
		{actions(`[{"type":"button","text":` + md(1) + `}]`), "must be a valid enum value"},
		{actions(`[` + button(`,"style":"default"`) + `]`), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
		{actions(`[` + button(`,"style":"danger"`+confirm(100, 300, 30)) + `]`), ""},
		{actions(`[` + button(confirm(101, 1, 1)) + `]`), "must be less than 101 characters"},
		{actions(`[` + button(confirm(1, 301, 1)) + `]`), "must be less than 301 characters"},
		{actions(`[` + button(confirm(1, 1, 31)) + `]`), "must be less than 31 characters"},
		{actions(`[{"type":"plain_text_input","action_id":"a"}]`), "unsupported type: plain_text_input"},
		{actions(`[{"type":"static_select","action_id":"a","options":` + list(100, option) + `}]`), ""},
		{actions(`[{"type":"static_select","action_id":"a","options":` + list(101, option) + `}]`), "no more than 100 items"},
		{actions(`[{"type":"radio_buttons","action_id":"a","options":` + list(11, option) + `}]`), "no more than 10 items"},
		{actions(`[{"type":"overflow","action_id":"a","options":` + list(6, option) + `}]`), "no more than 5 items"},
		{`{"type":"input","label":` + plain(1) + `,"element":{"type":"plain_text_input","action_id":"a"}}`, ""},
		{`{"type":"input","label":` + plain(1) + `,"element":` + button("") + `}`, "unsupported type: button"},
		{`{"type":"image","alt_text":"a","image_url":"https://example.org/x.png"}`, ""},
		{`{"type":"image","image_url":"https://example.org/x.png"}`, "missing required field: alt_text"},
		{`{"type":"markdown","text":"` + x(12000) + `"}`, ""},
		{`{"type":"markdown","text":"` + x(12001) + `"}`, "must be less than 12001 characters"},
		{`{"type":"table","rows":` + list(100, list(20, cell)) + `}`, ""},
		{`{"type":"table","rows":` + list(101, list(1, cell)) + `}`, "no more than 100 items"},
		{`{"type":"table","rows":[` + list(21, cell) + `]}`, "no more than 20 items"},
		{`{"type":"table","rows":[[` + cell + `],[` + cell + `,` + cell + `]]}`, "same number of cells"},
		{`{"type":"table","rows":[[{"type":"raw_text","text":""}]]}`, "must be more than 0 characters"},
		{`{"type":"data_table","caption":"c","rows":[[` + cell + `],[{"type":"raw_number","value":1}]]}`, ""},
		{`{"type":"data_table","rows":[[` + cell + `]]}`, "missing required field: caption"},
		{`{"type":"data_table","caption":"c","rows":` + list(102, list(1, cell)) + `}`, "no more than 101 items"},
		{`{"type":"plan","title":"P","tasks":[` + task + `]}`, ""},
		{`{"type":"plan","title":"P","tasks":[` + task + `,` + task + `]}`, `task_id "t" already exists`},
		{`{"type":"task_card","task_id":"t","title":"T","status":"done"}`, "must be a valid enum value"},
		{`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}`, ""},
		{`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"shout","text":"x"}]}]}`, "unsupported type: shout"},
		{`{"type":"alert"}`, "unsupported type: alert"},
	} {
		answer := call(t, s, "chat.postMessage", "application/json; charset=utf-8",
			`{"channel":"`+slack.Migrations+`","text":"fallback","blocks":[`+c.block+`]}`, s.BotToken())
		if c.want == "" {
			require.Equal(t, true, answer["ok"], "%.120s: %v", c.block, answer)
			continue
		}
		require.Equal(t, "invalid_blocks", answer["error"], "%.120s", c.block)
		meta := answer["response_metadata"].(map[string]any)
		require.Contains(t, fmt.Sprint(meta["messages"]), "[ERROR] ")
		require.Contains(t, fmt.Sprint(meta["messages"]), c.want)
		require.Contains(t, fmt.Sprint(answer["errors"]), c.want)
	}
}

func TestMessagesOfManyBlocks(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	post := func(blocks ...client.Block) error {
		_, _, err := api(s).PostMessage(slack.Migrations, client.MsgOptionBlocks(blocks...))
		return err
	}
	dividers := func(n int) (list []client.Block) {
		for range n {
			list = append(list, client.NewDividerBlock())
		}
		return list
	}
	require.NoError(t, post(dividers(50)...))
	err := post(dividers(51)...)
	var answer client.SlackErrorResponse
	require.ErrorAs(t, err, &answer)
	require.Equal(t, []string{"[ERROR] no more than 50 items allowed [json-pointer:/blocks]"}, answer.ResponseMetadata.Messages)
	table := client.NewTableBlock("").AddRow(client.NewTableRawTextCell("x"))
	require.NoError(t, post(table))
	require.EqualError(t, post(table, table), "invalid_blocks")
	twice := client.NewDividerBlock()
	twice.BlockID = "same"
	require.EqualError(t, post(twice, twice), "invalid_blocks")
	plan := client.NewPlanBlock("Phases").WithTasks(client.NewTaskCardBlock("a", "Assess").WithStatus(client.TaskCardStatusComplete))
	require.NoError(t, post(plan))
	require.EqualError(t, post(plan, plan), "invalid_blocks")
}

func TestMetadataIsChecked(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	post := func(metadata string) any {
		return call(t, s, "chat.postMessage", "application/json; charset=utf-8",
			`{"channel":"`+slack.Migrations+`","text":"x","metadata":`+metadata+`}`, s.BotToken())["error"]
	}
	long, err := json.Marshal(strings.Repeat("x", 17<<10))
	require.NoError(t, err)
	require.Nil(t, post(`{"event_type":"e","event_payload":{"a":[1,{"b":true}]}}`))
	require.Equal(t, "invalid_metadata_schema", post(`{"event_type":"e"}`))
	require.Equal(t, "invalid_metadata_schema", post(`{"event_type":"","event_payload":{"a":1}}`))
	require.Equal(t, "invalid_metadata_format", post(`"{"`))
	require.Equal(t, "metadata_too_large", post(`{"event_type":"e","event_payload":{"a":`+string(long)+`}}`))
}
