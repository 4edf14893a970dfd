// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var validateCommand = Spec{Name: "/migrate-validate", Phase: "validate", Usage: named,
	Description: "Compare row counts and checksums of both sides"}

func validateProgress(m *store.Migration, event store.Event) (Message, error) {
	var v phases.Validating
	if err := json.Unmarshal(event.Data, &v); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*Comparing* both sides: %d of %s done, %s rows read on Oracle", v.Done, several(v.Total, "table", "tables"),
		count(v.Rows))).with(contextBlock("read " + clock(v.At))), nil
}

// movingShown is how many tables that change are named.
const movingShown = 10

func validated(m *store.Migration, e runbook.Ended) (Message, error) {
	var v phases.Validated
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return Message{}, err
	}
	head := fmt.Sprintf("*%d of %s equal*, by count and checksum of every row: %s rows in %s.", v.Equal,
		several(v.Tables, "table is", "tables are"), count(v.Rows), took(e.Took))
	var moving, own string
	if len(v.Moving) > 0 {
		moving = fmt.Sprintf("%s changing while both sides were read, so equality is not proven: %s. Cutover compares again when the source is quiet.",
			several(len(v.Moving), "table was", "tables were"), code(v.Moving, movingShown))
		suspects := slices.Sorted(maps.Keys(v.Suspect))
		for _, table := range suspects[:min(len(suspects), movingShown)] {
			moving += fmt.Sprintf("\nIn `%s` these rows differed every time; they change all the while, or they are different. Look at them by key: %s.",
				Escape(table), code(v.Suspect[table], movingShown))
		}
	}
	if len(v.DMS) > 0 {
		var parts []string
		for _, state := range slices.Sorted(maps.Keys(v.DMS)) {
			parts = append(parts, fmt.Sprintf("%s %d", Escape(state), v.DMS[state]))
		}
		own = "DMS's own validation: " + strings.Join(parts, " · ")
	}
	return message(head, moving, own), nil
}
