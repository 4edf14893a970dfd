// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "run", Short: "Run the bot until it is told to stop", Args: noArguments,
		Long: "Runs the bot: takes slash commands and buttons from Slack, does the phases, and goes on with what another replica left.\n" +
			"SIGTERM or Ctrl-C: it stops taking new work and leaves what is under way to be resumed.",
	}
	path := configFlag(c)
	metrics := c.Flags().String("metrics", "", "serve Prometheus metrics at this address, such as 127.0.0.1:9090 (default: nowhere)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		env, err := readEnvironment()
		if err != nil {
			return err
		}
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		if *metrics != "" {
			stop, err := serveMetrics(*metrics)
			if err != nil {
				return err
			}
			defer stop()
		}
		return run(c.Context(), env, cfg)
	}
	return c
}

// serveMetrics serves /metrics until the returned function is called.
func serveMetrics(address string) (stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

func run(ctx context.Context, env environment, cfg *config.Config) error {
	log := logger()
	db, err := store.Open(ctx, env.redisURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if cfg.Redis.Durability == "asserted" {
		db.AssertDurability()
	}
	if err := db.Durable(ctx); err != nil {
		return err
	}
	client := bot.NewSlack(env.appToken, env.botToken, env.apiURL)
	id, err := client.Identity(ctx)
	if err != nil {
		return err
	}
	crew := &phases.Crew{Config: cfg, Secrets: &secrets{}, Store: db, Log: log}
	people := &commands.People{Slack: client, Config: cfg, Hasher: crew, Team: id.TeamID}
	router := &commands.Router{Store: db, Config: cfg, Slack: client, People: people, Opener: crew, Log: log,
		Adopter: &adopt.Adopter{Store: db, Crew: crew, Threads: client, Log: log}}
	b, err := bot.New(bot.Options{Slack: client, Store: db, Router: router, Logger: log, Metrics: prometheus.DefaultRegisterer, Takeover: cfg.Replicas.Takeover})
	if err != nil {
		return err
	}
	engine := &runbook.Engine{
		Store: db, Crew: crew, People: people, Log: log, Owner: owner(), LeaseTTL: cfg.Replicas.Takeover, WatchEvery: watchEvery(cfg),
	}

	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		engine.Run(ctx)
	}()
	log.Info("Ferryman runs", "version", versionText(), "workspace", id.Team, "profiles", len(cfg.Profiles))
	err = b.Run(ctx)
	cancel()
	<-stopped
	return err
}

// owner names this replica: two on one host, or one after its restart, are different ones.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%s", host, uuid.NewString()[:8])
}

// watchEvery is the shortest poll of the profiles: what runs between phases is looked at as often as a task.
func watchEvery(cfg *config.Config) time.Duration {
	every := 15 * time.Second
	for _, p := range cfg.Profiles {
		every = min(every, max(p.AWS.Poll, time.Second))
	}
	return every
}
