// SPDX-License-Identifier: Apache-2.0

// Package exportcsv reads and writes the CSV files of dictionary exports: RFC 4180 with line feeds, quoted fields that keep every byte
// (encoding/csv drops carriage returns, which code is full of), NULL an empty field without quotes.
package exportcsv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Error is a fault of the file. Line is that on which it was noticed; a field that is never closed is noticed where it began.
type Error struct {
	Line int
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Faults of a file.
var (
	ErrFields   = errors.New("wrong number of fields")
	ErrOpen     = errors.New("a quotation mark is opened here and never closed")
	ErrQuote    = errors.New("a quotation mark in the middle of a field; a field with one must be quoted, and the mark doubled")
	ErrTooLarge = errors.New("the file is too large")
)

// Reader reads one file, record by record.
type Reader struct {
	in     *bufio.Reader
	left   int64
	line   int // of the next byte
	start  int // of the record
	fields int
	long   []byte // a line that the buffer does not hold
	data   []byte // of the record
	ends   []int  // of its fields in data
	record []string
}

// NewReader reads at most limit bytes. A byte order mark at the start is passed over.
func NewReader(r io.Reader, limit int64) *Reader {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = in.Discard(3)
	}
	return &Reader{in: in, left: limit, line: 1}
}

// Line is the line on which the record that was read last begins.
func (r *Reader) Line() int { return r.start }

// Read reads the next record; io.EOF is the end. Every record has as many fields as the first. The slice is used again for the next
// record; its strings share one piece of memory. Faults are *Error.
func (r *Reader) Read() ([]string, error) {
	for {
		r.start, r.data, r.ends = r.line, r.data[:0], r.ends[:0]
		err := r.readRecord()
		if err == io.EOF && len(r.ends) == 0 {
			return nil, io.EOF
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(r.ends) == 1 && r.ends[0] == 0 && r.fields != 1 && err != io.EOF {
			continue // an empty line
		}
		break
	}
	switch {
	case r.fields == 0:
		r.fields = len(r.ends)
	case len(r.ends) != r.fields:
		return nil, &Error{r.start, fmt.Errorf("%w: %d, and the first line has %d", ErrFields, len(r.ends), r.fields)}
	}
	all, at := string(r.data), 0
	r.record = r.record[:0]
	for _, end := range r.ends {
		r.record = append(r.record, all[at:end])
		at = end
	}
	return r.record, nil
}

// physical reads to the end of a line of the file, which is with the line feed; the slice holds until the next call.
func (r *Reader) physical() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		r.long = append(r.long[:0], line...)
		for err == bufio.ErrBufferFull {
			if int64(len(r.long)) > r.left {
				return nil, &Error{r.start, ErrTooLarge}
			}
			line, err = r.in.ReadSlice('\n')
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	if r.left -= int64(len(line)); r.left < 0 {
		return nil, &Error{r.start, ErrTooLarge}
	}
	if len(line) > 0 {
		r.line++
		if err == io.EOF {
			err = nil
		}
	}
	return line, err
}

// readRecord reads one record into data and ends; io.EOF is the end of the file before a record.
func (r *Reader) readRecord() error {
	line, err := r.physical()
	if err != nil {
		return err
	}
	for {
		if len(line) == 0 || line[0] != '"' {
			end := bytes.IndexByte(line, ',')
			field := line
			if end >= 0 {
				field = line[:end]
			} else {
				field = bytes.TrimSuffix(bytes.TrimSuffix(field, []byte("\n")), []byte("\r"))
			}
			if bytes.IndexByte(field, '"') >= 0 {
				return &Error{r.line - 1, ErrQuote}
			}
			r.data = append(r.data, field...)
			r.ends = append(r.ends, len(r.data))
			if end < 0 {
				return nil
			}
			line = line[end+1:]
			continue
		}
		opened := r.line - 1
		line = line[1:]
		for {
			end := bytes.IndexByte(line, '"')
			if end < 0 {
				r.data = append(r.data, line...)
				if line, err = r.physical(); err == io.EOF {
					return &Error{opened, ErrOpen}
				} else if err != nil {
					return err
				}
				continue
			}
			r.data = append(r.data, line[:end]...)
			line = line[end+1:]
			if len(line) == 0 || line[0] != '"' {
				break
			}
			r.data = append(r.data, '"')
			line = line[1:]
		}
		r.ends = append(r.ends, len(r.data))
		switch {
		case len(bytes.TrimRight(line, "\r\n")) == 0:
			return nil
		case line[0] == ',':
			line = line[1:]
		default:
			return &Error{r.line - 1, ErrQuote}
		}
	}
}
