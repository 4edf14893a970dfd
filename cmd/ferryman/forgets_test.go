// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"os"
	"path/filepath"
	"testing"

	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestRunRefusesARedisThatWouldForget(t *testing.T) {
	t.Parallel()
	slack := standin.New(standin.Options{})
	require.NoError(t, slack.Start("127.0.0.1:0"))
	t.Cleanup(slack.Close)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	checked := write("checked.yaml", configuration)
	asserted := write("asserted.yaml", "redis: { durability: asserted }\n"+configuration)
	// The token is wrong, so that whoever gets past Redis ends too.
	run := func(url, config string) ran {
		return ferryman(t, with{dir: dir, env: []string{
			"REDIS_URL=" + url, "SLACK_API_URL=" + slack.APIURL(), "SLACK_BOT_TOKEN=xoxb-wrong", "SLACK_APP_TOKEN=xapp-wrong", "ORACLE_URL=oracle://f:hush@127.0.0.1:1/X",
			"ORACLE_DMS_URL=oracle://d:hush@127.0.0.1:1/X", "TARGET_URL=postgres://f:hush@127.0.0.1:1/t", "TARGET_DMS_URL=postgres://d:hush@127.0.0.1:1/t",
			"AWS_REGION=eu-central-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		}}, "run", "--config", config)
	}
	memory := testenv.OwnRedis(t, map[string]string{"appendonly": "no"}).URL(0)
	closed := testenv.OwnRedis(t, map[string]string{"rename-command": `CONFIG ""`}).URL(0)

	for _, config := range []string{checked, asserted} {
		r := run(memory, config)
		require.Equal(t, 1, r.status)
		require.Contains(t, r.stderr, "Redis would forget")
		require.Contains(t, r.stderr, `appendonly is "no": CONFIG SET appendonly yes`)
	}
	r := run(closed, checked)
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "the server does not show its setting of persistence")
	require.Contains(t, r.stderr, "set redis.durability: asserted in the configuration")
	r = run(closed, asserted)
	require.Equal(t, 1, r.status)
	require.NotContains(t, r.stderr, "Redis would forget")
	require.Contains(t, r.stderr, "invalid_auth")
}
