// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sctcsv"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

// assessFlags are those of `ferryman assess`.
type assessFlags struct {
	snapshot, reports, engine, html, csv, prices, previous, scratch, scripts string
	json                                                                     bool
}

func assessCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "assess --snapshot DIR", Short: "Assess a dictionary export, with no database at all", Args: noArguments,
		Long: "Reads a directory with one CSV file for each Oracle dictionary view (ALL_TABLES.csv, …), converts the schema, and says what converts by\n" +
			"itself and what needs hands. Without --scratch nothing is tried on a PostgreSQL, and every object that would convert is \"not tried\".\n" +
			"With --engine dms it reads the CSV reports of AWS DMS Schema Conversion or of the Schema Conversion Tool, a directory or a zip file; with\n" +
			"--snapshot beside it, Ferryman's own findings on the dictionary are added.",
	}
	var f assessFlags
	c.Flags().StringVar(&f.snapshot, "snapshot", "", "the directory of the export (needed, unless there are --reports)")
	c.Flags().StringVar(&f.reports, "reports", "", "a directory or a zip file with AWS's reports, for --engine dms")
	c.Flags().StringVar(&f.engine, "engine", assess.Builtin, "who converted: builtin, or dms for AWS's reports")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().StringVar(&f.html, "html", "", "write the report to this file")
	c.Flags().StringVar(&f.csv, "csv", "", "write the CSV files to this directory, those with the Schema Conversion Tool's columns too")
	c.Flags().StringVar(&f.prices, "prices", "", "the price list that hours are counted with; Ferryman's own where none is named")
	c.Flags().StringVar(&f.previous, "previous", "", "compare with this report, as --json printed it")
	c.Flags().StringVar(&f.scratch, "scratch", "", "a PostgreSQL to try the conversion on: postgres://user:password@host:port/database")
	c.Flags().StringVar(&f.scripts, "scripts", "", "a folder of corrected scripts, one for each object, which take the place of what was made (needs --scratch)")
	c.RunE = func(c *cobra.Command, _ []string) error { return runAssess(c, f) }
	return c
}

func runAssess(c *cobra.Command, f assessFlags) error {
	if f.snapshot == "" && f.reports == "" {
		return usageError{errors.New("assess needs --snapshot DIR, or --engine dms --reports DIR")}
	}
	prices, err := readPrices(f.prices)
	if err != nil {
		return err
	}
	previous, err := readReport(f.previous)
	if err != nil {
		return err
	}
	var report *assess.Report
	switch f.engine {
	case assess.Builtin:
		if f.reports != "" {
			return usageError{errors.New("--reports are for --engine dms")}
		}
		report, err = assessExport(c, f, prices)
	case assess.DMS:
		if f.scripts != "" {
			return usageError{errors.New("--scripts are for --engine builtin")}
		}
		report, err = assessReports(f)
	default:
		return usageError{fmt.Errorf("--engine is builtin or dms, not %q", f.engine)}
	}
	if err != nil {
		return err
	}
	if report.At.IsZero() {
		report.At = time.Now()
	}
	report.Follow(previous)
	if err := writeReport(f, report); err != nil {
		return err
	}
	if f.json {
		return report.WriteJSON(c.OutOrStdout())
	}
	return printReport(c.OutOrStdout(), report)
}

func assessExport(c *cobra.Command, f assessFlags, prices *assess.Prices) (*assess.Report, error) {
	d, err := dictionary.ReadExport(os.DirFS(f.snapshot))
	if err != nil {
		return nil, fmt.Errorf("read the export in %s: %w", f.snapshot, err)
	}
	decisions, err := scriptsOf(c, f, d)
	if err != nil {
		return nil, err
	}
	return assess.Beside(d, assess.Options{Now: time.Now(), Prices: prices, Decisions: decisions}, func() (*convert.Conversion, error) {
		if f.scratch == "" {
			conversion := convert.Convert(d, convert.Options{Decisions: decisions, Forget: true})
			conversion.NotTried()
			return conversion, nil
		}
		scratch, err := postgres.Open(c.Context(), f.scratch, "ferryman")
		if err != nil {
			return nil, err
		}
		defer scratch.Close()
		roles, err := scratch.Roles(c.Context())
		if err != nil {
			return nil, err
		}
		conversion := convert.Convert(d, convert.Options{Decisions: decisions, Roles: roles})
		return conversion, try(c, scratch, conversion)
	})
}

