// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// observer is what can be seen of this process from outside.
type observer struct {
	registry *prometheus.Registry
	steps    *prometheus.HistogramVec
	votes    *prometheus.CounterVec

	stopping func() bool
	store    *store.Store
	bot      *bot.Bot
	engine   *runbook.Engine
	leases   *prometheus.Desc
}

func newObserver() *observer {
	o := &observer{
		registry: prometheus.NewRegistry(),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ferryman_step_seconds", Help: "Time that the steps of phases took here, each try by itself.",
			Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600},
		}, []string{"phase", "kind", "outcome"}),
		votes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ferryman_votes_refused_total", Help: "Clicks on approval requests that did not count, by reason.",
		}, []string{"reason"}),
		leases: prometheus.NewDesc("ferryman_lease_held", "1 for each migration that this replica drives.", []string{"migration"}, nil),
	}
	o.registry.MustRegister(o.steps, o.votes, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return o
}

// watch has the parts looked at from now on; ctx is what ends when the process is told to stop.
func (o *observer) watch(ctx context.Context, db *store.Store, b *bot.Bot, engine *runbook.Engine) {
	o.stopping = func() bool { return ctx.Err() != nil }
	o.store, o.bot, o.engine = db, b, engine
	o.registry.MustRegister(o)
}

// step implements runbook.Engine's OnStep.
func (o *observer) step(phase, kind string, took time.Duration, err error) {
	outcome := "done"
	if err != nil {
		outcome = "not_done"
	}
	o.steps.WithLabelValues(phase, kind, outcome).Observe(took.Seconds())
}

// refused implements commands.Router's OnRefused.
func (o *observer) refused(reason string) { o.votes.WithLabelValues(reason).Inc() }

// Describe implements prometheus.Collector.
func (o *observer) Describe(ch chan<- *prometheus.Desc) { ch <- o.leases }

// Collect implements prometheus.Collector.
func (o *observer) Collect(ch chan<- prometheus.Metric) {
	for _, migration := range o.engine.Leading() {
		ch <- prometheus.MustNewConstMetric(o.leases, prometheus.GaugeValue, 1, migration)
	}
}
