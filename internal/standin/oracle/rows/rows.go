// SPDX-License-Identifier: Apache-2.0

// Package rows makes up rows for the tables of a dictionary export: deterministic, sensible to look at, and legal by every key,
// check, length and precision that the dictionary tells.
package rows

import "github.com/ferryman/ferryman/internal/standin/oracle/dict"

// Set is a table's rows, as a data file has them: "" is NULL.
type Set struct {
	Table   dict.Name
	Columns []string
	Rows    [][]string
}

// Options says how many rows to make, and which.
type Options struct {
	Rows      int
	Seed      int64
	LargeLOBs bool
}

// Made is what was made up: the rows, in an order in which parents come first, and the sequences that must move behind the new keys.
type Made struct {
	Sets      []Set
	Sequences map[dict.Name]string
}
