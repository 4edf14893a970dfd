// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
)

// planSetAside chooses what of the target's objects has to go while DMS writes.
func (h *hands) planSetAside(cat *postgres.Catalog, d *dictionary.Dictionary) (postgres.SetAside, error) {
	aside, err := postgres.PlanSetAside(cat, postgres.SetAsideOptions{LOBColumns: lobColumns(d), KeepPatterns: h.profile.Prepare.Keep})
	if err != nil {
		return aside, problem("What to set aside can't be planned.", err)
	}
	return aside, nil
}

// setAsideSteps has a step for the objects of each table.
func setAsideSteps(aside postgres.SetAside) ([]runbook.Step, error) {
	var steps []runbook.Step
	for i, batch := range aside.Batches() {
		raw, err := args(batch.Objects)
		if err != nil {
			return nil, err
		}
		step := runbook.Step{ID: fmt.Sprintf("set-aside-%04d", i+1), Kind: "set_aside", Object: batch.Schema + "." + batch.Table, Why: why(batch.Objects), Args: raw}
		for _, o := range batch.Objects {
			step.SQL = append(step.SQL, o.Drop)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func why(objects []postgres.Object) string {
	var reasons []string
	for _, o := range objects {
		if !slices.Contains(reasons, o.Why) {
			reasons = append(reasons, o.Why)
		}
	}
	return strings.Join(reasons, "; ")
}

// setAside does one step of setAsideSteps.
func (h *hands) setAside(ctx context.Context, fingerprint string, step runbook.Step) error {
	var objects []postgres.Object
	if err := readArgs(step, &objects); err != nil {
		return err
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	if err := tgt.SetAsideObjects(ctx, h.fence, fingerprint, step.ID, objects); err != nil {
		return problem("It stopped before "+step.Object+"; what was set aside until there is saved.", err)
	}
	return nil
}

// asideNow is what prepare would set aside and leave as things are now.
func (h *hands) asideNow(ctx context.Context) (postgres.SetAside, error) {
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		return postgres.SetAside{}, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return postgres.SetAside{}, err
	}
	return h.planSetAside(cat, d)
}

// inPlace names what is on the target now that prepare would set aside.
func (h *hands) inPlace(ctx context.Context) ([]string, error) {
	aside, err := h.asideNow(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(aside.Objects))
	for i, o := range aside.Objects {
		names[i] = fmt.Sprintf("%s %s on %s.%s", o.Kind.Words(), o.Name, o.Schema, o.Table)
	}
	return names, nil
}

// onAgain is what of the kinds that stay aside until cutover is on: an earlier cutover brought it back, or somebody made it.
func (h *hands) onAgain(ctx context.Context) (postgres.SetAside, error) {
	aside, err := h.asideNow(ctx)
	aside.Objects = slices.DeleteFunc(aside.Objects, func(o postgres.Object) bool { return !slices.Contains(postgres.CutoverKinds, o.Kind) })
	return aside, err
}
