// SPDX-License-Identifier: Apache-2.0

// Package assess judges an inventory: what becomes of every object, what has to be done before loading, and how long people will
// need. It is pure: a dictionary and its conversion in, a report out.
package assess

import (
	"time"

	"github.com/ferryman/ferryman/internal/convert"
)

// Options are the facts beside the dictionary.
type Options struct {
	// Now is the time of the assessment; ages are counted from it.
	Now time.Time
	// LobSizes are measured lengths of LOB columns; a column that is not in it has an unknown length.
	LobSizes []LobSize
}

// LobSize is the greatest length in one LOB column: bytes for BLOB, characters for CLOB. Rows counts the values that are not NULL.
type LobSize struct {
	Owner, Table, Column string
	Max, Rows            int64
}

// Severity says what a finding does to the migration.
type Severity string

// The severities, worst first.
const (
	Blocks  Severity = "blocks"  // data would be lost or the load fails
	Warns   Severity = "warns"   // something will behave differently
	Informs Severity = "informs" // worth knowing
)

// Report is what an assessment found.
type Report struct {
	Schemas  []string                `json:"schemas"`
	At       time.Time               `json:"at"`
	Objects  []convert.ObjectOutcome `json:"objects"`
	Findings []Finding               `json:"findings"`
	Actions  []convert.ActionItem    `json:"actions"`
	Totals   Totals                  `json:"totals"`
	// Usage says for every table what shows that it is used.
	Usage []TableUse `json:"usage"`
	// Unknown lists the views and columns that could not be read, with the reason.
	Unknown []Unknown `json:"unknown,omitempty"`
}

// Use is whether a table is in use, as far as evidence goes.
type Use string

// The three answers. That nothing was seen is never proof that nobody uses it.
const (
	Used       Use = "used"
	NoEvidence Use = "no evidence"
	UseUnknown Use = "unknown"
)

// TableUse is what is known about a table's use.
type TableUse struct {
	Owner    string `json:"owner"`
	Table    string `json:"table"`
	Use      Use    `json:"use"`
	Evidence string `json:"evidence"`
}

// Unknown is a fact that is missing.
type Unknown struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Finding is one rule that matched, with everything it matched on.
type Finding struct {
	Code     string   `json:"code"` // stable, e.g. FM-DMS-001
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	// Why says what happens if nothing is done.
	Why     string          `json:"why"`
	Objects []FindingObject `json:"objects"`
	// Source names where the rule comes from.
	Source string `json:"source"`
}

// FindingObject is one object of a finding. Fix is a statement for the source or target, Lock what it locks, where they are known.
type FindingObject struct {
	convert.Object
	Detail string `json:"detail,omitempty"`
	Fix    string `json:"fix,omitempty"`
	Lock   string `json:"lock,omitempty"`
}

// Totals are the numbers of the summary table.
type Totals struct {
	Objects   int         `json:"objects"`
	Converted int         `json:"converted"`
	Action    int         `json:"action"`
	LeftOut   int         `json:"left_out"`
	NotTried  int         `json:"not_tried"`
	HoursLow  float64     `json:"hours_low"`
	HoursHigh float64     `json:"hours_high"`
	ByType    []TypeTotal `json:"by_type"`
}

// TypeTotal is one row of the summary table: objects of one type, how many convert by themselves, and the others by complexity.
type TypeTotal struct {
	Type      string  `json:"type"`
	Objects   int     `json:"objects"`
	Converted int     `json:"converted"`
	Simple    int     `json:"simple"`
	Medium    int     `json:"medium"`
	Complex   int     `json:"complex"`
	LeftOut   int     `json:"left_out"`
	NotTried  int     `json:"not_tried"`
	HoursLow  float64 `json:"hours_low"`
	HoursHigh float64 `json:"hours_high"`
}

// Delta is what changed between two reports.
type Delta struct {
	New      []Item `json:"new"`
	Resolved []Item `json:"resolved"`
	Same     int    `json:"same"`
	// HoursLow and HoursHigh are the change of the totals; negative is less work.
	HoursLow  float64 `json:"hours_low"`
	HoursHigh float64 `json:"hours_high"`
}

// Item is an action item or finding on one object.
type Item struct {
	Code   string         `json:"code"`
	Object convert.Object `json:"object"`
	Text   string         `json:"text"`
}
