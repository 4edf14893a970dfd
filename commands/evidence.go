// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

const (
	// evidenceShown is how many facts that do not hold a gate tells of, and how many of those that do.
	evidenceShown = 12
	// valueShown bounds what was read, in characters, and fixShown what is to be done about it, in lines.
	valueShown = 300
	fixShown   = 6
)

// gate shows evidence, what does not hold first.
func gate(m *store.Migration, e runbook.Ended) Message {
	holds, red, green := sorted(e.Evidence)
	head := fmt.Sprintf("*%s of %s: %d of %d hold*", title(e.Phase), m.Name, holds, len(e.Evidence))
	if at, ok := readAt(e.Evidence); ok {
		head += " · read " + clock(at)
	}
	return message(append([]string{head}, append(red, strings.Join(green, "  "))...)...)
}

// sorted words evidence: how much of it holds, what does not with what to do, and what does.
func sorted(evidence []runbook.Evidence) (holds int, red, green []string) {
	reds := 0
	for _, v := range evidence {
		if v.Holds {
			holds++
			if holds <= evidenceShown {
				green = append(green, fmt.Sprintf("✔ %s (%s)", Escape(v.Name), Escape(clipped(v.Value))))
			}
			continue
		}
		if reds++; reds > evidenceShown {
			continue
		}
		line := fmt.Sprintf("✖ *%s*: %s", Escape(v.Name), Escape(clipped(v.Value)))
		lines := 0
		for fix := range strings.Lines(v.Fix) {
			if lines++; lines > fixShown {
				line += "\n      …"
				break
			}
			line += "\n      " + keepCode(strings.TrimSpace(fix))
		}
		red = append(red, line)
	}
	if more := reds - evidenceShown; more > 0 {
		red = append(red, fmt.Sprintf("and %d more", more))
	}
	return holds, red, green
}

// readAt is when the oldest of the evidence was read.
func readAt(evidence []runbook.Evidence) (oldest time.Time, ok bool) {
	for _, v := range evidence {
		if !v.Record && !v.ReadAt.IsZero() && (!ok || v.ReadAt.Before(oldest)) {
			oldest, ok = v.ReadAt, true
		}
	}
	return oldest, ok
}

// evidenceTimes shows evidence line by line, each fact with what was read and when.
func evidenceTimes(evidence []runbook.Evidence) string {
	var lines []string
	for i, v := range evidence {
		if i == evidenceShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(evidence)-evidenceShown))
			break
		}
		mark := "✔"
		if !v.Holds {
			mark = "✖"
		}
		line := mark + " " + Escape(v.Name)
		if v.Value != "" {
			line += ": " + Escape(clipped(v.Value))
		}
		if !v.ReadAt.IsZero() {
			line += " · " + clock(v.ReadAt)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// clipped bounds what was read, on one line.
func clipped(value string) string {
	value = strings.Join(strings.Fields(value), " ")
	if runes := []rune(value); len(runes) > valueShown {
		return string(runes[:valueShown]) + "…"
	}
	return value
}
