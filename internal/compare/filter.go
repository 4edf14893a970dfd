// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter is a condition on the rows of the source: those for which it does not hold were left out, and are not read. The target is read
// whole: what is there beyond the filter is a difference.
type Filter struct {
	Column string
	// OracleType is the column's, which says how the value is written.
	OracleType string
	// Operator is one of =, >=, <=, <>; Value is a number, a text, or a time as 2026-01-31 or 2026-01-31 10:00:00.
	Operator, Value string
}

// Check says why a filter can't be used, nil where it can.
func (f Filter) Check() error {
	_, err := f.condition()
	return err
}

func (f Filter) condition() (string, error) {
	if !slices.Contains([]string{"=", ">=", "<=", "<>"}, f.Operator) {
		return "", fmt.Errorf("the operator %q is none of =, >=, <=, <>", f.Operator)
	}
	if f.Value == "" || strings.ContainsRune(f.Value, 0) {
		return "", fmt.Errorf("the filter on %s has no value", f.Column)
	}
	quoted := "'" + strings.ReplaceAll(f.Value, "'", "''") + "'"
	value := ""
	switch plain := plainType(f.OracleType); plain {
	case "NUMBER", "INTEGER", "FLOAT", "BINARY_DOUBLE", "BINARY_FLOAT":
		if _, err := strconv.ParseFloat(f.Value, 64); err != nil || strings.ContainsAny(f.Value, "nNxXpP_") {
			return "", fmt.Errorf("%s is a number, and %q is none", f.Column, f.Value)
		}
		value = f.Value
	case "DATE", "TIMESTAMP":
		for layout, format := range map[string]string{time.DateOnly: "YYYY-MM-DD", time.DateTime: "YYYY-MM-DD HH24:MI:SS"} {
			if _, err := time.Parse(layout, f.Value); err == nil {
				value = "TO_DATE(" + quoted + ", '" + format + "')"
			}
		}
		if value == "" {
			return "", fmt.Errorf("%s is a time, and %q is none of the form 2026-01-31 or 2026-01-31 10:00:00", f.Column, f.Value)
		}
	case "VARCHAR2", "VARCHAR", "CHAR", "NCHAR", "NVARCHAR2":
		value = quoted
	default:
		return "", fmt.Errorf("rows can't be chosen by %s, a %s: by numbers, texts and times only", f.Column, f.OracleType)
	}
	return oracleName(f.Column) + " " + f.Operator + " " + value, nil
}

// Drop has a column not compared: its values are not on the target. A key that it was part of is none any more.
func (t *Table) Drop(column string) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Source == column })
	if i < 0 {
		return
	}
	t.Columns = slices.Delete(slices.Clone(t.Columns), i, i+1)
	if slices.Contains(t.Key, i) {
		t.Key = nil
	}
	t.Key = slices.Clone(t.Key)
	for k := range t.Key {
		if t.Key[k] > i {
			t.Key[k]--
		}
	}
}
