// SPDX-License-Identifier: Apache-2.0

package plsql_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ferryman/ferryman/internal/plsql"
	"github.com/stretchr/testify/require"
)

var kindNames = map[plsql.Kind]string{plsql.Space: "space", plsql.Comment: "comment", plsql.Hint: "hint", plsql.Word: "word", plsql.Quoted: "quoted",
	plsql.String: "string", plsql.Number: "number", plsql.Bind: "bind", plsql.Directive: "directive", plsql.Operator: "op", plsql.Unknown: "unknown"}

func show(src string) string {
	var out []string
	for _, t := range plsql.Tokenize(src) {
		if t.Kind == plsql.Space {
			continue
		}
		text := kindNames[t.Kind] + " " + t.Text
		if t.Open {
			text = "OPEN " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, " | ")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`'it''s' N'x' n'y'`:                  `string 'it''s' | string N'x' | string n'y'`,
		`q'[a'b]' Q'{}}' q'(()' q'<>>'`:      `string q'[a'b]' | string Q'{}}' | string q'(()' | string q'<>>'`,
		`q'!it's!' nq'|x'|' NQ'aba'`:         `string q'!it's!' | string nq'|x'|' | string NQ'aba'`,
		"q'ä'ä' quit n nq":                   "string q'ä'ä' | word quit | word n | word nq",
		`q'[]]' q'['']'`:                     `string q'[]]' | string q'['']'`,
		`"a b"."C""d" x$y#z_1`:               `quoted "a b" | op . | quoted "C""d" | word x$y#z_1`,
		"a--b 'c\nd":                         "word a | comment --b 'c | word d",
		"/* a /* b */ c /*+ FULL(t) */ /**/": "comment /* a /* b */ | word c | hint /*+ FULL(t) */ | comment /**/",
		"--+ ORDERED\n-x":                    "hint --+ ORDERED | op - | word x",
		"1 1.5 .5 1e3 1.e-3 1.5f 2D 3d4 1e":  "number 1 | number 1.5 | number .5 | number 1e3 | number 1.e-3 | number 1.5f | number 2D | number 3 | word d4 | number 1 | word e",
		"1..10 a..b 1.5..2":                  "number 1 | op .. | number 10 | word a | op .. | word b | number 1.5 | op .. | number 2",
		"a:=b=>c||d**e<>f!=g^=h~=i<=j>=k":    "word a | op := | word b | op => | word c | op || | word d | op ** | word e | op <> | word f | op != | word g | op ^= | word h | op ~= | word i | op <= | word j | op >= | word k",
		"<<l>> GOTO l;":                      "op << | word l | op >> | word GOTO | word l | op ;",
		`:new.a :1 :"B c" : x :=`:            `bind :new | op . | word a | bind :1 | bind :"B c" | op : | word x | op :=`,
		"$IF $$debug $THEN $END a$":          "directive $IF | directive $$debug | directive $THEN | directive $END | word a$",
		"t.a(+)=b%ROWTYPE@l":                 "word t | op . | word a | op ( | op + | op ) | op = | word b | op % | word ROWTYPE | op @ | word l",
		"größe Ä1 x→y \x01 \xff `":           "word größe | word Ä1 | word x | unknown → | word y | unknown \x01 | unknown \xff | unknown `",
		"a\u00a0b":                           "word a | word b",
		"'open":                              "OPEN string 'open",
		"q'[open']":                          "OPEN string q'[open']",
		"q'":                                 "OPEN string q'",
		`"open`:                              `OPEN quoted "open`,
		":\"open":                            "OPEN bind :\"open",
		"/* open":                            "OPEN comment /* open",
		"/*/":                                "OPEN comment /*/",
	} {
		require.Equal(t, want, show(src), "%q", src)
	}
}

func TestLinesOfTokens(t *testing.T) {
	t.Parallel()
	var got []string
	for _, tok := range plsql.Tokenize("a\n'b\nc' /*\n\n*/ d -- e\nf q'[\n]' \"\n\" g") {
		if tok.Code() {
			got = append(got, fmt.Sprintf("%d %s", tok.Line, strings.ReplaceAll(tok.Text, "\n", "~")))
		}
	}
	require.Equal(t, []string{"1 a", "2 'b~c'", "5 d", "6 f", "6 q'[~]'", `7 "~"`, "8 g"}, got)
}

