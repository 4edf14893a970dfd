// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"testing"

	"github.com/ferryman/ferryman/bot"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// wrong is the checks that are not OK by name.
func wrong(checks []bot.Check) map[string]bot.Check {
	found := map[string]bot.Check{}
	for _, c := range checks {
		if !c.OK {
			found[c.Name] = c
		}
	}
	return found
}

func TestDoctorFindsNothingWrongWhereAllIsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	checks := w.client().CheckSlack(w.ctx, w.slack.BotToken(), standin.Migrations)
	require.Empty(t, wrong(checks))
	require.Len(t, checks, 6)
	require.Zero(t, w.slack.Sockets())
	require.Empty(t, w.slack.Messages(standin.Migrations))
}

func TestDoctorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.slack.SetScopes("chat:write", "commands", "users:read", "channels:read")
	found := wrong(w.client().CheckSlack(w.ctx, w.slack.BotToken(), standin.General))
	require.Len(t, found, 2)
	require.Contains(t, found["bot scopes"].Found, "files:write")
	require.Contains(t, found["bot scopes"].Fix, "reinstall")
	require.Contains(t, found["channel "+standin.General].Fix, "/invite")

	// The two tokens in each other's place, which happens.
	swapped := bot.NewSlack(w.slack.BotToken(), w.slack.AppToken(), w.slack.APIURL())
	found = wrong(swapped.CheckSlack(w.ctx, w.slack.AppToken(), standin.Migrations))
	require.Contains(t, found["SLACK_BOT_TOKEN"].Found, "xoxb-")
	require.Contains(t, found["SLACK_APP_TOKEN"].Found, "xapp-")
	require.NotEmpty(t, found["Socket Mode"].Fix)
	for _, c := range found {
		require.NotContains(t, c.Found, w.slack.AppToken())
		require.NotContains(t, c.Found, w.slack.BotToken())
	}

	found = wrong(bot.NewSlack("", "", "http://127.0.0.1:1/api").CheckSlack(w.ctx, ""))
	require.Equal(t, "not set", found["SLACK_BOT_TOKEN"].Found)
	require.NotEmpty(t, found["bot token"].Fix)
}
