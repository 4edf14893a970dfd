// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"strings"
	"time"
)

// LeftWords says how long a rebuild still takes, as people say it: "about 12 min left". Negative is unknown.
func LeftWords(left time.Duration) string {
	minutes := int(left.Round(time.Minute) / time.Minute)
	switch {
	case left < 0:
		return "time left unknown"
	case left < 10*time.Second:
		return "a few seconds left"
	case left < 50*time.Second:
		return fmt.Sprintf("about %d s left", int((left+9*time.Second)/(10*time.Second))*10)
	case minutes < 60:
		return fmt.Sprintf("about %d min left", max(minutes, 1))
	}
	minutes = (minutes + 2) / 5 * 5 // nobody plans by single minutes of hours
	return strings.Replace(fmt.Sprintf("about %d h %d min left", minutes/60, minutes%60), " 0 min", "", 1)
}

// buildWords are PostgreSQL's names for what a CREATE INDEX does (pg_stat_progress_create_index.phase), in plain words.
var buildWords = map[string]string{
	"initializing":                            "starting",
	"building index":                          "building",
	"building index: initializing":            "starting",
	"building index: scanning table":          "reading the table",
	"building index: sorting live tuples":     "sorting",
	"building index: sorting dead tuples":     "sorting",
	"building index: loading tuples in tree":  "writing the index",
	"building index: sorting tuples":          "sorting",
	"building index: merging":                 "merging",
	"waiting for writers before build":        "waiting for sessions that write to the table",
	"waiting for writers before validation":   "waiting for sessions that write to the table",
	"waiting for readers before marking dead": "waiting for sessions that read the table",
	"waiting for readers before dropping":     "waiting for sessions that read the table",
}

// What names the object, or the table where it is the table itself that is looked at.
func (r Running) What() string {
	if r.Name == "" {
		return "table " + r.Schema + "." + r.Table
	}
	return fmt.Sprintf("%s %s on %s.%s", r.Kind.Words(), r.Name, r.Schema, r.Table)
}

// Doing says in plain words what is done to the object: PostgreSQL's phase where it tells one, else what goes with the kind.
func (r Running) Doing() string {
	phase := strings.TrimSpace(r.Phase)
	if words, ok := buildWords[phase]; ok {
		return words
	}
	switch {
	case phase != "":
		return strings.TrimPrefix(phase, "building index: ")
	case r.Kind == VacuumKind:
		return "VACUUM, so that its keys are checked faster"
	case r.Kind == StatisticsKind:
		return "ANALYZE, for the planner"
	case r.Kind == ForeignKey:
		return "checking its rows"
	case r.Kind == Index || r.Kind == Unique || r.Kind == Exclusion:
		return "building"
	}
	return "coming back"
}
