// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/ferryman/ferryman/internal/standin/page/pagetest"
	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// TestTwoPeopleApprove plays the whole of it by hand: a command, its answer, a thread, two members pressing the same button.
func TestTwoPeopleApprove(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	app := &approver{t: t}
	b.connect(t, app.handle)

	dba := browser.Open(t, b.page.URL, slack.DBA)
	require.Equal(t, "1", pagetest.Eval[string](dba, `document.querySelector("[data-testid=sockets]").dataset.count`))
	dba.Click("[data-testid=composer]")
	dba.Keys("/migrate-ne")
	dba.AwaitText("[data-testid=suggestions] [role=option]", "/migrate-new")
	dba.Keys(kb.Enter)
	require.Equal(t, "/migrate-new ", pagetest.Eval[string](dba, `document.querySelector("[data-testid=composer]").value`), "Enter completes a command first")
	dba.AwaitText("#composer-hint", "[migration]")
	dba.Keys("box-office" + kb.Enter)
	dba.AwaitText("[data-testid=channel] article[data-ephemeral]", "Opened box-office.")
	dba.AwaitText("[data-testid=channel] article[data-ephemeral]", "Only visible to you")
	dba.AwaitText("[data-testid=replies]", "1 reply")

	dba.Be(slack.Lead)
	dba.AwaitText("[data-testid=channel] article", "waits for two")
	require.Zero(t, pagetest.Eval[int](dba, `document.querySelectorAll("article[data-ephemeral]").length`), "what the DBA was told is for the DBA only")
	root, request := app.posted()
	dba.OpenThread(root)
	dba.Press(request, "approve")
	dba.AwaitText("[data-testid=thread] article", "@Lea Dahl approved.")
	dba.Press("", "approve")
	dba.AwaitText("[data-testid=thread] article[data-ephemeral]", "That wasn't counted")
	require.Zero(t, pagetest.Eval[int](dba, `document.querySelectorAll("[data-testid=channel] article[data-ephemeral]").length`), "it was said in the thread")

	oncall := browser.Open(t, b.page.URL, slack.OnCall)
	oncall.OpenThread(root)
	oncall.Press(request, "approve")
	oncall.AwaitText("[data-testid=thread] article", "@Onno Calle approved.")
	oncall.AwaitGone("[data-action=approve]")
	dba.AwaitText("[data-testid=thread] article", "@Onno Calle approved.")
	dba.AwaitText("[data-testid=channel] article", "granted by two people")
	require.Equal(t, []string{slack.Lead, slack.OnCall}, app.approvedBy())

	oncall.TypeInThread("/migrate-status")
	oncall.AwaitText("[data-testid=thread] article[data-ephemeral]", "/migrate-status is not supported in threads. Sorry!")
	oncall.TypeInThread("well done @lead & <b>all</b>")
	dba.AwaitText("[data-testid=thread] article", "well done @Lea Dahl & <b>all</b>")
	dba.AwaitText("[data-testid=replies]", "2 replies")
	dba.Keys(kb.Escape)
	dba.AwaitGone("[data-testid=thread]")
}

func TestForm(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	app := &approver{t: t}
	b.connect(t, app.handle)
	tab := browser.Open(t, b.page.URL, slack.Lead)
	tab.Resize(1280, 800)
	tab.Type("/migrate-new box-office")
	tab.AwaitText("[data-testid=replies]", "1 reply")
	root, _ := app.posted()
	tab.OpenThread(root)

	tab.Press("", "reject")
	tab.AwaitText("[data-testid=modal] h2", "Reject")
	tab.Keys(kb.Escape)
	tab.AwaitGone("[data-testid=modal]")
	require.NoError(t, b.slack.Wait(b.ctx, func() bool { return len(b.slack.Modals(slack.Lead)) == 0 }))
	require.Eventually(t, func() bool { app.mu.Lock(); defer app.mu.Unlock(); return app.closed }, wait, poll, "the app hears of it")

	tab.Press("", "reject")
	tab.AwaitVisible("[data-testid=modal]")
	tab.Submit()
	tab.AwaitText(`[data-block=reason] [data-testid=field-error]`, "Please complete this required field.")
	tab.AwaitText(`[data-block=again] [data-testid=field-error]`, "Please complete this required field.")
	require.Zero(t, pagetest.Eval[int](tab, `document.querySelectorAll("[data-block=tell] [data-testid=field-error]:not([hidden])").length`), "an optional field may stay empty")
	tab.Fill("reason", "no")
	tab.Fill("when", "tomorrow")
	tab.Fill("again", "never")
	tab.Fill("tell", "oncall")
	tab.Fill("tell", "everybody")
	tab.Submit()
	tab.AwaitText(`[data-block=reason] [data-testid=field-error]`, "Say more than no.")
	tab.AwaitGone(`[data-block=again] [data-testid=field-error]`)
	if dir := os.Getenv(screenshots); dir != "" {
		tab.Screenshot(filepath.Join(dir, "form.png"))
	}
	tab.Fill("reason", "no window\ntoday")
	tab.Submit()
	tab.AwaitGone("[data-testid=modal]")
	tab.AwaitText("[data-testid=thread] article", "Rejected: no window\ntoday")

	app.mu.Lock()
	defer app.mu.Unlock()
	require.Equal(t, "no window\ntoday", app.form["reason"]["text"].Value)
	require.Equal(t, "tomorrow", app.form["when"]["day"].SelectedOption.Value)
	require.Equal(t, "never", app.form["again"]["again"].SelectedOption.Value)
	require.Len(t, app.form["tell"]["tell"].SelectedOptions, 2)
	require.Equal(t, "box-office", app.form["name"]["name"].Value)
}

