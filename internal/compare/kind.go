// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"regexp"
	"strings"
)

// kind is how a column's values are compared.
type kind int

const (
	skipped kind = iota // not compared
	number              // exact decimal
	double              // 15 digits
	single              // 6 digits
	text
	padded // text without trailing spaces
	bytesKind
	clock   // date and time of day
	instant // date and time with a zone
)

var lengths = regexp.MustCompile(`\([^)]*\)`)

// plainType is a type's name without lengths, in upper case: TIMESTAMP(6) WITH TIME ZONE is TIMESTAMP WITH TIME ZONE.
func plainType(name string) string {
	return strings.ToUpper(strings.Join(strings.Fields(lengths.ReplaceAllString(name, "")), " "))
}

// kindOf decides by both sides' types: the source's says what the value is, the target's what of it can be kept.
func kindOf(c Column) kind {
	target := plainType(c.PostgresType)
	if target == "JSONB" || target == "XML" { // stored in another form than given
		return skipped
	}
	switch plainType(c.OracleType) {
	case "NUMBER", "INTEGER", "FLOAT":
		switch target {
		case "DOUBLE PRECISION":
			return double
		case "REAL":
			return single
		}
		return number
	case "BINARY_DOUBLE":
		if target == "REAL" {
			return single
		}
		return double
	case "BINARY_FLOAT":
		return single
	case "CHAR", "NCHAR":
		return padded
	case "VARCHAR2", "VARCHAR", "NVARCHAR2", "CLOB", "NCLOB", "LONG":
		if target == "CHARACTER" || target == "BPCHAR" {
			return padded
		}
		return text
	case "RAW", "LONG RAW", "BLOB":
		return bytesKind
	case "DATE", "TIMESTAMP":
		return clock
	case "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE":
		return instant
	}
	return skipped
}
