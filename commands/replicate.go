// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var replicateCommand = Spec{Name: "/migrate-replicate", Phase: "replicate", Usage: named,
	Description: "Let the changes flow and watch how far behind the target is"}

// behind says how far behind the target is, as measured.
func behind(r phases.Replicating) string {
	lag, ok := r.Marker.Lag()
	switch {
	case r.Marker.ID == 0:
		return "the task is " + Escape(r.Status)
	case !ok:
		return fmt.Sprintf("*more than %s behind*: a row written at %s has not arrived", took(r.Waited), clock(r.Marker.Written))
	}
	return fmt.Sprintf("*%s behind*: a row written at %s was seen at %s", took(lag), clock(r.Marker.Written), clock(r.Marker.Seen))
}

func replicateProgress(m *store.Migration, event store.Event) (Message, error) {
	var r phases.Replicating
	if err := json.Unmarshal(event.Data, &r); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*Replicating* · %s · %s changes captured, %s applied", behind(r), count(r.Captured),
		count(r.Applied))).with(contextBlock("read " + clock(r.At))), nil
}

func replicated(m *store.Migration, e runbook.Ended) (Message, error) {
	var r phases.Replicating
	if err := json.Unmarshal(e.Data, &r); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*The target has caught up*, %s. From here on changes flow until cutover; the message above shows how far behind the target is.",
		behind(r))), nil
}
