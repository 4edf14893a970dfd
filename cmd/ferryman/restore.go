// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

func restoreCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "restore --target URL", Short: "Bring back everything that prepare set aside, with nothing but the target", Args: noArguments,
		Long: "Brings back what is saved in the target's schema ferryman, with no Slack, no Redis and no AWS: indexes, constraints, foreign keys, triggers,\n" +
			"LOB NOT NULLs and identities. While it sees DMS at work on the target, or a migration that is open there, it brings back indexes and\n" +
			"keys only: DMS can't write against the rest. When the task has stopped for good, say so with --all --dms-is-stopped.\n" +
			"It says what it will do and asks. It may be interrupted and run again: each object comes back in a transaction of its own.\n\n" +
			"Exit status: 0 all of it is back, but for what it said it would leave aside; 1 something is not back (it could not, it was\n" +
			"interrupted, the answer was no, or the target can't be had); 2 used wrongly, or there was nobody to ask and no --yes.",
	}
	url := c.Flags().String("target", "", "postgres://user:password@host:port/database (needed)")
	yes := c.Flags().Bool("yes", false, "do not ask")
	only := c.Flags().Bool("indexes-and-keys", false, "leave triggers, NOT NULLs and identities aside")
	all := c.Flags().Bool("all", false, "bring triggers, NOT NULLs and identities back whatever is seen of DMS")
	stopped := c.Flags().Bool("dms-is-stopped", false, "say that no DMS task writes to this target any more (needed with --all)")
	jobs := c.Flags().Int("jobs", 4, "objects at work at once")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case *url == "":
			return usageError{errors.New("restore needs --target URL")}
		case *all && *only:
			return usageError{errors.New("--all and --indexes-and-keys exclude each other")}
		case *all && !*stopped:
			return usageError{errors.New("--all brings back what DMS can't write against: add --dms-is-stopped when its task has stopped for good")}
		case *stopped && !*all:
			return usageError{errors.New("--dms-is-stopped goes with --all")}
		case *jobs < 1:
			return usageError{errors.New("--jobs is 1 or more")}
		}
		return restore(c, *url, *yes, postgres.RestoreOptions{IndexesAndKeys: *only, All: *all, Actor: whoRuns(), RebuildOptions: postgres.RebuildOptions{Jobs: *jobs}})
	}
	return c
}

func restore(c *cobra.Command, url string, yes bool, options postgres.RestoreOptions) error {
	ctx, out := c.Context(), c.OutOrStdout()
	target, err := postgres.Open(ctx, url, "ferryman restore")
	if err != nil {
		return err
	}
	defer target.Close()
	scope, err := target.RestoreScope(ctx, options)
	var absent *postgres.NoHomeError
	if errors.As(err, &absent) {
		return fmt.Errorf("%w; nothing can have been set aside in %s", err, where(url))
	}
	if err != nil {
		return err
	}
	printScope(out, where(url), scope, options.IndexesAndKeys)
	if len(scope.Back) == 0 {
		return nil
	}
	if !yes {
		if err := confirm(c, len(scope.Back)); err != nil {
			return err
		}
	}
	progress := newProgress(c.ErrOrStderr())
	options.OnProgress = progress.show
	report, err := target.Restore(ctx, options)
	progress.end()
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		fmt.Fprintf(out, "Interrupted: %d brought back. What is not back is still saved; run the same again for it.\n", len(report.Restored))
		return errNo
	}
	if err != nil {
		if len(report.Restored) > 0 {
			fmt.Fprintf(out, "%d brought back before it stopped. What is not back is still saved; run the same again for it.\n", len(report.Restored))
		}
		return err
	}
	printRestored(out, report)
	// DMS may have come meanwhile: what is still aside is said once more, as it is now.
	after, err := target.RestoreScope(ctx, options)
	if err != nil {
		return err
	}
	printKept(out, "Still aside", after, options.IndexesAndKeys)
	if len(report.Failed)+len(report.Differences) > 0 || len(after.Kept) > len(scope.Kept) {
		return errNo
	}
	return nil
}

func whoRuns() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
