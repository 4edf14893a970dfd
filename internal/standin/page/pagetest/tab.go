// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// Tab is one tab with the page in it, as one member.
type Tab struct {
	t   testing.TB
	ctx context.Context
}

// Open opens the page at address (http://127.0.0.1:8484) as a member, and waits until their screen is there. An exception of the page's
// scripts, or something that its policy stopped, fails the test.
func (b *Browser) Open(t testing.TB, address, member string) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx))
	tab.watch()
	tab.do("open the page", chromedp.Navigate(strings.TrimRight(address, "/")+"/?member="+url.QueryEscape(member)))
	tab.awaitMember(member)
	return tab
}

// watch collects what the browser's console says about the page until the test ends.
func (tab *Tab) watch() {
	ctx, cancel := context.WithCancel(tab.ctx)
	var wrong []string
	done := make(chan struct{})
	messages := chromedp.Console(ctx)
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Source == "security" || strings.Contains(m.Text, "Content Security Policy") {
				wrong = append(wrong, m.String())
			}
		}
	}()
	tab.t.Cleanup(func() {
		cancel()
		<-done
		for _, w := range wrong {
			tab.t.Errorf("the browser says about the page: %s", w)
		}
	})
}

// Be chooses another member in the list, and waits until their screen is there.
func (tab *Tab) Be(member string) {
	tab.t.Helper()
	tab.do("choose "+member, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`(s => { s.value = %s; s.dispatchEvent(new Event("change", {bubbles: true})); })(document.querySelector("[data-testid=member]"))`,
		quote(member))))
	tab.awaitMember(member)
}

func (tab *Tab) awaitMember(member string) {
	tab.t.Helper()
	tab.Await("the screen of "+member, `document.body.dataset.member === `+quote(member))
}

// Type types a command or a message into the channel's box and presses Enter.
func (tab *Tab) Type(line string) {
	tab.t.Helper()
	tab.do("type "+line, chromedp.SendKeys(chromedp.CSS("[data-testid=composer]"), line+kb.Enter))
}

// TypeInThread does the same in the open thread's box.
func (tab *Tab) TypeInThread(line string) {
	tab.t.Helper()
	tab.do("type "+line+" in the thread", chromedp.SendKeys(chromedp.CSS("[data-testid=thread-composer]"), line+kb.Enter))
}

