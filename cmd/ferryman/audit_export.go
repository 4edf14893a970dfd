// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ferryman/ferryman/internal/audit"
	"github.com/spf13/cobra"
)

func auditExportCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "export MIGRATION", Short: "Write a migration's audit log as JSON lines that can be verified by themselves",
		Long: "Writes the chain, one entry on each line, byte for byte as it was written; then the lines of the target's own log (what ferryman restore and\n" +
			"the script of ferryman plan prepare did), and the end. `ferryman audit verify --file` verifies it with nothing else. The chain is read from\n" +
			"Redis, and from the target where Redis does not have it.\n\n" +
			"Exit status: 0 written, and all is as it was; 1 written, but the chain does not verify (which is said), or not written; 2 used wrongly.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("audit export needs the migration's name, and nothing else")}
			}
			return nil
		},
	}
	path := configFlag(c)
	out := c.Flags().String("out", "", "the file to write, which must not be there yet (default: standard output)")
	profile := c.Flags().String("profile", "", "the migration's profile, where Redis can't say it (default: the one whose target knows it)")
	c.RunE = func(c *cobra.Command, args []string) error { return exportAudit(c, *path, *profile, *out, args[0]) }
	return c
}

func exportAudit(c *cobra.Command, path, profile, out, migration string) error {
	ctx := c.Context()
	sources, done, err := auditSources(ctx, path)
	if err != nil {
		return err
	}
	defer done()
	export, report, err := sources.Export(ctx, migration, profile, time.Now())
	if err != nil {
		return err
	}
	if out == "" {
		err = export.Write(c.OutOrStdout())
	} else {
		err = writeNew(out, export.Write)
	}
	if err != nil {
		return err
	}
	printReports(c.ErrOrStderr(), []audit.Report{report}, nil)
	if !report.Good() {
		return errNo
	}
	return nil
}

// writeNew writes a file that is not there yet, whole or not at all, for its owner alone.
func writeNew(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(name)
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