// nasty are texts that make a careless reader look at the same bytes again and again.
var nasty = map[string]func(n int) string{
	"open strings":     func(n int) string { return strings.Repeat("'a' ", n) + "'" },
	"q without end":    func(n int) string { return strings.Repeat("q'[ ", n) },
	"q then q":         func(n int) string { return strings.Repeat("q'[' ]' ", n) + "q'{" + strings.Repeat("}", n) },
	"comment openers":  func(n int) string { return strings.Repeat("/*", n) },
	"stars":            func(n int) string { return "/*" + strings.Repeat("*", n) },
	"quotes":           func(n int) string { return strings.Repeat("''", n) + "'" },
	"double quotes":    func(n int) string { return strings.Repeat(`""`, n) + `"` },
	"deep parentheses": func(n int) string { return strings.Repeat("(", n) + strings.Repeat(")", n) },
	"deep blocks":      func(n int) string { return strings.Repeat("BEGIN ", n) + strings.Repeat("END; ", n) },
	"deep subprograms": func(n int) string { return strings.Repeat("PROCEDURE p IS ", n) },
	"only END":         func(n int) string { return strings.Repeat("END ", n) },
	"exponents":        func(n int) string { return strings.Repeat("1e+", n) },
	"one line":         func(n int) string { return "x := '" + strings.Repeat("a", n) + "';" },
	"one word":         func(n int) string { return strings.Repeat("ä", n) },
	"points":           func(n int) string { return strings.Repeat(".", n) },
	"bad bytes":        func(n int) string { return strings.Repeat("\xff\xc3", n) },
	"directives":       func(n int) string { return strings.Repeat("$IF ", n) },
	"open bind":        func(n int) string { return strings.Repeat(`:"`, n) },
}

// TestWorkGrowsWithTheTextOnly doubles the size of texts that invite going back, and counts.
func TestWorkGrowsWithTheTextOnly(t *testing.T) {
	t.Parallel()
	for name, make := range nasty {
		steps := func(n int) int {
			work, bytes := plsql.Work(make(n))
			require.Less(t, work, 8*bytes+64, "%s: more than a few looks at each byte", name)
			return work
		}
		small, large := steps(10_000), steps(20_000)
		require.LessOrEqual(t, float64(large), 2.1*float64(small)+64, "%s: twice the text, more than twice the work", name)
	}
}

func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"", "BEGIN x := q'[a']'; END;", "'", "q'", "nq'!", "\"", "/*", "--", "$", ":", "1..2", "1e+", "<<a>>", "\xff", "é'", "q'é'é'", "/*+ x */",
		"PACKAGE BODY p IS a NUMBER; PROCEDURE q IS BEGIN NULL; END; END;", "IF a THEN CASE WHEN b THEN c; END CASE; END IF;", "x@y", "%", "(+)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var b strings.Builder
		line := 1
		for _, tok := range plsql.Tokenize(src) {
			if tok.Text == "" || tok.Line != line {
				t.Fatalf("an empty token, or line %d instead of %d: %q", tok.Line, line, tok.Text)
			}
			line += strings.Count(tok.Text, "\n")
			b.WriteString(tok.Text)
		}
		if b.String() != src {
			t.Fatalf("the tokens are not the text: %q", b.String())
		}
		size := plsql.Measure(src)
		if size.Lines < 0 || size.Lines > line || size.Statements > strings.Count(src, ";") || size.Nesting < 0 {
			t.Fatalf("%+v of %q", size, src)
		}
		if work, n := plsql.Work(src); work > 8*n+64 {
			t.Fatalf("%d looks at %d bytes", work, n)
		}
		for construct, n := range size.Constructs {
			if n < len(size.Places[construct]) || len(size.Places[construct]) == 0 || !utf8.ValidString(plsql.Describe("x")) {
				t.Fatalf("%s: %d, %v", construct, n, size.Places[construct])
			}
		}
	})
}
