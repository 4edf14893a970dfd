// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/page/pagetest"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// pictures names a directory for the pictures of the documentation, in the environment; without it none are taken. make pictures sets it.
const pictures = "FERRYMAN_PICTURES"

// What a person writes in place of what Ferryman did not translate: first with the name of a column that is not there, then as it should be.
const (
	auditWrong = `CREATE FUNCTION boxoffice.ticket_audit_trg_fn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO boxoffice.audit_log (logged_at, actor, action, row_key, detail)
  VALUES (clock_timestamp(), session_user, 'TICKET', NEW.ticket_id, OLD.status || '>' || NEW.status);
  RETURN NULL;
END $$;

CREATE TRIGGER ticket_audit_trg AFTER UPDATE OF state, price ON boxoffice.ticket
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION boxoffice.ticket_audit_trg_fn();
`
	auditRight = `CREATE FUNCTION boxoffice.ticket_audit_trg_fn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO boxoffice.audit_log (logged_at, actor, action, row_key, detail)
  VALUES (clock_timestamp(), session_user, 'TICKET', NEW.ticket_id, OLD.status || '>' || NEW.status);
  RETURN NULL;
END $$;

CREATE TRIGGER ticket_audit_trg AFTER UPDATE OF status, price ON boxoffice.ticket
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION boxoffice.ticket_audit_trg_fn();
`
)

// A member assesses in a browser, drops a script into the thread that is refused by its line, drops it corrected, and assesses again: the
// second summary says what was resolved and by whom.
func TestAssessedTwiceInABrowser(t *testing.T) {
	t.Parallel()
	browser, program := pagetest.StartBrowser(t), ferryman(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	p, err := startPlay(ctx, settings{ferryman: program, rows: 30}, 0, io.Discard)
	require.NoError(t, err)
	t.Cleanup(p.close)

	tab := browser.Open(t, p.url, slack.DBA)
	// shoot takes the thread from the first message on that has these words and is no older than since.
	shoot := func(name, since, from string) {
		dir := os.Getenv(pictures)
		if dir == "" {
			return
		}
		const find = `const pane = document.querySelector("[data-testid=thread-messages]");
			const from = [...pane.querySelectorAll("article")].find((m) => m.dataset.ts >= %q && m.innerText.includes(%q));
			const above = from.getBoundingClientRect().top - pane.getBoundingClientRect().top`
		tab.Resize(1500, pagetest.Eval[int64](tab, fmt.Sprintf(`(() => { `+find+`;
			return Math.ceil(innerHeight - pane.clientHeight + pane.lastElementChild.getBoundingClientRect().bottom - from.getBoundingClientRect().top) + 6; })()`, since, from)))
		pagetest.Eval[float64](tab, fmt.Sprintf(`(() => { `+find+`; pane.scrollTop += above; return above; })()`, since, from))
		tab.ScreenshotOf("[data-testid=thread]", filepath.Join(dir, name))
	}
	const thread = "[data-testid=thread-messages]"
	tab.Type("/migrate-new box-office")
	tab.AwaitText("[data-testid=channel]", "started by")
	root := pagetest.Eval[string](tab, `document.querySelector('[data-testid=channel] article[data-testid=message]:not([data-ephemeral])').dataset.ts`)
	tab.Type("/migrate-assess")
	tab.AwaitVisible("button[data-testid=replies]")
	tab.OpenThread(root)
	tab.AwaitText(thread, "Assessed BOXOFFICE")
	require.Contains(t, tab.Text(thread), "TICKET_AUDIT_TRG")
	shoot("assessed-first.png", "", "Assessed BOXOFFICE")

	tab.Drop("[data-testid=thread]", "ticket_audit_trg.sql", auditWrong)
	tab.AwaitText(thread, "line 8: ")
	tab.Drop("[data-testid=thread]", "ticket_audit_trg.sql", auditRight)
	tab.AwaitText(thread, "gave 1 script: 1 taken, 0 refused.")
	shoot("assessed-script.png", "", "ticket_audit_trg.sql")
	dropped := pagetest.Eval[string](tab, `[...document.querySelectorAll("[data-testid=thread] article")].at(-1).dataset.ts`)
	tab.Type("/migrate-assess")
	tab.AwaitText(thread, "Compared with")
	second := tab.Text(thread)
	require.Contains(t, second, "1 resolved by @Dana Baker, 0 new")
	require.Contains(t, second, "✔ trigger TICKET_AUDIT_TRG: a script of @Dana Baker (before: the trigger")
	shoot("assessed-twice.png", dropped, "Assessed BOXOFFICE")
}
