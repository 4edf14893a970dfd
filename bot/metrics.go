// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are read when they are scraped, so that they are of that moment.
type metrics struct {
	bot         *Bot
	outboxAge   atomic.Int64 // nanoseconds, at the last look
	outboxes    atomic.Int64
	rateLimited *prometheus.CounterVec
	envelopes   *prometheus.CounterVec
	ackSeconds  *prometheus.HistogramVec
	handled     *prometheus.HistogramVec

	sockets, inboxAge, outboxAgeDesc, outboxesDesc *prometheus.Desc
}

func newMetrics(b *Bot) *metrics {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &metrics{
		bot: b,
		rateLimited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ferryman_slack_rate_limited_total", Help: "Calls that Slack answered with 429, by method.",
		}, []string{"method"}),
		envelopes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ferryman_envelopes_total", Help: "What arrived from Slack, by type and by what became of it.",
		}, []string{"type", "outcome"}),
		ackSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ferryman_ack_seconds", Help: "Time from the arrival of an envelope to its acknowledgement, storing included. Slack waits 3 s.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 3},
		}, []string{"type"}),
		handled: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ferryman_command_seconds", Help: "Time that a command, click or form took once it was read from the inbox.",
			Buckets: []float64{.01, .05, .1, .5, 1, 2, 5, 10, 30, 60},
		}, []string{"command", "outcome"}),
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
	for _, c := range m.counted() {
		c.Describe(ch)
	}
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
	for _, c := range m.counted() {
		c.Collect(ch)
	}
}

func (m *metrics) counted() []prometheus.Collector {
	return []prometheus.Collector{m.rateLimited, m.envelopes, m.ackSeconds, m.handled}
}

// received notes what became of an arrival, and how long its acknowledgement took; d is nil where it was nothing for Ferryman.
func (m *metrics) received(d *delivery, outcome string, took time.Duration) {
	kind := "other"
	if d != nil {
		kind = string(d.env.Type)
	}
	m.envelopes.WithLabelValues(kind, outcome).Inc()
	m.ackSeconds.WithLabelValues(kind).Observe(took.Seconds())
}

// did notes how long an envelope took. The name of a command is one of the app's manifest, those of buttons are not told apart.
func (m *metrics) did(env commands.Envelope, err error, took time.Duration) {
	outcome := "done"
	var facing UserFacing
	switch {
	case errors.As(err, &facing):
		outcome = "refused"
	case err != nil:
		outcome = "failed"
	}
	m.handled.WithLabelValues(cmp.Or(env.Command, string(env.Type)), outcome).Observe(took.Seconds())
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
