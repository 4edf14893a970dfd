// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

const (
	oracleURL = "oracle://ferryman:s3cret%2Fword@ora.internal:1522/TICKETS"
	targetURL = "postgres://ferryman:hunter2@pg.internal:5433/tickets?sslmode=require"
)

// minimal is the smallest file that is taken.
const minimal = `profiles:
  box-office:
    channel: C0BOXOFF
    source:
      url: ${ORACLE_URL}
      schemas: [BOXOFFICE]
    target:
      url: ${TARGET_URL}
    operators:
      users: [U0DBA]
    approvers:
      users: [U0LEAD, U0SRE]
`

func env(extra ...string) func(string) (string, bool) {
	values := map[string]string{"ORACLE_URL": oracleURL, "TARGET_URL": targetURL}
	for i := 0; i+1 < len(extra); i += 2 {
		values[extra[i]] = extra[i+1]
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func parse(t *testing.T, text string, extra ...string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("ferryman.yaml", []byte(text), env(extra...))
	require.NoError(t, err)
	return cfg
}

func TestDefaultsAreFilledIn(t *testing.T) {
	t.Parallel()
	cfg := parse(t, minimal)
	p := cfg.Profiles["box-office"]
	require.Equal(t, "box-office", p.Name)
	require.Equal(t, "checked", cfg.Redis.Durability)
	require.Equal(t, oracleURL, p.Source.URL.Reveal())
	require.Equal(t, "dms.t3.medium", p.AWS.Instance.Class)
	require.Equal(t, 50, p.AWS.Instance.StorageGB)
	require.Equal(t, 15*time.Second, p.AWS.Poll)
	require.Equal(t, config.LOB{Mode: "limited", MaxKB: 32}, p.AWS.LOB)
	require.Equal(t, 8, p.AWS.MaxFullLoadSubtasks)
	require.True(t, p.AWS.Validation)
	require.Equal(t, time.Hour, p.Approvals.Expires)
	require.Equal(t, int64(100000), p.Sequences.GapFor("ANY"))
	require.Equal(t, config.Rebuild{Jobs: 2, MemoryMB: 1024}, p.Rebuild)
	require.Equal(t, 10*time.Second, p.Cutover.MaxLatency)
	require.Equal(t, 4*time.Hour, p.MaxResume)
	require.False(t, p.Approvers.RequesterMayApprove)
}

func TestExampleLoads(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "deploy", "ferryman.example.yaml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	cfg, err := config.Parse(path, text, env("ORACLE_DMS_URL", oracleURL, "TARGET_DMS_URL", targetURL))
	require.NoError(t, err)
	p := cfg.Profiles["box-office"]
	require.Equal(t, int64(500000), p.Sequences.GapFor("TICKET_SEQ"))
	require.Equal(t, map[string]string{"team": "ticketing"}, p.AWS.Tags)
}

func TestLoadReadsTheFileAndTheEnvironment(t *testing.T) {
	t.Setenv("ORACLE_URL", oracleURL)
	t.Setenv("TARGET_URL", targetURL)
	path := filepath.Join(t.TempDir(), "ferryman.yaml")
	require.NoError(t, os.WriteFile(path, []byte(minimal), 0o600))
	cfg, err := config.Load(path)
	require.NoError(t, err)
	require.Equal(t, path, cfg.Path)

	_, err = config.Load(path + ".not")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "start from deploy/ferryman.example.yaml")
}

func TestProblemsNameThePlaceAndTheWayOut(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ from, to, want string }{
		"a slip":            {"channel:", "chanel:", `ferryman.yaml:3:5: profiles.box-office.chanel: unknown key; did you mean "channel"?`},
		"a swap":            {"schemas:", "shcemas:", `ferryman.yaml:6:7: profiles.box-office.source.shcemas: unknown key; did you mean "schemas"?`},
		"a strange key":     {"    operators:", "    banana: 1\n    operators:", "profiles.box-office.banana: unknown key; known here: approvals, approvers, assess, aws,"},
		"missing":           {"      schemas: [BOXOFFICE]\n", "", "ferryman.yaml:4:5: profiles.box-office.source.schemas: is missing: The schemas to migrate"},
		"a channel's name":  {"C0BOXOFF", "'#box-office'", "ferryman.yaml:3:5: profiles.box-office.channel: must be a Slack channel id such as C012AB3CD"},
		"a display name":    {"[U0DBA]", "['@dba']", "ferryman.yaml:10:15: profiles.box-office.operators.users[0]: must be a Slack user id"},
		"twice":             {"[U0LEAD, U0SRE]", "[U0LEAD, U0LEAD]", "profiles.box-office.approvers.users[1]: is there twice"},
		"one approver":      {"[U0LEAD, U0SRE]", "[U0LEAD]", "profiles.box-office.approvers: it takes two people"},
		"no operator":       {"[U0DBA]", "[]", "profiles.box-office.operators: names nobody"},
		"no unit":           {"    operators:", "    max_resume: 4\n    operators:", "profiles.box-office.max_resume: must be a text, not a whole number"},
		"a wrong unit":      {"    operators:", "    max_resume: 4 days\n    operators:", "profiles.box-office.max_resume: must be a time with its unit, such as 15s"},
		"no time":           {"    operators:", "    approvals: {expires: 0s}\n    operators:", "profiles.box-office.approvals.expires: must be longer than 0"},
		"too many":          {"    operators:", "    rebuild: {jobs: 1000}\n    operators:", "ferryman.yaml:9:15: profiles.box-office.rebuild.jobs: must be at most 64"},
		"a choice":          {"    operators:", "    aws: {lob: {mode: huge}}\n    operators:", "profiles.box-office.aws.lob.mode: must be one of: limited full"},
		"a tag of ours":     {"    operators:", "    aws: {tags: {'ferryman:migration': x}}\n    operators:", "profiles.box-office.aws.tags.ferryman:migration: tags that begin with aws:"},
		"a migration name":  {"box-office:", "Box_Office:", "ferryman.yaml:2:3: profiles.Box_Office: this can't be a name here: a migration's name is"},
		"unset":             {"${TARGET_URL}", "${TARGET_URI}", "ferryman.yaml:8:12: profiles.box-office.target.url: the environment variable TARGET_URI is not set"},
		"not closed":        {"${TARGET_URL}", "${TARGET_URL", "profiles.box-office.target.url: a ${ begins a variable"},
		"another engine":    {"${TARGET_URL}", "${ORACLE_URL}", "ferryman.yaml:8:7: profiles.box-office.target.url: the connection string does not begin with postgres://"},
		"another ARN":       {"${TARGET_URL}", "arn:aws:s3:::bucket", "profiles.box-office.target.url: is an ARN, but not that of a Secrets Manager secret"},
		"no profile":        {minimal, "profiles: {}\n", "ferryman.yaml:1:1: profiles: must have at least one entry"},
		"empty":             {minimal, "# nothing\n", "ferryman.yaml:1:1: the file is empty"},
		"a list":            {minimal, "- 1\n", "ferryman.yaml:1:1: must be a set of keys, not a list"},
		"not YAML":          {"    channel: C0BOXOFF", "    channel: [", "this is not YAML"},
		"a key twice":       {"    channel: C0BOXOFF", "    channel: C0BOXOFF\n    channel: C0OTHER", "ferryman.yaml:4:5: this is not YAML: mapping key \"channel\" already defined"},
		"a second document": {minimal, minimal + "---\nredis: {}\n", "a second document begins here"},
		"a YAML tag":        {"C0BOXOFF", "!!binary QUJD", "this form of YAML is not taken here"},
		"no anchor":         {"C0BOXOFF", "*channel", "channel"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(minimal, c.from, c.to, 1)
			require.NotEqual(t, minimal, text)
			_, err := config.Parse("ferryman.yaml", []byte(text), env())
			var invalid *config.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Contains(t, err.Error(), c.want)
			for _, problem := range invalid.Problems {
				require.Positive(t, problem.Line)
			}
		})
	}
}

