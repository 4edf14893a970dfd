// SPDX-License-Identifier: Apache-2.0

// Command bench measures how Ferryman sets aside and rebuilds beside PostgreSQL's own tools and pgcopydb, and how fast it answers
// Slack beside Bolt for JavaScript, on servers that it starts and stops itself. It prints the tables of docs/performance.md as Markdown to standard output, and what it is at to standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

const usage = `bench measures Ferryman's set aside and rebuild beside psql, pg_restore and pgcopydb, on a PostgreSQL of its own.

  go run ./internal/bench [flags] > tables.md

Parts (--only, all without it):
  tickets    rebuild of 8 tables, 24 secondary indexes, 7 foreign keys
  omop       rebuild of OMOP CDM 5.4's 61 indexes and 176 foreign keys, on generated rows; needs ../shared/inputs or $FERRYMAN_INPUTS
  setaside   setting aside 10,000 indexes and 2,000 foreign keys beside a script in one psql session
  eta        the estimate of what is left, at half of a rebuild of at least a minute
  acks       from a slash command to its acknowledgement, with all databases stalled, beside a Bolt for JavaScript app
  assess     an assessment of made-up dictionaries beside merely fetching their rows: time, rows a second, memory
  outbox     how old what the threads show becomes while 200 migrations report progress at once, inside Slack's limits

Flags:
`

// options are the command line.
type options struct {
	only    []string
	who     []string
	rows    int
	tables  int
	runs    int
	objects int
	quick   bool
	loaded  bool
	page    string
}

var (
	parts           = []string{"tickets", "omop", "setaside", "eta", "acks", "outbox", "assess"}
	contestantNames = []string{"ferryman", "psql", "pg_restore", "pgcopydb"}
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		os.Exit(childMain(os.Args[2:]))
	}
	opts, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, opts, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, help io.Writer) (options, error) {
	var opts options
	var only, who string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(help)
	flags.Usage = func() {
		fmt.Fprint(help, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&only, "only", strings.Join(parts, ","), "which parts, with commas between")
	flags.StringVar(&who, "contestants", strings.Join(contestantNames, ","), "who takes part in a rebuild, with commas between; ferryman always does")
	flags.IntVar(&opts.rows, "rows", 400_000, "rows of each table of tickets; OMOP's tables grow and shrink with it")
	flags.IntVar(&opts.tables, "tables", 500, "tables of setaside, each with 20 indexes and 4 foreign keys")
	flags.IntVar(&opts.objects, "objects", 0, "objects of the largest dictionary of assess (default 10,000, 50,000 and 100,000); the others have a tenth and a half of them")
	flags.IntVar(&opts.runs, "runs", 5, "measured runs of each contestant, of which the median is printed")
	flags.BoolVar(&opts.quick, "quick", false, "tiny sizes and one run: whether it works, not how fast")
	flags.BoolVar(&opts.loaded, "loaded", false, "leave the tables of the rebuilds as the load leaves them, never vacuumed or analyzed")
	flags.StringVar(&opts.page, "page", "", "also put each part into this page, between its comments (docs/performance.md)")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	if flags.NArg() > 0 {
		return opts, fmt.Errorf("%q is no flag: --help lists them", flags.Arg(0))
	}
	for part := range strings.SplitSeq(only, ",") {
		if !slices.Contains(parts, part) {
			return opts, fmt.Errorf("there is no part %q: --only takes %s", part, strings.Join(parts, ", "))
		}
		opts.only = append(opts.only, part)
	}
	for name := range strings.SplitSeq(who, ",") {
		if !slices.Contains(contestantNames, name) {
			return opts, fmt.Errorf("there is no contestant %q: --contestants takes %s", name, strings.Join(contestantNames, ", "))
		}
		opts.who = append(opts.who, name)
	}
	if opts.quick {
		opts.rows, opts.tables, opts.runs = min(opts.rows, 2000), min(opts.tables, 8), 1
	}
	if opts.rows < 100 || opts.tables < 8 || opts.runs < 1 {
		return opts, errors.New("--rows is at least 100, --tables at least 8, --runs at least 1")
	}
	return opts, nil
}

// run does the parts in turn. It writes nothing about a part that could not be measured except why.
func run(ctx context.Context, opts options, out, log io.Writer) error {
	b, err := start(ctx, opts, out, log)
	if err != nil {
		return err
	}
	defer b.stop()
	do := map[string]func(context.Context) error{"machine": b.machine, "tickets": b.tickets, "omop": b.omop, "setaside": b.setAside, "eta": b.eta, "acks": b.acks,
		"outbox": b.outbox, "assess": b.assess}
	for _, part := range append([]string{"machine"}, parts...) {
		if part != "machine" && !slices.Contains(opts.only, part) {
			continue
		}
		b.out.Reset()
		if err := do[part](ctx); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		if err := b.publish(part, b.out.String()); err != nil {
			return err
		}
	}
	return nil
}
