// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/spf13/cobra"
)

type adoptFlags struct {
	profile, channel string
	yes, json        bool
}

func adoptCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "adopt NAME", Short: "Rebuild a migration that Redis has lost, or was set back behind",
		Long: "Rebuilds a migration in Redis from its target's schema ferryman, the DMS task, and its thread in Slack, when Redis was wiped or set\n" +
			"back to an earlier copy. It shows what it found, where the sources disagree and what it will do, and asks. Approvals never survive:\n" +
			"what needs two people is asked anew. A bot may be running meanwhile. Without Slack it says so, and the bot looks for the thread later.\n\n" +
			"Needs REDIS_URL and the configuration; SLACK_BOT_TOKEN for the thread, AWS credentials for the task.\n" +
			"Exit status: 0 adopted; 1 not (there is nothing to adopt, it was refused, or the answer was no); 2 used wrongly, or nobody to ask\n" +
			"and no --yes.",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("adopt needs the migration's name, and nothing else")}
			}
			return nil
		},
	}
	path := configFlag(c)
	var flags adoptFlags
	c.Flags().StringVar(&flags.profile, "profile", "", "the profile it was opened from (default: the one whose target has it open)")
	c.Flags().StringVar(&flags.channel, "channel", "", "the id of the channel that its thread is in (default: the one it was opened in)")
	c.Flags().BoolVar(&flags.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON; without --yes nothing is changed")
	c.RunE = func(c *cobra.Command, args []string) error { return runAdopt(c, *path, args[0], flags) }
	return c
}

func runAdopt(c *cobra.Command, path, name string, flags adoptFlags) error {
	ctx, out := c.Context(), c.OutOrStdout()
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	if flags.profile != "" && cfg.Profiles[flags.profile] == nil {
		return usageError{fmt.Errorf("the configuration has no profile %q", flags.profile)}
	}
	url := os.Getenv("REDIS_URL")
	if url == "" {
		return usageError{errors.New("set REDIS_URL in the environment")}
	}
	db, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	adopter := &adopt.Adopter{Store: db, Log: logger(), Crew: &phases.Crew{Config: cfg, Secrets: &secrets{}, Store: db, Log: logger()}}
	if token := os.Getenv("SLACK_BOT_TOKEN"); token != "" {
		adopter.Threads = bot.NewSlack(os.Getenv("SLACK_APP_TOKEN"), token, os.Getenv("SLACK_API_URL"))
	}
	var profiles []string
	if flags.profile != "" {
		profiles = []string{flags.profile}
	}
	found, err := adopter.Survey(ctx, name, flags.channel, profiles...)
	if err != nil {
		return fmt.Errorf("%s was not adopted: %w", name, err)
	}
	if !flags.json {
		printFindings(out, found)
	}
	switch {
	case flags.yes:
	case flags.json:
		return printAdoption(out, found, false)
	default:
		fmt.Fprintf(out, "Adopt %s? [y/N] ", name)
		if err := answered(c); err != nil {
			return err
		}
	}
	after, err := adopter.Adopt(ctx, found, "command line: "+whoRuns(), "")
	if errors.Is(err, store.ErrMoved) {
		return fmt.Errorf("%s was not adopted: %w; run the same again", name, err)
	}
	if err != nil {
		return fmt.Errorf("%s was not adopted: %w", name, err)
	}
	if flags.json {
		return printAdoption(out, found, true)
	}
	fmt.Fprintf(out, "%s is adopted: audit entry %d. A running bot goes on with it, and says so in the thread.\n", name, after.AuditSeq)
	return nil
}

func printAdoption(out io.Writer, found *adopt.Findings, adopted bool) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		*adopt.Findings
		Adopted bool `json:"adopted"`
	}{found, adopted})
}

func printFindings(out io.Writer, f *adopt.Findings) {
	fmt.Fprintf(out, "%s, from profile %s\n", plain(f.Migration), plain(f.Profile))
	for _, part := range []struct {
		head  string
		lines []string
	}{{"Found", f.Found}, {"Where they disagree", f.Disagree}, {"Not found", f.Missing}, {"What adopt will do", f.Will}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(out, "%s\n", part.head)
		for _, line := range part.lines {
			fmt.Fprintf(out, "  - %s\n", plain(line))
		}
	}
}
