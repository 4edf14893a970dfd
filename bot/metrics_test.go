// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// metric is the value of a gauge or counter, summed over its labels.
func metric(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func TestMetricsAreOfThisMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	registry := prometheus.NewRegistry()
	release := make(chan struct{})
	w.router.handle = func(ctx context.Context, _ commands.Envelope) error { released(ctx, release); return nil }
	w.start(fast, func(o *bot.Options) { o.Metrics = registry; o.Sockets = 2 })
	w.waitFor("two sockets", func() bool { return metric(t, registry, "ferryman_slack_sockets") == 2 })
	w.open("box")
	w.waitThread("box", "root of box")

	w.slack.RateLimit("chat.postMessage", time.Second, time.Minute)
	old := outgoing("box", "a", store.Normal, "a")
	old.Event.At = time.Now().Add(-time.Hour)
	w.say("box", old)
	w.waitFor("429", func() bool { return metric(t, registry, "ferryman_slack_rate_limited_total") > 0 })
	w.waitFor("the outbox's age", func() bool { return metric(t, registry, "ferryman_outbox_age_seconds") > 3500 })
	require.Zero(t, metric(t, registry, "ferryman_inbox_age_seconds"))
	w.command(standin.DBA, "/migrate-status")
	w.waitFor("the inbox's age", func() bool { return metric(t, registry, "ferryman_inbox_age_seconds") > 0 })
	close(release)
	w.waitFor("an empty inbox", func() bool { return metric(t, registry, "ferryman_inbox_age_seconds") == 0 })
}
