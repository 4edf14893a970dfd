// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"time"

	"golang.org/x/time/rate"
)

// bucket is the account's request budget.
type bucket struct {
	limiter *rate.Limiter // nil: no limit
}

func newBucket(t Throttle) *bucket {
	if t.Off {
		return &bucket{}
	}
	return &bucket{rate.NewLimiter(rate.Limit(t.PerSecond), t.Burst)}
}

func (b *bucket) take(now time.Time) bool { return b.limiter == nil || b.limiter.AllowN(now, 1) }
