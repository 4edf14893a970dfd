// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/ferryman/ferryman/store"
)

// Watching tells whether something runs between phases that should be read from time to time: the task, from replicate to cutover.
func Watching(m *store.Migration) bool {
	return m.Open() && done(m, "replicate") && !done(m, "cutover")
}

// watch takes one reading of what runs between phases. A reading that can't be taken is only logged: the next one may be.
func (e *Engine) watch(ctx context.Context, m *store.Migration) {
	e.mu.Lock()
	e.watched[m.Name] = time.Now()
	e.mu.Unlock()
	stopped, err := e.watchOnce(ctx, m)
	switch {
	case err != nil && ctx.Err() == nil:
		e.Log.Warn("watch", "migration", m.Name, "error", err)
	case stopped != nil:
		e.failed(ctx, m, "replicate", stopped)
	}
}

func (e *Engine) watchOnce(ctx context.Context, m *store.Migration) (stopped *Problem, err error) {
	defer func() {
		if r := recover(); r != nil {
			e.Log.Error("panic", "migration", m.Name, "panic", r, "stack", string(debug.Stack()))
			stopped, err = nil, fmt.Errorf("panic: %v", r)
		}
	}()
	hands, err := e.Crew.Open(ctx, m)
	if err != nil {
		return nil, err
	}
	defer hands.Close()
	return hands.Watch(ctx, m, e.report(ctx, m, "replicate"))
}
