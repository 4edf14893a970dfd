// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/commands"
	"github.com/stretchr/testify/require"
)

func spec(t *testing.T, name string) commands.Spec {
	t.Helper()
	for _, s := range commands.All() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no command %s", name)
	return commands.Spec{}
}

func TestWhatTheGrammarTakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]commands.Arguments{
		"":                               {},
		"   ":                            {},
		"box-office":                     {Migration: "box-office"},
		"  a  ":                          {Migration: "a"},
		"b2 profile=box-office":          {Migration: "b2", Values: map[string]string{"profile": "box-office"}},
		"profile=x y":                    {Migration: "y", Values: map[string]string{"profile": "x"}},
		"y profile=a=b":                  {Migration: "y", Values: map[string]string{"profile": "a=b"}},
		"x\tprofile=y\n":                 {Migration: "x", Values: map[string]string{"profile": "y"}},
		"a" + strings.Repeat("-9", 19):   {Migration: "a" + strings.Repeat("-9", 19)},
		"a" + strings.Repeat("z", 39):    {Migration: "a" + strings.Repeat("z", 39)},
		"profile=<!channel>  box-office": {Migration: "box-office", Values: map[string]string{"profile": "<!channel>"}},
	} {
		got, err := commands.Parse(spec(t, "/migrate-new"), text)
		require.NoError(t, err, text)
		if want.Values == nil {
			want.Values = map[string]string{}
		}
		require.Equal(t, want, got, text)
	}
}

func TestWhatTheGrammarRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ command, text, says string }{
		{"/migrate-assess", "two names", "takes one name, and there are two: `two` and `names`"},
		{"/migrate-assess", "Box-Office", "`Box-Office` can't be a migration's name: lower-case letters, digits and hyphens, a letter first"},
		{"/migrate-assess", "9lives", "can't be a migration's name"},
		{"/migrate-assess", "-x", "can't be a migration's name"},
		{"/migrate-assess", "a" + strings.Repeat("z", 40), "at most 40"},
		{"/migrate-assess", "box_office", "can't be a migration's name"},
		{"/migrate-assess", "bоx", "can't be a migration's name"}, // the o is Cyrillic
		{"/migrate-assess", "x force=yes", "`/migrate-assess` does not know `force=`. The form is `/migrate-assess [migration] [measure=lobs,numbers]`."},
		{"/migrate-prepare", "x force=yes", "`/migrate-prepare` takes no `force=`. The form is `/migrate-prepare [migration]`."},
		{"/migrate-new", "x chanel=y", "`/migrate-new` does not know `chanel=`. The form is `/migrate-new &lt;name&gt; [profile=&lt;profile&gt;]`."},
		{"/migrate-new", "x profile=", "`profile=` has no value"},
		{"/migrate-new", "x profile=a profile=b", "`profile=` is there twice"},
		{"/migrate-new", "x =y", "does not know `=`"},
		{"/migrate-new", strings.Repeat("x ", 1500), "That is too long. The form is"},
		{"/migrate-assess", "<!channel>", "`&lt;!channel&gt;` can't be"},
		{"/migrate-assess", "<@U000000DBA>", "`&lt;@U000000DBA&gt;` can't be"},
		{"/migrate-assess", "`*_~", "`ˋ*_~` can't be"},
		{"/migrate-prepare", "<!here>=1", "takes no `&lt;!here&gt;=`"},
		{"/migrate-assess", "../../etc/passwd", "can't be"},
		{"/migrate-assess", "x;drop", "can't be"},
		{"/migrate-assess", "{in}", "can't be"},
		{"/migrate-assess", strings.Repeat("é", 900), strings.Repeat("é", 60) + "…` can't be"},
	} {
		_, err := commands.Parse(spec(t, c.command), c.text)
		var refusal commands.Refusal
		require.ErrorAs(t, err, &refusal, c.text)
		require.Contains(t, refusal.ForUser(), c.says)
		require.NotRegexp(t, regexp.MustCompile(`<[!@#]`), refusal.ForUser(), "nobody is mentioned by what was typed")
		require.Less(t, len(refusal.ForUser()), 400)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "box-office profile=x", "<!channel>", "a=b=c", "\x00\xff`", strings.Repeat("x", 3000)} {
		f.Add(text)
	}
	name := regexp.MustCompile(`^([a-z][a-z0-9-]{0,39})?$`)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := commands.Parse(spec(t, "/migrate-new"), text)
		if err != nil {
			require.NotRegexp(t, `<[!@#]`, err.Error())
			return
		}
		require.Regexp(t, name, a.Migration)
		for key := range a.Values {
			require.Equal(t, "profile", key)
		}
	})
}
