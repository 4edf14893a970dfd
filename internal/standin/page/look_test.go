// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/page/pagetest"
	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// screenshots names a directory for pictures of the page, in the environment; without it none are taken.
const screenshots = "PAGE_SCREENSHOTS"

// TestLooks shows a thread of every kind of message at several widths: nothing may stand out of its column.
func TestLooks(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	app := b.connect(t, func(a *bot, e socketmode.Event) {
		if e.Request != nil {
			_ = a.socket.Ack(*e.Request)
		}
	})
	root := b.exampleThread(t, app)

	tab := browser.Open(t, b.page.URL, slack.DBA)
	shoot := func(name string) {
		if dir := os.Getenv(screenshots); dir != "" {
			tab.Screenshot(filepath.Join(dir, name+".png"))
		}
	}
	fits := func(name string) {
		t.Helper()
		wide := pagetest.Eval[[]string](tab, `[...document.querySelectorAll("main, #thread:not([hidden]), .messages, article, .block")]
			.filter((e) => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1 && !e.matches(".table"))
			.map((e) => e.tagName + "." + e.className + ": " + e.innerText.slice(0, 60))`)
		require.Empty(t, wide, "%s: wider than there is room", name)
		require.LessOrEqual(t, pagetest.Eval[int](tab, "document.documentElement.scrollWidth - innerWidth"), 0, "%s: the page scrolls sideways", name)
		shoot(name)
	}
	tab.Resize(1280, 800)
	fits("channel")
	tab.OpenThread(root)
	tab.AwaitText("[data-testid=thread]", "Which of the 18")
	fits("thread")
	pagetest.Eval[int](tab, `document.querySelector("#thread-messages").scrollTop = 0`)
	fits("thread-top")
	pagetest.Eval[int](tab, `document.querySelector("#thread-messages").scrollTop = 560`)
	fits("thread-middle")
	tab.Resize(1000, 760)
	fits("thread-1000")
	tab.Click("[data-testid=thread-close]")
	fits("channel-1000")
	tab.Resize(420, 760)
	fits("channel-420")
	tab.Click("#side-toggle")
	tab.AwaitVisible("[data-testid=member]")
	fits("side-420")
	tab.Click("#side-toggle")
	tab.OpenThread(root)
	fits("thread-420")
	tab.Resize(1280, 800)
	tab.Be(slack.OnCall)
	tab.Click("[data-testid=composer]")
	tab.Keys("/migrate-re")
	tab.AwaitVisible("[data-testid=suggestions]")
	fits("suggestions")
}

