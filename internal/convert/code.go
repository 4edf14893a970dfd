// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// features are what makes PL/SQL harder to rewrite, with the words that show it.
var features = []struct {
	what string
	seen *regexp.Regexp
}{
	{"dynamic SQL", regexp.MustCompile(`(?i)\bEXECUTE\s+IMMEDIATE\b|\bDBMS_SQL\.`)},
	{"an autonomous transaction", regexp.MustCompile(`(?i)\bAUTONOMOUS_TRANSACTION\b`)},
	{"COMMIT or ROLLBACK", regexp.MustCompile(`(?i)\b(COMMIT|ROLLBACK)\b`)},
	{"a hierarchical query", regexp.MustCompile(`(?i)\bCONNECT\s+BY\b`)},
	{"BULK COLLECT or FORALL", regexp.MustCompile(`(?i)\b(BULK\s+COLLECT|FORALL)\b`)},
	{"a pipelined function", regexp.MustCompile(`(?i)\bPIPELINED\b`)},
	{"collections", regexp.MustCompile(`(?i)\b(TABLE\s+OF|VARRAY|INDEX\s+BY)\b`)},
	{"MERGE", regexp.MustCompile(`(?i)\bMERGE\s+INTO\b`)},
	{"packages of Oracle", regexp.MustCompile(`(?i)\b(DBMS|UTL|HTP|OWA)_\w+\.`)},
	{"a database link", regexp.MustCompile(`\w@\w`)},
	{"exceptions of its own", regexp.MustCompile(`(?i)\bRAISE_APPLICATION_ERROR\b|\bEXCEPTION_INIT\b`)},
	{"ROWNUM or ROWID", regexp.MustCompile(`(?i)\bROW(NUM|ID)\b`)},
}

// unitPrice prices a unit of code by its lines and by what is in it. Up to 40 lines without anything hard are Simple, up to 200 lines
// or two hard things Medium, beyond that Complex; an hour each 25, 20 and 15 lines, and at least half an hour.
func unitPrice(text string) (Complexity, float64) {
	lines := strings.Count(strings.TrimSpace(text), "\n") + 1
	hard := len(hardThings(text))
	complexity, perHour := Complex, 15.0
	switch {
	case lines <= 40 && hard == 0:
		complexity, perHour = Simple, 25
	case lines <= 200 && hard <= 2:
		complexity, perHour = Medium, 20
	}
	hours := max(0.5, float64(lines)/perHour) + 0.5*float64(hard)
	return complexity, float64(int(hours*4+0.5)) / 4
}

func hardThings(text string) []string {
	var out []string
	for _, f := range features {
		if f.seen.MatchString(text) {
			out = append(out, f.what)
		}
	}
	return out
}

// codeStep names procedures, functions, packages and type bodies with what is in them.
func (c *converter) codeStep() {
	for _, kind := range []string{"PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TYPE BODY", "JAVA SOURCE", "LIBRARY"} {
		for _, o := range c.objectsOf(kind) {
			lines := c.d.SourceOf(o.Owner, kind, o.Name)
			if len(lines) == 0 {
				why := "its text is not in the dictionary"
				if !c.d.Knows("ALL_SOURCE") {
					why = "ALL_SOURCE could not be read: " + c.d.Unknown["ALL_SOURCE"]
				}
				c.action(CodeNoBody, o, "", why, "read it on Oracle; its hours are a guess until then")
				continue
			}
			var b strings.Builder
			for _, l := range lines {
				b.WriteString(strings.TrimRight(l.Text, "\n") + "\n")
			}
			c.unit(o, b.String(), len(lines))
		}
	}
}

func (c *converter) unit(o Object, text string, lines int) {
	a := ActionItem{Code: CodeUnit, Object: o, Hint: "write it in PL/pgSQL or move it into the application"}
	a.Complexity, a.Hours = unitPrice(text)
	a.Reason = fmt.Sprintf("%d lines of PL/SQL", lines)
	if hard := hardThings(text); len(hard) > 0 {
		a.Reason += " with " + strings.Join(hard, ", ")
		for _, f := range features {
			if at := f.seen.FindStringIndex(text); at != nil && slices.Contains(hard, f.what) {
				if line := strings.Count(text[:at[0]], "\n") + 1; a.Line == 0 || line < a.Line {
					a.Line = line
				}
			}
		}
	}
	if o.Type == "PACKAGE" {
		a.Hint = "PostgreSQL has no packages: make a schema, or functions with the package's name before theirs"
		if c.outcomes[Object{o.Owner, "PACKAGE BODY", o.Name}] != nil {
			// The work is in the body; what is declared is read with it.
			a.Complexity, a.Hours = Simple, 0.25
		}
	}
	c.item(a)
	if c.invalid(o) {
		c.note(CodeInvalid, o, "", "it is invalid on Oracle", "ask whether anybody uses it before it is rewritten")
	}
}
