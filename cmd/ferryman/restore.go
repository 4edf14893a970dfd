// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

func restoreCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "restore --target URL", Short: "Bring back everything that prepare set aside, with nothing but the target", Args: noArguments,
		Long: "Brings back what is saved in the target's schema ferryman, with no Slack, no Redis and no AWS: indexes, constraints, foreign keys, triggers,\n" +
			"LOB NOT NULLs and identities. While it sees DMS at work on the target, or a migration that is open there, it brings back indexes and\n" +
			"keys only: DMS can't write against the rest. When the task has stopped for good, say so with --all --dms-is-stopped.\n" +
			"It may be interrupted and run again: each object comes back in a transaction of its own.",
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
		case *jobs < 1:
			return usageError{errors.New("--jobs is 1 or more")}
		}
		target, err := postgres.Open(c.Context(), *url, "ferryman restore")
		if err != nil {
			return err
		}
		defer target.Close()
		aside, err := target.Aside(c.Context())
		if err != nil {
			return err
		}
		everything := *all
		var held []string
		switch {
		case *only:
			held = []string{"--indexes-and-keys was given"}
		case !*all:
			if held, err = target.DMSAtWork(c.Context()); err != nil {
				return err
			}
			everything = len(held) == 0
		}
		if ok, err := confirm(c, aside, everything, held, *yes); !ok || err != nil {
			return err
		}
		progress := newProgress(c.ErrOrStderr())
		report, err := target.Restore(c.Context(), postgres.RestoreOptions{All: everything, Actor: whoRuns(),
			RebuildOptions: postgres.RebuildOptions{Jobs: *jobs, OnProgress: progress.show}})
		progress.end()
		if err != nil && errors.Is(c.Context().Err(), context.Canceled) {
			fmt.Fprintf(c.OutOrStdout(), "Interrupted: %d brought back. What is not back is still saved; run the same again for it.\n", len(report.Restored))
			return errNo
		}
		if err != nil {
			return err
		}
		return printRestored(c, report)
	}
	return c
}

func whoRuns() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// confirm says what would be done, what would not and why, and asks.
func confirm(c *cobra.Command, aside []postgres.SavedObject, everything bool, held []string, yes bool) (bool, error) {
	out := c.OutOrStdout()
	n := 0
	kept := map[postgres.Kind]int{}
	for _, o := range aside {
		if !everything && !slices.Contains(postgres.RebuildKinds, o.Kind) {
			kept[o.Kind]++
			continue
		}
		n++
		fmt.Fprintln(out, plain(named(o.Object)))
		if o.Error != "" {
			fmt.Fprintf(out, "  the last time it could not come back: %s\n", plain(o.Error))
		}
	}
	if len(kept) > 0 {
		var counts []string
		for _, o := range aside {
			if count := kept[o.Kind]; count > 0 {
				counts = append(counts, fmt.Sprintf("%d × %s", count, o.Kind.Words()))
				delete(kept, o.Kind)
			}
		}
		fmt.Fprintf(out, "Left aside: %s, because DMS can't write against them and\n", strings.Join(counts, ", "))
		for _, reason := range held {
			fmt.Fprintf(out, "  - %s\n", plain(reason))
		}
		fmt.Fprintln(out, "When no DMS task writes here any more: ferryman restore --all --dms-is-stopped")
	}
	if n == 0 {
		fmt.Fprintln(out, "Nothing is set aside that could be brought back.")
		return false, nil
	}
	if yes {
		return true, nil
	}
	fmt.Fprintf(out, "Bring these %d back? [y/N] ", n)
	answer, _ := bufio.NewReader(c.InOrStdin()).ReadString('\n')
	if !strings.EqualFold(strings.TrimSpace(answer), "y") {
		fmt.Fprintln(out, "Nothing was done.")
		return false, errNo
	}
	return true, nil
}

func named(o postgres.Object) string {
	return fmt.Sprintf("%s %s on %s.%s", o.Kind.Words(), o.Name, o.Schema, o.Table)
}

func printRestored(c *cobra.Command, r postgres.RebuildReport) error {
	fmt.Fprintf(c.OutOrStdout(), "%d brought back, %d were there already, in %s.\n", len(r.Restored), len(r.AlreadyBack), r.Took.Round(1e6))
	for _, f := range r.Failed {
		fmt.Fprintf(c.OutOrStdout(), "Not back: %s: %s\n", plain(named(f.Object)), plain(f.Error))
	}
	for _, d := range r.Differences {
		fmt.Fprintln(c.OutOrStdout(), plain(fmt.Sprintf("Different: %s %s: was %s, is %s", d.Kind, d.Name, d.Before, d.After)))
	}
	if len(r.Failed) > 0 {
		fmt.Fprintln(c.OutOrStdout(), "What is not back is still saved, with its error: run the same again when that is put right.")
	}
	if len(r.Failed)+len(r.Differences) > 0 {
		return errNo
	}
	return nil
}
