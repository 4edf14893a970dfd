// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// JSON is the contract of `ferryman assess --json`.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

// WriteJSON writes what JSON gives, element by element: the report of a large schema has tens of megabytes, and the encoder of the standard
// library would hold all of it twice.
func (r *Report) WriteJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	frame := *r
	frame.Objects, frame.Findings, frame.Actions, frame.Usage = nil, nil, nil, nil
	err := writeFrame(out, frame, "", map[string]func() error{
		"objects":  func() error { return writeList(out, r.Objects, "  ", nil) },
		"actions":  func() error { return writeList(out, r.Actions, "  ", nil) },
		"usage":    func() error { return writeList(out, r.Usage, "  ", nil) },
		"findings": func() error { return writeList(out, r.Findings, "  ", writeFinding) },
	})
	if err != nil {
		return fmt.Errorf("write the report as JSON: %w", err)
	}
	if err := out.WriteByte('\n'); err != nil {
		return err
	}
	return out.Flush()
}

func writeFinding(out *bufio.Writer, f Finding, prefix string) error {
	frame := f
	frame.Objects = nil
	return writeFrame(out, frame, prefix, map[string]func() error{
		"objects": func() error { return writeList(out, f.Objects, prefix+"  ", nil) },
	})
}

// writeFrame writes a struct as json.MarshalIndent does, with lists in the place of the fields that are null. A line of JSON never begins
// inside a text.
func writeFrame(out *bufio.Writer, v any, prefix string, lists map[string]func() error) error {
	text, err := json.MarshalIndent(v, prefix, "  ")
	if err != nil {
		return err
	}
	for i, line := range strings.SplitAfter(string(text), "\n") {
		if i > 0 {
			if name, rest, ok := strings.Cut(strings.TrimPrefix(line, prefix+`  "`), `": null`); ok && lists[name] != nil {
				fmt.Fprintf(out, "%s  %q: ", prefix, name)
				if err := lists[name](); err != nil {
					return err
				}
				line = rest
			}
		}
		if _, err := out.WriteString(line); err != nil {
			return err
		}
	}
	return nil
}

// writeList writes a list as json.MarshalIndent does; one writes an element, and is nil where that is plain.
func writeList[T any](out *bufio.Writer, list []T, prefix string, one func(*bufio.Writer, T, string) error) error {
	if len(list) == 0 {
		text, err := json.Marshal(list) // null or []
		if err == nil {
			_, err = out.Write(text)
		}
		return err
	}
	inner := prefix + "  "
	for i := range list {
		before := ",\n" + inner
		if i == 0 {
			before = "[\n" + inner
		}
		if _, err := out.WriteString(before); err != nil {
			return err
		}
		if one != nil {
			if err := one(out, list[i], inner); err != nil {
				return err
			}
			continue
		}
		text, err := json.MarshalIndent(&list[i], inner, "  ")
		if err != nil {
			return err
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	_, err := out.WriteString("\n" + prefix + "]")
	return err
}
