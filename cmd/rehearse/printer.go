// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// printer writes the channel to the terminal as it grows: what people type and press, what the bot posts, and what changes in place.
type printer struct {
	slack *slack.Server
	out   io.Writer
	sub   *slack.Subscription
	done  chan struct{}

	mu    sync.Mutex
	heard *sync.Cond // something was printed
	shown map[string]string
	at    map[string]time.Time
}

// editEvery bounds how often a message that changes in place is printed again.
const editEvery = 2 * time.Second

func newPrinter(s *slack.Server, out io.Writer) *printer {
	p := &printer{slack: s, out: out, sub: s.Subscribe(), done: make(chan struct{}), shown: map[string]string{}, at: map[string]time.Time{}}
	p.heard = sync.NewCond(&p.mu)
	go func() {
		defer close(p.done)
		defer p.heard.Broadcast()
		for c := range p.sub.C {
			p.change(c)
			p.heard.Broadcast()
		}
	}()
	return p
}

// close stops after everything that is in the channel by now has been printed: the stream of changes comes a moment later.
func (p *printer) close() {
	last := ""
	for _, m := range p.slack.Messages(slack.Migrations) {
		if len(m.Files) == 0 {
			last = max(last, m.Channel+m.TS)
		}
	}
	p.mu.Lock()
	for last != "" && p.shown[last] == "" {
		select {
		case <-p.done:
			last = ""
		default:
			p.heard.Wait()
		}
	}
	p.mu.Unlock()
	p.sub.Close()
	<-p.done
}

// line prints a line of the rehearsal's own.
func (p *printer) line(format string, a ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", a...)
}

func (p *printer) change(c slack.Change) {
	switch c.Kind {
	case slack.CommandTyped:
		p.line("\n%s  @%s types  %s", clock(c.At), p.name(c.User), c.Text)
	case slack.ButtonPressed:
		p.line("\n%s  @%s presses  %s", clock(c.At), p.name(c.User), label(c))
	case slack.MessagePosted, slack.EphemeralPosted:
		if c.Message != nil {
			p.message(c, false)
		}
	case slack.MessageChanged:
		if c.Message != nil {
			p.message(c, true)
		}
	case slack.FileShared:
		if c.File != nil {
			p.line("%s  📎 %s", clock(c.At), c.File.Name)
		}
	}
}

func (p *printer) name(user string) string { return strings.TrimPrefix(p.slack.Name(user), "@") }

func label(c slack.Change) string {
	if c.Text != "" {
		return c.Text
	}
	return c.ActionID
}

// message prints a message, an edit only where it says something new and not too often.
func (p *printer) message(c slack.Change, edit bool) {
	m := *c.Message
	if len(m.Files) > 0 && m.Text == "" && len(m.Blocks) == 0 {
		return
	}
	text := strings.TrimRight(p.slack.RenderText(m), "\n")
	p.mu.Lock()
	defer p.mu.Unlock()
	key := m.Channel + m.TS
	if edit && (p.shown[key] == text || time.Since(p.at[key]) < editEvery && !strings.Contains(text, "approved")) {
		return
	}
	before := p.shown[key]
	p.shown[key], p.at[key] = text, time.Now()
	if edit {
		text = news(before, text)
	}
	mark := "│ "
	switch {
	case m.Ephemeral:
		mark = "│ (only to @" + p.name(m.To) + ") "
	case !m.IsReply():
		mark = "┃ "
	case edit:
		mark = "│ ↻ "
	}
	if text == "" {
		return
	}
	fmt.Fprintf(p.out, "%s  %s%s\n", clock(c.At), mark, strings.ReplaceAll(text, "\n", "\n          │ "))
}

// news are the lines of a changed message that were not there before.
func news(before, now string) string {
	old := map[string]bool{}
	for line := range strings.Lines(before) {
		old[strings.TrimSpace(line)] = true
	}
	var fresh []string
	for line := range strings.Lines(now) {
		if line = strings.TrimRight(line, "\n"); !old[strings.TrimSpace(line)] {
			fresh = append(fresh, line)
		}
	}
	return strings.Join(fresh, "\n")
}

func clock(t time.Time) string { return t.Format("15:04:05") }
