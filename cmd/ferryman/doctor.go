// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
	"github.com/spf13/cobra"
)

// finding is one line of doctor's answer.
type finding struct {
	Part string `json:"part"`
	bot.Check
}

func doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Short: "Check tokens, scopes, Redis, grants and privileges, and say what to do about each", Args: noArguments,
		Long: "Checks everything that a migration needs and changes nothing. The exit status is 0 when all is well and 1 when something is to be done.",
	}
	path := configFlag(c)
	asJSON := c.Flags().Bool("json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		env, err := readEnvironment()
		if err != nil {
			return err
		}
		cfg, err := loadConfig(*path)
		if err != nil {
			return err
		}
		findings := examine(c.Context(), env, cfg)
		if err := show(c.OutOrStdout(), findings, *asJSON); err != nil {
			return err
		}
		if slices.ContainsFunc(findings, func(f finding) bool { return !f.OK }) {
			return errNo
		}
		return nil
	}
	return c
}

func show(out io.Writer, findings []finding, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(findings)
	}
	part := ""
	for _, f := range findings {
		if f.Part != part {
			part = f.Part
			fmt.Fprintf(out, "%s\n", part)
		}
		mark := "ok  "
		if !f.OK {
			mark = "FIX "
		}
		fmt.Fprintf(out, "  %s %s: %s\n", mark, f.Name, f.Found)
		if !f.OK && f.Fix != "" {
			fmt.Fprintf(out, "       %s\n", f.Fix)
		}
	}
	return nil
}

// partPatience bounds each part of the examination: what does not answer is told as such.
const partPatience = 20 * time.Second

func examine(ctx context.Context, env environment, cfg *config.Config) []finding {
	var all []finding
	add := func(part string, checks ...bot.Check) {
		for _, c := range checks {
			all = append(all, finding{Part: part, Check: c})
		}
	}
	var channels []string
	for _, p := range cfg.Profiles {
		channels = append(channels, p.Channel)
	}
	slices.Sort(channels)
	within := func(part string, check func(ctx context.Context) []bot.Check) {
		ctx, cancel := context.WithTimeout(ctx, partPatience)
		defer cancel()
		add(part, check(ctx)...)
	}
	within("Slack", func(ctx context.Context) []bot.Check {
		return bot.NewSlack(env.appToken, env.botToken, env.apiURL).CheckSlack(ctx, env.botToken, slices.Compact(channels)...)
	})
	within("Redis", func(ctx context.Context) []bot.Check { return checkRedis(ctx, env.redisURL, cfg.Redis.Durability) })
	for _, name := range slices.Sorted(maps.Keys(cfg.Profiles)) {
		p := cfg.Profiles[name]
		ends, err := p.Endpoints(ctx, &secrets{})
		if err != nil {
			add("profile "+name, bot.Check{Name: "connections", Found: err.Error(), Fix: "correct the profile, or the variables it names"})
			continue
		}
		within("profile "+name+": Oracle", func(ctx context.Context) []bot.Check { return checkOracle(ctx, p, ends) })
		within("profile "+name+": PostgreSQL", func(ctx context.Context) []bot.Check { return checkPostgres(ctx, p, ends) })
		if ends.Scratch != nil {
			within("profile "+name+": PostgreSQL", func(ctx context.Context) []bot.Check { return []bot.Check{checkScratch(ctx, ends.Scratch)} })
		}
		within("profile "+name+": AWS", func(ctx context.Context) []bot.Check { return []bot.Check{checkAWS(ctx, p)} })
	}
	return all
}

func checkRedis(ctx context.Context, url, durability string) []bot.Check {
	db, err := store.Open(ctx, url)
	if err != nil {
		return []bot.Check{{Name: "connection", Found: err.Error(), Fix: "see that REDIS_URL is right and the server runs"}}
	}
	defer db.Close()
	checks := []bot.Check{{Name: "connection", OK: true, Found: "it answers"}}
	found, err := db.Durability(ctx)
	if err != nil {
		return append(checks, bot.Check{Name: "persistence", Found: err.Error(), Fix: "see that REDIS_URL is right and the servers run"})
	}
	for _, d := range found {
		c := bot.Check{Name: d.Name, OK: d.OK, Found: d.Found, Fix: d.Fix}
		if d.Server != "" {
			c.Name = d.Name + ", " + d.Server
		}
		switch {
		case d.Unknown && durability == "asserted":
			c.OK, c.Found = true, d.Found+" (asserted in the configuration)"
		case d.Advice && !d.OK:
			c.OK, c.Found = true, d.Found+" ("+d.Fix+")"
		}
		checks = append(checks, c)
	}
	return checks
}

