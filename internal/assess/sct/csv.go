// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"bytes"
	"fmt"
	"strings"
)

// Error is a report that can't be read. Line is 0 where the whole file is meant, File empty where several are.
type Error struct {
	File string
	Line int
	What string
}

func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.What
	case e.Line == 0:
		return e.File + ": " + e.What
	}
	return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.What)
}

// row is one record of a file.
type row struct {
	line   int // where it begins, from 1
	fields []string
	quoted bool // a field of it was in quotes
	blank  bool // an empty line
}

// parse takes a file apart. AWS's tools end lines with CR LF or LF, put all, some or no fields in quotes, and write quotes in the
// middle of fields that are not in quotes: those are text. encoding/csv takes such quotes only in a mode in which it also takes a
// quote that never ends, which is how a report looks that was cut.
func parse(file string, content []byte) ([]row, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if i := bytes.IndexByte(content, 0); i >= 0 {
		return nil, &Error{file, 1 + bytes.Count(content[:i], []byte("\n")), "there are zero bytes in it; a report is text in UTF-8"}
	}
	var rows []row
	text, line := strings.ToValidUTF8(string(content), "\uFFFD"), 1
	for text != "" {
		r := row{line: line}
		var ended bool
		for !ended {
			var field string
			if strings.HasPrefix(text, `"`) {
				r.quoted = true
				inside, rest, ok := unquote(text[1:])
				if !ok {
					return nil, &Error{file, line, "a quoted field that begins here never ends; the report was cut"}
				}
				line += strings.Count(inside, "\n")
				field, text = inside, rest
				if text != "" && !strings.HasPrefix(text, ",") && !strings.HasPrefix(text, "\n") && !strings.HasPrefix(text, "\r\n") {
					return nil, &Error{file, line, "there is text after the end of a quoted field"}
				}
			} else {
				end := strings.IndexAny(text, ",\n")
				if end < 0 {
					end = len(text)
				}
				field, text = text[:end], text[end:]
				if text == "" || text[0] == '\n' {
					field = strings.TrimSuffix(field, "\r")
				}
			}
			r.fields = append(r.fields, field)
			text, ended = next(text)
		}
		r.blank = len(r.fields) == 1 && r.fields[0] == "" && !r.quoted
		rows = append(rows, r)
		line++
	}
	return rows, nil
}

// unquote reads up to the quote that ends a field and returns what is inside, and what follows.
func unquote(text string) (inside, rest string, ok bool) {
	var b strings.Builder
	for {
		end := strings.IndexByte(text, '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(text[:end])
		text = text[end+1:]
		if !strings.HasPrefix(text, `"`) {
			return b.String(), text, true
		}
		b.WriteByte('"')
		text = text[1:]
	}
}

// next steps over what ends a field and tells whether it ended the record too.
func next(text string) (rest string, ended bool) {
	switch {
	case strings.HasPrefix(text, ","):
		return text[1:], false
	case strings.HasPrefix(text, "\r\n"):
		return text[2:], true
	case strings.HasPrefix(text, "\n"):
		return text[1:], true
	}
	return "", true
}
