// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are read when they are scraped, so that they are of that moment.
type metrics struct {
	bot         *Bot
	outboxAge   atomic.Int64 // nanoseconds, at the last look
	outboxes    atomic.Int64
	rateLimited *prometheus.CounterVec

	sockets, inboxAge, outboxAgeDesc, outboxesDesc *prometheus.Desc
}

func newMetrics(b *Bot) *metrics {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &metrics{
		bot: b,
		rateLimited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ferryman_slack_rate_limited_total", Help: "Calls that Slack answered with 429, by method.",
		}, []string{"method"}),
		sockets:       desc("ferryman_slack_sockets", "Open sockets of this replica that Slack has said hello on."),
		inboxAge:      desc("ferryman_inbox_age_seconds", "Time since the oldest unfinished envelope was stored; absent while Redis is away."),
		outboxAgeDesc: desc("ferryman_outbox_age_seconds", "Time since the oldest event happened that is not in its thread yet."),
		outboxesDesc:  desc("ferryman_outbox_migrations", "Migrations that have something to send."),
	}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.sockets, m.inboxAge, m.outboxAgeDesc, m.outboxesDesc} {
		ch <- d
	}
	m.rateLimited.Describe(ch)
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	gauge(m.sockets, float64(m.bot.Connected()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if age, err := m.bot.Store.InboxAge(ctx); err == nil {
		gauge(m.inboxAge, age.Seconds())
	}
	gauge(m.outboxAgeDesc, time.Duration(m.outboxAge.Load()).Seconds())
	gauge(m.outboxesDesc, float64(m.outboxes.Load()))
	m.rateLimited.Collect(ch)
}

func (m *metrics) countRateLimit(method string) { m.rateLimited.WithLabelValues(method).Inc() }

// outbox notes what a look at the outboxes found.
func (m *metrics) outbox(waiting []store.WaitingOutbox) {
	var oldest time.Duration
	for _, w := range waiting {
		if !w.Oldest.IsZero() {
			oldest = max(oldest, time.Since(w.Oldest))
		}
	}
	m.outboxAge.Store(int64(oldest))
	m.outboxes.Store(int64(len(waiting)))
}
