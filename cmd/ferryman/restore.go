// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

func restoreCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "restore --target URL", Short: "Bring back everything that prepare set aside, with nothing but the target", Args: noArguments,
		Long: "Brings indexes, constraints and foreign keys back from what is saved in the target's schema ferryman. It needs no Slack, no Redis and no\n" +
			"AWS. Triggers, LOB NOT NULLs and identities come back with --all, and only once DMS has stopped for good: say so with --dms-is-stopped.",
	}
	url := c.Flags().String("target", "", "postgres://user:password@host:port/database (needed)")
	yes := c.Flags().Bool("yes", false, "do not ask")
	all := c.Flags().Bool("all", false, "bring triggers, NOT NULLs and identities back too")
	stopped := c.Flags().Bool("dms-is-stopped", false, "say that no DMS task writes to this target any more (needed with --all)")
	jobs := c.Flags().Int("jobs", 4, "objects at work at once")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *url == "" {
			return usageError{errors.New("restore needs --target URL")}
		}
		if *all && !*stopped {
			return usageError{errors.New("--all brings back what DMS can't write against: add --dms-is-stopped when its task has stopped for good")}
		}
		target, err := postgres.Open(c.Context(), *url, "ferryman")
		if err != nil {
			return err
		}
		defer target.Close()
		if ok, err := confirm(c, target, *all, *yes); !ok || err != nil {
			return err
		}
		actor := "unknown"
		if u, err := user.Current(); err == nil {
			actor = u.Username
		}
		last := -1
		report, err := target.Restore(c.Context(), postgres.RestoreOptions{All: *all, Actor: actor, RebuildOptions: postgres.RebuildOptions{Jobs: *jobs, OnProgress: func(p postgres.RebuildProgress) {
			if p.Done != last {
				last = p.Done
				fmt.Fprintf(c.ErrOrStderr(), "%d of %d back\n", p.Done, p.Total)
			}
		}}})
		if err != nil {
			return err
		}
		return printRestored(c, report)
	}
	return c
}

// confirm says what would be done and asks.
func confirm(c *cobra.Command, target *postgres.Target, all, yes bool) (bool, error) {
	saved, err := target.Saved(c.Context(), "")
	if err != nil {
		return false, err
	}
	n := 0
	for _, o := range saved {
		if o.RestoredAt == nil && (all || slices.Contains(postgres.RebuildKinds, o.Kind)) {
			n++
			fmt.Fprintf(c.OutOrStdout(), "%s %s on %s.%s\n", o.Kind.Words(), o.Name, o.Schema, o.Table)
		}
	}
	if n == 0 {
		fmt.Fprintln(c.OutOrStdout(), "Nothing is set aside that could be brought back.")
		return false, nil
	}
	if yes {
		return true, nil
	}
	fmt.Fprintf(c.OutOrStdout(), "Bring these %d back? [y/N] ", n)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if !strings.EqualFold(strings.TrimSpace(answer), "y") {
		fmt.Fprintln(c.OutOrStdout(), "Nothing was done.")
		return false, errNo
	}
	return true, nil
}

func printRestored(c *cobra.Command, r postgres.RebuildReport) error {
	fmt.Fprintf(c.OutOrStdout(), "%d brought back, %d were there already, in %s.\n", len(r.Restored), len(r.AlreadyBack), r.Took.Round(1e6))
	for _, f := range r.Failed {
		fmt.Fprintf(c.OutOrStdout(), "Not back: %s %s on %s.%s: %s\n", f.Object.Kind.Words(), f.Object.Name, f.Object.Schema, f.Object.Table, f.Error)
	}
	for _, d := range r.Differences {
		fmt.Fprintf(c.OutOrStdout(), "Different: %s %s: was %s, is %s\n", d.Kind, d.Name, d.Before, d.After)
	}
	if len(r.Failed)+len(r.Differences) > 0 {
		return errNo
	}
	return nil
}
