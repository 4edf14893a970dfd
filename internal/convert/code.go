// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/plsql"
)

// codeStep names procedures, functions, packages and type bodies with what is in them.
func (c *converter) codeStep() {
	for _, kind := range []string{"PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TYPE BODY", "JAVA SOURCE", "LIBRARY"} {
		for _, o := range c.objectsOf(kind) {
			text, ok := c.sourceOf(o)
			if !ok {
				why := "its text is not in the dictionary"
				if !c.d.Knows("ALL_SOURCE") {
					why = "ALL_SOURCE could not be read: " + c.d.Unknown["ALL_SOURCE"]
				}
				c.action(CodeNoBody, o, "", why, "read it on Oracle; its hours are a guess until then")
				continue
			}
			c.unit(o, text, c.code.refused[o])
		}
	}
}

// sourceOf is the text of a unit as ALL_SOURCE has it, without CREATE.
func (c *converter) sourceOf(o Object) (string, bool) {
	lines := c.d.SourceOf(o.Owner, o.Type, o.Name)
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.Text, "\n") + "\n")
	}
	return b.String(), len(lines) > 0
}

// unit makes the action items of a unit of code that a person rewrites: one for the whole, and one for each thing in it that needs
// thought. Why is what kept it from being translated, nil where nobody tried.
func (c *converter) unit(o Object, text string, why error) {
	size := c.measure(text)
	a := ActionItem{Code: CodeUnit, Object: o, Hint: "write it in PL/pgSQL or move it into the application", Lines: size.Lines, Constructs: size.Constructs}
	a.Reason, a.Line = sizeText(size), hardLine(size)
	if why != nil {
		what, line := refusal(why)
		if line > 0 {
			a.Line = line
		}
		a.Reason += "; it is not translated: " + what
	}
	if o.Type == "PACKAGE" {
		a.Hint = "PostgreSQL has no packages: make a schema, or functions with the package's name before theirs"
	}
	c.item(a)
	c.constructItems(o, size)
	if c.invalid(o) {
		c.note(CodeInvalid, o, "", "it is invalid on Oracle", "ask whether anybody uses it before it is rewritten")
	}
}

// sizeText says how much code it is and what makes it hard.
func sizeText(size plsql.Size) string {
	text := "1 line of PL/SQL"
	if size.Lines != 1 {
		text = fmt.Sprintf("%d lines of PL/SQL", size.Lines)
	}
	if hard := hardThings(size); len(hard) > 0 {
		text += " with " + strings.Join(hard, ", ")
	}
	return text
}

// hardThings describes the constructs that a person has to think about.
func hardThings(size plsql.Size) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(size.Constructs)) {
		if _, hard := constructHint(name); hard {
			out = append(out, plsql.Describe(name))
		}
	}
	return out
}

// hardLine is the first line with something that a person has to think about, 0 where there is none.
func hardLine(size plsql.Size) int {
	first := 0
	for name, places := range size.Places {
		if _, hard := constructHint(name); hard && (first == 0 || places[0].Line < first) {
			first = places[0].Line
		}
	}
	return first
}
