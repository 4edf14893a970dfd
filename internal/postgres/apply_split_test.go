// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

func TestAScriptIsCutWherePostgreSQLWould(t *testing.T) {
	t.Parallel()
	for script, want := range map[string][]string{
		"": nil, " ; ;\n-- nothing\n": nil,
		"A; B":                            {"A", "B"},
		"A -- ; '\n; B":                   {"A -- ; '", "B"},
		"A /* ; /* ; */ ; */ x; B":        {"A /* ; /* ; */ ; */ x", "B"},
		"'a;''b;' ; \"c;\"\"d;\"":         {"'a;''b;'", "\"c;\"\"d;\""},
		`E'a\';b'; 'c\'; d`:               {`E'a\';b'`, `'c\'`, "d"},
		"$$a;b$$; $x$ ; $$ ; $x$; a$1; b": {"$$a;b$$", "$x$ ; $$ ; $x$", "a$1", "b"},
		"a$$;b$$":                         {"a$$", "b$$"},
		"f(a;b); c":                       {"f(a;b)", "c"},
		"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT 2; END; B": {
			"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT 2; END", "B"},
		"BEGIN; COMMIT":              {"BEGIN", "COMMIT"},
		"\ufeffA;":                   {"A"},
		"CREATE TABLE é$a (x int);y": {"CREATE TABLE é$a (x int)", "y"},
	} {
		list, err := postgres.SplitScript(script)
		require.NoError(t, err, script)
		var got []string
		for _, s := range list {
			got = append(got, s.SQL)
		}
		require.Equal(t, want, got, script)
	}
	list, err := postgres.SplitScript("\n\n-- x\nA\n;\n/*\n*/ B")
	require.NoError(t, err)
	require.Equal(t, []int{4, 7}, []int{list[0].Line, list[1].Line})
}

func TestWhatIsNoScript(t *testing.T) {
	t.Parallel()
	for script, line := range map[string]int{
		"A;\n'b": 2, "\n\"x": 2, "A\n$x$ b $y$": 2, "/* /* */": 1, "A\n;\n(b": 3, "\\! rm x": 1, "A;\nB \\i y": 2, "\xff": 1, "a\x00b": 1,
		"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;": 1,
	} {
		_, err := postgres.SplitScript(script)
		var refused *postgres.ScriptError
		require.ErrorAs(t, err, &refused, "%q", script)
		require.Equal(t, line, refused.Line, "%q", script)
	}
}

func FuzzSplitScript(f *testing.F) {
	f.Add("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$; -- x\n")
	f.Add("E'\\';' $a$ ; $a$ /* ; */ \"x;\"")
	f.Fuzz(func(t *testing.T, script string) {
		list, err := postgres.SplitScript(script)
		if err != nil {
			return
		}
		for _, s := range list {
			again, err := postgres.SplitScript(s.SQL)
			require.NoError(t, err)
			require.Len(t, again, 1)
			require.Equal(t, s.SQL, again[0].SQL)
		}
	})
}
