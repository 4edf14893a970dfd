// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"math/big"
	"regexp"
	"strings"
	"time"
)

// bound is one value of a partition's HIGH_VALUE. Oracle prints them itself, in a few fixed forms.
type bound struct {
	// kind is "value", "max" (MAXVALUE), "min" (PostgreSQL's, below the first), "default" or "null".
	kind   string
	sql    string     // the literal for PostgreSQL, of a value
	number *big.Rat   // of a number
	moment *time.Time // of a date or a timestamp without time zone
}

var (
	boundNumber = regexp.MustCompile(`^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?$`)
	boundDate   = regexp.MustCompile(`(?i)^TO_DATE\(\s*'\s?(-?)(\d{4}-\d\d-\d\d)( \d\d:\d\d:\d\d)?'\s*,\s*'S?YYYY-MM-DD(?: HH24:MI:SS)?'\s*(?:,\s*'NLS_CALENDAR=GREGORIAN'\s*)?\)$`)
	boundStamp  = regexp.MustCompile(`(?i)^(?:TIMESTAMP|DATE)\s*'\s?(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?)?\s*([-+]\d\d:\d\d)?'$`)
	boundHex    = regexp.MustCompile(`(?i)^HEXTORAW\('((?:[0-9A-F]{2})*)'\)$`)
)

