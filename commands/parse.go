// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// migrationName is the form of a migration's name.
var migrationName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// textLimit bounds what is typed after a command, in bytes.
const textLimit = 2000

// Arguments are what was typed after a command: `[migration] [key=value …]`.
type Arguments struct {
	Migration string
	Values    map[string]string
}

// Parse reads the words after a command. Every error is a Refusal that says what is wrong and what the form is.
func Parse(s Spec, text string) (Arguments, error) {
	a := Arguments{Values: map[string]string{}}
	if len(text) > textLimit {
		return a, Refusal(fmt.Sprintf("That is too long. The form is %s.", s.form()))
	}
	for _, word := range strings.Fields(text) {
		key, value, isPair := strings.Cut(word, "=")
		switch {
		case isPair && !slices.Contains(s.Keys, key):
			if len(s.Keys) == 0 {
				return a, Refusal(fmt.Sprintf("`%s` takes no `%s=`. The form is %s.", s.Name, shortly(key), s.form()))
			}
			return a, Refusal(fmt.Sprintf("`%s` does not know `%s=`. The form is %s.", s.Name, shortly(key), s.form()))
		case isPair && value == "":
			return a, Refusal(fmt.Sprintf("`%s=` has no value: write it without spaces, as in %s.", key, s.form()))
		case isPair && a.Values[key] != "":
			return a, Refusal(fmt.Sprintf("`%s=` is there twice: say it once.", key))
		case isPair:
			a.Values[key] = value
		case a.Migration != "":
			return a, Refusal(fmt.Sprintf("`%s` takes one name, and there are two: `%s` and `%s`. The form is %s.", s.Name, a.Migration,
				shortly(word), s.form()))
		case !migrationName.MatchString(word):
			return a, Refusal(fmt.Sprintf("`%s` can't be a migration's name: lower-case letters, digits and hyphens, a letter first, at most 40.",
				shortly(word)))
		default:
			a.Migration = word
		}
	}
	return a, nil
}

// form is how the command is written, as code.
func (s Spec) form() string { return "`" + Escape(strings.TrimSpace(s.Name+" "+s.Usage)) + "`" }

// shortly quotes a word that somebody typed, its beginning where it is long.
func shortly(word string) string {
	const most = 60
	if runes := []rune(word); len(runes) > most {
		word = string(runes[:most]) + "…"
	}
	return Escape(word)
}

// Refusal is a command or click that was not carried out because of what the person did or may do. Its text is mrkdwn, shown to that
// person alone, and says what to do.
type Refusal string

// Error implements error.
func (r Refusal) Error() string { return string(r) }

// ForUser is what the person is told.
func (r Refusal) ForUser() string { return string(r) }

// Escape makes text from outside plain in mrkdwn: Slack's control characters, so that it can't mention or link, and the back-tick, so
// that it can't end a code span.
func Escape(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "ˋ")
