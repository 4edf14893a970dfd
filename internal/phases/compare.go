// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/runbook"
)

// readTries is how often a table that could not be read is tried.
const readTries = 4

// compareOnce compares every table once. One that could not be read is read again after a while: a connection may have been lost. Where
// one can't be read at all nothing is said of any.
func (h *hands) compareOnce(ctx context.Context, tables []compare.Table, report runbook.Report) ([]compare.Result, error) {
	results, err := h.comparePass(ctx, tables, report)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		var unread []int
		var again []compare.Table
		for i, r := range results {
			if r.Error != "" {
				unread, again = append(unread, i), append(again, tables[i])
			}
		}
		if len(unread) == 0 {
			return results, nil
		}
		if try == readTries {
			return nil, unreadProblem(results)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(h.profile.AWS.Poll, 5*time.Second) * time.Duration(try)):
		}
		next, err := h.comparePass(ctx, again, report)
		if err != nil {
			return nil, err
		}
		for n, i := range unread {
			results[i] = next[n]
		}
	}
}

// unreadProblem names the tables that could not be compared, which says nothing of whether they are equal.
func unreadProblem(results []compare.Result) *runbook.Problem {
	var names, means []string
	for _, r := range results {
		if r.Error != "" {
			names = append(names, r.Target.Table)
			means = append(means, fmt.Sprintf("`%s`: %s.", r.Target.Table, strings.TrimSuffix(r.Error, ".")))
		}
	}
	return &runbook.Problem{What: fmt.Sprintf("%d of %d tables could not be compared: %s.", len(names), len(results), quoted(names)),
		Means: "Whether they are equal is not known. " + strings.Join(means[:min(len(means), named)], " "), Do: "Remove the cause, then give the command again."}
}

func (h *hands) comparePass(ctx context.Context, tables []compare.Table, report runbook.Report) ([]compare.Result, error) {
	pool, err := h.targetRows(ctx)
	if err != nil {
		return nil, err
	}
	counted := newCounter(len(tables), report)
	out, err := compare.Compare(ctx, tables, compare.Options{
		Source: compare.OracleSide(h.ends.Source.URL, compare.OracleOptions{}), Target: compare.PostgresSide(pool), Jobs: h.profile.Rebuild.Jobs, Progress: counted.progress,
	})
	return out.Tables, err
}
