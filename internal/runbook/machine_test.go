// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestTheDocumentDrawsTheSameTable(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/state-machine.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| ([a-z]+) \| (.*) \|$`).FindAllStringSubmatch(string(doc), -1)
	list := func(names []string) string {
		if len(names) == 0 {
			return "–"
		}
		return strings.Join(names, ", ")
	}
	var drawn, coded []string
	for _, row := range rows {
		if row[1] == "phase" {
			continue
		}
		drawn = append(drawn, row[1]+" | "+strings.TrimSpace(row[2]))
	}
	for _, s := range runbook.Machine {
		again := "no"
		if s.Again {
			again = "yes"
		}
		line := list(s.After) + " | " + list(s.Before) + " | " + again + " | " + list(s.Undoes)
		if s.Later {
			line = "comes later | | |"
		}
		coded = append(coded, s.Name+" | "+strings.TrimSpace(line))
	}
	require.Equal(t, coded, drawn)
}

func with(statuses map[string]store.PhaseStatus) *store.Migration {
	m := &store.Migration{Name: "m"}
	for name, s := range statuses {
		p := m.Phase(name)
		p.Status = s
		if s != store.NotStarted {
			p.StartedAt = time.Unix(1, 0)
		}
	}
	return m
}

func TestTheRunbookIsWalkedInOrder(t *testing.T) {
	t.Parallel()
	m := with(nil)
	for _, name := range []string{"assess", "schema", "prepare", "load", "rebuild", "replicate", "validate", "cutover"} {
		require.Equal(t, name, runbook.Next(m))
		require.NoError(t, runbook.Check(m, name))
		m.Phase(name).Status = store.Running
		require.Empty(t, runbook.Next(m))
		require.Error(t, runbook.Check(m, name))
		m.Phase(name).Status = store.Complete
	}
	require.Empty(t, runbook.Next(m))
}

func TestWhatIsNotLegalSaysWhatIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, phase, why string
		m                *store.Migration
		legal            []string
	}{
		{"too early", "load", "Load needs Prepare to be complete first.", with(map[string]store.PhaseStatus{"assess": store.Complete}), []string{"assess", "schema"}},
		{"too late", "schema", "Schema is over: Prepare has begun.",
			with(map[string]store.PhaseStatus{"assess": store.Complete, "schema": store.Complete, "prepare": store.Failed}), []string{"assess", "prepare"}},
		{"later", "offload", "Offload is not in this version of Ferryman; it comes later.", with(nil), []string{"assess"}},
		{"unknown", "launch", `There is no phase "launch".`, with(nil), []string{"assess"}},
		{"busy", "assess", "Load is under way; one phase at a time.", with(map[string]store.PhaseStatus{"load": store.Running}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var e *runbook.NotLegalError
			require.ErrorAs(t, runbook.Check(c.m, c.phase), &e)
			require.Equal(t, c.why, e.Why)
			require.Equal(t, c.legal, e.Legal)
		})
	}
}

func TestAFingerprintIsTheSumOfTheFile(t *testing.T) {
	t.Parallel()
	p := runbook.Plan{FormatVersion: 1, Phase: "prepare", Steps: []runbook.Step{{ID: "1", Kind: "drop", Object: "x", SQL: []string{"DROP INDEX x"}}}}
	a, err := p.Fingerprint()
	require.NoError(t, err)
	require.Len(t, a, 64)
	q := p
	q.Steps = []runbook.Step{{ID: "1", Kind: "drop", Object: "x", SQL: []string{"DROP INDEX y"}}, {ID: "2", Kind: "index", Object: "seat_row_idx"}}
	require.Equal(t, []string{"drop x was changed since", "index seat_row_idx was added since"}, p.Differences(q))
	require.Equal(t, []string{"drop x was changed since", "index seat_row_idx is gone since"}, q.Differences(p))
	require.Contains(t, p.Script(a), "DROP INDEX x;")
}

// A stored plan is compared with one made afresh: its arguments were sorted when it was stored.
func TestAStoredPlanDiffersByWhatItDoesOnly(t *testing.T) {
	t.Parallel()
	p := runbook.Plan{FormatVersion: runbook.PlanFormat, Steps: []runbook.Step{{ID: "1", Kind: "sequence", Object: "s", Args: json.RawMessage(`{"b": 1, "a": [2]}`)}}}
	raw, err := p.Bytes()
	require.NoError(t, err)
	stored, err := runbook.ParsePlan(raw)
	require.NoError(t, err)
	require.Empty(t, stored.Differences(p))
	p.Steps[0].Args = json.RawMessage(`{"b": 2, "a": [2]}`)
	require.Equal(t, []string{"sequence s was changed since"}, stored.Differences(p))
	// A step before it moves its number, which is no change of its own.
	p.Steps = []runbook.Step{{ID: "1", Kind: "drop", Object: "i"}, {ID: "2", Kind: "sequence", Object: "s", Args: json.RawMessage(`{"a": [2], "b": 1}`)}}
	require.Equal(t, []string{"drop i was added since"}, stored.Differences(p))
	p.Steps, p.Decisions = p.Steps[1:], []string{"Foreign key a stays NOT VALID."}
	require.Equal(t, []string{"said since: Foreign key a stays NOT VALID"}, stored.Differences(p))
}

func TestAScriptIsNotEndedByAName(t *testing.T) {
	t.Parallel()
	p := runbook.Plan{Steps: []runbook.Step{{ID: "1", Kind: "drop", Object: "x\nDROP TABLE y", Why: "z\rDROP"}}}
	for line := range strings.Lines(p.Script("")) {
		require.True(t, strings.HasPrefix(line, "--") || line == "\n", line)
	}
}
