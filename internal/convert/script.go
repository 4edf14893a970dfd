// SPDX-License-Identifier: Apache-2.0

package convert

import "strings"

// script writes the statements as one file.
func script(c *Conversion) string {
	var b strings.Builder
	var kind Kind
	for _, s := range c.Statements {
		if s.Kind != kind {
			kind = s.Kind
			b.WriteString("\n-- " + string(kind) + "\n")
		}
		b.WriteString(s.SQL + ";\n")
	}
	return strings.TrimPrefix(b.String(), "\n")
}