func TestEveryProblemIsToldOnce(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("channel:", "chanel:", "${TARGET_URL}", "${NOT_THERE}", "[U0DBA]", "[dba]").Replace(minimal)
	_, err := config.Parse("f.yaml", []byte(text), env())
	require.Len(t, strings.Split(err.Error(), "\n"), 4, err) // the wrong key, the missing one, the variable, the user
}

func TestErrorsShowNoValue(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"oracle://u:hun/ter2@h/s", "postgres://u:hunter2@h:port/db", "hunter2", "postgres://u:hunter2@/db", "postgres://u:hunter2@a,b/db",
		"postgres://u:hun#ter2@h/db", "postgres://u:hun%ter2@h/db", "postgres://hunter2@h/db", "postgres://u:p@postgres://v:hunter2@h/db", strings.Repeat("hunter2", 1000),
	} {
		for _, text := range []string{minimal, strings.Replace(minimal, "channel: C0BOXOFF", "channel: ${TARGET_URL}", 1)} {
			_, err := config.Parse("f.yaml", []byte(text), env("TARGET_URL", wrong))
			require.Error(t, err, wrong)
			for _, part := range []string{"hunter2", "ter2", "hun/"} {
				require.NotContains(t, err.Error(), part)
			}
		}
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	with := func(lines string) string {
		return strings.Replace(minimal, "    operators:", lines+"    operators:", 1)
	}

	cfg := parse(t, with("    rebuild: {jobs: \"${JOBS}\"}\n    aws: {validation: '${VALIDATE}', tags: {number: \"${JOBS}\", plain: 'a-${JOBS}-b'}}\n"), "JOBS", "7", "VALIDATE", "false")
	p := cfg.Profiles["box-office"]
	require.Equal(t, 7, p.Rebuild.Jobs)
	require.False(t, p.AWS.Validation)
	require.Equal(t, map[string]string{"number": "7", "plain": "a-7-b"}, p.AWS.Tags)

	// What a variable holds is text: neither YAML nor another variable.
	cfg = parse(t, with("    aws: {tags: {x: \"${ODD}\", y: \"$${ODD}\"}}\n"), "ODD", "a: [b]\n${ORACLE_URL} # c")
	require.Equal(t, map[string]string{"x": "a: [b]\n${ORACLE_URL} # c", "y": "${ODD}"}, cfg.Profiles["box-office"].AWS.Tags)

	_, err := config.Parse("f", []byte(with("    rebuild:\n      jobs: ${JOBS}\n")), env("JOBS", "many"))
	require.ErrorContains(t, err, "profiles.box-office.rebuild.jobs: must be a whole number, not a text")
}

func TestProfilesMayShareParts(t *testing.T) {
	t.Parallel()
	text := strings.Replace(minimal, "    operators:", "    rebuild: &big {jobs: 8, memory_mb: 4096}\n    operators: &ops", 1) + `  other:
    channel: C0OTHER
    source: {url: "${ORACLE_URL}", schemas: [HR]}
    target: {url: "${TARGET_URL}"}
    rebuild: {<<: *big, jobs: 3}
    operators: *ops
    approvers: {groups: [S0DBA]}
`
	cfg := parse(t, text)
	require.Equal(t, config.Rebuild{Jobs: 3, MemoryMB: 4096}, cfg.Profiles["other"].Rebuild)
	require.Equal(t, []string{"U0DBA"}, cfg.Profiles["other"].Operators.Users)
}
