// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/ferryman/ferryman/bot"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/goccy/go-yaml"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestManifestIsOneThatSlackTakes(t *testing.T) {
	t.Parallel()
	m := bot.Manifest(bot.SlashCommands())
	asYAML, err := bot.ManifestYAML(m)
	require.NoError(t, err)
	asJSON, err := bot.ManifestJSON(m)
	require.NoError(t, err)
	for _, body := range [][]byte{asYAML, asJSON} {
		app, err := standin.ParseManifest(body)
		require.NoError(t, err, "%s", body)
		require.True(t, app.SocketMode)
		require.True(t, app.Interactivity)
		require.Len(t, app.Commands, 13)
		require.Len(t, app.Scopes, len(bot.BotScopes))
	}
	var again slack.Manifest
	require.NoError(t, yaml.Unmarshal(asYAML, &again))
	require.Equal(t, m.Features.SlashCommands, again.Features.SlashCommands)

	// Slack's limits of a manifest.
	require.LessOrEqual(t, len(m.Display.Name), 35)
	require.LessOrEqual(t, len(m.Display.Description), 140)
	require.GreaterOrEqual(t, len(m.Display.LongDescription), 174)
	for _, c := range m.Features.SlashCommands {
		require.Regexp(t, regexp.MustCompile(`^/migrate-[a-z]+$`), c.Command)
		require.LessOrEqual(t, len(c.Command), 32)
		require.NotEmpty(t, c.Description)
		require.LessOrEqual(t, len(c.Description), 2000)
	}
}

// The whole bot, installed from its own manifest with only the scopes it asks for, does its work.
func TestTheManifestsScopesAreEnough(t *testing.T) {
	t.Parallel()
	body, err := bot.ManifestYAML(bot.Manifest(bot.SlashCommands()))
	require.NoError(t, err)
	app, err := standin.ParseManifest(body)
	require.NoError(t, err)
	w := newWorld(t, unlimited)
	w.slack.SetScopes(app.Scopes...)
	require.Empty(t, wrong(w.client().CheckSlack(w.ctx, w.slack.BotToken(), standin.Migrations)))
	w.slack.LoseAnswers("chat.postMessage", 1)
	w.start(fast)
	w.open("box")
	w.waitThread("box", "root of box")
	_, _, err = w.sharing(bot.Limits{}).GroupMembers(w.ctx, standin.Approvers, 0)
	require.NoError(t, err)
	_, _, err = w.sharing(bot.Limits{}).Person(w.ctx, standin.Lead, 0)
	require.NoError(t, err)
	_, err = w.client().BotInChannel(w.ctx, standin.Vault)
	require.NoError(t, err)
}

func TestTheManifestInDeployIsTheOnePrinted(t *testing.T) {
	t.Parallel()
	kept, err := os.ReadFile("../deploy/slack-app-manifest.yaml")
	require.NoError(t, err)
	printed, err := bot.ManifestYAML(bot.Manifest(bot.SlashCommands()))
	require.NoError(t, err)
	require.Equal(t, string(printed), string(kept), "run `ferryman manifest > deploy/slack-app-manifest.yaml`")
}
