// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// ScriptOptions choose what a prepare script sets aside.
type ScriptOptions struct {
	Schemas      []string
	KeepPatterns []string // as in SetAsideOptions
	Gap          int64    // increments that sequences go beyond the columns' values
	// Migration is the name under which the objects are saved where none is open on the target.
	Migration string
	Now       time.Time // for the script's head
}

// PrepareScript writes the SQL of a prepare, for psql: it makes schema "ferryman" where that is not, and saves each object in the
// transaction that sets it aside, after comparing it with what was read. It changes nothing itself. ok is false where something could
// not come back: the script then says so and stops before its first change.
func (t *Target) PrepareScript(ctx context.Context, opts ScriptOptions) (script string, ok bool, err error) {
	cat, err := t.ReadCatalog(ctx, opts.Schemas)
	if err != nil {
		return "", false, err
	}
	if missing := missingSchemas(cat, opts.Schemas); len(missing) > 0 {
		return "", false, fmt.Errorf("there is no table in schema %s: check the name, or what the role may see", strings.Join(missing, ", "))
	}
	plan, err := PlanSetAside(cat, SetAsideOptions{LOBColumns: possibleLOBs(cat), KeepPatterns: opts.KeepPatterns})
	if err != nil {
		return "", false, err
	}
	proof, err := t.Prove(ctx, plan)
	if err != nil {
		return "", false, err
	}
	w := &scriptWriter{migration: opts.Migration}
	if w.digests, err = t.readAsItIs(ctx, cat, plan.Objects); err != nil {
		return "", false, err
	}
	home, err := t.scriptHome(ctx, w)
	if err != nil {
		return "", false, err
	}
	w.head(t, opts, plan, home)
	w.problems(proof)
	w.helper()
	w.makeHome(t, home, len(plan.Objects))
	for _, batch := range plan.Batches() {
		w.batch(batch)
	}
	if err := t.scriptSequences(ctx, w, cat, opts.Gap); err != nil {
		return "", false, err
	}
	w.stays(plan.Stays)
	w.line(`\echo 'Prepared. To bring everything back: ferryman restore --target …'`)
	return w.text.String(), len(proof.Problems) == 0, nil
}

// ScriptSchemas lists the schemas that have tables of people: not PostgreSQL's, Ferryman's, or an extension's.
func (t *Target) ScriptSchemas(ctx context.Context) ([]string, error) {
	rows, err := t.pool.Query(ctx, `SELECT n.nspname::text FROM pg_namespace n
		WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ferryman') AND EXISTS (
			SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND c.relname !~ '^awsdms_'
				AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
		ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list the schemas: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func missingSchemas(cat *Catalog, schemas []string) []string {
	return slices.DeleteFunc(slices.Clone(schemas), func(schema string) bool {
		return slices.ContainsFunc(cat.Tables, func(t Table) bool { return t.Schema == schema })
	})
}

// possibleLOBs are the columns that may be a LOB on a source that was not read, also those that may be NULL: a check may reject it.
// Oracle has no key or unique index on a LOB.
func possibleLOBs(cat *Catalog) []ColumnName {
	var columns []ColumnName
	key := map[ColumnName]bool{}
	for _, x := range cat.Indexes {
		for _, column := range x.Columns {
			if x.Unique {
				key[ColumnName{Schema: x.Schema, Table: x.Table, Column: column}] = true
			}
		}
	}
	for _, t := range cat.Tables {
		for _, c := range t.Columns {
			name := ColumnName{Schema: t.Schema, Table: t.Name, Column: c.Name}
			if !key[name] && !c.Generated && slices.Contains([]string{"text", "bytea", "xml"}, c.Type) {
				columns = append(columns, name)
			}
		}
	}
	return columns
}

// scriptHomeState is what of schema "ferryman" is on the target.
type scriptHomeState struct {
	schema, tables bool
	token          int64
}

// scriptHome reads what is there, and takes the open migration's name where one is.
func (t *Target) scriptHome(ctx context.Context, w *scriptWriter) (scriptHomeState, error) {
	var home scriptHomeState
	if err := t.pool.QueryRow(ctx, "SELECT to_regnamespace('ferryman') IS NOT NULL").Scan(&home.schema); err != nil {
		return home, fmt.Errorf("look for schema \"ferryman\": %w", err)
	}
	var absent *NoHomeError
	if _, err := t.Identity(ctx); errors.As(err, &absent) {
		return home, nil
	} else if err != nil {
		return home, err
	}
	home.tables = true
	open, err := t.OpenMigrationName(ctx)
	if err != nil {
		return home, err
	}
	if open != "" {
		w.migration = open
	}
	err = t.pool.QueryRow(ctx, "SELECT token FROM ferryman.fence WHERE migration = $1", w.migration).Scan(&home.token)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return home, t.homeError("read the fence of "+w.migration, err)
	}
	w.token = home.token
	return home, nil
}
