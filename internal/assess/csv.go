// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// CSVs are Ferryman's own CSV files, by name: every action item, every object of every finding, every object of the source with its outcome.
// Package sctcsv writes those with the columns of AWS's Schema Conversion Tool.
func (r *Report) CSVs() map[string][]byte {
	return map[string][]byte{"action-items.csv": r.actionsCSV(), "findings.csv": r.findingsCSV(), "objects.csv": r.objectsCSV()}
}

func (r *Report) actionsCSV() []byte {
	var b bytes.Buffer
	row(&b, "owner", "type", "object", "subject", "code", "what", "line", "why", "hint", "complexity", "hours", "lines of code", "note")
	for _, a := range r.Actions {
		row(&b, a.Object.Owner, a.Object.Type, a.Object.Name, a.Subject, a.Code, convert.Titles[a.Code], unlessZero(a.Line), a.Reason, a.Hint,
			string(a.Complexity), hours(a.Hours), unlessZero(a.Lines), yesNo(a.Note))
	}
	return b.Bytes()
}

func (r *Report) findingsCSV() []byte {
	var b bytes.Buffer
	row(&b, "code", "severity", "what", "owner", "type", "object", "subject", "detail", "why", "statement", "runs on", "locks", "waits for", "when", "source")
	for _, f := range r.Findings {
		for _, o := range f.Objects {
			m := Mend{}
			if f.Mend != nil && o.Fix != "" {
				m = *f.Mend
			}
			row(&b, f.Code, string(f.Severity), f.Title, o.Owner, o.Type, o.Name, o.Subject, o.Detail, f.Why, o.Fix, m.On, m.Lock, m.Waits, m.When, f.Source)
		}
	}
	return b.Bytes()
}

func (r *Report) objectsCSV() []byte {
	var b bytes.Buffer
	row(&b, "owner", "type", "object", "partition", "outcome", "why", "codes")
	for _, o := range r.Objects {
		row(&b, o.Owner, o.Type, o.Name, o.Subobject, string(o.Outcome), o.Why, strings.Join(o.Codes, " "))
	}
	return b.Bytes()
}

func row(b *bytes.Buffer, fields ...string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.ContainsAny(f, "\",\r\n") || PlainField(f) != f {
			f = `"` + strings.ReplaceAll(PlainField(f), `"`, `""`) + `"`
		}
		b.WriteString(f)
	}
	b.WriteByte('\n')
}

// PlainField keeps a spreadsheet from taking a CSV field for a formula: one that could be is led by an apostrophe. Control characters that a
// name may hold become spaces, line breaks stay.
func PlainField(f string) string {
	f = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, f)
	if start := strings.TrimLeft(f, " \n\t\r"); start != "" && strings.ContainsRune("=+-@", rune(start[0])) || f != "" && strings.ContainsRune("\t\r", rune(f[0])) {
		return "'" + f
	}
	return f
}

func unlessZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
