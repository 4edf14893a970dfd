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

func title(phase string) string { return runbook.Title(phase) }

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, true, false)
}

// What is longer than Slack takes is cut by package bot, on its way out.
func section(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil)
}

func contextBlock(text string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, text, false, false))
}

// message makes a message of paragraphs.
func message(paragraphs ...string) Message {
	m := Message{}
	for _, p := range paragraphs {
		if p != "" {
			m = m.with(section(p))
		}
	}
	return m
}

// with adds blocks below a message, and their words to its fallback.
func (m Message) with(blocks ...slack.Block) Message {
	for _, b := range blocks {
		m.Blocks = append(m.Blocks, b)
		if text := words(b); text != "" {
			m.Text = strings.TrimPrefix(m.Text+"\n"+text, "\n")
		}
	}
	return m
}

// words is what a block says to who does not see it: buttons are left to those who can press them.
func words(block slack.Block) string {
	switch b := block.(type) {
	case *slack.SectionBlock:
		return b.Text.Text
	case *slack.ContextBlock:
		var texts []string
		for _, e := range b.ContextElements.Elements {
			if t, ok := e.(*slack.TextBlockObject); ok {
				texts = append(texts, t.Text)
			}
		}
		return strings.Join(texts, " ")
	case *slack.TableBlock:
		var lines []string
		for _, row := range b.Rows {
			var cells []string
			for _, c := range row {
				if raw, ok := c.(*slack.TableRawTextCell); ok {
					cells = append(cells, Escape(raw.Text))
				}
			}
			lines = append(lines, strings.Join(cells, " | "))
		}
		return strings.Join(lines, "\n")
	}
	return ""
}

// startButton starts a phase.
func startButton(migration, phase, label string) slack.Block {
	return slack.NewActionBlock("next", slack.NewButtonBlockElement(startAction, migration+"/"+phase, plainText(label)))
}

// clock shows a time in the reader's own zone.
func clock(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{time_secs}|%s>", t.Unix(), t.UTC().Format("15:04:05 UTC"))
}

// day shows a time with its day, in the reader's own zone.
func day(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
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
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60), " 0 s")
	}
	return strings.TrimSuffix(fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60), " 0 min")
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

// few are the first of many words from outside, escaped, and how many more there are.
func few(many []string, most int) []string {
	out := make([]string, 0, most+1)
	for _, w := range many[:min(len(many), most)] {
		out = append(out, Escape(w))
	}
	if more := len(many) - most; more > 0 {
		out = append(out, "and "+count(int64(more))+" more")
	}
	return out
}

// code are the first of many names, as code.
func code(names []string, most int) string {
	quoted := few(names, most)
	for i := range min(len(names), most) {
		quoted[i] = "`" + quoted[i] + "`"
	}
	return strings.Join(quoted, ", ")
}
