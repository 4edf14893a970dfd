// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "run", Short: "Run the bot until it is told to stop", Args: noArguments,
		Long: "Runs the bot: takes slash commands and buttons from Slack, does the phases, and goes on with what another replica left.\n" +
			"SIGTERM or Ctrl-C: it begins nothing new, lets the step that is under way end for up to 25 seconds, hands the rest over to the\n" +
			"other replicas or its next start, and closes its sockets last. A second one ends it at once.\n\n" +
			"With --listen it serves /metrics (Prometheus), /healthz (its loops go round) and /readyz (Redis keeps what it is told, and Slack\n" +
			"is connected), without any authentication: the address should not be a public one.",
	}
	path := configFlag(c)
	listen := c.Flags().String("listen", "", "serve /metrics, /healthz and /readyz at this address, such as 127.0.0.1:9090 (default: nowhere)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		env, err := readEnvironment()
		if err != nil {
			return err
		}
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		return run(c.Context(), env, cfg, *listen)
	}
	return c
}

// nameAge is how old a reading of somebody's name may be that a report shows.
const nameAge = time.Hour

func run(ctx context.Context, env environment, cfg *config.Config, listen string) error {
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
	seen := newObserver()
	client := bot.NewSlack(env.appToken, env.botToken, env.apiURL)
	crew := &phases.Crew{Config: cfg, Secrets: &secrets{}, Store: db, Log: log}
	crew.Name = func(ctx context.Context, userID string) (string, error) {
		p, _, err := client.Person(ctx, userID, nameAge)
		return p.Name, err
	}
	people := &commands.People{Slack: client, Config: cfg, Hasher: crew}
	router := &commands.Router{Store: db, Config: cfg, Slack: client, People: people, Opener: crew, Schemas: crew, Files: client, Log: log, OnRefused: seen.refused,
		Adopter: &adopt.Adopter{Store: db, Crew: crew, Threads: client, Log: log}}
	b, err := bot.New(bot.Options{Slack: client, Store: db, Router: router, Logger: log, Metrics: seen.registry, Takeover: cfg.Replicas.Takeover})
	if err != nil {
		return err
	}
	engine := &runbook.Engine{
		Store: db, Crew: crew, People: people, Log: log, Owner: owner(), LeaseTTL: cfg.Replicas.Takeover, WatchEvery: watchEvery(cfg), OnStep: seen.step,
	}
	seen.watch(ctx, db, b, engine)
	if listen != "" {
		stop, err := seen.serve(listen)
		if err != nil {
			return err
		}
		defer stop()
	}
	id, err := client.WaitIdentity(ctx, log)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	people.Team = id.TeamID
	log.Info("Ferryman runs", "version", versionText(), "workspace", id.Team, "profiles", len(cfg.Profiles))
	retirer := &runbook.Retirer{Store: db, Keeper: crew, Archive: client, Log: log, Owner: engine.Owner, Days: cfg.Retention.Days}
	retiring, stopRetiring := context.WithCancel(ctx)
	retired := make(chan struct{})
	go func() { defer close(retired); retirer.Run(retiring) }()
	defer func() { stopRetiring(); <-retired }()
	return work(ctx, b, engine, log)
}

// work runs the engine and the bot until ctx ends: then first the engine comes to its end, while people are still answered, and the bot
// last. Where Slack refuses the bot's token, both end.
func work(ctx context.Context, b *bot.Bot, engine *runbook.Engine, log *slog.Logger) error {
	defer context.AfterFunc(ctx, func() {
		log.Info("stopping: what is under way comes to its end first; a second signal ends Ferryman at once")
		signal.Reset(os.Interrupt, syscall.SIGTERM)
	})()
	engineCtx, stopEngine := context.WithCancel(ctx)
	botCtx, stopBot := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBot()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer stopBot()
		engine.Run(engineCtx)
	}()
	err := b.Run(botCtx)
	stopEngine()
	<-ended
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
