// SPDX-License-Identifier: Apache-2.0

package slack

import "time"

// Tier is one of Slack's rate limit classes.
type Tier string

// Slack's tiers, and the two rules of their own: chat.postMessage per channel, and methods with a special, generous limit.
const (
	Tier1      Tier = "tier1"
	Tier2      Tier = "tier2"
	Tier3      Tier = "tier3"
	Tier4      Tier = "tier4"
	Special    Tier = "special"
	PerChannel Tier = "per_channel"
)

// Limits are the numbers of docs.slack.dev/apis/web-api/rate-limits. Off takes them all away.
type Limits struct {
	Off bool
	// PerMinute is how many calls of one method each tier has in any 60 seconds.
	PerMinute map[Tier]int
	// ChannelRate is how many messages a second may be posted to one channel over time, ChannelBurst how many at once.
	ChannelRate  float64
	ChannelBurst int
	// WorkspacePerMinute is the ceiling for messages to all channels together ("several hundred", says Slack).
	WorkspacePerMinute int
}

// DefaultLimits takes each "n+ per minute" as n, which is stricter than Slack is on a good day.
func DefaultLimits() Limits {
	return Limits{
		PerMinute:   map[Tier]int{Tier1: 1, Tier2: 20, Tier3: 50, Tier4: 100, Special: 600},
		ChannelRate: 1, ChannelBurst: 3, WorkspacePerMinute: 300,
	}
}

// limiter counts accepted calls. The server's lock guards it.
type limiter struct {
	limits  Limits
	windows map[string][]time.Time
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(l Limits) *limiter {
	return &limiter{limits: l, windows: map[string][]time.Time{}, buckets: map[string]*bucket{}}
}

// take counts a call, or says how long the caller must wait before the next one can be accepted.
func (l *limiter) take(method, key string, tier Tier, perChannel bool, now time.Time) time.Duration {
	if l.limits.Off {
		return 0
	}
	if !perChannel {
		return l.window(method, l.limits.PerMinute[tier], now)
	}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{tokens: float64(l.limits.ChannelBurst), at: now}
		l.buckets[key] = b
	}
	b.tokens = min(float64(l.limits.ChannelBurst), b.tokens+now.Sub(b.at).Seconds()*l.limits.ChannelRate)
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / l.limits.ChannelRate * float64(time.Second))
	}
	if wait := l.window(method, l.limits.WorkspacePerMinute, now); wait > 0 {
		return wait
	}
	b.tokens--
	return 0
}

func (l *limiter) window(key string, n int, now time.Time) time.Duration {
	if n <= 0 {
		return 0
	}
	calls := l.windows[key]
	for len(calls) > 0 && now.Sub(calls[0]) >= time.Minute {
		calls = calls[1:]
	}
	if len(calls) >= n {
		l.windows[key] = calls
		return time.Minute - now.Sub(calls[0])
	}
	l.windows[key] = append(calls, now)
	return 0
}
