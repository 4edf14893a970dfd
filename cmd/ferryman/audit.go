// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/internal/audit"
	"github.com/ferryman/ferryman/store"
	"github.com/spf13/cobra"
)

func auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "audit", Short: "Verify or export the audit log of migrations",
		Long: "The audit log of a migration is a chain: each entry has the hash of its own content and of the one before it. It is kept in Redis and on\n" +
			"the target, and the thread in Slack names its end with each decision and each end of a phase.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("audit has no command %q: verify or export", args[0])}
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("say what to do: audit verify, or audit export")}
		},
	}
	c.AddCommand(auditVerifyCommand(), auditExportCommand())
	return c
}

type verifyFlags struct {
	config, profile, file string
	json, thread          bool
}

func auditVerifyCommand() *cobra.Command {
	var flags verifyFlags
	c := &cobra.Command{
		Use: "verify [MIGRATION]", Short: "Compare the audit log in Redis, on the target and in the thread",
		Long: "Verifies the chain in Redis in itself, the one on the target in itself, both with each other, and both with what the bot's own messages in\n" +
			"the thread name as its end. An entry that was changed, is missing, out of order or cut off is named. Without a migration all are verified.\n" +
			"What can't be read is said and left out: Redis (REDIS_URL), the targets (the configuration), the thread (SLACK_BOT_TOKEN).\n" +
			"With --file an exported log is verified, with nothing else.\n\n" +
			"Exit status: 0 all that could be compared is as it was written; 1 something is not, or nothing could be compared; 2 used wrongly.",
		Args: atMostOne("audit verify"),
	}
	path := configFlag(c)
	c.Flags().StringVar(&flags.profile, "profile", "", "the migration's profile, where Redis can't say it (default: the one whose target knows it)")
	c.Flags().StringVar(&flags.file, "file", "", "verify an exported log, from the file alone")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	c.Flags().BoolVar(&flags.thread, "thread", false, "the thread must be compared: that it can't be read is an answer of no")
	c.RunE = func(c *cobra.Command, args []string) error {
		flags.config = *path
		switch {
		case flags.file != "" && (len(args) > 0 || flags.thread || flags.profile != ""):
			return usageError{errors.New("--file verifies a file from itself: it goes with no migration, no --profile and no --thread")}
		case flags.profile != "" && len(args) == 0:
			return usageError{errors.New("--profile goes with a migration")}
		case flags.file != "":
			return verifyFile(c, flags)
		}
		return verifyMigrations(c, flags, args)
	}
	return c
}

func atMostOne(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("%s takes one migration", command)}
		}
		return nil
	}
}

func verifyFile(c *cobra.Command, flags verifyFlags) error {
	f, err := os.Open(flags.file)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := audit.VerifyFile(f)
	if err != nil {
		return err
	}
	return answerVerified(c, flags, []audit.Report{report}, nil)
}

func verifyMigrations(c *cobra.Command, flags verifyFlags, names []string) error {
	ctx := c.Context()
	sources, done, err := auditSources(ctx, flags.config)
	if err != nil {
		return err
	}
	defer done()
	if flags.thread && sources.Threads == nil {
		return usageError{errors.New("--thread needs SLACK_BOT_TOKEN in the environment")}
	}
	var missed []string
	if len(names) == 0 {
		names, missed = sources.Names(ctx)
	}
	reports := []audit.Report{}
	for _, name := range names {
		v, err := sources.Read(ctx, name, flags.profile)
		if err != nil {
			return err
		}
		report := audit.Verify(v)
		if flags.thread && v.ThreadUnread != "" {
			report.Findings = append(report.Findings, audit.Finding{Where: audit.InThread, What: "could not be compared, and --thread asks for it: " + v.ThreadUnread})
		}
		reports = append(reports, report)
	}
	return answerVerified(c, flags, reports, missed)
}

// answerVerified prints the reports and makes the exit status of them.
func answerVerified(c *cobra.Command, flags verifyFlags, reports []audit.Report, missed []string) error {
	if flags.json {
		enc := json.NewEncoder(c.OutOrStdout())
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"migrations": reports, "not_asked": append([]string{}, missed...)}); err != nil {
			return err
		}
	} else {
		printReports(c.OutOrStdout(), reports, missed)
	}
	if len(reports) == 0 && len(missed) > 0 {
		return errNo
	}
	for _, r := range reports {
		if !r.Good() || len(r.Compared) == 0 {
			return errNo
		}
	}
	return nil
}

// auditSources opens what is configured; what is not, or does not answer, is said in the reports.
func auditSources(ctx context.Context, path string) (_ *audit.Sources, done func(), err error) {
	s := &audit.Sources{Secrets: &secrets{}, NoSlack: "SLACK_BOT_TOKEN is not set"}
	done = func() {}
	if s.Config, err = loadConfig(path); err != nil {
		if path != "" || os.Getenv("FERRYMAN_CONFIG") != "" || !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		s.Config, s.NoConfig = nil, "there is no configuration (--config, $FERRYMAN_CONFIG or ferryman.yaml), so the target is not known"
	}
	if url := os.Getenv("REDIS_URL"); url == "" {
		s.NoRedis = "REDIS_URL is not set"
	} else if db, err := store.Open(ctx, url); err != nil {
		s.NoRedis = err.Error()
	} else {
		s.Store, done = db, func() { _ = db.Close() }
	}
	if token := os.Getenv("SLACK_BOT_TOKEN"); token != "" {
		s.Threads = bot.NewSlack(os.Getenv("SLACK_APP_TOKEN"), token, os.Getenv("SLACK_API_URL"))
	}
	return s, done, nil
}
