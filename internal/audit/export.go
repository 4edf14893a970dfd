// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
)

// Export is a migration's audit as a file has it, one JSON object on each line: the entries of the chain, byte for byte as they were
// written; then the lines of the target's own log (ferryman.audit), which no chain protects; then the end.
type Export struct {
	Migration string
	Chain     []string
	Others    []postgres.AuditLine
	At        time.Time
}

// outside is a line of the target's log in the file.
type outside struct {
	Line postgres.AuditLine `json:"target_log"`
}

// Write writes the file.
func (x Export) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, line := range x.Chain {
		if strings.ContainsAny(line, "\r\n") {
			return errors.New("an entry of the chain has line breaks: it was changed; ferryman audit verify says more")
		}
		fmt.Fprintln(out, line)
	}
	enc := json.NewEncoder(out)
	for _, line := range x.Others {
		if err := enc.Encode(outside{line}); err != nil {
			return fmt.Errorf("write a line of the target's log: %w", err)
		}
	}
	last := parse(x.Chain).last()
	end, err := store.AuditEnd{Migration: x.Migration, Entries: last.Seq, Head: last.Hash, LogLines: len(x.Others), ExportedAt: x.At.UTC()}.Line()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, end)
	return out.Flush()
}

// maxLine bounds a line of a file: an entry has a few hundred bytes.
const maxLine = 1 << 20

// VerifyFile verifies an exported file in itself. That its end was not cut off, and that it was not rewritten whole, is told by the heads
// in the thread, with which its last entry is to be compared.
func VerifyFile(r io.Reader) (Report, error) {
	report := Report{Findings: []Finding{}, Compared: []string{}, NotCompared: []string{}, Notes: []string{}}
	var lines []string
	var closing *store.AuditEnd
	others := 0
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scan.Scan() {
		line := scan.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var kind struct {
			Log json.RawMessage `json:"target_log"`
			End *store.AuditEnd `json:"end"`
		}
		_ = json.Unmarshal(line, &kind) // what is no JSON is taken for a changed entry
		switch {
		case closing != nil:
			report.find(Finding{Where: InFile, Seq: closing.Entries, What: "followed by lines behind the end of the export"})
			closing = nil
		case kind.End != nil:
			closing = kind.End
		case kind.Log != nil:
			others++
		default:
			lines = append(lines, string(line))
		}
	}
	if err := scan.Err(); err != nil {
		return report, fmt.Errorf("read the export: %w", err)
	}
	if len(lines) == 0 && closing == nil {
		return report, errors.New("this is no exported audit: it has neither entries nor an end")
	}
	c := parse(lines)
	for _, wrong := range store.ChainErrors(c.entries) {
		report.find(report.named(InFile, wrong, c, chain{}))
	}
	report.fileEnd(c, closing, others)
	last := c.last()
	report.Entries, report.Head = last.Seq, last.Hash
	report.Compared = append(report.Compared, fmt.Sprintf("the file in itself (%d entries)", len(lines)))
	report.NotCompared = append(report.NotCompared, "what the thread names: compare its last line that begins with \"audit\" with the end above")
	if others > 0 {
		report.note("%d lines are the target's own log (ferryman restore, and the script of ferryman plan prepare): they are not in the chain.", others)
	}
	return report, nil
}

// fileEnd compares what the file says of its end with the entries.
func (r *Report) fileEnd(c chain, closing *store.AuditEnd, others int) {
	switch first := c.first(); {
	case first > 1 && opens(c.entries[0]):
		r.note("The file begins with entry %d, with which the migration was opened again; what is before it was exported when it left Redis, and is on the target.", first)
	case first > 1:
		r.find(Finding{Where: InFile, Seq: 1, To: first - 1, What: "missing: the file begins with entry " + fmt.Sprint(first)})
	}
	last := c.last()
	switch {
	case closing == nil:
		r.find(Finding{Where: InFile, Seq: last.Seq + 1, What: "perhaps cut off: the file does not say where it ends"})
		return
	case closing.Entries > last.Seq:
		r.find(Finding{Where: InFile, Seq: last.Seq + 1, To: closing.Entries, What: fmt.Sprintf("cut off: the export ended with entry %d", closing.Entries)})
	case closing.Entries < last.Seq:
		r.find(Finding{Where: InFile, Seq: closing.Entries + 1, To: last.Seq, What: fmt.Sprintf("added: the export ended with entry %d", closing.Entries)})
	case closing.Head != last.Hash:
		r.find(Finding{Where: InFile, Seq: last.Seq, What: fmt.Sprintf("is not the one that the export ended with (%.12s…)", closing.Head), Now: describe(last)})
	}
	if closing.LogLines != others {
		r.find(Finding{Where: InFile, Seq: last.Seq, What: fmt.Sprintf("followed by %d lines of the target's log, and the export had %d", others, closing.LogLines)})
	}
	r.Migration = closing.Migration
}

// Export reads what a file is made of: the chain from Redis, from the target where Redis does not have it or not from its beginning, and
// the target's log. The report is that of the same moment: a chain that does not verify is exported as it is.
func (s *Sources) Export(ctx context.Context, migration, profile string, now time.Time) (Export, Report, error) {
	v, err := s.Read(ctx, migration, profile)
	if err != nil {
		return Export{}, Report{}, err
	}
	x := Export{Migration: migration, Chain: v.Redis.Lines, At: now}
	first := parse(v.Redis.Lines).first()
	switch {
	case len(v.Redis.Lines) == 0:
		x.Chain = v.Target.Lines
	case first > 1:
		var before []string
		for i, row := range v.Target.Rows {
			if row.Seq < first {
				before = append(before, v.Target.Lines[i])
			}
		}
		x.Chain = append(before, x.Chain...)
	}
	f, err := s.find(ctx, migration, profile)
	if err != nil {
		return Export{}, Report{}, err
	}
	defer f.close()
	report := Verify(v)
	if f.known {
		if x.Others, err = f.target.AuditLines(ctx, migration); err != nil {
			return Export{}, Report{}, err
		}
	} else {
		report.note("The target's own log is not in the export: %s.", f.why)
	}
	return x, report, nil
}
