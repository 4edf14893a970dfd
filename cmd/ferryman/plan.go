// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

// migrationName is what a migration may be called.
var migrationName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

func planCommand() *cobra.Command {
	c := &cobra.Command{Use: "plan", Short: "Print what a phase would do, and run nothing",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no plan of %q", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(planPrepareCommand())
	return c
}

func planPrepareCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "prepare --target URL (--schema S … | --all-schemas)", Short: "Print the SQL of a prepare, with reasons", Args: noArguments,
		Long: "Reads the target and prints the SQL that sets foreign keys, indexes, unique constraints, triggers, LOB NOT NULLs and identities aside and\n" +
			"moves sequences ahead, with the reason of each, and changes nothing. Each object is saved by the transaction that sets it aside, so a\n" +
			"DBA may run it: psql -f FILE. ferryman restore brings everything back. Exit status 1: something could not come back; the script says\n" +
			"what, with the GRANT for it, and stops before its first change.",
	}
	url := c.Flags().String("target", "", "postgres://user:password@host:port/database (needed)")
	schemas := c.Flags().StringArray("schema", nil, "a schema to prepare, as the target names it; may be given several times")
	all := c.Flags().Bool("all-schemas", false, "prepare every schema that has tables")
	keep := c.Flags().StringArray("keep", nil, "leave what matches this shell pattern over schema.table.name; may be given several times")
	gap := c.Flags().Int64("gap", 100_000, "increments that sequences go beyond the columns' values")
	name := c.Flags().String("migration", "by-hand", "the name under which it is saved where no migration is open on the target")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case *url == "":
			return usageError{errors.New("plan prepare needs --target URL")}
		case *all == (len(*schemas) > 0):
			return usageError{errors.New("plan prepare needs --schema S, once for each schema, or --all-schemas")}
		case *gap < 0:
			return usageError{errors.New("--gap is a number of increments, 0 or more")}
		case !migrationName.MatchString(*name):
			return usageError{fmt.Errorf("--migration %q is no name of a migration: lower-case letters, digits and -, a letter first, at most 40", *name)}
		}
		target, err := postgres.Open(c.Context(), *url, "ferryman plan")
		if err != nil {
			return err
		}
		defer target.Close()
		scope := *schemas
		if *all {
			if scope, err = target.ScriptSchemas(c.Context()); err != nil {
				return err
			}
			if len(scope) == 0 {
				return errors.New("no schema on the target has tables")
			}
		}
		script, ok, err := target.PrepareScript(c.Context(), postgres.ScriptOptions{Schemas: scope, KeepPatterns: *keep, Gap: *gap, Migration: *name, Now: time.Now()})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(c.OutOrStdout(), script); err != nil {
			return fmt.Errorf("print the script: %w", err)
		}
		if !ok {
			fmt.Fprintln(c.ErrOrStderr(), "ferryman: something could not come back, so the script stops before its first change; its head says what lacks:")
			for line := range strings.Lines(script) {
				if strings.HasPrefix(line, "--   ") {
					fmt.Fprint(c.ErrOrStderr(), strings.TrimPrefix(line, "-- "))
				}
			}
			return errNo
		}
		return nil
	}
	return c
}
