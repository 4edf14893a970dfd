// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var prepareCommand = Spec{Name: "/migrate-prepare", Phase: "prepare", Usage: named,
	Description: "Save and drop foreign keys and indexes, turn triggers off, move sequences ahead (two people)"}

// staysShown is how many of the objects that stay are named.
const staysShown = 5

// aside says what is dropped or switched, in words.
func aside(p phases.Prepared) string {
	dropped := list(some(p.ForeignKeys, "foreign key", "foreign keys"), some(p.Indexes, "index", "indexes"),
		some(p.Uniques, "unique constraint", "unique constraints"))
	if dropped == "" {
		dropped = "nothing"
	}
	return dropped
}

func switched(p phases.Prepared, disables, relaxes, sets string) string {
	var parts []string
	if p.Triggers > 0 {
		parts = append(parts, disables+" "+several(p.Triggers, "trigger", "triggers"))
	}
	if p.NotNulls > 0 {
		parts = append(parts, relaxes+" "+several(p.NotNulls, "NOT NULL of a LOB", "NOT NULLs of LOBs"))
	}
	if p.Checks > 0 {
		parts = append(parts, relaxes+" "+several(p.Checks, "check that refuses a NULL LOB", "checks that refuse a NULL LOB"))
	}
	if p.Identities > 0 {
		parts = append(parts, sets+" "+several(p.Identities, "identity", "identities")+" to BY DEFAULT")
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

func askPrepare(summary json.RawMessage, ask runbook.Ask) (string, error) {
	var p phases.Prepared
	if err := json.Unmarshal(summary, &p); err != nil {
		return "", err
	}
	text := fmt.Sprintf("Drops on the target *%s*%s, sets %s ahead by %s.\n", aside(p), switched(p, "disables", "relaxes", "sets"),
		several(p.Sequences, "sequence", "sequences"), count(p.Gap))
	text += fmt.Sprintf("*Sizes*: %s; the indexes that go take %s. No row is touched.\n", several(p.Tables, "table", "tables"), size(p.Bytes))
	text += howLong(ask) + " It waits for the lock of each table, one after the other.\n"
	text += "*Way back*: every one is saved in the target, in the same transaction, and comes back at rebuild or cutover, or any time with `ferryman restore`; " +
		"indexes are built anew then, which takes its time.\n"
	text += fmt.Sprintf("*Can't be undone*: the values that the sequences skip, and on the source the table `%s`, which is made if it is not there: a row in it proves "+
		"by its arrival that every change before it has arrived. No other table of the source is touched.", Escape(p.Marker))
	// Primary keys stay by rule; what else stays is worth a look.
	var stays []string
	more := p.MoreStay
	for _, s := range p.Stays {
		switch {
		case s.Kind == postgres.PrimaryKey:
		case len(stays) < staysShown:
			stays = append(stays, fmt.Sprintf("%s `%s` (%s)", s.Kind.Words(), Escape(s.Name), Escape(s.Why)))
		default:
			more++
		}
	}
	if more > 0 {
		stays = append(stays, fmt.Sprintf("and %d more", more))
	}
	if len(stays) > 0 {
		text += "\nStays in place: " + strings.Join(stays, ", ") + "."
	}
	return text, nil
}

func prepared(m *store.Migration, e runbook.Ended) (Message, error) {
	var p phases.Prepared
	if err := json.Unmarshal(e.Data, &p); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*Prepared in %s.* Set aside: %s%s; %s ahead by %s. All of it is saved in the target's schema `ferryman`.",
		took(e.Took), aside(p), switched(p, "disabled", "relaxed", "set"), several(p.Sequences, "sequence is", "sequences are"), count(p.Gap)),
		noteLines(p.Notes)), nil
}

// noteLines are the notes of sequences, a few of them.
func noteLines(notes []string) string {
	const shown = 5
	return strings.Join(few(notes, shown), "\n")
}
