// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// sequenceArgs is the rule by which a sequence is moved: where it goes is read when it is moved.
type sequenceArgs struct {
	Owner  string                `json:"owner"`
	Source string                `json:"source"`
	Schema string                `json:"schema"`
	Name   string                `json:"name"`
	Gap    int64                 `json:"gap"`
	Fills  []postgres.ColumnName `json:"fills,omitempty"`
}

// sequenceSteps has a step for each sequence of the target that the source has too.
func (h *hands) sequenceSteps(cat *postgres.Catalog, d *dictionary.Dictionary) ([]runbook.Step, error) {
	fills := fills(d)
	var steps []runbook.Step
	for _, s := range cat.Sequences {
		a := sequenceArgs{Schema: s.Schema, Name: s.Name, Gap: h.profile.Sequences.Gap, Fills: fills[s.Schema+"."+s.Name]}
		rule := "the greatest of the columns it fills and where it is, plus %d increments"
		for _, o := range d.Sequences {
			if convert.TargetName(o.Owner) == s.Schema && convert.TargetName(o.Name) == s.Name {
				a.Owner, a.Source, a.Gap = o.Owner, o.Name, h.profile.Sequences.GapFor(o.Name)
				rule = "the greater of source and target, plus %d increments"
			}
		}
		raw, err := args(a)
		if err != nil {
			return nil, err
		}
		steps = append(steps, runbook.Step{ID: "sequence-" + s.Schema + "." + s.Name, Kind: "sequence", Object: s.Schema + "." + s.Name, Why: fmt.Sprintf(rule, a.Gap), Args: raw})
	}
	return steps, nil
}

// moveSequence moves a sequence ahead by its rule.
func (h *hands) moveSequence(ctx context.Context, fingerprint string, step runbook.Step, source []oracle.SequenceValue) (runbook.Result, error) {
	var a sequenceArgs
	if err := readArgs(step, &a); err != nil {
		return runbook.Result{}, err
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	want := postgres.SequenceTarget{Schema: a.Schema, Name: a.Name, Gap: a.Gap, Columns: a.Fills}
	for _, s := range source {
		if s.Owner == a.Owner && s.Name == a.Source {
			want.AtLeast = string(s.LastNumber)
		}
	}
	out, err := tgt.AdvanceSequence(ctx, h.fence, fingerprint, step.ID, want)
	if err != nil {
		return runbook.Result{}, problem("Sequence "+step.Object+" can't be moved.", err)
	}
	return runbook.Result{Facts: map[string]any{noteFact + step.Object: out.Note}}, nil
}

// noteFact is the prefix of what is to be told of a sequence, such as that its gap does not fit.
const noteFact = "sequence:"

// sequenceNotes are what was noted of the plan's sequences.
func sequenceNotes(m *store.Migration, plan runbook.Plan) []string {
	var notes []string
	for _, s := range plan.Steps {
		if note := fact(m, noteFact+s.Object); s.Kind == "sequence" && note != "" {
			notes = append(notes, s.Object+": "+note)
		}
	}
	return notes
}
