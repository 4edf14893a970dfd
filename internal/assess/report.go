// SPDX-License-Identifier: Apache-2.0

// Package assess judges an inventory: what becomes of every object, what has to be done before loading, and how long people will
// need. It is pure: a dictionary and its conversion in, a report out.
package assess

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
)

// Options are the facts beside the dictionary.
type Options struct {
	// Now is the time of the assessment; ages are counted from it.
	Now time.Time
	// LobSizes are measured lengths of LOB columns; a column that is not in it has an unknown length.
	LobSizes []LobSize
	// Prices is the price list; nil is Ferryman's own.
	Prices *Prices
	// Decisions are what people decided: who resolved what is read from them.
	Decisions convert.Decisions
	// OldAfter is the age from which on data may be purged; 0 is two years.
	OldAfter time.Duration
}

// LobSize is the greatest length in one LOB column: bytes for BLOB, characters for CLOB and for an XMLTYPE's text. Rows counts the values that
// are not NULL.
type LobSize struct {
	Owner, Table, Column string
	Max, Rows            int64
	// Bytes is what all values take together, where it was measured.
	Bytes int64
	// Sampled is true where only some rows were looked at: Max may be too small.
	Sampled bool
	// Why says why it could not be measured, "" where it was.
	Why string
}

func sampled(yes bool) string {
	if yes {
		return " in a sample"
	}
	return ""
}

// Severity says what a finding does to the migration.
type Severity string

// The severities, worst first.
const (
	Blocks  Severity = "blocks"  // data would be lost or the load fails
	Warns   Severity = "warns"   // something will behave differently
	Informs Severity = "informs" // worth knowing
)

// Engines of a report.
const (
	Builtin = "builtin"
	DMS     = "dms"
)

// Report is what an assessment found. It is the contract of `ferryman assess --json`, described by report.schema.json.
type Report struct {
	Schemas []string  `json:"schemas"`
	At      time.Time `json:"at"`
	// Engine is who converted: Builtin or DMS.
	Engine   string                  `json:"engine"`
	Objects  []convert.ObjectOutcome `json:"objects"`
	Findings []Finding               `json:"findings"`
	Actions  []convert.ActionItem    `json:"actions"`
	Totals   Totals                  `json:"totals"`
	// Learning is what people need once, for each code and construct that they meet for the first time.
	Learning []Learning `json:"learning,omitempty"`
	// Inventory is what the source holds, by schema and type.
	Inventory Inventory `json:"inventory"`
	// Usage says for every table what shows that it is used.
	Usage []TableUse `json:"usage"`
	// Purge and Offload are what people may decide on.
	Purge   []Purgeable   `json:"purge,omitempty"`
	Offload []Offloadable `json:"offload,omitempty"`
	// Decided are the decisions that this report was made with.
	Decided []Given `json:"decided,omitempty"`
	// Unknown lists the views and columns that could not be read, with the reason.
	Unknown []Unknown `json:"unknown,omitempty"`
	// History are the runs up to this one, oldest first.
	History []Point `json:"history,omitempty"`
	// Delta is what changed since the run before, where there was one.
	Delta *Delta `json:"delta,omitempty"`

	// Names are what people are called whose ids stand in Decided and Delta; the page shows them in the place of the ids.
	Names map[string]string `json:"-"`
}

// Named puts people's names in the place of their ids.
func (r *Report) Named(text string) string {
	return personID.ReplaceAllStringFunc(text, func(id string) string { return cmp.Or(r.Names[id], id) })
}

// personID is the form of Slack's ids of people.
var personID = regexp.MustCompile(`\b[UW][A-Z0-9]{2,20}\b`)

// People are the ids of those who decided something, or resolved it, each once.
func (r *Report) People() []string {
	var ids []string
	add := func(by string) {
		if personID.FindString(by) == by && by != "" && !slices.Contains(ids, by) {
			ids = append(ids, by)
		}
	}
	for _, g := range r.Decided {
		add(g.By)
	}
	if r.Delta != nil {
		for _, item := range r.Delta.Resolved {
			add(item.By)
		}
	}
	return ids
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
	// Mend is about the statements that mend it, where there are any.
	Mend *Mend `json:"mend,omitempty"`
}

// FindingObject is one object of a finding. Subject is what in the object it is about, a column or a constraint; it does not change from run
// to run. Detail is for people. Fix is the statement that mends it.
type FindingObject struct {
	convert.Object
	Subject string `json:"subject,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Fix     string `json:"fix,omitempty"`
}

// Given is a person's decision on an object.
type Given struct {
	Object convert.Object `json:"object"`
	What   string         `json:"what"` // script, left out, purge, offload
	By     string         `json:"by"`
	At     time.Time      `json:"at,omitzero"`
	Why    string         `json:"why,omitempty"`
}

// Totals are the numbers of the summary table.
type Totals struct {
	Objects   int `json:"objects"`
	Converted int `json:"converted"`
	Action    int `json:"action"`
	LeftOut   int `json:"left_out"`
	NotTried  int `json:"not_tried"`
	// HoursLow is for people who have done everything of the kind before, HoursHigh for those who have to learn it all, LearningHours of it.
	HoursLow      float64     `json:"hours_low"`
	HoursHigh     float64     `json:"hours_high"`
	LearningHours float64     `json:"learning_hours"`
	ByType        []TypeTotal `json:"by_type"`
}

// TypeTotal is one row of the summary table: objects of one type, how many convert by themselves, and the others by complexity. Its hours
// are without the time to learn.
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
