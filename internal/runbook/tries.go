// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/ferryman/ferryman/store"
)

// longAttempt is the length from which an attempt counts as one that went well for a while: patience begins anew after it. It is
// longer than any attempt to connect may hang.
const longAttempt = 10 * time.Minute

// tries counts for how long the same thing has failed for reasons that pass by themselves.
type tries struct {
	patience time.Duration
	at       string
	since    time.Time
	waits    *backoff.ExponentialBackOff
}

// again waits before the next attempt, longer each time, and tells whether there is one. began is when the last attempt did.
func (t *tries) again(ctx context.Context, p *store.Phase, began time.Time) bool {
	at := fmt.Sprintf("%s %d", p.Status, len(p.Done))
	if t.waits == nil || at != t.at || time.Since(began) > longAttempt {
		t.at, t.since, t.waits = at, began, backoff.NewExponentialBackOff()
		t.waits.MaxInterval = 10 * time.Second
	}
	patience := t.patience
	if p.Status == store.Requested {
		patience /= 4 // nobody has said yes to anything yet, and somebody waits for the answer
	}
	if time.Since(t.since) > patience {
		return false
	}
	timer := time.NewTimer(t.waits.NextBackOff())
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return true
}
