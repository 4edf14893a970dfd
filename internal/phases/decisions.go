// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// decisionsFact is where a migration keeps what people decided. The text of scripts is in files of their own, by its SHA-256.
const decisionsFact = "decisions"

// Decided are a migration's decisions as they are kept: the scripts without their text.
func Decided(m *store.Migration) (convert.Decisions, error) {
	var d convert.Decisions
	if _, err := m.Fact(decisionsFact, &d); err != nil {
		return d, fmt.Errorf("read the decisions of %s: %w", m.Name, err)
	}
	return d, nil
}

// Decide keeps decisions with the migration.
func Decide(m *store.Migration, d convert.Decisions) error {
	d.Scripts = slices.Clone(d.Scripts)
	for i := range d.Scripts {
		d.Scripts[i].SQL = ""
	}
	return m.SetFact(decisionsFact, d)
}

// MayDecide tells whether decisions may still be made and taken back; why is a whole sentence where they may not.
func MayDecide(m *store.Migration) (why string) {
	if !m.Open() {
		return m.Name + " is finished."
	}
	if p := m.Phases["prepare"]; p != nil && (!p.StartedAt.IsZero() || p.Status == store.Running) {
		return "Prepare has begun: from there on what goes to the target is fixed."
	}
	switch busy := m.BusyPhase(); {
	case busy == "" || m.Phases[busy].Status == store.Waiting: // what waits is void by a decision
	case m.Phases[busy].Status == store.Granted || m.Phases[busy].Status == store.Holding:
		return runbook.Title(busy) + " is approved and about to begin: reject it in the thread first."
	default:
		return runbook.Title(busy) + " is under way: decide once it has ended."
	}
	if p := m.Phases["assess"]; p == nil || p.StartedAt.IsZero() && p.Status != store.Complete {
		return "Nothing is known of the schema yet: /migrate-assess comes first."
	}
	return ""
}

// ScriptFile is the name under which a script's text is kept.
func ScriptFile(sha256 string) string { return "script-" + sha256 + ".sql" }

// ErrScriptGone is a script of which only the record is left.
var ErrScriptGone = errors.New("the text of a script is not kept any more")

// obey makes the hands follow what was decided for the migration by now. The text of scripts is needed for what converts alone: a Redis
// that was lost after that stops nothing.
func (h *hands) obey(ctx context.Context, m *store.Migration, phase string) error {
	d, err := Decided(m)
	h.decided = d
	if err != nil || phase != "assess" && phase != "schema" {
		return err
	}
	if err := h.knowNumbers(ctx, m); err != nil {
		return err
	}
	d.Scripts = slices.Clone(d.Scripts)
	for i := range d.Scripts {
		s := &d.Scripts[i]
		sql, err := h.crew.Store.File(ctx, m.Name, ScriptFile(s.SHA256))
		if errors.Is(err, store.ErrUnavailable) {
			return err
		}
		if err != nil || convert.ScriptSum(string(sql)) != s.SHA256 {
			return &runbook.Problem{What: fmt.Sprintf("The script for %s %s is not there as <@%s> gave it.", strings.ToLower(s.Object.Type), s.Object.Name, s.By),
				Means: "It may be gone with a Redis that was lost, or was changed there. Nothing was done.", Do: "Drop the file into the thread once more, or take the script back.", Err: ErrScriptGone}
		}
		s.SQL = string(sql)
	}
	h.decided = d
	return nil
}

// DecisionWords are the decisions as a plan has them: one sentence each, in an order of their own.
func DecisionWords(d convert.Decisions) []string {
	var list []string
	for _, x := range d.LeaveOut {
		list = append(list, fmt.Sprintf("Left out: %s %s.%s, by %s: %s", strings.ToLower(x.Type), x.Owner, x.Name, x.By, x.Why))
	}
	for _, x := range d.Purge {
		list = append(list, fmt.Sprintf("Only rows of %s.%s with %s, by %s: %s", x.Owner, x.Table, x.Filter, x.By, x.Why))
	}
	for _, x := range d.Offload {
		list = append(list, fmt.Sprintf("Offloaded: column %s of %s.%s, by %s: %s", x.Column, x.Owner, x.Table, x.By, x.Why))
	}
	for _, x := range d.Scripts {
		list = append(list, fmt.Sprintf("Script for %s %s.%s, by %s, from %s, SHA-256 %s", strings.ToLower(x.Object.Type), x.Object.Owner, x.Object.Name, x.By, x.From, x.SHA256))
	}
	slices.Sort(list)
	return list
}

// obeyTables applies the decisions to the tables that are moved and compared: none that is left out, the rows that the filter keeps, and
// no column whose values leave.
func obeyTables(tables []compare.Table, dict *dictionary.Dictionary, d convert.Decisions) []compare.Table {
	tables = slices.DeleteFunc(tables, func(t compare.Table) bool {
		return slices.ContainsFunc(d.LeaveOut, func(x convert.Omission) bool {
			return x.Type == "TABLE" && x.Owner == t.Source.Schema && x.Name == t.Source.Table
		})
	})
	for i := range tables {
		t := &tables[i]
		for _, p := range d.Purge {
			if p.Owner == t.Source.Schema && p.Table == t.Source.Table {
				f := compare.Filter{Column: p.Filter.Column, Operator: p.Filter.Operator, Value: p.Filter.Value}
				if c := dict.Column(p.Owner, p.Table, p.Filter.Column); c != nil {
					f.OracleType = c.Type
				}
				t.Only = append(t.Only, f)
			}
		}
		for _, o := range d.Offload {
			if o.Owner == t.Source.Schema && o.Table == t.Source.Table {
				t.Drop(o.Column)
			}
		}
	}
	return tables
}
