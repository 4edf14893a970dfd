// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var cutoverCommand = Spec{Name: "/migrate-cutover", Phase: "cutover", Usage: named,
	Description: "Check the gate, prove that the last change arrived, switch over (two people)"}

func comesBack(p phases.CutoverPlanned) string {
	return list(some(p.Triggers, "trigger", "triggers"), some(p.NotNulls, "NOT NULL of a LOB", "NOT NULLs of LOBs"),
		some(p.Checks, "check of a LOB", "checks of LOBs"), some(p.Identities, "identity", "identities"))
}

func askCutover(summary json.RawMessage, ask runbook.Ask) (string, error) {
	var p phases.CutoverAsked
	if err := json.Unmarshal(summary, &p); err != nil {
		return "", err
	}
	back := comesBack(p.CutoverPlanned)
	if back != "" {
		back = ", brings back " + back
	}
	rest := fmt.Sprintf("sets %s ahead by %s%s", several(p.Sequences, "sequence", "sequences"), count(p.Gap), back)
	text := "Proves that the last change has arrived, compares what changed since the last validation, *stops the DMS task*, " + rest + ".\n"
	undone := "After it the applications write to PostgreSQL, and Oracle does not learn of it. Until the task is stopped nothing is lost by stopping here."
	compared := "the tables that changed since"
	if p.Ends {
		text = "Ends the cutover that has stopped the DMS task: compares *every table* of both sides, " + rest + ".\n"
		undone = "After it the applications write to PostgreSQL, and Oracle does not learn of it."
		compared = "all of them again"
	}
	if p.Tables > 0 {
		text += fmt.Sprintf("*Sizes*: the last validation read %s, %s rows, in %s; compared now: %s.\n", several(p.Tables, "table", "tables"), count(p.Rows), known(p.Comparing), compared)
	} else {
		text += "*Sizes*: unknown, nothing was validated yet.\n"
	}
	switch {
	case ask.Before > 0:
		text += howLong(ask) + "\n"
	case p.Ends:
		text += "*How long*: unknown as a whole; most of it is the comparing.\n"
	default:
		text += "*How long*: unknown as a whole; how long the task takes to stop is not known before, often minutes.\n"
	}
	text += "*Can't be undone*: " + undone + "\n" +
		"*Way back*: none by command in this version of Ferryman (`/migrate-fallback` comes later); once the applications have written to PostgreSQL, Oracle lacks those rows."
	if len(p.NotValid) > 0 {
		text += fmt.Sprintf("\n⚠ %s *NOT VALID*, for Oracle does not enforce them either: %s. Your yes is a yes to that. "+
			"To have them hold, mend the rows on Oracle first and validate the keys on the target.",
			several(len(p.NotValid), "foreign key stays", "foreign keys stay"), code(p.NotValid, notValidShown))
	}
	return text, nil
}

// known is a measured time, or that it is not known.
func known(d time.Duration) string {
	if d <= 0 {
		return "an unknown time"
	}
	return took(d)
}

// notValidShown is how many foreign keys that stay NOT VALID are named.
const notValidShown = 5

func cutoverProgress(m *store.Migration, event store.Event) (Message, error) {
	var c phases.Cutting
	if err := json.Unmarshal(event.Data, &c); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*Cutting over*: %s (%s)", Escape(c.Step), Escape(c.Object))), nil
}

func cutOver(m *store.Migration, e runbook.Ended) (Message, error) {
	var c phases.CutoverDone
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return Message{}, err
	}
	head := fmt.Sprintf("✅ *PostgreSQL is open.* Point the applications at `%s`. Oracle was quiet at %s, PostgreSQL open at %s: *%s*; the DMS task took %s to stop.",
		Escape(c.Target), clock(c.Closed), clock(c.Open), took(c.Open.Sub(c.Closed)), took(c.Stopping))
	proof := fmt.Sprintf("Last change proven: marker %d written %s, seen %s. %s compared again after the source was quiet, and equal.",
		c.Marker.ID, clock(c.Marker.Written), clock(c.Marker.Seen), several(c.Compared, "table was", "tables were"))
	if c.Compared == 0 {
		proof = fmt.Sprintf("Last change proven: marker %d written %s, seen %s. No table had changed since the last validation.", c.Marker.ID,
			clock(c.Marker.Written), clock(c.Marker.Seen))
	}
	on := several(c.Sequences, "sequence is", "sequences are") + " ahead."
	if back := comesBack(c.CutoverPlanned); back != "" {
		on = "Back as before: " + back + ". " + on
	}
	if len(c.NotValid) > 0 {
		on += fmt.Sprintf(" NOT VALID, as on Oracle: %s; when their rows are mended, validate them or run `ferryman restore`.", code(c.NotValid, notValidShown))
	}
	return message(head, proof, on, noteLines(c.Notes)), nil
}
