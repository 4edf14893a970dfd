// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
)

// unknown is a reading that could not be taken: what a request shows for people to judge by, and never part of a plan.
const unknown = -1

// indexBytes is what the indexes among some objects take on the target, with those of their partitions.
func (h *hands) indexBytes(ctx context.Context, objects []postgres.Object) int64 {
	var schemas, names []string
	for _, o := range objects {
		switch o.Kind {
		case postgres.Index, postgres.Unique, postgres.Exclusion:
			schemas, names = append(schemas, o.Schema), append(names, o.Name)
		}
	}
	return h.readNumber(ctx, `SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint FROM (
		SELECT DISTINCT coalesce(p.relid, c.oid) AS oid
		FROM unnest($1::text[], $2::text[]) AS o(schema, name)
		JOIN pg_namespace n ON n.nspname = o.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.name AND c.relkind IN ('i', 'I')
		LEFT JOIN LATERAL pg_partition_tree(c.oid) p ON true) AS indexes`, schemas, names)
}

// tableBytes is what tables take on the target, with all that belongs to them.
func (h *hands) tableBytes(ctx context.Context, tables []compare.Table) int64 {
	schemas, names := targetNames(tables)
	return h.readNumber(ctx, ofTables("coalesce(sum(pg_total_relation_size(oid)), 0)::bigint"), schemas, names)
}

// tableRows is how many rows tables have on the target by its statistics.
func (h *hands) tableRows(ctx context.Context, tables []compare.Table) int64 {
	schemas, names := targetNames(tables)
	return h.readNumber(ctx, ofTables("CASE WHEN bool_and(reltuples >= 0) THEN sum(reltuples)::bigint ELSE -1 END"), schemas, names)
}

// ofTables reads something of the named tables, of partitioned ones by their partitions, which are what holds rows.
func ofTables(what string) string {
	return "SELECT " + what + ` FROM pg_class WHERE oid IN (
		SELECT coalesce(p.relid, c.oid) FROM unnest($1::text[], $2::text[]) AS o(schema, name)
		JOIN pg_namespace n ON n.nspname = o.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.name
		LEFT JOIN LATERAL pg_partition_tree(c.oid) p ON p.isleaf)`
}

func targetNames(tables []compare.Table) (schemas, names []string) {
	for _, t := range tables {
		schemas, names = append(schemas, t.Target.Schema), append(names, t.Target.Table)
	}
	return schemas, names
}

// readNumber reads one number from the target. A request is not kept back because its size can't be read.
func (h *hands) readNumber(ctx context.Context, query string, args ...any) int64 {
	pool, err := h.targetRows(ctx)
	var n *int64
	if err == nil {
		err = pool.QueryRow(ctx, query, args...).Scan(&n)
	}
	if err != nil || n == nil {
		if err != nil && h.crew.Log != nil {
			h.crew.Log.Warn("a size for the request can't be read", "migration", h.migration, "error", err)
		}
		return unknown
	}
	return *n
}

// asideSince says which objects a plan sets aside that an older one did not, or as something else, and the other way round.
func asideSince(old runbook.Plan, steps []runbook.Step) []string {
	was, is := asideObjects(old.Steps), asideObjects(steps)
	before := map[[4]string]postgres.Object{}
	for _, o := range was {
		before[asideID(o)] = o
	}
	var words []string
	for _, o := range is {
		older, there := before[asideID(o)]
		delete(before, asideID(o))
		switch {
		case !there:
			words = append(words, asideWords(o)+" was added since")
		case older.Definition != o.Definition:
			words = append(words, asideWords(o)+" was changed since")
		}
	}
	for _, o := range was {
		if _, gone := before[asideID(o)]; gone {
			words = append(words, asideWords(o)+" is gone since")
		}
	}
	// The rest of the plan has words of its own; the steps of the same objects differ only in what was said above, or in their numbers.
	now := old
	now.Steps, old.Steps = notAside(steps), notAside(old.Steps)
	return append(words, old.Differences(now)...)
}

func notAside(steps []runbook.Step) []runbook.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s runbook.Step) bool { return s.Kind == "set_aside" })
}

func asideObjects(steps []runbook.Step) []postgres.Object {
	var all []postgres.Object
	for _, s := range steps {
		var objects []postgres.Object
		if s.Kind == "set_aside" && readArgs(s, &objects) == nil {
			all = append(all, objects...)
		}
	}
	return all
}

func asideID(o postgres.Object) [4]string {
	return [4]string{string(o.Kind), o.Schema, o.Table, o.Name}
}

func asideWords(o postgres.Object) string {
	return fmt.Sprintf("%s %s on %s.%s", o.Kind.Words(), o.Name, o.Schema, o.Table)
}
