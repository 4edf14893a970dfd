// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Filter keeps the rows of which a column meets one of the conditions. Several filters of a table must all hold.
type Filter struct {
	Type       string      `json:"filter-type"`
	Column     string      `json:"column-name"`
	Conditions []Condition `json:"filter-conditions"`
}

// Condition compares a column with values. Operators are eq, noteq, gte, lte (also called ste), between, notbetween, null, notnull.
type Condition struct {
	Operator string `json:"filter-operator"`
	Value    string `json:"value"`
	Start    string `json:"start-value"`
	End      string `json:"end-value"`
}

// check returns what is wrong with a filter, empty when nothing is.
func (f Filter) check() string {
	if f.Type != "source" {
		return fmt.Sprintf("filter-type %.40q is not source", f.Type)
	}
	if f.Column == "" || len(f.Conditions) == 0 {
		return "a filter needs a column-name and filter-conditions"
	}
	for _, c := range f.Conditions {
		switch c.Operator {
		case "eq", "noteq", "gte", "lte", "ste":
			if c.Value == "" {
				return "filter-operator " + c.Operator + " needs a value"
			}
		case "between", "notbetween":
			if c.Start == "" || c.End == "" {
				return "filter-operator " + c.Operator + " needs a start-value and an end-value"
			}
		case "null", "notnull":
		default:
			return fmt.Sprintf("filter-operator %.40q is not known", c.Operator)
		}
	}
	return ""
}

// SQL writes the filter as a condition. literal turns a value of the column into SQL.
func (f Filter) SQL(column string, literal func(string) string) string {
	var or []string
	for _, c := range f.Conditions {
		switch c.Operator {
		case "eq":
			or = append(or, column+" = "+literal(c.Value))
		case "noteq":
			or = append(or, column+" <> "+literal(c.Value))
		case "gte":
			or = append(or, column+" >= "+literal(c.Value))
		case "lte", "ste":
			or = append(or, column+" <= "+literal(c.Value))
		case "between":
			or = append(or, column+" BETWEEN "+literal(c.Start)+" AND "+literal(c.End))
		case "notbetween":
			or = append(or, column+" NOT BETWEEN "+literal(c.Start)+" AND "+literal(c.End))
		case "null":
			or = append(or, column+" IS NULL")
		case "notnull":
			or = append(or, column+" IS NOT NULL")
		}
	}
	return "(" + strings.Join(or, " OR ") + ")"
}

// Accepts says whether a value passes; nil is NULL. Two numbers are compared as numbers, anything else as text.
func (f Filter) Accepts(value *string) bool {
	return slices.ContainsFunc(f.Conditions, func(c Condition) bool {
		if value == nil {
			return c.Operator == "null"
		}
		switch c.Operator {
		case "eq":
			return compare(*value, c.Value) == 0
		case "noteq":
			return compare(*value, c.Value) != 0
		case "gte":
			return compare(*value, c.Value) >= 0
		case "lte", "ste":
			return compare(*value, c.Value) <= 0
		case "between":
			return compare(*value, c.Start) >= 0 && compare(*value, c.End) <= 0
		case "notbetween":
			return compare(*value, c.Start) < 0 || compare(*value, c.End) > 0
		}
		return c.Operator == "notnull"
	})
}

func compare(a, b string) int {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if okX && okY {
		return x.Cmp(y)
	}
	return strings.Compare(a, b)
}
