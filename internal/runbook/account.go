// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// stepAudit is the entry of a step that was tried.
func stepAudit(phase string, step Step, result Result, outcome string) store.Audit {
	return store.Audit{What: "step", Who: "ferryman", Phase: phase, Object: strings.TrimSpace(step.ID + " " + step.Object), Outcome: outcome, SQL: result.SQL, AWS: result.AWS}
}

// accountPatience bounds the writing of what a step that was broken off had done.
const accountPatience = 3 * time.Second

// stepFailed enters a step that did not end well. One that will be tried again, or that another replica goes on with, is entered only
// where it had changed something. The phase does not fail for a Redis that does not take it: that is what fails it next.
func (e *Engine) stepFailed(ctx context.Context, m *store.Migration, phase string, step Step, result Result, cause error) {
	brokenOff := ctx.Err() != nil || e.stopping() || IsTransient(cause) || errors.Is(cause, ErrOvertaken)
	if brokenOff && result.SQL == "" && len(result.AWS) == 0 {
		return
	}
	entry := stepAudit(phase, step, result, "failed")
	if brokenOff {
		entry.Outcome = "broken off"
	}
	entry.Why = why(cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), accountPatience)
	defer cancel()
	err := e.update(ctx, m, phase, store.Running, func(*store.Migration, *store.Phase, time.Time) (store.Change, error) {
		return store.Change{Audit: []store.Audit{entry}}, nil
	})
	if err != nil {
		e.Log.Warn("enter a failed step into the audit log", "migration", m.Name, "phase", phase, "step", step.ID, "error", err)
	}
}

// planEnded is the entry of a request that ended without its plan being run.
func planEnded(r approvals.Request) store.Audit {
	return store.Audit{What: "plan", Who: "ferryman", Phase: r.Phase, Object: r.Fingerprint, Outcome: string(r.Status), Why: shortened(r.Reason)}
}

// why says in words why a phase ended without success.
func (e Ended) why() string {
	var words []string
	for _, v := range e.Evidence {
		if !v.Holds {
			words = append(words, v.Name+": "+v.Value)
		}
	}
	if e.Problem != nil {
		words = append(words, strings.TrimSpace(e.Problem.What+" "+e.Problem.Means))
	}
	return shortened(strings.Join(append(words, e.Moved...), "; "))
}

// whyLength bounds the words of an entry: an error may quote what was far longer.
const whyLength = 500

// why is an error in words for the audit log.
func why(err error) string {
	p := AsProblem(err)
	return shortened(p.What + " " + p.Means)
}

func shortened(text string) string {
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > whyLength {
		return string(runes[:whyLength]) + "…"
	}
	return text
}
