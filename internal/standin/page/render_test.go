// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/page/pagetest"
	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// TestMrkdwn holds what a reader sees of Slack's mark-up, as the HTML inside the message's text.
func TestMrkdwn(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	cases := []struct{ text, html string }{
		{"*bold* and _slant_ and ~gone~", "<strong>bold</strong> and <em>slant</em> and <s>gone</s>"},
		{"*Assessed `BOX_OFFICE` in 4 s*: 2 * 3 * 4", "<strong>Assessed <code>BOX_OFFICE</code> in 4 s</strong>: 2 * 3 * 4"},
		{"fk_ticket_person and a*b*c", "fk_ticket_person and a*b*c"},
		{"`a_b_c *not bold*` 1 &lt; 2 &amp;&amp; 3", "<code>a_b_c *not bold*</code> 1 &lt; 2 &amp;&amp; 3"},
		{"```select '&lt;b&gt;'\nfrom dual```", "<pre>select '&lt;b&gt;'\nfrom dual</pre>"},
		{"&gt; quoted\nnot", "<blockquote>quoted</blockquote>not"},
		{"<https://example.com/?a=1&amp;b=2|the *page*>", `<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">the *page*</a>`},
		{"<javascript:alert(1)|click me>", "click me"},
		{"<@" + slack.DBA + "> <!subteam^" + slack.Approvers + "> <#" + slack.Migrations + "> <!here>",
			`<span class="mention mine" data-user="U000000DBA" title="@dba">@Dana Baker</span> <span class="mention" title="Database approvers">@db-approvers</span> ` +
				`<span class="mention">#migrations</span> <span class="mention mine">@here</span>`},
		{"at <!date^1769850000^{time_secs}|09:00:00 UTC> on <!date^1769850000^{date_short}|x>",
			`at <time datetime="2026-01-31T09:00:00.000Z" title="Saturday, 31 January 2026 at 10:00:00 CET">10:00:00</time> on ` +
				`<time datetime="2026-01-31T09:00:00.000Z" title="Saturday, 31 January 2026 at 10:00:00 CET">Jan 31, 2026</time>`},
		{"<!date^nonsense^{time}|later>", "<time>later</time>"},
		{"&lt;@" + slack.DBA + "&gt; &lt;img src=x onerror=hacked()&gt;", "&lt;@" + slack.DBA + "&gt; &lt;img src=x onerror=hacked()&gt;"},
		{"<img src=x onerror=hacked()>", "img src=x onerror=hacked()"},
		{":white_check_mark: :no_such_picture:", "✅ :no_such_picture:"},
	}
	var sent []string
	for _, c := range cases {
		sent = append(sent, b.post(t, "", "fallback", section(c.text)))
	}
	tab := browser.Open(t, b.page.URL, slack.DBA)
	for i, c := range cases {
		html := pagetest.Eval[string](tab, fmt.Sprintf(`document.querySelector('article[data-ts="%s"] .text').innerHTML`, sent[i]))
		require.Equal(t, c.html, html, "%s", c.text)
	}
	tab.Be(slack.OnCall)
	tab.AwaitText("article", "at 04:00:00 on Jan 31, 2026")
}

// TestHostileMessages puts HTML into every place of a message where words can stand.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	const evil = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`
	table := client.NewTableBlock("rows")
	table.AddRow(client.NewTableRawTextCell(evil), client.NewTableRawTextCell("a"))
	table.AddRow(client.NewTableRawTextCell("b"), client.NewTableRawTextCell(evil))
	rich := client.NewRichTextBlock("rich", client.NewRichTextSection(
		client.NewRichTextSectionTextElement(evil, &client.RichTextSectionTextStyle{Bold: true}), client.NewRichTextSectionLinkElement("javascript:document.title='hacked'", "press me", nil)))
	b.post(t, "", evil)
	b.post(t, "", "blocks", client.NewHeaderBlock(plain(evil)), section(evil), aside(evil), table, rich,
		client.NewActionBlock("x", button(`"><b>`, `<b>Go</b>`, `"><img src=x>`)))
	_, err := b.api().UploadFileContext(b.ctx, client.UploadFileParameters{Channel: slack.Migrations, Filename: "<img src=x>.html", Title: evil, Content: evil, FileSize: len(evil)})
	require.NoError(t, err)
	require.NoError(t, b.slack.Wait(b.ctx, func() bool { return len(b.slack.Files(slack.Migrations)) == 1 }))
	tab := browser.Open(t, b.page.URL, slack.DBA)
	tab.AwaitText("article h3", evil)
	tab.AwaitText("article th", "onerror")
	tab.AwaitText("[data-testid=file]", "<img src=x>.html")
	link := pagetest.Eval[string](tab, `document.querySelector("[data-testid=file]").getAttribute("href")`)
	status, file, _ := b.do(t, http.MethodGet, link, "")
	require.Equal(t, []any{http.StatusOK, evil}, []any{status, file["body"]})
	require.Equal(t, "Tickets · #migrations", pagetest.Eval[string](tab, "document.title"))
	require.Zero(t, pagetest.Eval[int](tab, `document.querySelectorAll("article script, article img[onerror], article a[href^=javascript]").length`))
}
