// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"
)

// listedObjects is how many objects are listedObjects by name; the others are counted.
const listedObjects = 50

// where names the database without secrets.
func where(url string) string {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return "the target"
	}
	return fmt.Sprintf("database %s at %s:%d, as role %s", config.Database, config.Host, config.Port, config.User)
}

// printScope says what would be done, what would not and why.
func printScope(out io.Writer, where string, scope postgres.RestoreScope, only bool) {
	if len(scope.Back) == 0 {
		fmt.Fprintf(out, "Nothing is set aside that could be brought back: %s.\n", plain(where))
		printKept(out, "Left aside", scope, only)
		return
	}
	fmt.Fprintf(out, "To come back in %s: %s\n", plain(where), counted(scope.Back))
	for i, o := range scope.Back {
		if i == listedObjects {
			fmt.Fprintf(out, "  and %d more; all of them: SELECT kind, schema_name, table_name, name FROM ferryman.saved WHERE restored_at IS NULL\n",
				len(scope.Back)-listedObjects)
			break
		}
		fmt.Fprintln(out, "  "+plain(named(o.Object)))
		if o.Error != "" {
			fmt.Fprintf(out, "    the last time it could not come back: %s\n", plain(o.Error))
		}
	}
	printKept(out, "Left aside", scope, only)
}

// printKept says what stays aside, why, and how it comes back; only tells that it was asked for so.
func printKept(out io.Writer, head string, scope postgres.RestoreScope, only bool) {
	if len(scope.Kept) == 0 {
		return
	}
	fmt.Fprintf(out, "%s: %s, because\n", head, counted(scope.Kept))
	for _, reason := range scope.Why {
		fmt.Fprintf(out, "  - %s\n", plain(reason))
	}
	if only {
		fmt.Fprintln(out, "Without --indexes-and-keys they come back where nothing speaks for DMS.")
		return
	}
	fmt.Fprintln(out, "DMS can't write against them. When no DMS task writes here any more, run the same with --all --dms-is-stopped.")
}

// counted is how many there are of each kind, in the order in which the kinds first come.
func counted(list []postgres.SavedObject) string {
	var kinds []postgres.Kind
	count := map[postgres.Kind]int{}
	for _, o := range list {
		if count[o.Kind]++; count[o.Kind] == 1 {
			kinds = append(kinds, o.Kind)
		}
	}
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		parts[i] = fmt.Sprintf("%d × %s", count[k], k.Words())
	}
	return strings.Join(parts, ", ")
}

// confirm asks. Ctrl-C is a no, and where nobody can answer that is told from a no.
func confirm(c *cobra.Command, n int) error {
	out := c.OutOrStdout()
	fmt.Fprintf(out, "A Ferryman bot that is at work on this target is stopped by it. Bring these %d back? [y/N] ", n)
	return answered(c)
}

// answered waits for a yes to what was asked.
func answered(c *cobra.Command) error {
	out := c.OutOrStdout()
	type line struct {
		text string
		err  error
	}
	answer := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(c.InOrStdin()).ReadString('\n')
		answer <- line{text, err}
	}()
	select {
	case <-c.Context().Done():
		fmt.Fprintln(out, "\nNothing was done.")
		return errNo
	case l := <-answer:
		switch text := strings.ToLower(strings.TrimSpace(l.text)); {
		case text == "y" || text == "yes":
			return nil
		case text == "" && l.err != nil:
			fmt.Fprintln(out)
			return usageError{errors.New("nothing was done: there is nobody to ask; --yes answers")}
		}
		fmt.Fprintln(out, "Nothing was done.")
		return errNo
	}
}

func named(o postgres.Object) string {
	return fmt.Sprintf("%s %s on %s.%s", o.Kind.Words(), o.Name, o.Schema, o.Table)
}

// printRestored says what came of it, and of each object that is not back why, and what can be done.
func printRestored(out io.Writer, r postgres.RebuildReport) {
	already := ""
	if n := len(r.AlreadyBack); n > 0 {
		already = fmt.Sprintf(", %d were there already", n)
	}
	fmt.Fprintf(out, "%d brought back%s, in %s.\n", len(r.Restored), already, r.Took.Round(100*time.Millisecond))
	var todo []string
	for i, f := range r.Failed {
		if i < listedObjects {
			fmt.Fprintf(out, "Not back: %s: %s\n", plain(named(f.Object)), plain(f.Error))
			if f.Query != "" {
				fmt.Fprintf(out, "  to see the rows: %s\n", plain(f.Query))
			}
		}
		if advice := f.Advice(); advice != "" && !slices.Contains(todo, advice) {
			todo = append(todo, advice)
		}
	}
	if more := len(r.Failed) - listedObjects; more > 0 {
		fmt.Fprintf(out, "And %d more; all of them: SELECT kind, schema_name, table_name, name, error FROM ferryman.saved WHERE error <> ''\n", more)
	}
	for _, advice := range todo {
		fmt.Fprintf(out, "What to do: %s.\n", plain(advice))
	}
	for _, d := range r.Differences {
		fmt.Fprintln(out, plain(fmt.Sprintf("Different: %s %s on %s.%s: was %s, is %s", d.Kind, d.Name, d.Schema, d.Table, d.Before, d.After)))
	}
	if len(r.Failed) > 0 {
		fmt.Fprintln(out, "What is not back is still saved, with its error: run the same again when that is put right; it does just what is left.")
	}
}
