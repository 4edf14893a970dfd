// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/slack-go/slack"
)

// textLimitBlock is what a section's text may have, in characters.
const textLimitBlock = 2900

func title(phase string) string { return runbook.Title(phase) }

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, true, false)
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, cut(text), false, false), nil, nil)
}

func contextBlock(text string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, cut(text), false, false))
}

// cut keeps a text within a block, at the end of a word.
func cut(text string) string {
	runes := []rune(text)
	if len(runes) <= textLimitBlock {
		return text
	}
	short := string(runes[:textLimitBlock])
	if i := strings.LastIndexAny(short, " \n"); i > textLimitBlock/2 {
		short = short[:i]
	}
	return short + " …"
}

// message makes a message of paragraphs; its fallback is their text.
func message(paragraphs ...string) Message {
	m := Message{}
	var texts []string
	for _, p := range paragraphs {
		if p == "" {
			continue
		}
		texts = append(texts, p)
		m.Blocks = append(m.Blocks, section(p))
	}
	m.Text = cut(strings.Join(texts, "\n"))
	return m
}

// with adds blocks below a message.
func (m Message) with(blocks ...slack.Block) Message {
	m.Blocks = append(m.Blocks, blocks...)
	return m
}

// nextButton starts the phase that comes next.
func nextButton(migration, phase string) slack.Block {
	b := slack.NewButtonBlockElement(startAction, migration+"/"+phase, plainText(title(phase)))
	return slack.NewActionBlock("next", b)
}

// clock shows a time in the reader's own zone.
func clock(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{time_secs}|%s>", t.Unix(), t.UTC().Format("15:04:05 UTC"))
}

// took is a duration as people say it.
func took(d time.Duration) string {
	switch {
	case d < 0:
		return "unknown"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// count writes a number with separators, or in millions.
func count(n int64) string {
	if n < 0 {
		return "unknown"
	}
	if n >= 10_000_000 {
		return strconv.FormatFloat(float64(n)/1e6, 'f', 0, 64) + " M"
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// several writes a number of things: "1 index", "3 indexes".
func several(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + many
}

// list joins what is there: "a", "a and b", "a, b and c".
func list(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	if len(there) < 2 {
		return strings.Join(there, "")
	}
	return strings.Join(there[:len(there)-1], ", ") + " and " + there[len(there)-1]
}

// some is several, or nothing where there is none.
func some(n int, one, many string) string {
	if n == 0 {
		return ""
	}
	return several(n, one, many)
}
