// SPDX-License-Identifier: Apache-2.0

// Command rehearse plays a whole migration on this machine: it starts stand-ins for Slack, Oracle and AWS, a PostgreSQL and a Redis, and
// the built ferryman as a child process that knows nothing of all this but its environment and its configuration.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// errVerdict ends a rehearsal whose verdict is no, after it was printed.
var errVerdict = errors.New("the verdict is no")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return
	case errors.Is(err, errVerdict):
		os.Exit(1)
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "rehearse: %v\nSee: rehearse --help\n", err)
		os.Exit(2)
	}
	fmt.Fprintf(os.Stderr, "rehearse: %v\n", err)
	os.Exit(1)
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func rootCommand() *cobra.Command {
	var auto bool
	var s settings
	root := &cobra.Command{
		Use: "rehearse --auto", Short: "Play a whole migration on this machine, unattended",
		Long: "Starts stand-ins for Slack, Oracle and AWS, a real PostgreSQL and Redis, and the built ferryman; three members of the workspace then take\n" +
			"an Oracle schema to PostgreSQL. It prints the thread as it grows, ends by itself with a verdict, and exits 0 when both sides are equal.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q", args[0])}
			}
			return nil
		},
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(c *cobra.Command, _ []string) error {
			if !auto {
				return c.Help()
			}
			return rehearse(c.Context(), s, c.OutOrStdout())
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.Flags().BoolVar(&auto, "auto", false, "play the migration and end by itself")
	s.flags(root)
	root.AddCommand(playCommand(), slackCommand(), oracleCommand(), awsCommand(), postgresCommand())
	return root
}