func checkOracle(ctx context.Context, p *config.Profile, ends *config.Endpoints) []bot.Check {
	src, err := oracle.Open(ctx, ends.Source.URL.Reveal())
	if err != nil {
		return []bot.Check{{Name: "connection", Found: err.Error(), Fix: "correct source.url"}}
	}
	defer src.Close()
	checks := []bot.Check{{Name: "connection", OK: true, Found: ends.Source.String()}, checkOracleDMS(ctx, ends)}
	grants, err := src.CheckGrants(ctx, p.Source.Schemas, ends.SourceDMS.User)
	if err != nil {
		return append(checks, bot.Check{Name: "grants", Found: err.Error(), Fix: "GRANT SELECT_CATALOG_ROLE to the user of source.url, then run doctor again for the rest"})
	}
	for _, g := range grants {
		checks = append(checks, bot.Check{Name: g.Name, OK: g.OK, Found: g.Found, Fix: g.Fix})
	}
	return checks
}

func checkPostgres(ctx context.Context, p *config.Profile, ends *config.Endpoints) []bot.Check {
	target, err := postgres.Open(ctx, ends.Target.URL.Reveal(), "ferryman")
	if err != nil {
		return []bot.Check{{Name: "connection", Found: err.Error(), Fix: "correct target.url"}}
	}
	defer target.Close()
	checks := []bot.Check{{Name: "connection", OK: true, Found: ends.Target.String()}, checkPostgresDMS(ctx, ends)}
	schemas := make([]string, len(p.Source.Schemas))
	for i, s := range p.Source.Schemas {
		schemas[i] = convert.TargetName(s)
	}
	privileges, err := target.CheckPrivileges(ctx, schemas)
	if err != nil {
		return append(checks, bot.Check{Name: "privileges", Found: err.Error(), Fix: "see that the role of target.url may read the catalog"})
	}
	for _, g := range privileges {
		checks = append(checks, bot.Check{Name: g.Name, OK: g.OK, Found: g.Found, Fix: g.Fix})
	}
	return checks
}

// The endpoints' users are tried from here; whether the replication instance reaches the databases is load's own connection test.
func checkOracleDMS(ctx context.Context, ends *config.Endpoints) bot.Check {
	const name = "the DMS endpoint's user"
	src, err := oracle.Open(ctx, ends.SourceDMS.URL.Reveal())
	if err != nil {
		return bot.Check{Name: name, Found: err.Error(), Fix: "correct source.dms_url"}
	}
	defer src.Close()
	return bot.Check{Name: name, OK: true, Found: ends.SourceDMS.String()}
}

func checkPostgresDMS(ctx context.Context, ends *config.Endpoints) bot.Check {
	const name = "the DMS endpoint's user"
	target, err := postgres.Open(ctx, ends.TargetDMS.URL.Reveal(), "ferryman")
	if err != nil {
		return bot.Check{Name: name, Found: err.Error(), Fix: "correct target.dms_url"}
	}
	target.Close()
	return bot.Check{Name: name, OK: true, Found: ends.TargetDMS.String()}
}

// checkScratch looks whether the conversion and people's scripts can be tried where the profile says.
func checkScratch(ctx context.Context, scratch *config.Endpoint) bot.Check {
	const name = "scratch server"
	server, err := postgres.Open(ctx, scratch.URL.Reveal(), "ferryman")
	if err != nil {
		return bot.Check{Name: name, Found: err.Error(), Fix: "correct target.scratch_url"}
	}
	defer server.Close()
	if err := server.MayTry(ctx); err != nil {
		return bot.Check{Name: name, Found: err.Error(), Fix: "give the role of target.scratch_url CREATEDB and CREATEROLE on that server"}
	}
	return bot.Check{Name: name, OK: true, Found: scratch.String() + " may make databases and roles"}
}

func checkAWS(ctx context.Context, p *config.Profile) bot.Check {
	client, err := dms.Open(ctx, dms.Options{Region: p.AWS.Region})
	if err == nil {
		err = client.Check(ctx)
	}
	if err != nil {
		return bot.Check{Name: "AWS DMS", Found: err.Error(), Fix: "see that the AWS credentials are there and allow what docs/aws.md lists"}
	}
	return bot.Check{Name: "AWS DMS", OK: true, Found: "the credentials may list replication tasks in " + p.AWS.Region}
}
