// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// ending is what a migration left behind, without what differs from one run to the next: times, figures, random names. Two runs of the
// same migration end the same, whatever died in between.
type ending struct {
	// dump is pg_dump's schema of the target; empty where pg_dump is not installed.
	dump string
	// lists are everything else, by what it is; within each, what must be the same is a line.
	lists map[string][]string
	// atLeast are counts that a disturbed run may exceed, because doing the same again changes nothing.
	atLeast map[string]int
}

// brokenOff is the outcome of a step in the audit whose replica saw that another goes on with it: it tells of the disturbance itself.
const brokenOff = "broken off"

// readEnding reads it, from connections of its own.
func (r *rehearsal) readEnding(ctx context.Context) (*ending, error) {
	e := &ending{lists: map[string][]string{}, atLeast: map[string]int{}}
	m := r.migration(ctx)
	if m == nil {
		return nil, errors.New("the migration is not in Redis")
	}
	phaseOf, err := r.plans(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, r.world.target.URL(targetDatabase))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	for what, sql := range map[string]string{
		"the target's record of the migration": "SELECT name, closed_at IS NOT NULL FROM ferryman.migration ORDER BY 1",
		"what was set aside":                   "SELECT kind, schema_name, table_name, name, definition, restored_at IS NOT NULL, error FROM ferryman.saved ORDER BY 1, 2, 3, 4, id",
		"steps recorded on the target":         "SELECT plan, step, outcome FROM ferryman.step ORDER BY 1, 2",
		"approvals consumed on the target":     "SELECT fingerprint FROM ferryman.approval ORDER BY 1",
	} {
		if e.lists[what], err = lines(ctx, conn, sql, phaseOf); err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		slices.Sort(e.lists[what])
	}
	for name, p := range m.Phases {
		e.lists["phases in Redis"] = append(e.lists["phases in Redis"], fmt.Sprintf("%s %s, run %d, steps %v %s", name, p.Status, p.Run, p.Done, p.Error))
	}
	for _, request := range m.Requests {
		e.lists["requests in Redis"] = append(e.lists["requests in Redis"], fmt.Sprintf("%s %s with %d votes", request.Phase, request.Status, len(request.Votes)))
	}
	log, err := r.persistence.store.AuditLog(ctx, m.Name)
	if err != nil {
		return nil, err
	}
	for _, entry := range log {
		if entry.Outcome == brokenOff {
			continue
		}
		e.lists["audit"] = append(e.lists["audit"], strings.Join([]string{entry.What, entry.Who, entry.Phase, named(entry.Object, phaseOf), alike(entry.Outcome)}, " "))
	}
	if err := store.VerifyChain(log); err != nil {
		return nil, fmt.Errorf("the audit chain: %w", err)
	}
	e.lists["the audit's chain on the target"], err = lines(ctx, conn, "SELECT entry::json->>'what', entry::json->>'phase', entry::json->>'object' FROM ferryman.chain "+
		"WHERE entry::json->>'outcome' IS DISTINCT FROM '"+brokenOff+"' ORDER BY seq", phaseOf)
	if err != nil {
		return nil, fmt.Errorf("read the audit's chain on the target: %w", err)
	}
	for _, what := range []string{"phases in Redis", "requests in Redis"} {
		slices.Sort(e.lists[what])
	}
	r.thread(e, m)
	slices.Sort(e.lists["messages with figures"])
	for name, n := range r.disturb.counted() {
		if slices.Contains(harmless, name) {
			e.atLeast["AWS "+name] = n
			continue
		}
		e.lists["AWS calls that took effect"] = append(e.lists["AWS calls that took effect"], fmt.Sprintf("%s × %d", name, n))
	}
	slices.Sort(e.lists["AWS calls that took effect"])
	e.dump, err = r.world.dump(ctx)
	return e, err
}

// harmless are AWS's calls that may be made again: they look, or write what is there already.
var harmless = []string{"TestConnection", "RefreshSchemas", "AddTagsToResource"}

// plans maps the fingerprints of all plans to their phases and runs.
func (r *rehearsal) plans(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	prefix := "ferryman:{" + r.world.schema.name + "}:plan:"
	keys := r.persistence.store.Client().Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		fingerprint := strings.TrimPrefix(keys.Val(), prefix)
		bytes, err := r.persistence.store.Plan(ctx, r.world.schema.name, fingerprint)
		if err != nil {
			return nil, err
		}
		plan, err := runbook.ParsePlan(bytes)
		if err != nil {
			return nil, err
		}
		names[fingerprint] = fmt.Sprintf("plan of %s %d", plan.Phase, plan.Run)
	}
	return names, keys.Err()
}

// named puts plans' names in the place of their fingerprints.
func named(text string, phaseOf map[string]string) string {
	for fingerprint, name := range phaseOf {
		text = strings.ReplaceAll(text, fingerprint, name)
	}
	return text
}

// lines is what a query answers, a line for each row.
func lines(ctx context.Context, conn *pgx.Conn, sql string, phaseOf map[string]string) ([]string, error) {
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return named(strings.Trim(fmt.Sprint(values...), "[]"), phaseOf), err
	})
}

// dump is pg_dump's text of the target without data and without what pg_dump makes up for each run.
func (w *world) dump(ctx context.Context) (string, error) {
	program, err := exec.LookPath("pg_dump")
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		if len(found) == 0 {
			return "", nil
		}
		program = found[len(found)-1]
	}
	cmd := exec.CommandContext(ctx, program, "--schema-only", "--no-password", w.target.URL(targetDatabase))
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("pg_dump of the target: %w", err)
	}
	var kept []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) && !strings.HasPrefix(line, "-- Dumped") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, ""), nil
}

// differences says in lines what this ending has that the other has not, and the other way round.
func (e *ending) differences(other *ending) []string {
	var out []string
	if e.dump != other.dump {
		out = append(out, diff("pg_dump of the target", strings.Split(e.dump, "\n"), strings.Split(other.dump, "\n"))...)
	}
	for _, what := range slices.Sorted(maps.Keys(e.lists)) {
		out = append(out, diff(what, e.lists[what], other.lists[what])...)
	}
	for _, what := range slices.Sorted(maps.Keys(other.lists)) {
		if e.lists[what] == nil {
			out = append(out, diff(what, nil, other.lists[what])...)
		}
	}
	for what, n := range e.atLeast {
		if other.atLeast[what] < n {
			out = append(out, fmt.Sprintf("%s: %d in the undisturbed run, %d here", what, n, other.atLeast[what]))
		}
	}
	return out
}

// diff says which lines are missing, which are too many, and whether the rest is in another order.
func diff(what string, want, have []string) []string {
	var out []string
	count := map[string]int{}
	for _, line := range want {
		count[line]++
	}
	for _, line := range have {
		count[line]--
	}
	for _, line := range slices.Sorted(maps.Keys(count)) {
		switch n := count[line]; {
		case n > 0:
			out = append(out, fmt.Sprintf("%s: missing %d × %s", what, n, line))
		case n < 0:
			out = append(out, fmt.Sprintf("%s: %d more × %s", what, -n, line))
		}
	}
	if len(out) == 0 && !slices.Equal(want, have) {
		i := 0
		for want[i] == have[i] {
			i++
		}
		out = append(out, fmt.Sprintf("%s: in another order, from place %d on: %s in place of %s", what, i+1, have[i], want[i]))
	}
	return out
}
