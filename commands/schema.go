// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var schemaCommand = Spec{Name: "/migrate-schema", Phase: "schema", Usage: named,
	Description: "Convert the schema and apply to the target what is not there yet"}

func schemaApplied(m *store.Migration, e runbook.Ended) (Message, error) {
	var s phases.SchemaDone
	if err := json.Unmarshal(e.Data, &s); err != nil {
		return Message{}, err
	}
	made := 0
	for _, n := range s.Make {
		made += n
	}
	head := fmt.Sprintf("*Applied the schema in %s*: %s, one transaction for each schema.", took(e.Took),
		several(made, "statement", "statements"))
	if made == 0 {
		head = "*The schema is there already*: nothing was applied."
	}
	there := fmt.Sprintf("On the target now: %s.",
		list(some(s.Tables, "table", "tables"), some(s.PrimaryKeys, "primary key", "primary keys"),
			some(s.ForeignKeys, "foreign key", "foreign keys"),
			some(s.Indexes, "index", "indexes"), some(s.Sequences, "sequence", "sequences"), some(s.Triggers, "trigger", "triggers"),
			some(s.Views, "view", "views")))
	var hands, kept string
	if s.Hands > 0 {
		hands = fmt.Sprintf("%s not made and left to hands; they are in action-items.csv of the assessment.",
			several(s.Hands, "object was", "objects were"))
	}
	if n := len(s.There); n > 0 && made > 0 {
		kept = fmt.Sprintf("%s there before and left as found; nothing was altered or replaced.", several(n, "object was", "objects were"))
	}
	return message(head+" "+there, hands, kept), nil
}
