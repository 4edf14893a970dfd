// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"context"
	"log/slog"
	"net/url"
	"testing"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestNewOpensAMigration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := w.types(standin.DBA, "/migrate-new box-office")
	require.Contains(t, answer, "box-office is open, in the thread")
	require.Contains(t, answer, "Next: /migrate-assess.")
	root := w.says("box-office · Oracle BOXOFFICE → PostgreSQL tickets · started by @dba")
	require.False(t, root.IsReply())
	require.Contains(t, w.slack.RenderText(root), "○ Assess · ○ Schema · ○ Prepare · ○ Load · ○ Rebuild · ○ Replicate · ○ Cutover")
	require.Contains(t, w.slack.RenderText(root), "Waiting for an operator: `/migrate-assess` is next.")
	m := w.load("box-office")
	require.Equal(t, "h", m.PolicyHash)
	require.Equal(t, standin.DBA, m.OpenedBy)
	require.Equal(t, []string{"BOXOFFICE"}, m.Schemas)

	require.Contains(t, w.types(standin.DBA, "/migrate-new box-office"), "box-office is open already, in the thread")
	require.Contains(t, w.types(standin.DBA, "/migrate-new rehearsal profile=second"), "rehearsal is open")
	require.Equal(t, "second", w.load("rehearsal").Profile)
	w.eventually("the second root", func() bool { return len(w.slack.Messages(standin.Migrations)) > 1 })
	require.Len(t, w.slack.Messages(standin.Migrations), 2, "two root messages and nothing else")
}

func TestNewThatOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.slack.Invite(standin.General, standin.BotUserID))
	for line, says := range map[string]string{
		"/migrate-new":                        "How is it to be called? /migrate-new <name> [profile=<profile>]. Profiles: box-office, elsewhere, second.",
		"/migrate-new boxoffice":              "There is no profile boxoffice. There are: box-office, elsewhere, second. Say which: /migrate-new boxoffice profile=….",
		"/migrate-new x profile=<!channel>":   "There is no profile <!channel>.",
		"/migrate-new elsewhere":              "Profile elsewhere belongs in #general. Type it there.",
		"/migrate-new box-office profil=x":    "does not know profil=",
		"/migrate-new BOX-OFFICE":             "can't be a migration's name",
		"/migrate-new box-office and another": "takes one name",
	} {
		require.Contains(t, w.types(standin.DBA, line), says, line)
	}
	require.NoError(t, w.slack.Remove(standin.Migrations, standin.BotUserID))
	require.Contains(t, w.types(standin.DBA, "/migrate-new box-office"),
		"I am not in this channel, so I could not post here. Type /invite @Ferryman, then the command again.")
	all, err := w.store.List(w.ctx)
	require.NoError(t, err)
	require.Empty(t, all)
	require.Empty(t, w.opener.opened)
}

func TestANameOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.config.Profiles["box-office"].Operators.Users = []string{standin.DBA, standin.Lead} })
	w.open("box-office", standin.Migrations)
	require.Equal(t, "A migration called box-office is there already (opened by @dba, in #migrations). Choose another name.",
		w.types(standin.Lead, "/migrate-new box-office"))
}

// The same envelope may come to two replicas, or to one that died after the first try.
func TestNewDeliveredAgainOpensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env := commands.Envelope{ID: "e1", Type: commands.SlashCommand, User: standin.DBA, Channel: standin.Migrations, Command: "/migrate-new",
		Text: "box-office"}
	require.NoError(t, w.router.Handle(w.ctx, env))
	before := w.load("box-office")
	require.NoError(t, w.router.Handle(w.ctx, env), "it is answered as it was the first time")
	require.Equal(t, before, w.load("box-office"))
	require.Len(t, w.slack.Messages(standin.Migrations), 1)
}

// targets gives profiles whose targets are real databases.
func targets(t *testing.T, w *world, urls map[string]string) *phases.Crew {
	t.Helper()
	for name, target := range urls {
		p := profile(standin.Migrations)
		p.Source = config.Source{URL: "oracle://ferryman:source-pw@127.0.0.1:1/ORCL", DMSURL: "oracle://dms:source-pw@127.0.0.1:1/ORCL",
			Schemas: []string{"BOXOFFICE"}}
		p.Target = config.Target{URL: config.Secret(target), DMSURL: config.Secret(target)}
		w.config.Profiles[name] = p
	}
	return &phases.Crew{Config: w.config, Store: w.store, Log: slog.New(slog.DiscardHandler)}
}

func TestATargetThatCannotBeHad(t *testing.T) {
	t.Parallel()
	database := testenv.Postgres(t)
	_, rightURL := testenv.Role(t, database)
	wrong, err := url.Parse(rightURL)
	require.NoError(t, err)
	wrong.User = url.UserPassword(wrong.User.Username(), "wr0ng-hush-hush")
	closed := *wrong
	closed.Host = "127.0.0.1:1"
	w := newWorld(t, func(w *world) {
		w.router.Opener = targets(t, w,
			map[string]string{"wrong": wrong.String(), "closed": closed.String(), "poor": rightURL, "good": database, "again": database})
	})

	for name, says := range map[string][]string{
		"wrong": {"wrong was not opened. The target can't be used.", "does not let role", "password authentication failed",
			"check the user, the password and the database"},
		"closed": {"closed was not opened. The target can't be used.", "can't be reached: ", "check the host, the port"},
		"poor": {"poor was not opened. Ferryman can't keep its records on the target.", "have its DBA run: CREATE SCHEMA ferryman",
			"GRANT CREATE ON DATABASE"},
	} {
		text := w.types(standin.DBA, "/migrate-new "+name)
		for _, s := range says {
			require.Contains(t, text, s)
		}
		require.NotContains(t, text, "hush")
		require.NotContains(t, text, "secret")
	}
	require.Empty(t, w.slack.Messages(standin.Migrations), "who typed alone is told")

	require.Contains(t, w.types(standin.DBA, "/migrate-new good"), "good is open")
	text := w.types(standin.DBA, "/migrate-new again")
	require.Contains(t, text, "again was not opened. The target can't take this migration.")
	require.Contains(t, text, "The target already has an open migration, good")
	all, err := w.store.List(context.Background())
	require.NoError(t, err)
	require.Len(t, all, 1)
}
