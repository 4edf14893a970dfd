// SPDX-License-Identifier: Apache-2.0

package exportcsv

import (
	"bufio"
	"io"
	"strings"
)

// Writer writes one file. Its errors are those of the last Flush.
type Writer struct {
	out   *bufio.Writer
	first bool
}

// NewWriter writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriterSize(w, 64<<10), first: true} }

// Field writes a field of the record; quoted says that it is to be in quotation marks even where it needs none. An empty one is NULL.
func (w *Writer) Field(text string, quoted bool) {
	if !w.first {
		_ = w.out.WriteByte(',')
	}
	w.first = false
	if text == "" || !quoted && !strings.ContainsAny(text, ",\"\r\n") && strings.TrimSpace(text) == text && !strings.HasPrefix(text, "\ufeff") {
		_, _ = w.out.WriteString(text)
		return
	}
	_ = w.out.WriteByte('"')
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			break
		}
		_, _ = w.out.WriteString(text[:i+1])
		_ = w.out.WriteByte('"')
		text = text[i+1:]
	}
	_, _ = w.out.WriteString(text)
	_ = w.out.WriteByte('"')
}

// End ends the record.
func (w *Writer) End() {
	_ = w.out.WriteByte('\n')
	w.first = true
}

// Flush writes what is still held back.
func (w *Writer) Flush() error { return w.out.Flush() }
