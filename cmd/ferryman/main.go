// SPDX-License-Identifier: Apache-2.0

// Command ferryman is the Slack bot that takes Oracle schemas to PostgreSQL through AWS DMS, and its helpers.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/spf13/cobra"
)

// Exit codes: 1 is an answer of no, 2 a wrong use.
const (
	exitNo    = 1
	exitUsage = 2
)

// errNo ends a command whose answer is no, after it has said so itself.
var errNo = errors.New("no")

// usageError is a wrong use of the command line.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dictionary.LimitMemory()
	os.Exit(execute(ctx, os.Args[1:]))
}

func execute(ctx context.Context, args []string) int {
	root := rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNo):
		return exitNo
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "ferryman: %v\nSee: ferryman --help\n", err)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "ferryman: %v\n", err)
		return exitNo
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ferryman",
		Short: "Takes an Oracle schema to PostgreSQL through AWS DMS, phase by phase, in one Slack thread",
		Long: "Ferryman is a Slack bot that takes an Oracle schema to PostgreSQL through AWS DMS: every phase is a slash command, every step that\n" +
			"can't be taken back waits for two people.\n\n" +
			"Environment: SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_API_URL (default: Slack's), REDIS_URL, FERRYMAN_CONFIG, and the AWS SDK's own.",
		SilenceErrors: true, SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(runCommand(), doctorCommand(), manifestCommand(), assessCommand(), snapshotCommand(), planCommand(), restoreCommand(), adoptCommand(), auditCommand(), versionCommand())
	return root
}

// noArguments refuses words that a command does not take.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no %q", c.CommandPath(), args[0])}
	}
	return nil
}