// parseBounds reads a HIGH_VALUE: values between commas. The error says what is not understood.
func parseBounds(text string, types []targetType) ([]bound, error) {
	parts, err := splitBounds(text)
	if err != nil {
		return nil, err
	}
	out := make([]bound, len(parts))
	for i, p := range parts {
		// A list partition has any number of values of its one column.
		if out[i], err = parseBound(p, types[min(i, len(types)-1)]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// splitBounds cuts at commas outside quotes and parentheses.
func splitBounds(text string) ([]string, error) {
	var out []string
	depth, from, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case ch == '\'':
			quoted = !quoted
		case quoted:
		case ch == '(':
			depth++
		case ch == ')':
			depth--
		case ch == ',' && depth == 0:
			out = append(out, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	if quoted || depth != 0 {
		return nil, uncertain("the bound %s does not end", clip(text))
	}
	return append(out, strings.TrimSpace(text[from:])), nil
}

func parseBound(text string, typ targetType) (bound, error) {
	switch strings.ToUpper(text) {
	case "MAXVALUE":
		return bound{kind: "max"}, nil
	case "DEFAULT":
		return bound{kind: "default"}, nil
	case "NULL", "''":
		return bound{kind: "null"}, nil
	}
	b := bound{kind: "value"}
	fits := false
	switch {
	case boundNumber.MatchString(text):
		n, ok := new(big.Rat).SetString(text)
		if !ok {
			break
		}
		b.number, b.sql = n, plainDecimal(n)
		fits = typ.cat == catNumber
	case boundDate.MatchString(text):
		m := boundDate.FindStringSubmatch(text)
		if m[1] == "-" {
			return b, uncertain("the bound %s lies before the year 1", clip(text))
		}
		fits = b.at(m[2], m[3], "") && (typ.cat == catDate || typ.cat == catTimestamp)
	case boundStamp.MatchString(text):
		m := boundStamp.FindStringSubmatch(text)
		if m[4] == "" {
			fits = b.at(m[1], m[2], m[3]) && (typ.cat == catDate || typ.cat == catTimestamp)
			break
		}
		fits = b.at(m[1], m[2], m[3]) && typ.cat == catZoned
		b.sql, b.moment = strings.TrimSuffix(b.sql, "'")+m[4]+"'", nil
	case boundHex.MatchString(text):
		b.sql = `'\x` + strings.ToLower(boundHex.FindStringSubmatch(text)[1]) + "'"
		fits = typ.cat == catBytes
	default:
		var s string
		if s, fits = quotedText(text); fits {
			b.sql = literal(s)
			fits = typ.cat == catText || typ.cat == catChar
		}
	}
	if !fits {
		return b, uncertain("the bound %s of a column of type %s", clip(text), typ.SQL)
	}
	return b, nil
}

// plainDecimal writes a number without an exponent, in full: what Oracle prints has a finite number of digits.
func plainDecimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, _ := n.FloatPrec()
	return n.FloatString(digits)
}

func (b *bound) at(day, clock, fraction string) bool {
	clock = strings.TrimSpace(clock)
	if clock == "" {
		clock = "00:00:00"
	}
	at, err := time.Parse("2006-01-02 15:04:05", day+" "+clock)
	if err != nil {
		return false
	}
	text := day + " " + clock
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		text += "." + fraction
	} else {
		b.moment = &at
	}
	b.sql = literal(text)
	return len(fraction) <= 6
}

// quotedText reads 'text' or N'text'.
func quotedText(text string) (string, bool) {
	text = strings.TrimPrefix(text, "N")
	if len(text) < 2 || text[0] != '\'' || text[len(text)-1] != '\'' {
		return "", false
	}
	inner := text[1 : len(text)-1]
	if strings.Contains(strings.ReplaceAll(inner, "''", ""), "'") {
		return "", false
	}
	return strings.ReplaceAll(inner, "''", "'"), true
}

// interval is the width of an interval partition: a number, months, or a time.
type interval struct {
	number *big.Rat
	months int
	length time.Duration
}

var (
	intervalCall    = regexp.MustCompile(`(?i)^NUMTO(YM|DS)INTERVAL\(\s*(\d{1,6})\s*,\s*'(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND)'\s*\)$`)
	intervalLiteral = regexp.MustCompile(`(?i)^INTERVAL\s*'(\d{1,6})'\s*(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND)(?:\s*\(\d\))?$`)
)

// parseInterval reads ALL_PART_TABLES.INTERVAL; nil where its form is another.
func parseInterval(text string) *interval {
	text = strings.TrimSpace(text)
	if boundNumber.MatchString(text) {
		if n, ok := new(big.Rat).SetString(text); ok {
			return &interval{number: n}
		}
	}
	var count, unit string
	if m := intervalCall.FindStringSubmatch(text); m != nil {
		count, unit = m[2], strings.ToUpper(m[3])
	} else if m := intervalLiteral.FindStringSubmatch(text); m != nil {
		count, unit = m[1], strings.ToUpper(m[2])
	} else {
		return nil
	}
	n := 0
	for _, digit := range count {
		n = n*10 + int(digit-'0')
	}
	switch unit {
	case "YEAR":
		return &interval{months: 12 * n}
	case "MONTH":
		return &interval{months: n}
	}
	return &interval{length: time.Duration(n) * map[string]time.Duration{"DAY": 24 * time.Hour, "HOUR": time.Hour, "MINUTE": time.Minute,
		"SECOND": time.Second}[unit]}
}

// before is the value one interval below b; ok is false where that can't be said.
func (i *interval) before(b bound) (bound, bool) {
	switch {
	case i == nil || b.kind != "value":
		return bound{}, false
	case i.number != nil && b.number != nil:
		n := new(big.Rat).Sub(b.number, i.number)
		return bound{kind: "value", number: n, sql: plainDecimal(n)}, true
	case b.moment == nil || i.number != nil:
		return bound{}, false
	case i.months > 0 && b.moment.Day() > 28:
		return bound{}, false
	}
	at := b.moment.AddDate(0, -i.months, 0).Add(-i.length)
	return bound{kind: "value", moment: &at, sql: literal(at.Format("2006-01-02 15:04:05"))}, true
}

// above says whether a is surely greater than b, both values of one column.
func (b bound) above(other bound) bool {
	switch {
	case b.number != nil && other.number != nil:
		return b.number.Cmp(other.number) > 0
	case b.moment != nil && other.moment != nil:
		return b.moment.After(*other.moment)
	}
	return false
}
