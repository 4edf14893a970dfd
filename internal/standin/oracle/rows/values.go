// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

// values makes the values of one row.
type values struct {
	table  *table
	random *rand.Rand
	number int // of the row, from 0
	try    int
	row    []string
	first  string // the person the row is about
	last   string
}

// value makes a column's value; key columns are never NULL and differ from row to row.
func (v *values) value(c *dict.Column, key bool) string {
	if c.Nullable && !key && v.random.IntN(8) == 0 {
		return ""
	}
	l := v.table.limits[c.Name]
	if l != nil && len(l.list) > 0 {
		return l.list[v.random.IntN(len(l.list))]
	}
	switch kind := c.DataType; {
	case kind == "NUMBER", kind == "FLOAT", kind == "BINARY_FLOAT", kind == "BINARY_DOUBLE":
		return v.numeric(c, key, l)
	case kind == "DATE", strings.HasPrefix(kind, "TIMESTAMP"):
		return v.moment(c)
	case kind == "VARCHAR2", kind == "VARCHAR", kind == "NVARCHAR2", kind == "CHAR", kind == "NCHAR":
		return v.text(c, key)
	case kind == "CLOB", kind == "NCLOB", kind == "LONG":
		return v.prose(v.lobSize())
	case kind == "BLOB", kind == "LONG RAW":
		return v.bytes(v.lobSize())
	case kind == "RAW":
		return v.bytes(max(1, min(c.Length, 16)))
	case kind == "XMLTYPE":
		return fmt.Sprintf("<row n=\"%d\">%s</row>", v.number+1, v.pick(words))
	case kind == "JSON":
		return fmt.Sprintf(`{"n": %d, "word": %q}`, v.number+1, v.pick(words))
	case strings.HasPrefix(kind, "INTERVAL YEAR"):
		return fmt.Sprintf("%d months", 1+v.random.IntN(48))
	case strings.HasPrefix(kind, "INTERVAL DAY"):
		return fmt.Sprintf("%d minutes", 1+v.random.IntN(10000))
	case kind == "BOOLEAN":
		return []string{"true", "false"}[v.random.IntN(2)]
	}
	return "" // object types, BFILE, ROWID: nothing sensible can be made up
}

func (v *values) pick(list []string) string { return list[v.random.IntN(len(list))] }

// numeric makes a number within the precision, the checks and what the name suggests.
func (v *values) numeric(c *dict.Column, key bool, l *limit) string {
	scale, digits := c.Scale, 9
	if scale == dict.NoScale {
		scale = 0
	}
	if c.Precision > 0 && c.DataType == "NUMBER" {
		digits = c.Precision - scale
	}
	low, high := 1.0, 10000.0
	name := c.Name
	switch {
	case has(name, "YEAR"):
		low, high = 1950, 2026
	case has(name, "MONTH"):
		high = 12
	case has(name, "DAY"):
		high = 28
	case has(name, "PRICE", "AMOUNT", "COST", "TOTAL", "SALARY", "BALANCE", "FEE", "REVENUE", "TAX"):
		low, high = 5, 20000
		if scale == 0 && c.Precision < 0 {
			scale = 2
		}
	case has(name, "FLAG", "IS"), c.Precision == 1 && scale == 0 && !key:
		low, high = 0, 1
	case has(name, "AGE"):
		low, high = 18, 90
	case has(name, "QUANTITY", "QTY", "COUNT"):
		high = 100
	case c.DataType == "FLOAT" || strings.HasPrefix(c.DataType, "BINARY"):
		scale = 3
	case key:
		high = float64(max(10, 3*v.table.options.Rows))
	}
	largest := math.Pow10(max(digits, 0)) - math.Pow10(-max(scale, 0))
	if high > largest {
		high = largest
		low = min(low, math.Max(0, largest/10))
	}
	if l != nil && l.hasLow {
		low = l.low
		if l.above {
			low += math.Pow10(-max(scale, 0))
		}
		high = math.Max(high, low)
	}
	if l != nil && l.hasHigh {
		high = l.high
		if l.under {
			high -= math.Pow10(-max(scale, 0))
		}
		low = math.Min(low, high)
	}
	unit := math.Pow10(max(scale, 0))
	steps := int64(math.Floor((high-low)*unit + 1e-6))
	n := math.Round(low*unit) + float64(v.random.Int64N(max(steps, 0)+1))
	return strconv.FormatFloat(n/unit, 'f', max(scale, 0), 64)
}

// has says whether a name has one of the words between its underscores.
func has(name string, parts ...string) bool {
	for _, piece := range strings.Split(name, "_") {
		for _, part := range parts {
			if piece == part {
				return true
			}
		}
	}
	return false
}

var newest = time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)

// moment makes a time; what ends comes after what began in the same row.
func (v *values) moment(c *dict.Column) string {
	at := newest.AddDate(0, 0, -v.random.IntN(4000))
	if has(c.Name, "BIRTH", "BORN") {
		at = time.Date(1950+v.random.IntN(55), time.Month(1+v.random.IntN(12)), 1+v.random.IntN(28), 0, 0, 0, 0, time.UTC)
	}
	if has(c.Name, "END", "TO", "UNTIL", "EXPIRES", "EXPIRY", "VALID_TO", "CLOSED", "FINISHED") {
		for i, other := range v.table.names {
			if begun, err := time.Parse("2006-01-02", v.row[i][:min(10, len(v.row[i]))]); err == nil && has(other, "START", "FROM", "BEGIN",
				"OPENED", "HIRE") {
				at = begun.AddDate(0, 0, 1+v.random.IntN(1500))
			}
		}
	}
	if c.DataType == "DATE" && !has(c.Name, "TIME", "AT", "DATETIME", "TIMESTAMP") {
		return at.Format("2006-01-02 15:04:05")
	}
	at = at.Add(time.Duration(v.random.IntN(86400)) * time.Second)
	if c.DataType == "DATE" || strings.HasPrefix(c.DataType, "TIMESTAMP(0)") {
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Add(time.Duration(v.random.IntN(1000)) * time.Millisecond).Format("2006-01-02 15:04:05.000000")
}

// lobSize is often small, sometimes some kilobytes, and more than 32 KB only where that is asked for.
func (v *values) lobSize() int {
	switch n := v.random.IntN(20); {
	case n == 0 && v.table.options.LargeLOBs:
		return 33<<10 + v.random.IntN(64<<10)
	case n < 4:
		return 2000 + v.random.IntN(6000)
	}
	return 20 + v.random.IntN(400)
}

func (v *values) bytes(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(v.random.UintN(256))
	}
	return hex.EncodeToString(b)
}

// prose makes sentences of about so many bytes.
func (v *values) prose(n int) string {
	var out strings.Builder
	capital := true
	for out.Len() < n {
		word := []rune(v.pick(words))
		if capital {
			word[0] = unicode.ToUpper(word[0])
		}
		out.WriteString(string(word))
		if capital = v.random.IntN(9) == 0; capital {
			out.WriteByte('.')
		}
		out.WriteByte(' ')
	}
	return strings.TrimSpace(strings.ToValidUTF8(out.String()[:n-1], "")) + "."
}

// fit cuts text to a column's length, in bytes or characters, at a whole character.
func fit(text string, c *dict.Column) string {
	size := c.CharLength
	if size == 0 {
		size = c.Length
	}
	if c.CharUsed == "C" {
		if runes := []rune(text); len(runes) > size {
			text = string(runes[:size])
		}
	} else if len(text) > size {
		text = text[:size]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	return strings.TrimSpace(text)
}
