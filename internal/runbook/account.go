// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"strings"
	"time"

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

// whyLength bounds the words of an entry: an error may quote what was far longer.
const whyLength = 500

// why is an error in words for the audit log.
func why(err error) string {
	if p := AsProblem(err); p.What != "" {
		return short(p.What + " " + p.Means)
	}
	return short(err.Error())
}

func short(text string) string {
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > whyLength {
		return string(runes[:whyLength]) + "…"
	}
	return text
}