func readPrices(name string) (*assess.Prices, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the price list: %w", err)
	}
	defer file.Close()
	p, err := assess.ReadPrices(file)
	if err != nil {
		return nil, fmt.Errorf("read the price list %s: %w", name, err)
	}
	return p, nil
}

func readReport(name string) (*assess.Report, error) {
	if name == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the earlier report: %w", err)
	}
	var r assess.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("read the earlier report: %s is not what ferryman assess --json prints: %w", name, err)
	}
	return &r, nil
}

// writeReport writes the files that were asked for.
func writeReport(f assessFlags, report *assess.Report) error {
	if f.html != "" {
		page, err := report.HTML()
		if err != nil {
			return err
		}
		if err := os.WriteFile(f.html, page, 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if f.csv == "" {
		return nil
	}
	if err := os.MkdirAll(f.csv, 0o755); err != nil {
		return fmt.Errorf("write the CSV files: %w", err)
	}
	files := report.CSVs()
	maps.Copy(files, sctcsv.Write(report))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(f.csv, name), files[name], 0o644); err != nil {
			return fmt.Errorf("write the CSV files: %w", err)
		}
	}
	return nil
}

func try(c *cobra.Command, scratch *postgres.Target, conversion *convert.Conversion) error {
	list := make([]postgres.Statement, len(conversion.Statements))
	try := scratch.TryAndCheck
	for i, s := range conversion.Statements {
		list[i] = postgres.Statement{Object: s.ID, SQL: s.SQL}
		if s.By != "" {
			try = scratch.TryAsNobody
		}
	}
	trial, err := try(c.Context(), list)
	if err != nil {
		return err
	}
	for _, r := range trial.Refusals {
		conversion.Refuse(conversion.Statements[r.Index], r.Words())
	}
	if trial.Unchecked != "" {
		conversion.Unchecked(trial.Unchecked)
	}
	return nil
}

func printReport(out io.Writer, r *assess.Report) error {
	fmt.Fprintf(out, "%d objects: %d convert, %d need hands (%.0f to %.0f hours, %.0f of them for learning), %d not tried, %d left out\n", r.Totals.Objects, r.Totals.Converted, r.Totals.Action, r.Totals.HoursLow, r.Totals.HoursHigh, r.Totals.LearningHours, r.Totals.NotTried, r.Totals.LeftOut)
	if d := r.Delta; d != nil {
		fmt.Fprintf(out, "since %s: %d resolved, %d new, %d the same (%+.1f hours)\n", d.Since.Format("2006-01-02 15:04"), len(d.Resolved), len(d.New), d.Same, d.HoursHigh)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "type\tobjects\tconvert\tsimple\tmedium\tcomplex\tnot tried\thours")
	for _, t := range r.Totals.ByType {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f-%.0f\n", t.Type, t.Objects, t.Converted, t.Simple, t.Medium, t.Complex, t.NotTried, t.HoursLow, t.HoursHigh)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range r.Findings {
		objects := "objects"
		if len(f.Objects) == 1 {
			objects = "object"
		}
		fmt.Fprintf(out, "\n%s %s: %s (%d %s)\n  %s\n", f.Code, f.Severity, f.Title, len(f.Objects), objects, f.Why)
	}
	if len(r.Unknown) > 0 {
		names := make([]string, len(r.Unknown))
		for i, u := range r.Unknown {
			names[i] = u.What
		}
		fmt.Fprintf(out, "\nNot read, so what it would say is not known: %s. --json and --html say why.\n", strings.Join(names, ", "))
	}
	return nil
}
