// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle"
)

// viewProgress shows how far the reading of views is: a bar on a terminal, elsewhere a line for each view.
type viewProgress struct {
	*progress
	done, of, rows int
}

func newViewProgress(out io.Writer) *viewProgress { return &viewProgress{progress: newProgress(out)} }

// show is dictionary.Options.Progress.
func (p *viewProgress) show(view string, number, of, rows int) {
	p.done, p.of = number, of
	p.rows += rows
	if width := p.width(); width > 0 {
		fmt.Fprintf(p.out, "\r\x1b[K%s", viewBar(view, number, of, p.rows, time.Since(p.started), width-1))
		p.drawn = true
		return
	}
	fmt.Fprintf(p.out, "%d of %d: %s, %d rows\n", number, of, view, rows)
}

// measured is oracle.SnapshotOptions.Measured.
func (p *viewProgress) measured(t oracle.NumberTable, number, of int) {
	name := plain(t.Owner + "." + t.Table)
	if width := p.width(); width > 0 {
		line := []rune(fmt.Sprintf("measured %d of %d tables · %s", number, of, name))
		fmt.Fprintf(p.out, "\r\x1b[K%s", string(line[:min(len(line), width-1)]))
		p.drawn = true
		return
	}
	fmt.Fprintf(p.out, "measured %d of %d: %s\n", number, of, name)
}

// viewBar is one line of at most width columns.
func viewBar(view string, number, of, rows int, elapsed time.Duration, width int) string {
	const cells = 20
	full := cells * number / max(of, 1)
	line := []rune(fmt.Sprintf("[%s%s] %d of %d views, %d rows, %s · %s", strings.Repeat("#", full), strings.Repeat(".", cells-full), number, of, rows,
		elapsed.Round(time.Second), view))
	if len(line) > width {
		line = append(line[:max(width-1, 0)], '…')
	}
	return string(line)
}
