// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const configuration = `profiles:
  box-office:
    channel: C0MIGRATNS
    source: { url: "${ORACLE_URL}", dms_url: "${ORACLE_DMS_URL}", schemas: [BOXOFFICE] }
    target: { url: "${TARGET_URL}", dms_url: "${TARGET_DMS_URL}" }
    aws: { region: eu-central-1 }
    operators: { users: [U000000DBA] }
    approvers: { groups: [S0APPROVER] }
`

// place is everything that doctor looks at, all well.
type place struct {
	slack *standin.Server
	aws   *aws.Server
	role  string // Ferryman's on the target
	admin string // the target, as its superuser
	env   map[string]string
	dir   string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), slack: standin.New(standin.Options{})}
	require.NoError(t, p.slack.Start("127.0.0.1:0"))
	t.Cleanup(p.slack.Close)
	source, err := oracle.Start(context.Background(), oracle.Options{
		Postgres: testenv.Server(t), Exports: []fs.FS{os.DirFS("../rehearse/boxoffice")}, SupplementalLog: true, SupplementalLogPK: true,
		SupplementalLogAll: true,
		Users: []oracle.User{
			{Name: "FERRYMAN", Password: "hush-ferryman", Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE"},
				Privileges: []string{"CREATE SESSION", "CREATE TABLE", "SELECT ANY TABLE", "UNLIMITED TABLESPACE"}},
			{Name: "DMS", Password: "hush-dms", Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"},
				Privileges: []string{"CREATE SESSION", "SELECT ANY TABLE", "SELECT ANY TRANSACTION", "SELECT ANY DICTIONARY", "LOGMINING"}},
			{Name: "POOR", Password: "hush-poor", Roles: []string{"CONNECT"}, Privileges: []string{"CREATE SESSION"}},
		},
	})
	require.NoError(t, err)
	t.Cleanup(source.Close)
	p.aws, err = aws.Start(context.Background(), aws.Options{})
	require.NoError(t, err)
	t.Cleanup(p.aws.Close)
	p.admin = testenv.Postgres(t)
	role, roleURL := testenv.Role(t, p.admin)
	_, dmsURL := testenv.Role(t, p.admin)
	p.role = role
	p.exec(t, fmt.Sprintf("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %%I TO %s', current_database()); END $$", role))
	scratch := testenv.Postgres(t)
	_, poorURL := testenv.Role(t, scratch)
	key, secret := p.aws.AccessKey()
	p.env = map[string]string{
		"FERRYMAN_CONFIG": filepath.Join(p.dir, "ferryman.yaml"), "REDIS_URL": testenv.Redis(t),
		"SLACK_API_URL": p.slack.APIURL(), "SLACK_BOT_TOKEN": p.slack.BotToken(), "SLACK_APP_TOKEN": p.slack.AppToken(),
		"AWS_ENDPOINT_URL": p.aws.URL(), "AWS_REGION": p.aws.Region(), "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
		"AWS_EC2_METADATA_DISABLED": "true",
		"ORACLE_URL":                source.URL("FERRYMAN"), "ORACLE_DMS_URL": source.URL("DMS"), "TARGET_URL": roleURL, "TARGET_DMS_URL": dmsURL,
		"ORACLE_POOR_URL": source.URL("POOR"), "SCRATCH_URL": scratch, "SCRATCH_POOR_URL": poorURL,
	}
	require.NoError(t, os.WriteFile(p.env["FERRYMAN_CONFIG"], []byte(strings.Replace(configuration, `"${TARGET_DMS_URL}"`, `"${TARGET_DMS_URL}", scratch_url: "${SCRATCH_URL}"`, 1)), 0o600))
	return p
}

func (p *place) exec(t *testing.T, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.admin)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

// doctor runs `ferryman doctor` with some variables changed.
func (p *place) doctor(t *testing.T, change map[string]string, args ...string) ran {
	t.Helper()
	var env []string
	for name, value := range p.env {
		if v, ok := change[name]; ok {
			value = v
		}
		env = append(env, name+"="+value)
	}
	r := ferryman(t, with{env: env, dir: p.dir}, append([]string{"doctor"}, args...)...)
	for _, secret := range []string{"hush", p.slack.BotToken(), p.slack.AppToken(), p.env["AWS_SECRET_ACCESS_KEY"], ":secret@"} {
		require.NotContains(t, r.stdout+r.stderr, secret)
	}
	return r
}

// fixes are the lines of what is not right, each with what to do about it.
func fixes(t *testing.T, r ran) map[string]string {
	t.Helper()
	found := map[string]string{}
	lines := strings.Split(r.stdout, "\n")
	for i, line := range lines {
		what, ok := strings.CutPrefix(line, "  FIX  ")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(what, ": ")
		require.Regexp(t, `^       \S`, lines[i+1], "%s: it does not say what to do", what)
		found[name] = what + "\n" + strings.TrimSpace(lines[i+1])
	}
	return found
}

func TestDoctorWhereAllIsWell(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	r := p.doctor(t, nil)
	require.Empty(t, fixes(t, r), r.stdout)
	require.Zero(t, r.status, r.stdout+r.stderr)
	for _, line := range []string{
		"Slack\n", "  ok   bot token: workspace Tickets", "  ok   bot scopes: all ", "  ok   Socket Mode: ",
		"  ok   channel C0MIGRATNS: the bot is in it", "Redis\n  ok   connection",
		"profile box-office: Oracle\n", "  ok   the DMS endpoint's user: DMS@127.0.0.1", "profile box-office: PostgreSQL\n",
		"  ok   direct connection", "  ok   scratch server: ", "  ok   AWS DMS: the credentials may list",
	} {
		require.Contains(t, strings.ReplaceAll(r.stdout, "dms@", "DMS@"), line)
	}
	require.Zero(t, p.slack.Sockets())
	require.Empty(t, p.slack.Messages(standin.Migrations), "it changes nothing")

	r = p.doctor(t, nil, "--json")
	require.Zero(t, r.status)
	var checks []struct {
		Part, Name, Found, Fix string
		OK                     bool
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &checks))
	require.Greater(t, len(checks), 20)
	for _, c := range checks {
		require.True(t, c.OK, c.Name)
		require.NotEmpty(t, c.Part)
		require.NotEmpty(t, c.Found)
	}
}

func TestDoctorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	wrongPassword := func(name, password string) map[string]string {
		at := strings.LastIndex(p.env[name], "@")
		colon := strings.LastIndex(p.env[name][:at], ":")
		return map[string]string{name: p.env[name][:colon+1] + password + p.env[name][at:]}
	}
	for name, c := range map[string]struct {
		change map[string]string
		fix    string
		says   []string
	}{
		"a wrong bot token": {map[string]string{"SLACK_BOT_TOKEN": "xoxb-hush"}, "bot token",
			[]string{"invalid_auth", "put the token of the installed app into SLACK_BOT_TOKEN"}},
		"the other kind of token": {map[string]string{"SLACK_BOT_TOKEN": p.slack.AppToken()}, "SLACK_BOT_TOKEN",
			[]string{"begins with xoxb-", "OAuth & Permissions"}},
		"a wrong app token": {map[string]string{"SLACK_APP_TOKEN": "xapp-hush"}, "Socket Mode",
			[]string{"put an app-level token of the same app into SLACK_APP_TOKEN"}},
		"no Slack": {map[string]string{"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "bot token",
			[]string{"SLACK_API_URL must be unset for Slack's own"}},
		"no Redis": {map[string]string{"REDIS_URL": "redis://:hush@127.0.0.1:1"}, "connection",
			[]string{"no answer from Redis", "see that REDIS_URL is right and the server runs"}},
		"a Redis that forgets": {map[string]string{"REDIS_URL": testenv.OwnRedis(t, map[string]string{"appendonly": "no"}).URL(0)}, "persistence",
			[]string{`appendonly is "no"`, "CONFIG SET appendonly yes"}},
		"a Redis that does not say": {map[string]string{"REDIS_URL": testenv.OwnRedis(t, map[string]string{"rename-command": `CONFIG ""`}).URL(0)}, "eviction",
			[]string{"does not show its setting", "set redis.durability: asserted"}},
		"Oracle's password": {wrongPassword("ORACLE_URL", "hush-wrong"), "connection", []string{"ORA-01017", "correct source.url"}},
		"the endpoint's password": {wrongPassword("ORACLE_DMS_URL", "hush-wrong"), "the DMS endpoint's user",
			[]string{"ORA-01017", "correct source.dms_url"}},
		"no Oracle": {map[string]string{"ORACLE_URL": "oracle://f:hush@127.0.0.1:1/ORCL"}, "connection",
			[]string{"can't be reached", "correct source.url"}},
		"Oracle's grants": {map[string]string{"ORACLE_URL": p.env["ORACLE_POOR_URL"]}, "user POOR reads DBA_OBJECTS",
			[]string{"ORA-00942", `GRANT SELECT_CATALOG_ROLE TO "POOR"`}},
		"PostgreSQL's password": {wrongPassword("TARGET_URL", "hush-wrong"), "connection",
			[]string{"password authentication failed", "correct target.url"}},
		"its endpoint's password": {wrongPassword("TARGET_DMS_URL", "hush-wrong"), "the DMS endpoint's user",
			[]string{"password authentication failed", "correct target.dms_url"}},
		"a role that may nothing": {map[string]string{"TARGET_URL": p.env["TARGET_DMS_URL"]}, "schema ferryman",
			[]string{"not there, and the role may not create it", "CREATE SCHEMA", "GRANT CREATE ON DATABASE"}},
		"the scratch server's password": {map[string]string{"SCRATCH_URL": strings.Replace(p.env["SCRATCH_POOR_URL"], "@", "x@", 1)}, "scratch server",
			[]string{"password authentication failed", "correct target.scratch_url"}},
		"a scratch role that may nothing": {map[string]string{"SCRATCH_URL": p.env["SCRATCH_POOR_URL"]}, "scratch server",
			[]string{"CREATEDB CREATEROLE", "give the role of target.scratch_url"}},
		"AWS credentials": {map[string]string{"AWS_SECRET_ACCESS_KEY": "hush-wrong"}, "AWS DMS",
			[]string{"see that the AWS credentials are there and allow what docs/aws.md lists"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := p.doctor(t, c.change)
			require.Equal(t, 1, r.status, r.stdout+r.stderr)
			found := fixes(t, r)
			require.Contains(t, found, c.fix, r.stdout)
			for _, words := range c.says {
				require.Contains(t, found[c.fix], words)
			}
			require.Contains(t, r.stdout, "  ok   ", "the rest is looked at all the same")
		})
	}
}

func TestDoctorSeesWhatAWorkspaceAndAnAccountLack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	require.NoError(t, p.slack.Remove(standin.Migrations, standin.BotUserID))
	p.slack.SetScopes(slices.DeleteFunc(standin.DefaultScopes(), func(s string) bool { return s == "files:write" })...)
	p.aws.DenyOperation("DescribeReplicationTasks")
	r := p.doctor(t, nil)
	require.Equal(t, 1, r.status)
	found := fixes(t, r)
	require.Len(t, found, 3, r.stdout)
	require.Contains(t, found["channel C0MIGRATNS"], "type `/invite @Ferryman` in the channel")
	require.Contains(t, found["bot scopes"], "add files:write (put plans, scripts and reports into the thread)")
	require.Contains(t, found["AWS DMS"], "AWS does not allow dms:DescribeReplicationTasks")
}

func TestDoctorRefusesABrokenConfiguration(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	path := filepath.Join(p.dir, "broken.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(configuration, "operators", "operatrs", 1)), 0o600))
	for _, args := range [][]string{{"doctor", "--config", path}, {"run", "--config", path}} {
		var env []string
		for name, value := range p.env {
			env = append(env, name+"="+value)
		}
		r := ferryman(t, with{env: env}, args...)
		require.Equal(t, 1, r.status)
		require.Contains(t, r.stderr, path+":7:5: profiles.box-office.operatrs: ")
		require.Contains(t, r.stderr, "operators")
	}
}
