// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// The page keeps each part between two comments, so that one part can be measured again without the others.
const (
	partBegins = "<!-- bench: %s -->\n"
	partEnds   = "<!-- end -->\n"
)

// replacePart puts a part's text into the page.
func replacePart(page []byte, part, text string) ([]byte, error) {
	begin := fmt.Appendf(nil, partBegins, part)
	before, rest, ok := bytes.Cut(page, begin)
	if !ok {
		return nil, fmt.Errorf("the page has no line %q", strings.TrimSpace(string(begin)))
	}
	_, after, ok := bytes.Cut(rest, []byte(partEnds))
	if !ok {
		return nil, fmt.Errorf("the page has no line %q after %q", strings.TrimSpace(partEnds), strings.TrimSpace(string(begin)))
	}
	return bytes.Join([][]byte{before, begin, []byte("\n" + strings.TrimSpace(text) + "\n\n" + partEnds), after}, nil), nil
}

// publish prints a part and, where --page names one, puts it into the page.
func (b *bench) publish(part, text string) error {
	if part != "machine" {
		text = fmt.Sprintf("Measured %s by `%s`.\n\n%s", time.Now().UTC().Format("2006-01-02 15:04 UTC"), commandLine(), text)
	}
	fmt.Fprintf(b.stdout, "## %s\n\n%s\n\n", part, strings.TrimSpace(text))
	if b.opts.page == "" {
		return nil
	}
	page, err := os.ReadFile(b.opts.page)
	if err != nil {
		return err
	}
	if page, err = replacePart(page, part, text); err != nil {
		return fmt.Errorf("%s: %w", b.opts.page, err)
	}
	return os.WriteFile(b.opts.page, page, 0o644)
}
