// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var rebuildCommand = Spec{Name: "/migrate-rebuild", Phase: "rebuild", Usage: named,
	Description: "Bring indexes and foreign keys back and prove that they are the same"}

func rebuildProgress(m *store.Migration, event store.Event) (Message, error) {
	var b phases.Rebuilding
	if err := json.Unmarshal(event.Data, &b); err != nil {
		return Message{}, err
	}
	head := fmt.Sprintf("*Rebuilding*: %d of %d back", b.Done, b.Total)
	if b.Failed > 0 {
		head += fmt.Sprintf(", *%d could not come back*", b.Failed)
	}
	var running []string
	for i, r := range b.Running {
		if i == runningShown {
			break
		}
		item := "`" + Escape(r.Name) + "`"
		if r.Percent >= 0 {
			item += fmt.Sprintf(" %d %%", r.Percent)
		}
		running = append(running, item)
	}
	return message(head, strings.Join(running, " · ")).with(contextBlock("read " + clock(b.At))), nil
}

func rebuilt(m *store.Migration, e runbook.Ended) (Message, error) {
	var b phases.Rebuilt
	if err := json.Unmarshal(e.Data, &b); err != nil {
		return Message{}, err
	}
	text := fmt.Sprintf("*Rebuilt %s in %s*; all %d are the same as before.",
		list(some(b.Indexes, "index", "indexes"), some(b.Uniques, "unique constraint", "unique constraints"),
			some(b.ForeignKeys, "foreign key", "foreign keys")),
		took(e.Took), b.Indexes+b.Uniques+b.ForeignKeys)
	if b.Indexes+b.Uniques+b.ForeignKeys == 0 {
		text = "*Nothing was aside* that rebuild brings back."
	}
	if b.StillAside > 0 {
		text += fmt.Sprintf(" %s aside until cutover: triggers, LOB NOT NULLs and identities would disturb DMS.",
			several(b.StillAside, "object stays", "objects stay"))
	}
	return message(text), nil
}
