// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// built is the ferryman under test: one build for all tests of the package.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// ferryman builds the bot as it is released and returns its path.
func ferryman(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "ferryman-built-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(built.dir, "ferryman"), "../ferryman")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build ferryman: %w: %s", err, out)
		}
	})
	require.NoError(t, built.err)
	return filepath.Join(built.dir, "ferryman")
}

// rehearsed plays a rehearsal and returns what it printed.
func rehearsed(t *testing.T, s settings) (string, error) {
	t.Helper()
	s.ferryman = ferryman(t)
	if s.rows == 0 {
		s.rows = 150
	}
	s.timeout = 4 * time.Minute
	var out bytes.Buffer
	err := rehearse(context.Background(), s, &out)
	if t.Failed() || testing.Verbose() {
		t.Log(out.String())
	}
	return out.String(), err
}

func TestTheSampleSchemaIsMigrated(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{rows: 400})
	require.NoError(t, err, out)
	for _, line := range []string{
		"only to @dba) That wasn't counted: you asked for this", "✔ 13 of 13 tables have equal rows", "✔ 12 of 12 primary keys", "✔ 14 of 14 foreign keys, every one validated: true",
		"✔ 17 of 17 indexes", "✔ 3 triggers are as they were (0 are not)", "PostgreSQL is open", "The verdict is YES",
	} {
		require.Contains(t, out, line)
	}
}

func TestDMSSampleIsMigrated(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{snapshot: testenv.Inputs(t, "dms_sample")})
	require.NoError(t, err, out)
	for _, line := range []string{"✔ 16 of 16 tables have equal rows", "✔ 13 of 13 primary keys", "✔ 18 of 18 foreign keys, every one validated: true", "✔ 9 of 9 indexes", "The verdict is YES"} {
		require.Contains(t, out, line)
	}
}

func TestHRIsAssessedByAWSAndMigrated(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{snapshot: testenv.Inputs(t, "hr"), engine: "dms"})
	require.NoError(t, err, out)
	for _, line := range []string{"Assessed HR in", "by AWS DMS Schema Conversion: ", "✔ the tables are those of AWS's script: ", "✔ 7 of 7 tables have equal rows", "✔ 7 of 7 primary keys", "✔ 10 of 10 foreign keys, every one validated: true", "The verdict is YES"} {
		require.Contains(t, out, line)
	}
}

func TestAForeignKeyLeftInPlaceFailsTheLoad(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{keepForeignKey: "any"})
	require.ErrorIs(t, err, errVerdict, out)
	for _, words := range []string{"❌ The load ended, but", "SqlState: 23503", "A foreign key is in place on the target", "What to do: Take the key out of prepare.keep", "The verdict is NO"} {
		require.Contains(t, out, words)
	}
}

func TestARowChangedBehindTheBotsBackIsFound(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{tamper: true})
	require.ErrorIs(t, err, errVerdict, out)
	require.Regexp(t, `✖ NOT EQUAL: boxoffice\.\w+ .*is different`, out)
	require.Contains(t, out, "The verdict is NO")
}

func TestASourceThatGoesAwayFailsTheTask(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{closeSource: true, rows: 1500})
	require.ErrorIs(t, err, errVerdict, out)
	for _, words := range []string{"The Oracle listener goes away", "❌ The task failed", "ORA-12541", "What to do:", "The verdict is NO"} {
		require.Contains(t, out, words)
	}
}

func TestKilledInTheMiddleItGoesOn(t *testing.T) {
	t.Parallel()
	out, err := rehearsed(t, settings{kill: []string{"prepare", "load", "rebuild"}, rows: 1500})
	require.NoError(t, err, out)
	for _, words := range []string{"killed (-9) in the middle of prepare", "killed (-9) in the middle of load", "killed (-9) in the middle of rebuild", "✔ 13 of 13 tables have equal rows", "The verdict is YES"} {
		require.Contains(t, out, words)
	}
}
