// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// stuckAfter is how long a loop that goes round every second may take for once: Redis and Slack may each take their time.
	stuckAfter = time.Minute
	// readyPatience bounds one look at Redis; probes commonly wait a few seconds.
	readyPatience = 3 * time.Second
)

// part is one line of /healthz and /readyz.
type part struct {
	OK  bool   `json:"ok"`
	Why string `json:"why,omitempty"`
}

// serve serves /metrics, /healthz and /readyz at address until the returned function is called.
func (o *observer) serve(address string) (stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	server := &http.Server{Handler: o.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

func (o *observer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, o.health()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, o.readiness(r.Context())) })
	return mux
}

// answer is 200 where every part is well, else 503.
func answer(w http.ResponseWriter, parts map[string]part) {
	ok := true
	for _, p := range parts {
		ok = ok && p.OK
	}
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(struct {
		OK    bool            `json:"ok"`
		Parts map[string]part `json:"parts"`
	}{ok, parts})
}

// health tells of all loops whether they go round.
func (o *observer) health() map[string]part {
	turns := o.bot.LastTurns()
	turns["engine"] = o.engine.LastTurn()
	return health(turns, time.Now(), o.stopping())
}

// health tells whether loops that last went round then go round now. What they wait for, Redis or Slack, may be away: that is no reason
// to start the process anew, and no loop waits for it for ever.
func health(turns map[string]time.Time, now time.Time, stopping bool) map[string]part {
	parts := map[string]part{}
	for name, last := range turns {
		since := now.Sub(last)
		switch {
		case last.IsZero():
			parts[name] = part{OK: true, Why: "it has not begun yet"}
		case stopping:
			parts[name] = part{OK: true, Why: "Ferryman is stopping"}
		default:
			parts[name] = part{OK: since < stuckAfter, Why: fmt.Sprintf("it last went round %s ago", since.Round(time.Second))}
		}
	}
	return parts
}

// readiness tells whether people's commands are taken here: Redis answers and keeps what it is told, and Slack is connected.
func (o *observer) readiness(ctx context.Context) map[string]part {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	parts := map[string]part{"redis": told(o.store.Durable(ctx)), "slack": told(o.bot.Listening())}
	if o.stopping() {
		parts["process"] = part{Why: "Ferryman is stopping"}
	}
	return parts
}

func told(err error) part {
	if err != nil {
		return part{Why: err.Error()}
	}
	return part{OK: true}
}
