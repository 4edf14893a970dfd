// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

func itoa(n int) string { return strconv.Itoa(n) }

var fraction = regexp.MustCompile(`^TIMESTAMP(?:\((\d)\))?( WITH (LOCAL )?TIME ZONE)?$`)

// Fraction returns the digits of a TIMESTAMP's fraction of a second and whether the type is a TIMESTAMP at all.
func Fraction(dataType string) (digits int, zone string, ok bool) {
	m := fraction.FindStringSubmatch(dataType)
	if m == nil {
		return 0, "", false
	}
	digits = 6
	if m[1] != "" {
		digits = atoi(m[1])
	}
	switch {
	case m[3] != "":
		zone = "LOCAL"
	case m[2] != "":
		zone = "TZ"
	}
	return digits, zone, true
}

// postgresType is the type that holds an Oracle column's values.
func postgresType(c *dict.Column) string {
	if digits, zone, ok := Fraction(c.DataType); ok {
		if zone != "" {
			return fmt.Sprintf("timestamptz(%d)", min(digits, 6))
		}
		return fmt.Sprintf("timestamp(%d)", min(digits, 6))
	}
	switch {
	case c.DataType == "NUMBER" && c.Precision > 0:
		if c.Scale == dict.NoScale {
			return fmt.Sprintf("numeric(%d)", c.Precision)
		}
		return fmt.Sprintf("numeric(%d,%d)", c.Precision, c.Scale)
	case c.DataType == "NUMBER" && c.Scale != dict.NoScale:
		return fmt.Sprintf("numeric(%d,%d)", 38+max(c.Scale, 0), c.Scale)
	case c.DataType == "NUMBER", c.DataType == "FLOAT":
		return "numeric"
	case c.DataType == "BINARY_FLOAT":
		return "real"
	case c.DataType == "BINARY_DOUBLE":
		return "double precision"
	case c.DataType == "CHAR", c.DataType == "NCHAR":
		return "bpchar"
	case c.DataType == "DATE":
		return "timestamp(0)"
	case c.DataType == "RAW", c.DataType == "BLOB", c.DataType == "LONG RAW":
		return "bytea"
	case c.DataType == "BOOLEAN":
		return "boolean"
	case strings.HasPrefix(c.DataType, "INTERVAL"):
		return "interval"
	}
	return "text"
}

// ColumnType reads a data type as a CREATE TABLE or CAST has it and returns how many tokens it took.
func ColumnType(tokens []Token) (*dict.Column, int, error) {
	c := &dict.Column{Precision: -1, Scale: dict.NoScale, Nullable: true, CharUsed: ""}
	if len(tokens) == 0 || tokens[0].Kind != Word {
		at := 0
		if len(tokens) > 0 {
			at = tokens[0].Pos
		}
		return nil, 0, errorAt(at, 902, "invalid datatype")
	}
	var sizes []string
	name, n := tokens[0].Text, 1
	if name == "LONG" && n < len(tokens) && tokens[n].Is("RAW") {
		name, n = "LONG RAW", 2
	}
	if name == "DOUBLE" && n < len(tokens) && tokens[n].Is("PRECISION") {
		name, n = "FLOAT", 2
	}
	if (name == "CHARACTER" || name == "CHAR") && n < len(tokens) && tokens[n].Is("VARYING") {
		name, n = "VARCHAR2", 2
	}
	if n < len(tokens) && tokens[n].IsOp("(") {
		end := Closing(tokens, n)
		for _, token := range tokens[n+1 : end] {
			if !token.IsOp(",") {
				sizes = append(sizes, strings.ToUpper(token.Text))
			}
		}
		n = end + 1
	}
	size := func(i, otherwise int) int {
		if i < len(sizes) {
			if v, err := strconv.Atoi(strings.Join(sizes[i:i+1], "")); err == nil {
				return v
			}
		}
		return otherwise
	}
	switch name {
	case "VARCHAR2", "VARCHAR", "CHAR", "CHARACTER", "NVARCHAR2", "NCHAR":
		c.DataType = strings.Replace(strings.Replace(name, "CHARACTER", "CHAR", 1), "VARCHAR", "VARCHAR2", 1)
		c.DataType = strings.Replace(c.DataType, "VARCHAR22", "VARCHAR2", 1)
		c.CharLength = size(0, 1)
		if len(sizes) == 0 && strings.HasSuffix(c.DataType, "VARCHAR2") {
			return nil, 0, errorAt(tokens[0].End, 906, "missing left parenthesis")
		}
		c.Length, c.CharUsed = c.CharLength, "B"
		if len(sizes) > 1 && sizes[1] == "CHAR" {
			c.CharUsed, c.Length = "C", min(4*c.CharLength, 4000)
		}
		if c.National() {
			c.CharUsed, c.Length = "C", 2*c.CharLength
		}
	case "NUMBER", "NUMERIC", "DECIMAL", "DEC":
		c.DataType, c.Length = "NUMBER", 22
		if len(sizes) > 0 && sizes[0] == "*" {
			c.Scale = 0
		} else if len(sizes) > 0 {
			c.Precision, c.Scale = size(0, 38), 0
		}
		for i, s := range sizes {
			if i > 0 && s == "-" {
				c.Scale = -size(i+1, 0)
				break
			}
			if i == 1 {
				c.Scale = size(1, 0)
			}
		}
	case "INTEGER", "INT", "SMALLINT":
		c.DataType, c.Length, c.Scale = "NUMBER", 22, 0
	case "FLOAT", "REAL":
		c.DataType, c.Length, c.Precision = "FLOAT", 22, size(0, 126)
	case "RAW":
		c.DataType, c.Length = "RAW", size(0, 2000)
	case "DATE":
		c.DataType, c.Length = "DATE", 7
	case "TIMESTAMP":
		zone := ""
		for _, words := range []string{"WITH LOCAL TIME ZONE", "WITH TIME ZONE"} {
			fields := strings.Fields(words)
			if zone == "" && len(tokens) >= n+len(fields) && matches(tokens[n:], fields) {
				zone, n = " "+words, n+len(fields)
			}
		}
		c.DataType, c.Length, c.Scale = fmt.Sprintf("TIMESTAMP(%d)%s", size(0, 6), zone), 11, size(0, 6)
	case "CLOB", "NCLOB", "BLOB", "LONG", "LONG RAW", "BINARY_FLOAT", "BINARY_DOUBLE", "XMLTYPE", "ROWID", "JSON", "BFILE":
		c.DataType, c.Length = name, 4000
	default:
		return nil, 0, errorAt(tokens[0].Pos, 902, "invalid datatype")
	}
	return c, n, nil
}

func matches(tokens []Token, words []string) bool {
	for i, word := range words {
		if !tokens[i].Is(word) {
			return false
		}
	}
	return true
}
