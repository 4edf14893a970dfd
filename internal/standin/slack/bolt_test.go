// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// nodeModules finds Bolt: $FERRYMAN_NODE_MODULES, else .tools/bolt/node_modules of the checkout.
func nodeModules(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: Bolt for JavaScript is not tried")
	}
	dir := os.Getenv("FERRYMAN_NODE_MODULES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", ".tools", "bolt", "node_modules")
	}
	dir, err := filepath.Abs(dir)
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(dir, "@slack", "bolt")); err != nil {
		t.Skipf("@slack/bolt is not in %s (make tools installs it): Bolt for JavaScript is not tried", dir)
	}
	return dir
}

func TestABoltAppWorks(t *testing.T) {
	t.Parallel()
	modules := nodeModules(t)
	s := start(t, slack.Options{Timing: slack.Timing{AckWait: testenv.Within(3 * time.Second), TriggerLife: testenv.Within(3 * time.Second), CloseAfter: 100 * time.Millisecond}}) // with Slack's own limits
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	script, err := filepath.Abs("testdata/bolt/app.js")
	require.NoError(t, err)
	node := exec.CommandContext(ctx, "node", script)
	node.Env = append(os.Environ(), "NODE_PATH="+modules,
		"SLACK_API_URL="+s.APIURL(), "SLACK_BOT_TOKEN="+s.BotToken(), "SLACK_APP_TOKEN="+s.AppToken())
	var said bytes.Buffer
	node.Stdout, node.Stderr = &said, &said
	require.NoError(t, node.Start())
	stopped := make(chan struct{})
	go func() { _ = node.Wait(); close(stopped); cancel() }()
	stop := func() { _ = node.Process.Kill(); <-stopped }
	defer func() {
		if stop(); t.Failed() {
			t.Log(said.String())
		}
	}()
	require.NoError(t, s.WaitSockets(ctx, 1))

	answer, err := s.As(slack.DBA).Command(ctx, slack.Migrations, "/migrate-status box")
	require.NoError(t, err)
	require.Equal(t, "looking at box", answer.Text(), answer.Error)
	root, err := s.WaitMessage(ctx, slack.Migrations, func(m slack.Message) bool { return m.Text == "status of box" })
	require.NoError(t, err)
	require.Equal(t, "bolt", root.Metadata.EventType)
	file, err := s.WaitMessage(ctx, slack.Migrations, func(m slack.Message) bool { return len(m.Files) == 1 })
	require.NoError(t, err)
	require.Equal(t, root.TS, file.ThreadTS)
	require.Equal(t, "select 1;\n", string(s.Files(slack.Migrations)[0].Content()))
	_, err = s.WaitEphemeral(ctx, slack.DBA, func(m slack.Message) bool { return m.Text == "posted" })
	require.NoError(t, err)

	lead := s.As(slack.Lead)
	require.NoError(t, lead.Press(ctx, slack.Migrations, root.TS, "approve"))
	v, err := s.WaitModal(ctx, slack.Lead, func(v slack.View) bool { return v.Title == "Confirm" })
	require.NoError(t, err)
	out, err := lead.Submit(ctx, v.ID, map[string]any{"name": "bax"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"name": "not its name"}, out.Errors)
	out, err = lead.Submit(ctx, v.ID, map[string]any{"name": "box"})
	require.NoError(t, err)
	require.True(t, out.Closed, out.Trouble)
	changed, err := s.WaitMessage(ctx, slack.Migrations, func(m slack.Message) bool { return m.TS == root.TS && m.Versions == 2 })
	require.NoError(t, err)
	require.Equal(t, "approved by @lead", s.RenderText(changed))
	_, err = s.WaitEphemeral(ctx, slack.Lead, func(m slack.Message) bool { return m.Text == "metadata box" })
	require.NoError(t, err)

	sub := s.Subscribe()
	defer sub.Close()
	require.Equal(t, 1, s.RefreshSockets())
	for seen := map[slack.ChangeKind]bool{}; !seen[slack.SocketOpened] || !seen[slack.SocketClosed]; {
		select {
		case c := <-sub.C:
			seen[c.Kind] = true
		case <-ctx.Done():
			require.NoError(t, ctx.Err(), "Bolt did not reconnect")
		}
	}
	require.NoError(t, s.WaitSockets(ctx, 1))
	_, err = lead.Say(slack.Migrations, "", "<@"+slack.BotUserID+"> are you there?")
	require.NoError(t, err)
	_, err = s.WaitMessage(ctx, slack.Migrations, func(m slack.Message) bool { return m.Text == "hello Lea Dahl" })
	require.NoError(t, err)
	stop()
	require.NotContains(t, strings.ToLower(said.String()), "error", "Bolt complained of nothing")
}
