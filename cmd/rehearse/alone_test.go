// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// alone runs a stand-in's command until the test ends and returns the one line that it prints.
func alone(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(w)
	done := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		_ = w.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return strings.TrimSpace(line)
}

// variables reads a line of NAME=value words.
func variables(line string) map[string]string {
	v := map[string]string{}
	for _, word := range strings.Fields(line) {
		name, value, _ := strings.Cut(word, "=")
		v[name] = value
	}
	return v
}

func TestSlackAlone(t *testing.T) {
	t.Parallel()
	v := variables(alone(t, "slack"))
	answer, err := slack.New(v["SLACK_BOT_TOKEN"], slack.OptionAPIURL(v["SLACK_API_URL"])).AuthTest()
	require.NoError(t, err)
	require.NotEmpty(t, answer.TeamID)
}

func TestPostgresAlone(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(context.Background(), alone(t, "postgres"))
	require.NoError(t, err)
	require.NoError(t, conn.Close(context.Background()))
}

// Debian's python3-oracledb in thin mode selects from the sample schema.
func TestPythonSelectsFromOracleAlone(t *testing.T) {
	t.Parallel()
	python := "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import oracledb").Run(); err != nil {
		t.Skip("python3-oracledb is not here: Debian's package python3-oracledb, which `make test` installs where it can")
	}
	u, err := url.Parse(alone(t, "oracle", "--rows", "20"))
	require.NoError(t, err)
	password, _ := u.User.Password()
	script := `
import oracledb, sys
c = oracledb.connect(user=sys.argv[1], password=sys.argv[2], dsn=sys.argv[3])
cur = c.cursor()
cur.execute("select count(*) from venue")
print("venues", cur.fetchone()[0])
cur.execute("select table_name from all_tables where owner = :o order by table_name", o=sys.argv[1].upper())
print("tables", len(cur.fetchall()))
try:
    cur.execute("select * from no_such_table")
except oracledb.DatabaseError as e:
    print(str(e).split(":")[0])
`
	out, err := exec.Command(python, "-c", script, u.User.Username(), password, u.Host+u.Path).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "venues 6")
	require.Contains(t, string(out), "tables 13")
	require.Contains(t, string(out), "ORA-00942")
}

// The AWS command line describes the replication tasks, of which there are none yet.
func TestTheAWSCommandLineWorksOnAWSAlone(t *testing.T) {
	t.Parallel()
	cli, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the AWS command line is not here: Debian's package awscli, which `make test` installs where it can")
	}
	cmd := exec.Command(cli, "dms", "describe-replication-tasks")
	cmd.Env = append(os.Environ(), append(strings.Fields(alone(t, "aws")), "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true")...)
	for _, word := range cmd.Env {
		if endpoint, ok := strings.CutPrefix(word, "AWS_ENDPOINT_URL="); ok {
			cmd.Args = append(cmd.Args, "--endpoint-url", endpoint) // Debian's version does not know the variable
		}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.JSONEq(t, `{"ReplicationTasks": []}`, string(out))
}
