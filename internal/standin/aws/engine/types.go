// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// kind is how a column's values travel.
type kind int

const (
	textKind   kind = iota
	charKind        // blank-padded on the source; DMS cuts the blanks
	numberKind      // decimal text
	floatKind
	dateKind // DATE and TIMESTAMP
	zonedKind
	bytesKind
	clobKind
	blobKind
	noneKind // a type that DMS can't carry: always NULL
)

func (k kind) lob() bool { return k == clobKind || k == blobKind }

// column is a source column that goes to the target.
type column struct {
	name, target     string // names on source and target
	dataType         string
	length           int // of characters or bytes
	precision, scale int // -1: not given
	nullable         bool
	kind             kind
}

func kindOf(dataType string) kind {
	switch t := strings.ToUpper(dataType); {
	case t == "VARCHAR2", t == "NVARCHAR2", t == "VARCHAR", strings.HasPrefix(t, "INTERVAL"):
		return textKind
	case t == "CHAR", t == "NCHAR":
		return charKind
	case t == "NUMBER", t == "INTEGER":
		return numberKind
	case t == "FLOAT", t == "BINARY_FLOAT", t == "BINARY_DOUBLE":
		return floatKind
	case t == "DATE":
		return dateKind
	case strings.HasPrefix(t, "TIMESTAMP"):
		if strings.Contains(t, "TIME ZONE") {
			return zonedKind
		}
		return dateKind
	case t == "RAW":
		return bytesKind
	case t == "CLOB", t == "NCLOB", t == "LONG":
		return clobKind
	case t == "BLOB", t == "LONG RAW":
		return blobKind
	}
	return noneKind
}

// targetType is the type that DMS gives a column where it makes the target table itself.
func (c column) targetType() string {
	switch t := strings.ToUpper(c.dataType); c.kind {
	case charKind:
		return fmt.Sprintf("character(%d)", max(c.length, 1))
	case numberKind:
		switch {
		case c.precision < 0 && c.scale < 0:
			return "numeric(38,10)"
		case c.scale > 0 || c.precision > 18 || c.scale < 0:
			return fmt.Sprintf("numeric(%d,%d)", cmpOr(c.precision, 38), max(c.scale, 0))
		case c.precision > 9 || c.precision < 0:
			return "bigint"
		case c.precision > 4:
			return "integer"
		}
		return "smallint"
	case floatKind:
		if t == "BINARY_FLOAT" {
			return "real"
		}
		return "double precision"
	case dateKind:
		if t == "DATE" {
			return "timestamp(0) without time zone"
		}
		if c.scale > 6 {
			return "character varying(37)"
		}
		return fmt.Sprintf("timestamp(%d) without time zone", cmpOr(c.scale, 6))
	case zonedKind:
		return "timestamp with time zone"
	case bytesKind, blobKind:
		return "bytea"
	case clobKind:
		return "text"
	}
	if c.length == 0 {
		return "character varying(64)"
	}
	return fmt.Sprintf("character varying(%d)", c.length)
}

// cmpOr is value, or instead where value is negative.
func cmpOr(value, instead int) int {
	if value < 0 {
		return instead
	}
	return value
}

// text brings a value as go-ora gives it into PostgreSQL's text form; nil is NULL.
func (c column) text(value any) (*string, error) {
	var text string
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		text = v
	case []byte:
		if len(v) == 0 {
			return nil, nil
		}
		if c.kind == bytesKind || c.kind == blobKind {
			text = fmt.Sprintf(`\x%x`, v)
		} else {
			text = string(v)
		}
	case int64:
		text = strconv.FormatInt(v, 10)
	case float32:
		text = floatText(float64(v), 32)
	case float64:
		text = floatText(v, 64)
	case time.Time:
		layout := "2006-01-02 15:04:05.999999999"
		if c.kind == zonedKind {
			layout += "-07:00"
		}
		text = v.Format(layout)
		if v.Year() <= 0 {
			return nil, fmt.Errorf("column %s: the year %d is before the common era", c.name, v.Year())
		}
	default:
		return nil, fmt.Errorf("column %s: a value of Go type %T came for %s", c.name, value, c.dataType)
	}
	return c.normal(text), nil
}

func floatText(f float64, bits int) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// normal does to a text what DMS does on the way: the empty string is NULL, NUL becomes a blank, blanks at the end of CHAR go, a
// NUMBER without precision and scale keeps ten decimals.
func (c column) normal(text string) *string {
	switch c.kind {
	case charKind:
		text = strings.TrimRight(text, " ")
	case numberKind:
		text = strings.TrimSuffix(text, ".")
		if c.precision < 0 && c.scale < 0 {
			text = round(text, 10)
		}
	}
	if c.kind == textKind || c.kind == charKind || c.kind == clobKind {
		text = strings.ReplaceAll(text, "\x00", " ")
	}
	if text == "" {
		return nil
	}
	return &text
}

// round cuts a decimal text to so many decimals, rounding half away from zero.
func round(text string, decimals int) string {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) <= decimals || strings.ContainsAny(text, "eE") {
		return text
	}
	digits := []byte(whole + fraction[:decimals])
	if fraction[decimals] >= '5' {
		i := len(digits) - 1
		for ; i >= 0 && '0' <= digits[i] && digits[i] <= '9'; i-- {
			if digits[i]++; digits[i] <= '9' {
				break
			}
			digits[i] = '0'
		}
		if i < 0 || digits[i] == '-' { // every digit was a nine
			digits = append(digits[:i+1], append([]byte{'1'}, digits[i+1:]...)...)
		}
	}
	point := len(digits) - decimals
	return strings.TrimSuffix(strings.TrimRight(string(digits[:point])+"."+string(digits[point:]), "0"), ".")
}

// literal writes a filter's value as SQL for the source.
func (c column) literal(value string) string {
	quoted := "'" + strings.ReplaceAll(value, "'", "''") + "'"
	switch c.kind {
	case numberKind, floatKind:
		if _, err := strconv.ParseFloat(value, 64); err == nil && !strings.ContainsAny(value, "nNxXpP_") {
			return value
		}
	case dateKind:
		for layout, format := range map[string]string{"2006-01-02": "YYYY-MM-DD", "2006-01-02 15:04:05": "YYYY-MM-DD HH24:MI:SS"} {
			if _, err := time.Parse(layout, value); err == nil {
				return "TO_DATE(" + quoted + ", '" + format + "')"
			}
		}
	}
	return quoted
}
