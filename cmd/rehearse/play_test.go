// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/page/pagetest"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// A member types commands in a browser, two others approve, one person twice does not count, and the thread moves on.
func TestPlayedInABrowser(t *testing.T) {
	t.Parallel()
	browser, program := pagetest.StartBrowser(t), ferryman(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	p, err := startPlay(ctx, settings{ferryman: program, rows: 30}, 0, io.Discard)
	require.NoError(t, err)
	t.Cleanup(p.close)

	dba := browser.Open(t, p.url, slack.DBA)
	dba.Type("/migrate-new box-office")
	dba.AwaitText("[data-testid=channel]", "started by")
	root := pagetest.Eval[string](dba, `document.querySelector('[data-testid=channel] article[data-testid=message]:not([data-ephemeral])').dataset.ts`)
	dba.Type("/migrate-assess")
	dba.AwaitVisible("button[data-testid=replies]")
	dba.OpenThread(root)
	dba.AwaitText("[data-testid=thread-messages]", "Assessed BOXOFFICE")
	dba.TypeInThread("/migrate-schema")
	dba.AwaitText("[data-testid=thread-messages]", "is not supported in threads")
	dba.Press("", "phase.start")
	dba.AwaitText("[data-testid=thread-messages]", "Applied the schema")
	dba.Type("/migrate-prepare")
	dba.AwaitText("[data-testid=thread-messages]", "needs two people")

	lead := browser.Open(t, p.url, slack.Lead)
	lead.OpenThread(root)
	lead.Press("", "approval.approve")
	lead.AwaitText("[data-testid=thread-messages]", "One more person")
	lead.Press("", "approval.approve")
	lead.AwaitText("body", "you approved this plan already")
	require.NotContains(t, lead.Text("[data-testid=thread-messages]"), "Prepared in")

	oncall := browser.Open(t, p.url, slack.OnCall)
	oncall.OpenThread(root)
	oncall.Press("", "approval.approve")
	dba.AwaitText("[data-testid=thread-messages]", "Prepared in")
	dba.AwaitText("[data-testid=channel]", "✔ Prepare")
	require.NotContains(t, oncall.Text("body"), "you approved this plan already", "what only lead may see")
}
