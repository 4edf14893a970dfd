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
	if b.Done+b.Failed < b.Total {
		if b.Share > 0 {
			head += fmt.Sprintf(" · %.0f %% of the work", 100*min(b.Share, 1))
		}
		head += " · " + postgres.LeftWords(b.Left)
	}
	var running []string
	for i, r := range b.Running {
		if i == runningShown {
			break
		}
		running = append(running, building(r))
	}
	if more := b.More + max(len(b.Running)-runningShown, 0); more > 0 {
		running = append(running, fmt.Sprintf("and %d more", more))
	}
	return message(head, strings.Join(running, "\n")).with(contextBlock("read " + clock(b.At))), nil
}

// building is one object that is being brought back, in one line.
func building(r phases.BuildingItem) string {
	name := "`" + Escape(r.Table) + "`"
	if r.Name != "" {
		name = "`" + Escape(r.Name) + "` on " + name
	}
	line := fmt.Sprintf("• %s %s: %s", Escape(r.Kind), name, Escape(r.Doing))
	if r.Percent >= 0 {
		line += fmt.Sprintf(" %d %%", r.Percent)
	}
	if !r.Since.IsZero() {
		line += ", since " + clock(r.Since)
	}
	return line
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
		if len(b.Open) > 0 {
			text = "*Nothing more came back.*"
		}
	}
	if b.StillAside > 0 {
		text += fmt.Sprintf(" %s aside until cutover: triggers, LOB NOT NULLs and identities would disturb DMS.",
			several(b.StillAside, "object stays", "objects stay"))
	}
	out := message(text)
	if len(b.Open) == 0 {
		return out, nil
	}
	var lines, queries []string
	for i, k := range b.Open {
		if i == openShown {
			lines = append(lines, fmt.Sprintf("And %s; cutover's gate names them.", several(len(b.Open)-openShown, "more foreign key", "more foreign keys")))
			break
		}
		lines = append(lines, openKey(k))
		for _, q := range []struct{ side, query string }{{"PostgreSQL", k.Target.Query}, {"Oracle", k.Source.Query}} {
			if q.query != "" {
				queries = append(queries, "-- "+q.side+"\n"+q.query+";")
			}
		}
	}
	out = out.with(section(strings.Join(lines, "\n")), section("Replicating goes on; cutover's gate names what stays NOT VALID. To have it hold: mend the rows on Oracle, "+
		"and when the changes have arrived, on the target: `ALTER TABLE … VALIDATE CONSTRAINT …`"))
	if len(queries) > 0 {
		out = out.with(section("```" + Escape(strings.Join(queries, "\n")) + "```"))
	}
	return out, nil
}

// openShown is how many foreign keys that stay NOT VALID are told one by one.
const openShown = 3

// openKey tells of a foreign key that stays NOT VALID, with the rows of both sides.
func openKey(k phases.OpenKey) string {
	name, table, parent := "`"+Escape(k.Name)+"`", "`"+Escape(k.Schema+"."+k.Table)+"`", "`"+Escape(k.Parent)+"`"
	head := fmt.Sprintf("⚠ Foreign key %s on %s stays *NOT VALID*", name, table)
	if !k.Whole {
		head = fmt.Sprintf("⚠ Foreign key %s on %s is *not there as a whole*, for PostgreSQL takes no NOT VALID one on a partitioned table; "+
			"partitions have theirs", name, table)
	}
	there := "some rows have"
	if k.Target.Rows >= 0 {
		there = several(int(k.Target.Rows), "row has", "rows have")
	}
	text := fmt.Sprintf("%s: %s no row in %s%s. %s", head, there, parent, firstKeys(k.Target), stateWords[k.State])
	switch {
	case k.Source.Rows < 0:
		return text + "; how many rows there have none is unknown: " + Escape(k.Source.Why) + "."
	case k.Source.Rows == 0:
		return text + fmt.Sprintf(", but there every row has one: see whether %s was loaded whole (`/migrate-validate` compares both sides).",
			parent)
	}
	return text + fmt.Sprintf("; there %s none either%s.", several(int(k.Source.Rows), "row has", "rows have"), firstKeys(k.Source))
}

var stateWords = map[string]string{
	"DISABLED": "On Oracle the key is DISABLED", "ENABLE NOVALIDATE": "On Oracle the key is ENABLE NOVALIDATE, so old rows were never checked",
	"not there": "Oracle has no such key",
}

func firstKeys(r phases.LooseRows) string {
	if len(r.First) == 0 {
		return ""
	}
	return " (first: " + strings.Join(few(r.First, openShown), "; ") + ")"
}
