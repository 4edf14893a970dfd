// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// The whole way: a person's script dropped into the thread, what it resolves, two people, the target; and a decision by the menu.
func TestACorrectedScriptGoesFromTheThreadToTheTarget(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.scratch()
	app := o.slack.App()
	app.Events = append(app.Events, "message.channels", "message.groups")
	o.slack.Install(app)
	o.run("a")
	require.Contains(t, o.types("/migrate-new box"), "is open")
	o.goes("assess")
	root, ok, err := o.store.PostedMessage(t.Context(), "box", store.RootKey)
	require.NoError(t, err)
	require.True(t, ok)

	_, err = o.slack.As(slack.DBA).Share(slack.Migrations, root.TS, "", slack.Upload{Name: "fn_age.sql", Content: []byte("-- by hand\nDROP TABLE boxoffice.ticket")})
	require.NoError(t, err)
	o.says("✖ `fn_age.sql` for function `BOXOFFICE.FN_AGE`, line 2: DROP is not taken")
	_, err = o.slack.As(slack.DBA).Share(slack.Migrations, root.TS, "", slack.Upload{Name: "fn_age.sql", Content: []byte(ageScript)})
	require.NoError(t, err)
	require.Contains(t, o.slack.RenderText(o.says("@dba gave 1 script: 1 taken, 0 refused.")), "function boxoffice.fn_age(p_customer bigint)")
	ctx, cancel := o.ctx()
	defer cancel()
	// The root message is edited when there is nothing else to say.
	require.Eventually(t, func() bool {
		return slices.Contains(o.buttons(slack.Message{Channel: slack.Migrations, TS: root.TS}), "decision.open")
	}, patience, often, "the menu is in the root message")
	require.NoError(t, o.slack.As(slack.DBA).Choose(ctx, slack.Migrations, root.TS, "decision.open", "box/purge"))
	view, err := o.slack.WaitModal(ctx, slack.DBA, func(v slack.View) bool { return v.CallbackID == "decision.purge" })
	require.NoError(t, err)
	out, err := o.slack.As(slack.DBA).Submit(ctx, view.ID, map[string]any{"table": "ticket_scan", "column": "scanned_at", "operator": ">=", "value": "2020-01-01", "why": "the law"})
	require.NoError(t, err)
	require.Empty(t, out.Errors)
	o.says("@dba decided: only rows of BOXOFFICE.TICKET_SCAN with SCANNED_AT >= '2020-01-01'.")

	o.goes("assess")
	text := strings.ReplaceAll(o.slack.RenderText(o.says("resolved")), "`", "")
	require.Contains(t, text, "FN_AGE")
	require.Contains(t, text, "@dba")
	page, err := o.store.File(t.Context(), "box", "report.html")
	require.NoError(t, err)
	require.Contains(t, string(page), "a script of @dba")
	require.NotContains(t, string(page), slack.DBA, "a person's name stands in the place of the id")
	m := o.asked("schema")
	require.Contains(t, o.slack.RenderText(m), "Runs 1 script of people")
	o.approves(m, "schema")
	o.says("1 script of a person was run.")
	require.Equal(t, "by hand", o.one("SELECT obj_description('boxoffice.fn_age(bigint)'::regprocedure)"))
	require.Contains(t, strings.ReplaceAll(o.types("/migrate-status box"), "`", ""), "Decided (2)")
}
