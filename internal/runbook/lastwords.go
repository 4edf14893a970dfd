// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"time"

	"github.com/ferryman/ferryman/store"
)

// lastWordsFor is how long after its end a migration is looked at again for what its target may not have of the audit log, and
// lastWordsEvery how often, where the target can't take it.
const (
	lastWordsFor   = 24 * time.Hour
	lastWordsEvery = time.Minute
)

// owesLastWords tells whether a migration was closed a short while ago, and this replica does not know that its target has the end of the
// audit log: whoever closed it may have died before it could write that down there.
func (e *Engine) owesLastWords(m *store.Migration) bool {
	if m.Open() || time.Since(m.ClosedAt) > lastWordsFor || e.remembers(m) {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.closing[m.Name]) >= lastWordsEvery
}

// lastWords brings the end of a closed migration's audit log to its target.
func (e *Engine) lastWords(ctx context.Context, m *store.Migration) {
	e.mu.Lock()
	if e.closing == nil {
		e.closing = map[string]time.Time{}
	}
	e.closing[m.Name] = time.Now()
	e.mu.Unlock()
	opened, err := e.Crew.Open(ctx, m)
	if err == nil {
		defer opened.Close()
		err = e.remember(ctx, m, &remembering{Hands: opened})
	}
	if err != nil && ctx.Err() == nil {
		e.Log.Warn("the target does not yet have the end of the audit log", "migration", m.Name, "error", err)
	}
}
