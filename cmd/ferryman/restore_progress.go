// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/ferryman/ferryman/internal/postgres"
	"golang.org/x/term"
)

// progress shows readings of a rebuild: a bar that is drawn anew on a terminal, elsewhere a line when something is done.
type progress struct {
	out     io.Writer
	width   func() int // columns of the terminal, 0 where there is none
	started time.Time
	last    int
	drawn   bool
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, width: func() int { return 0 }, started: time.Now(), last: -1}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.width = func() int {
			// A terminal that does not tell its size is taken to be a narrow one.
			if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
				return columns
			}
			return 60
		}
	}
	return p
}

func (p *progress) show(r postgres.RebuildProgress) {
	if width := p.width(); width > 0 {
		fmt.Fprintf(p.out, "\r\x1b[K%s", bar(r, time.Since(p.started), width-1))
		p.drawn = true
		return
	}
	if r.Done+r.Failed != p.last {
		p.last = r.Done + r.Failed
		fmt.Fprintf(p.out, "%d of %d back%s%s\n", r.Done, r.Total, failedWords(r.Failed), leftWords(r))
	}
}

// leftWords is how long it still takes, while there is something left to do.
func leftWords(r postgres.RebuildProgress) string {
	if r.Done+r.Failed >= r.Total {
		return ""
	}
	return ", " + postgres.LeftWords(r.Left)
}

// end leaves the bar as it was last drawn.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprintln(p.out)
	}
}

func failedWords(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d could not come back", n)
}

// bar is one line of at most width columns, as full as the estimated work is done. What has run longest is named, with PostgreSQL's own
// percentage where it gives one.
func bar(r postgres.RebuildProgress, elapsed time.Duration, width int) string {
	const cells = 20
	share := r.Share
	if share == 0 && r.Total > 0 || r.Done+r.Failed >= r.Total {
		share = float64(r.Done+r.Failed) / float64(max(r.Total, 1))
	}
	full := int(cells * min(max(share, 0), 1))
	line := fmt.Sprintf("[%s%s] %d of %d back%s%s, %s", strings.Repeat("#", full), strings.Repeat(".", cells-full), r.Done, r.Total, failedWords(r.Failed),
		leftWords(r), elapsed.Round(time.Second))
	if len(r.Running) > 0 {
		o := r.Running[0]
		line += " · " + o.What() + ": " + o.Doing()
		if o.Percent >= 0 {
			line += fmt.Sprintf(" %.0f %%", o.Percent)
		}
		if more := len(r.Running) - 1; more > 0 {
			line += fmt.Sprintf(", and %d more", more)
		}
	}
	runes := []rune(plain(line))
	if len(runes) > width {
		runes = append(runes[:max(width-1, 0)], '…')
	}
	return string(runes)
}

// plain makes what came from outside safe for a terminal: a name may hold anything, and must not move the cursor.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '?'
		}
		return c
	}, text)
}
