// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/ferryman/ferryman/internal/audit"
)

var auditPlaces = map[string]string{audit.InRedis: "Redis", audit.OnTarget: "target", audit.InThread: "thread", audit.InFile: "file"}

// printReports says for each migration what was compared and what is not as it was written.
func printReports(out io.Writer, reports []audit.Report, missed []string) {
	if len(reports) == 0 {
		fmt.Fprintln(out, "No migration is known.")
	}
	for _, r := range reports {
		name := plain(r.Migration)
		if name == "" {
			name = "The file"
		}
		switch {
		case len(r.Compared) == 0:
			fmt.Fprintf(out, "%s: nothing could be compared\n", name)
		case r.Good():
			fmt.Fprintf(out, "%s: as it was written, up to entry %d (%.12s…)\n", name, r.Entries, plain(r.Head))
		default:
			fmt.Fprintf(out, "%s: NOT as it was written, in %d places\n", name, len(r.Findings))
		}
		for _, f := range r.Findings {
			printFinding(out, f)
		}
		for _, part := range []struct {
			name  string
			lines []string
		}{{"compared", r.Compared}, {"not compared", r.NotCompared}, {"note", r.Notes}} {
			for _, line := range part.lines {
				fmt.Fprintf(out, "  %s: %s\n", part.name, plain(line))
			}
		}
	}
	for _, m := range missed {
		fmt.Fprintf(out, "not asked for migrations: %s\n", plain(m))
	}
}

func printFinding(out io.Writer, f audit.Finding) {
	place := auditPlaces[f.Where]
	switch {
	case f.To > f.Seq:
		place += fmt.Sprintf(", entries %d to %d", f.Seq, f.To)
	case f.Seq > 0:
		place += fmt.Sprintf(", entry %d", f.Seq)
	}
	fmt.Fprintf(out, "  ✗ %s: %s\n", place, plain(f.What))
	if f.Now != "" {
		fmt.Fprintf(out, "      it says: %s\n", plain(f.Now))
	}
	if f.Was != "" {
		fmt.Fprintf(out, "      elsewhere: %s\n", plain(f.Was))
	}
}