// Drop drops a file on the first element of a CSS selector, such as [data-testid=thread].
func (tab *Tab) Drop(selector, name, content string) {
	tab.t.Helper()
	tab.AwaitVisible(selector)
	tab.do("drop "+name, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(new File([%s], %s));
		const pane = document.querySelector(%s);
		for (const kind of ["dragenter", "dragover", "drop"]) pane.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true}));
	})()`, quote(content), quote(name), quote(selector))))
}

// OpenThread opens the thread of a root message in the channel that has replies.
func (tab *Tab) OpenThread(ts string) {
	tab.t.Helper()
	tab.Click(fmt.Sprintf(`[data-testid=channel] article[data-ts=%q] [data-testid=replies]`, ts))
	tab.AwaitVisible(fmt.Sprintf(`[data-testid=thread] article[data-ts=%q]`, ts))
}

// Press presses the button with this action_id in a message: in the thread pane where it is open and has the message, else in the
// channel. An empty ts takes the last message that has such a button.
func (tab *Tab) Press(ts, actionID string) {
	tab.t.Helper()
	article := "article"
	if ts != "" {
		article = fmt.Sprintf("article[data-ts=%q]", ts)
	}
	tab.press("a button "+actionID, fmt.Sprintf("%s button[data-action=%q]", article, actionID), `fits.filter((b) => b.closest("[data-testid=thread]")).at(-1) ?? fits.at(-1)`)
}

// press clicks one of a CSS selector's visible elements, chosen by an expression over fits, once nothing covers it. It is found, looked
// at and clicked in one go: a message that is drawn anew meanwhile would take the element away.
func (tab *Tab) press(what, selector, chosen string) {
	tab.t.Helper()
	tab.Await(what+" that can be pressed", fmt.Sprintf(`(() => {
		const fits = [...document.querySelectorAll(%s)].filter((b) => b.getClientRects().length);
		const chosen = %s;
		chosen?.scrollIntoView({block: "center"});
		const box = chosen?.getBoundingClientRect();
		if (!box || !chosen.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))) return false;
		chosen.focus();
		chosen.click();
		return true;
	})()`, quote(selector), chosen))
}

// Fill puts a value into the field of a modal, by block id: text, or the value of an option.
func (tab *Tab) Fill(block, value string) {
	tab.t.Helper()
	field := fmt.Sprintf("[data-testid=modal] [data-field=%q]", block)
	tab.AwaitVisible(field)
	tab.Await("the field "+block, fmt.Sprintf(`((f) => {
		const value = %s;
		const box = f.dataset.choices && f.querySelector("input[value=" + CSS.escape(value) + "]");
		if (box) box.click();
		else { f.value = value; f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})); }
		return box ? box.checked : f.value === value;
	})(document.querySelector(%s))`, quote(value), quote(field)))
}

// Submit presses the modal's submit button.
func (tab *Tab) Submit() {
	tab.t.Helper()
	tab.Click("[data-testid=modal-submit]")
}

// Click clicks the first visible element of a CSS selector, once it is there.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.press(selector, selector, "fits[0]")
}

// Keys sends keys to whatever has the focus; package kb names the special ones.
func (tab *Tab) Keys(keys string) {
	tab.t.Helper()
	tab.do("press keys", chromedp.KeyEvent(keys))
}

// Text is the text of the first element of a CSS selector as a reader sees it, empty where there is none.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Eval[string](tab, fmt.Sprintf(`document.querySelector(%s)?.innerText ?? ""`, quote(selector)))
}

// AwaitText waits until an element of a CSS selector has these words in it.
func (tab *Tab) AwaitText(selector, words string) {
	tab.t.Helper()
	tab.Await(fmt.Sprintf("%q in %s", words, selector), fmt.Sprintf(
		`[...document.querySelectorAll(%s)].some((e) => e.getClientRects().length > 0 && e.innerText.includes(%s))`, quote(selector), quote(words)))
}

// AwaitVisible waits until an element of a CSS selector is on the screen.
func (tab *Tab) AwaitVisible(selector string) {
	tab.t.Helper()
	tab.Await(selector, fmt.Sprintf(`[...document.querySelectorAll(%s)].some((e) => e.getClientRects().length > 0)`, quote(selector)))
}

// AwaitGone waits until no element of a CSS selector is on the screen.
func (tab *Tab) AwaitGone(selector string) {
	tab.t.Helper()
	tab.Await("no "+selector, fmt.Sprintf(`[...document.querySelectorAll(%s)].every((e) => e.getClientRects().length === 0)`, quote(selector)))
}

// Await waits until a JavaScript expression is true. The page's policy forbids the browser to make functions of strings, so the
// expression is evaluated from outside again and again.
func (tab *Tab) Await(what, expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && holds {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(tab.t, "waited in vain for "+what, "last error: %v\n%s", err, tab.screen())
		}
	}
}

// Screenshot writes what the tab shows to a PNG file.
func (tab *Tab) Screenshot(path string) {
	tab.t.Helper()
	image, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	require.NoError(tab.t, err)
	require.NoError(tab.t, os.WriteFile(path, image, 0o600))
}

// ScreenshotOf writes the first element of a CSS selector, as the tab shows it, to a PNG file.
func (tab *Tab) ScreenshotOf(selector, path string) {
	tab.t.Helper()
	image, err := chromedp.Run(tab.ctx, chromedp.Screenshot(chromedp.CSS(selector)))
	require.NoError(tab.t, err)
	require.NoError(tab.t, os.WriteFile(path, image, 0o644))
}

// Resize changes the size of what is shown, in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	tab.do("resize", chromedp.EmulateViewport(width, height))
}

// Eval gives the value of a JavaScript expression.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	require.NoError(tab.t, err, "evaluate %s", expression)
	return v
}

func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		require.FailNow(tab.t, "could not "+what, "%v\n%s", err, tab.screen())
	}
}

// screen is what a reader sees, for failures.
func (tab *Tab) screen() string {
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return "the screen can't be read: " + err.Error()
	}
	return "on the screen:\n" + text
}

func quote(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(quoted)
}
