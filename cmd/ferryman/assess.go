// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

func assessCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "assess --snapshot DIR", Short: "Assess a dictionary export, with no database at all", Args: noArguments,
		Long: "Reads a directory with one CSV file for each Oracle dictionary view (ALL_TABLES.csv, …), converts the schema, and says what converts by\n" +
			"itself and what needs hands. Without --scratch nothing is tried on a PostgreSQL, and every object that would convert is \"not tried\".",
	}
	dir := c.Flags().String("snapshot", "", "the directory of the export (needed)")
	asJSON := c.Flags().Bool("json", false, "print JSON")
	html := c.Flags().String("html", "", "write the report to this file")
	scratch := c.Flags().String("scratch", "", "a PostgreSQL to try the conversion on: postgres://user:password@host:port/database")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *dir == "" {
			return usageError{errors.New("assess needs --snapshot DIR")}
		}
		d, err := dictionary.ReadExport(os.DirFS(*dir))
		if err != nil {
			return fmt.Errorf("read the export in %s: %w", *dir, err)
		}
		conversion := convert.Convert(d, convert.Options{})
		if *scratch == "" {
			conversion.NotTried()
		} else if err := try(c, *scratch, conversion); err != nil {
			return err
		}
		report := assess.Assess(d, conversion, assess.Options{Now: time.Now()})
		if *html != "" {
			page, err := report.HTML()
			if err != nil {
				return err
			}
			if err := os.WriteFile(*html, page, 0o644); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
		}
		if *asJSON {
			body, err := report.JSON()
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(body)
			return err
		}
		return printReport(c.OutOrStdout(), report)
	}
	return c
}

func try(c *cobra.Command, url string, conversion *convert.Conversion) error {
	target, err := postgres.Open(c.Context(), url, "ferryman")
	if err != nil {
		return err
	}
	defer target.Close()
	list := make([]postgres.Statement, len(conversion.Statements))
	for i, s := range conversion.Statements {
		list[i] = postgres.Statement{Object: s.ID, SQL: s.SQL}
	}
	refusals, err := target.TryInScratch(c.Context(), list)
	if err != nil {
		return err
	}
	for _, r := range refusals {
		conversion.Refuse(conversion.Statements[r.Index], r.Words())
	}
	return nil
}

func printReport(out io.Writer, r *assess.Report) error {
	fmt.Fprintf(out, "%d objects: %d convert, %d need hands (%.0f to %.0f hours), %d not tried, %d left out\n\n", r.Totals.Objects, r.Totals.Converted, r.Totals.Action, r.Totals.HoursLow, r.Totals.HoursHigh, r.Totals.NotTried, r.Totals.LeftOut)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "type\tobjects\tconvert\tsimple\tmedium\tcomplex\tnot tried\thours")
	for _, t := range r.Totals.ByType {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f-%.0f\n", t.Type, t.Objects, t.Converted, t.Simple, t.Medium, t.Complex, t.NotTried, t.HoursLow, t.HoursHigh)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range r.Findings {
		fmt.Fprintf(out, "\n%s %s: %s (%d objects)\n  %s\n", f.Code, f.Severity, f.Title, len(f.Objects), f.Why)
	}
	return nil
}
