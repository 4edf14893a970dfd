// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Decisions are what people decided about a migration. Conversion and the DMS table mapping obey them alike.
type Decisions struct {
	LeaveOut []Omission `json:"leave_out,omitempty"`
	Purge    []Purge    `json:"purge,omitempty"`
	Offload  []Offload  `json:"offload,omitempty"`
	Scripts  []Script   `json:"scripts,omitempty"`
}

// Decided says who decided something, when and why.
type Decided struct {
	By  string    `json:"by"`
	At  time.Time `json:"at"`
	Why string    `json:"why,omitempty"`
}

// Omission is an object that does not go to the target.
type Omission struct {
	Object
	Decided
}

// Purge leaves out the rows of a table for which the filter does not hold: Column Operator Value.
type Purge struct {
	Owner  string `json:"owner"`
	Table  string `json:"table"`
	Filter Filter `json:"filter"`
	Decided
}

// Filter keeps the rows whose column compares so with the value: "CREATED_AT >= '2020-01-01'". Operator is one of FilterOperators.
type Filter struct {
	Column   string `json:"column"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// FilterOperators are those that a DMS source filter knows too.
var FilterOperators = []string{"=", ">=", "<=", "<>"}

// String is the filter for people.
func (f Filter) String() string {
	return fmt.Sprintf("%s %s %s", f.Column, f.Operator, literal(f.Value))
}

// Check says what is wrong with the filter by itself.
func (f Filter) Check() error {
	if f.Column == "" || f.Value == "" {
		return fmt.Errorf("a filter needs a column and a value")
	}
	if !slices.Contains(FilterOperators, f.Operator) {
		return fmt.Errorf("the operator of a filter is one of %v, not %q", FilterOperators, f.Operator)
	}
	return nil
}

// Offload moves the values of a column out of the database; on the target the column holds a reference.
type Offload struct {
	Owner  string `json:"owner"`
	Table  string `json:"table"`
	Column string `json:"column"`
	Decided
}

// Script is a person's SQL for one object: it replaces what the engine made for it.
type Script struct {
	Object Object `json:"object"`
	SQL    string `json:"sql"`
	// SHA256 is that of SQL, in hexadecimal digits.
	SHA256 string `json:"sha256"`
	// From says where the script came from: a file's name, an S3 key.
	From string `json:"from,omitempty"`
	Decided
}

// ScriptSum is the SHA-256 of a script's text, in hexadecimal digits.
func ScriptSum(sql string) string {
	sum := sha256.Sum256([]byte(sql))
	return hex.EncodeToString(sum[:])
}