func TestPageComesBackAfterABreak(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	b.connect(t, (&approver{t: t}).handle)
	gone := b.post(t, "", "this one goes")
	tab := browser.Open(t, b.page.URL, slack.DBA)
	tab.AwaitText("article", "this one goes")

	b.away.Store(true) // else it is back before anybody has seen that it was gone
	b.page.CloseClientConnections()
	tab.AwaitVisible("[data-testid=stream][data-state=lost]")
	b.post(t, "", "said while the page was cut off")
	_, _, err := b.api().DeleteMessageContext(b.ctx, slack.Migrations, gone)
	require.NoError(t, err)
	b.away.Store(false)
	tab.AwaitText("article", "said while the page was cut off")
	tab.AwaitGone(`article[data-ts="` + gone + `"]`)
	tab.AwaitVisible("[data-testid=stream][data-state=live]")

	tab.Click("[data-testid=break][data-break=sockets]")
	tab.AwaitText("[data-testid=break-result]", "The sockets were cut.")
	tab.AwaitVisible(`[data-testid=sockets][data-count="1"]`) // slack-go comes back
}

func TestButtonWithoutTheApp(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	ts := b.post(t, "", "press", sectionWithButton())
	tab := browser.Open(t, b.page.URL, slack.DBA)
	tab.AwaitVisible(`[data-testid=sockets][data-count="0"]`)
	tab.Press(ts, "go")
	tab.AwaitText("[data-testid=problem]", "the app is not connected")
	tab.Type("/migrate-status")
	tab.AwaitText("article[data-ephemeral]", `/migrate-status failed with the error "dispatch_failed"`)
}

// TestControlsInMessages asks before a button with a confirmation, chooses in a list, and follows a link to a message.
func TestControlsInMessages(t *testing.T) {
	t.Parallel()
	browser := pagetest.StartBrowser(t)
	b := setup(t)
	heard := make(chan string, 10)
	b.connect(t, func(a *bot, e socketmode.Event) {
		if e.Type == socketmode.EventTypeInteractive {
			action := e.Data.(client.InteractionCallback).ActionCallback.BlockActions[0]
			heard <- action.ActionID + "=" + action.Value + action.SelectedOption.Value + action.SelectedUser
			_ = a.socket.Ack(*e.Request)
		}
	})
	root := b.post(t, "", "the root")
	reply := b.post(t, root, "the reply")
	permalink, err := b.api().GetPermalinkContext(b.ctx, &client.PermalinkParameters{Channel: slack.Migrations, Ts: reply})
	require.NoError(t, err)
	drop := button("drop", "Drop", "42").WithStyle(client.StyleDanger)
	drop.Confirm = client.NewConfirmationBlockObject(plain("Really?"), mrkdwn("It drops *everything*."), plain("Drop it"), plain("Keep it"))
	pick := client.NewOptionsSelectBlockElement(client.OptTypeStatic, plain("A table"), "table",
		client.NewOptionBlockObject("t1", plain("ticket"), nil), client.NewOptionBlockObject("t2", plain("seat"), nil))
	b.post(t, "", "controls", section("in <"+permalink+"|the thread>"), client.NewActionBlock("a", drop, pick,
		client.NewOptionsSelectBlockElement(client.OptTypeUser, plain("Somebody"), "who")))

	tab := browser.Open(t, b.page.URL, slack.DBA)
	tab.Click("[data-action=drop]")
	tab.AwaitText("[data-testid=confirm]", "It drops everything.")
	tab.Click("[data-testid=confirm-no]")
	tab.AwaitGone("[data-testid=confirm]")
	choose := func(action, value string) {
		pagetest.Eval[bool](tab, `((s) => { s.value = "`+value+`"; return s.dispatchEvent(new Event("change")); })(document.querySelector("select[data-action=`+action+`]"))`)
	}
	choose("table", "t2")
	require.Equal(t, "table=t2", <-heard, "what was not confirmed did not arrive")
	choose("who", slack.Lead)
	require.Equal(t, "who="+slack.Lead, <-heard)
	tab.Click("[data-action=drop]")
	tab.Click("[data-testid=confirm-yes]")
	require.Equal(t, "drop=42", <-heard)

	tab.AwaitGone("[data-testid=thread]")
	tab.Click("article a[data-permalink]")
	tab.AwaitText("[data-testid=thread] article", "the reply")
	tab.Keys(kb.Escape)
	tab.AwaitGone("[data-testid=thread]")
}