// exampleThread plays a migration's messages as they come from the bot, and a talk between two people.
func (b *testBundle) exampleThread(t *testing.T, app *bot) (root string) {
	t.Helper()
	now := time.Now().Unix()
	date := func(seconds int64) string { return fmt.Sprintf("<!date^%d^{time}|soon>", now+seconds) }
	_, err := b.slack.As(slack.DBA).Say(slack.Migrations, "", "Morning. I'm starting box-office today, <@"+slack.Lead+"> <@"+slack.OnCall+"> please be around at four.")
	require.NoError(t, err)
	_, err = b.slack.As(slack.Lead).Say(slack.Migrations, "", "I'm here :thumbsup:")
	require.NoError(t, err)
	root = b.post(t, "", "box-office",
		section("*box-office* · Oracle `BOXOFFICE` → PostgreSQL `tickets` · started by <@"+slack.DBA+">\n✔ Assess · ✔ Schema · ✔ Prepare · ▸ Load 63 % · ○ Rebuild · ○ Replicate · ○ Cutover"),
		aside("Waiting for nobody. Full load should end about "+date(1200)+" (±6 min, measured from the last 20 minutes)."))
	rows := client.NewTableBlock("types")
	for _, line := range []string{"type|objects|by itself|simple|medium|complex|hours", "tables|61|61|0|0|0|0", "package bodies|9|0|2|4|3|31", "materialized views|4|0|4|0|0|3"} {
		var cells []client.TableCell
		for _, c := range strings.Split(line, "|") {
			cells = append(cells, client.NewTableRawTextCell(c))
		}
		rows.AddRow(cells...)
	}
	b.post(t, root, "Assessed",
		section("*Assessed `BOXOFFICE` in 4 s*: 214 objects. 171 convert by themselves, 43 need hands: *38–52 hours*.\nCompared with Tuesday: 6 resolved (-9 h), 1 new: `FN_SEAT_MAP` was changed on Oracle yesterday 17:02."),
		rows,
		section("Before loading: 3 tables have no primary key and no full supplemental logging; their changes would be lost.\n      `ALTER TABLE \"BOXOFFICE\".\"TICKET_SCAN\" ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`"),
		aside("Next: `/migrate-schema`"), client.NewActionBlock("next", button("start", "Schema", "box-office/schema")))
	for name, content := range map[string]string{
		"action-items.csv": "object,hours\nFN_SEAT_MAP,4\n", "report.html": "<!doctype html><title>r</title><h1>Report</h1>", "converted.sql": "CREATE TABLE boxoffice.ticket (id bigint);\n",
	} {
		_, err := app.UploadFileContext(b.ctx, client.UploadFileParameters{Channel: slack.Migrations, ThreadTimestamp: root, Filename: name, Title: "Assessment", Content: content, FileSize: len(content)})
		require.NoError(t, err)
	}
	require.NoError(t, b.slack.Wait(b.ctx, func() bool { return len(b.slack.Files(slack.Migrations)) == 3 }))
	approve := button("approval.approve", "Approve", "a1").WithStyle(client.StylePrimary)
	reject := button("approval.reject", "Reject…", "a1").WithStyle(client.StyleDanger)
	b.post(t, root, "Prepare",
		section("🔒 *Prepare box-office needs two people* · asked by <@"+slack.DBA+"> · plan `9f3c1e7a02b4` · until "+date(2400)),
		section("Drops on the target *18 foreign keys and 41 indexes*, disables 12 triggers, sets 5 sequences ahead by 100,000.\nEvery one is saved in the target, in the same transaction, and comes back at rebuild, or any time with `ferryman restore`.\nTakes about 2 s. No table data is touched. The whole plan is in *prepare-9f3c1e7a02b4.sql*."),
		section("<@"+slack.Lead+"> approved at "+date(0)+".\nOne more person of <!subteam^"+slack.Approvers+"> is needed; <@"+slack.DBA+"> asked, so can't be one."),
		client.NewActionBlock("approval", approve, reject, button("approval.withdraw", "Take back", "a1")))
	fields := client.NewSectionBlock(nil, []*client.TextBlockObject{mrkdwn("*Source*\n`BOXOFFICE`"), mrkdwn("*Target*\n`tickets`"), mrkdwn("*Lag*\n1 s"), mrkdwn("*Read*\n20 s ago")}, nil)
	b.post(t, root, "Load", client.NewHeaderBlock(plain("Loading box-office")), fields, client.NewDividerBlock(),
		section("*Loading* 61 tables, 1 task: 38 done, 4 running, 19 waiting · 412 M of 655 M rows · 61,000 rows/s\n`ticket` 71 % · `seat` 98 % · `person` 44 % · `purchase` 12 %"), aside("read 20 s ago"))
	b.post(t, root, "Stopped",
		section("❌ *The task stopped by itself: `ticket_scan` met a LOB that is too long, after 1.2 M of its rows.* Nothing was cut, 41 tables are complete."),
		section("```2026-11-22T13:02:11 [TARGET_LOAD ]E: value of column 'SCAN_TEXT' &lt;41 KB&gt; was truncated, and this_is_a_very_long_word_without_any_break_at_all_that_must_not_widen_the_thread_pane_0123456789\n2026-11-22T13:02:12 stop```"),
		section("> a quoted line with _slant_ and ~struck~ words\nsee <https://docs.aws.amazon.com/dms|the manual> and https://example.com/a_b_c."))
	_, err = b.slack.As(slack.OnCall).Say(slack.Migrations, root, "Which of the 18 keys take longest?")
	require.NoError(t, err)
	_, err = app.PostEphemeralContext(b.ctx, slack.Migrations, slack.DBA, client.MsgOptionText("Started *assess* of box-office.", false))
	require.NoError(t, err)
	_, err = app.PostEphemeralContext(b.ctx, slack.Migrations, slack.DBA, client.MsgOptionText("That wasn't counted: you asked for this plan, so you can't be one of the two.", false), client.MsgOptionTS(root))
	require.NoError(t, err)
	_, err = b.slack.As(slack.DBA).Command(b.ctx, slack.Migrations, "/migrate-nothing")
	require.NoError(t, err)
	return root
}
