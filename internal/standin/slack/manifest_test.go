// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

const manifest = `{
	"_metadata": {"major_version": 1},
	"display_information": {"name": "Ferryman"},
	"features": {
		"app_home": {"home_tab_enabled": true},
		"bot_user": {"display_name": "ferryman", "always_online": true},
		"slash_commands": [{"command": "/only-this", "description": "does it", "usage_hint": "[name]", "should_escape": false}]
	},
	"oauth_config": {"scopes": {"bot": ["chat:write", "commands"]}},
	"settings": {
		"socket_mode_enabled": true, "interactivity": {"is_enabled": true}, "event_subscriptions": {"bot_events": ["app_home_opened"]}
	}
}`

func TestAnAppIsInstalledFromItsManifest(t *testing.T) {
	t.Parallel()
	app, err := slack.ParseManifest([]byte(manifest))
	require.NoError(t, err)
	s := start(t, relaxed())
	s.Install(app)
	connect(t, s, nil)
	answer, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	require.Equal(t, "invalid_command", answer.Error)
	answer, err = s.As(slack.DBA).Command(within(t), slack.Migrations, "/only-this")
	require.NoError(t, err)
	require.Empty(t, answer.Error)
	_, err = api(s).GetUserInfo(slack.DBA)
	require.EqualError(t, err, "missing_scope")
	require.True(t, s.App().HomeTab)
}

func TestManifestsThatSlackRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string][2]string{
		"is not a name of its own": {`"/only-this"`, `"/ONLY"`},
		"has 33 characters":        {`/only-this`, "/" + strings.Repeat("x", 32)},
		"bot scope commands":       {`"commands"`, `"users:read"`},
		"display_information.name": {`"name": "Ferryman"`, `"name": "` + strings.Repeat("x", 36) + `"`},
		"51 slash commands": {`"slash_commands": [`, `"slash_commands": [` + func() (list string) {
			for i := range 50 {
				list += fmt.Sprintf(`{"command": "/c%d", "description": "d"},`, i)
			}
			return list
		}()},
	} {
		_, err := slack.ParseManifest([]byte(strings.Replace(manifest, change[0], change[1], 1)))
		require.ErrorContains(t, err, want)
	}
}

func TestServePrintsOneLineToConnectWith(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- slack.Serve(ctx, 0, in, slack.Options{}) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	env := map[string]string{}
	for _, pair := range strings.Fields(line) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	_, err = client.New(env["SLACK_BOT_TOKEN"], client.OptionAPIURL(env["SLACK_API_URL"])).AuthTest()
	require.NoError(t, err)
	_, url, err := client.New("", client.OptionAppLevelToken(env["SLACK_APP_TOKEN"]), client.OptionAPIURL(env["SLACK_API_URL"])).
		StartSocketModeContext(ctx)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(url, "ws://127.0.0.1:"))
	cancel()
	require.NoError(t, <-done)
}
