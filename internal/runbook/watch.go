// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
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
	var forgot *ForgotError
	switch {
	case errors.As(err, &forgot):
		e.forgot(ctx, m, "replicate", forgot)
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
	// Taking the migration over on the target for every reading would be too much of it.
	if e.remembers(m) {
		return hands.Watch(ctx, m, e.report(ctx, m, "replicate"))
	}
	if err := e.remember(ctx, m, &remembering{Hands: hands}); err != nil && !IsTransient(err) {
		return nil, err
	}
	return hands.Watch(ctx, m, e.report(ctx, m, "replicate"))
}
