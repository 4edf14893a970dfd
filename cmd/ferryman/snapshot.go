// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/spf13/cobra"
)

func snapshotCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "snapshot --schema S … --out DIR (--profile NAME | --source URL)", Short: "Write a dictionary export from a live Oracle: no rows of tables", Args: noArguments,
		Long: "Reads Oracle's dictionary views for the schemas, one query for each view (the DBA_ view where the user may read it, else the ALL_ view),\n" +
			"and writes a CSV file for each. What may not be read is named in snapshot.json, with the reason, and is unknown to ferryman assess\n" +
			"--snapshot DIR. No row of a table is read and nothing is changed. Interrupted, it goes on where it was when it is run again.\n" +
			"With --measure numbers the rows of tables with NUMBER columns of unknown size are read, all or a sample, and how many digits\n" +
			"their values have is written to " + dictionary.NumbersFile + ": no value, but the assessment can then choose smaller types.\n" +
			"The connection is that of a profile of the configuration (without --profile, of its only one), or --source URL.\n" +
			"The export holds names, comments, defaults, texts of views and, without --no-source, all PL/SQL: treat it as you treat your code.",
	}
	path := configFlag(c)
	profile := c.Flags().String("profile", "", "the profile whose source is read")
	url := c.Flags().String("source", "", "oracle://user:password@host:port/service, in place of a profile")
	schemas := c.Flags().StringArray("schema", nil, "a schema, as Oracle spells it; may be given several times (default: the profile's)")
	out := c.Flags().String("out", "", "the directory to write, which is made (needed)")
	noSource := c.Flags().Bool("no-source", false, "leave PL/SQL out: ALL_SOURCE without rows, triggers without bodies")
	paid := c.Flags().Bool("diagnostics-pack", false, "read views too that need a paid option of Oracle, such as the heat map (a profile has source.diagnostics_pack)")
	measure := c.Flags().String("measure", "", "numbers: count the digits of NUMBER columns whose size the dictionary leaves open; reads their tables, a minute each at most")
	asJSON := c.Flags().Bool("json", false, "print snapshot.json")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case *out == "":
			return usageError{errors.New("snapshot needs --out DIR")}
		case *url != "" && *profile != "":
			return usageError{errors.New("--source and --profile are two sources: give one of them")}
		case *measure != "" && *measure != "numbers":
			return usageError{fmt.Errorf("--measure takes numbers, not %q", *measure)}
		case *url != "" && len(*schemas) == 0:
			return usageError{errors.New("snapshot needs --schema S, once for each schema")}
		}
		opts := oracle.SnapshotOptions{Schemas: *schemas, Read: dictionary.Options{NoSource: *noSource, Diagnostics: *paid}}
		connection := *url
		if connection == "" {
			p, err := sourceProfile(*path, *profile)
			if err != nil {
				return err
			}
			if len(opts.Schemas) == 0 {
				opts.Schemas = p.Source.Schemas
			}
			opts.Read.Diagnostics = opts.Read.Diagnostics || p.Source.DiagnosticsPack
			ends, err := p.Endpoints(c.Context(), &secrets{})
			if err != nil {
				return err
			}
			connection = ends.Source.URL.Reveal()
		}
		source, err := oracle.Open(c.Context(), connection)
		if err != nil {
			return err
		}
		defer source.Close()
		show := newViewProgress(c.ErrOrStderr())
		opts.Read.Progress = show.show
		if *measure != "" {
			opts.Numbers = &oracle.NumberLimits{}
			opts.Measured = show.measured
		}
		manifest, err := source.Snapshot(c.Context(), *out, opts)
		show.end()
		switch {
		case errors.Is(err, context.Canceled):
			return fmt.Errorf("the snapshot was interrupted after %d of %d views; run the same command again to go on", show.done, show.of)
		case err != nil && show.done > 0:
			return fmt.Errorf("%w\n%d of %d views are complete in %s; run the same command again to go on", err, show.done, show.of, *out)
		case err != nil:
			return err
		}
		if *asJSON {
			enc := json.NewEncoder(c.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(manifest)
		}
		_, err = fmt.Fprint(c.OutOrStdout(), snapshotWords(manifest, *out))
		return err
	}
	return c
}

// sourceProfile finds a profile of the configuration; without a name, the only one.
func sourceProfile(path, name string) (*config.Profile, error) {
	cfg, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(cfg.Profiles))
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	p := cfg.Profiles[name]
	switch {
	case name == "":
		return nil, usageError{fmt.Errorf("the configuration has %d profiles: name one with --profile (%s), or give --source URL", len(names), strings.Join(names, ", "))}
	case p == nil:
		return nil, usageError{fmt.Errorf("the configuration has no profile %q; it has %s", name, strings.Join(names, ", "))}
	}
	return p, nil
}

// snapshotWords says what there is now, what is missing, and what comes next.
func snapshotWords(m *dictionary.Manifest, dir string) string {
	rows := 0
	for _, v := range m.Views {
		rows += v.Rows
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d views with %d rows of %s are in %s.\n", len(m.Views), rows, plain(strings.Join(m.Schemas, ", ")), plain(dir))
	if m.Numbers != nil {
		fmt.Fprintf(&b, "The digits of %d NUMBER columns are in %s.\n", m.Numbers.Rows, dictionary.NumbersFile)
	}
	if m.NoSource {
		b.WriteString("PL/SQL was left out.\n")
	}
	if len(m.Limited) > 0 {
		fmt.Fprintf(&b, "Of %d views only the rows that the user may see were read, because the DBA_ view is not granted (GRANT SELECT_CATALOG_ROLE gives it).\n", len(m.Limited))
	}
	if len(m.Unknown) > 0 {
		b.WriteString("Unknown, and so unknown to the assessment:\n")
		for _, what := range slices.Sorted(maps.Keys(m.Unknown)) {
			fmt.Fprintf(&b, "  %s: %s\n", what, plain(m.Unknown[what]))
		}
	}
	fmt.Fprintf(&b, "Next: ferryman assess --snapshot %s\n", plain(dir))
	return b.String()
}
