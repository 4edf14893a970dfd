// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// outboxFigures are what BenchmarkFigures of package bot measures, in words.
var outboxFigures = [][2]string{
	{"oldest-p95-s", "oldest figure that any thread shows, p95, s"},
	{"of-what-the-limits-allow", "that, of what Slack's limits allow"},
	{"age-p50-s", "age of a thread's figure, p50, s"},
	{"oldest-root-p95-s", "oldest figure of a root message, p95, s"},
	{"vote-p95-s", "from a vote to its message, p95, s"},
	{"edits/min", "edits a minute, of Slack's 50"},
	{"refused", "calls that Slack had to refuse"},
}

// outbox has the bot's own benchmark measure how old what threads show becomes when many migrations report progress at once. It is a Go
// benchmark, because it must run the stand-in's clock and the bot's rates faster, which the program as it is delivered does not offer.
func (b *bench) outbox(ctx context.Context) error {
	size := "full"
	if b.opts.quick {
		size = "quick"
	}
	if err := os.Setenv("FERRYMAN_BENCH_FIGURES", size); err != nil {
		return err
	}
	printed, err := b.call(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkFigures$", "-benchtime", "1x", "github.com/ferryman/ferryman/bot")
	if err != nil {
		return err
	}
	values, err := benchmarkValues(printed)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, f := range outboxFigures {
		value, ok := values[f[0]]
		if !ok {
			return fmt.Errorf("the benchmark did not measure %s", f[0])
		}
		rows = append(rows, []string{f[1], strconv.FormatFloat(value, 'f', -1, 64)})
	}
	b.out.WriteString(table([]string{"", ""}, rows))
	met := "is met"
	if values["of-what-the-limits-allow"] > 2 {
		met = "is missed"
	}
	fmt.Fprintf(&b.out, "\nThe goal, twice what the limits allow, %s.\n", met)
	return nil
}

// benchmarkValues reads the values of a benchmark's line by their units.
func benchmarkValues(printed string) (map[string]float64, error) {
	for line := range strings.Lines(printed) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		values := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("the benchmark printed %q where a number belongs", fields[i])
			}
			values[fields[i+1]] = value
		}
		return values, nil
	}
	return nil, fmt.Errorf("the benchmark printed no result: %s", strings.TrimSpace(printed))
}
