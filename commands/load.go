// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var loadCommand = Spec{Name: "/migrate-load", Phase: "load", Usage: named,
	Description: "Load the tables through AWS DMS and follow it table by table"}

func askLoad(summary json.RawMessage, ask runbook.Ask) (string, error) {
	var p phases.LoadPlanned
	if err := json.Unmarshal(summary, &p); err != nil {
		return "", err
	}
	return fmt.Sprintf("*Empties %s on the target* and has DMS load them again from the beginning. What the last load brought is lost; the source is not touched.\n",
		several(p.Tables, "table", "tables")) +
		fmt.Sprintf("*Sizes*: on the target %s, about %s rows by its statistics; to load about %s rows by Oracle's statistics.\n", size(p.Bytes), count(p.TargetRows), count(p.Rows)) +
		howLong(ask) + "\n" +
		"*Can't be undone*: the rows that are on the target now are gone with its first step, with whatever was written there by others than DMS. " +
		"*Way back*: none but this load; rebuild, replicate and validate are to be run again after it.", nil
}

// runningShown is how many tables a progress message names.
const runningShown = 8

func loadProgress(m *store.Migration, event store.Event) (Message, error) {
	var l phases.Loading
	if err := json.Unmarshal(event.Data, &l); err != nil {
		return Message{}, err
	}
	if l.Doing != "" {
		return message("*Setting up DMS*: " + Escape(l.Doing)), nil
	}
	total := l.Done + l.Running + l.Waiting + l.Errored
	head := fmt.Sprintf("*Loading* %s, 1 task (%s): %d done, %d running, %d waiting", several(total, "table", "tables"), Escape(l.Status),
		l.Done, l.Running, l.Waiting)
	if l.Errored > 0 {
		head += fmt.Sprintf(", *%d with an error*", l.Errored)
	}
	head += " · " + count(l.Rows)
	if l.Expected >= 0 {
		head += " of " + count(l.Expected)
	}
	head += " rows"
	if l.PerSecond > 0 {
		head += " · " + count(int64(l.PerSecond)) + " rows/s"
	}
	if !l.End.IsZero() {
		head += fmt.Sprintf(" · ETA %s ±%s", clock(l.End), took(l.Margin))
	}
	var running []string
	for _, t := range l.Tables {
		if t.State != dms.TableLoading || len(running) == runningShown {
			continue
		}
		percent := count(t.Rows) + " rows"
		if t.Percent >= 0 {
			percent = fmt.Sprintf("%d %%", t.Percent)
		}
		running = append(running, fmt.Sprintf("`%s` %s", Escape(strings.ToLower(t.Table)), percent))
	}
	return message(head, strings.Join(running, " · ")).with(contextBlock("read " + clock(l.ReadAt))), nil
}

func loaded(m *store.Migration, e runbook.Ended) (Message, error) {
	var l phases.Loaded
	if err := json.Unmarshal(e.Data, &l); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*Loaded %s, %s rows, in %s.* The task applied the changes made meanwhile and stopped (%s), so that indexes and keys can come back before it goes on.",
		several(l.Tables, "table", "tables"), count(l.Rows), took(e.Took), Escape(l.Stop))), nil
}
