// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
)

// markerTable is Ferryman's own table on the source, in the schema of the user it connects as. A row in it proves by its arrival on the
// target that every change before it has arrived.
const markerTable = "FERRYMAN_MARKER"

// dictionary reads the source's dictionary, once for each plan.
func (h *hands) dictionary(ctx context.Context, progress func(view string, rows int)) (*dictionary.Dictionary, error) {
	if h.dict != nil {
		return h.dict, nil
	}
	src, err := h.source(ctx)
	if err != nil {
		return nil, err
	}
	opts := dictionary.Options{Diagnostics: h.profile.Source.DiagnosticsPack}
	if progress != nil {
		opts.Progress = func(view string, _, _, rows int) { progress(view, rows) }
	}
	d, err := src.Read(ctx, h.schemas, opts)
	if err != nil {
		return nil, problem("The dictionary of "+strings.Join(h.schemas, ", ")+" can't be read.", err)
	}
	for _, schema := range h.schemas {
		if !slices.ContainsFunc(d.Objects, func(o dictionary.Object) bool { return o.Owner == schema }) {
			return nil, &runbook.Problem{What: fmt.Sprintf("Oracle shows no object of schema %s to this user.", schema),
				Do: "See that the name is right (upper case, as the dictionary has it) and that the user was granted SELECT_CATALOG_ROLE or SELECT on the tables."}
		}
	}
	d.Numbers = h.numbers
	h.dict, h.dictAt = d, time.Now()
	return d, nil
}

// dictFor is how old the source's dictionary may be when a gate is read that looks into it.
const dictFor = 10 * time.Second

// freshDictionary reads a dictionary anew that is older than a gate may be, before anything else of the gate: it takes longest.
func (h *hands) freshDictionary(ctx context.Context) error {
	if h.dict == nil || time.Since(h.dictAt) <= dictFor {
		return nil
	}
	h.dict = nil
	_, err := h.dictionary(ctx, nil)
	return err
}

// looked is when evidence was read that may come from the dictionary.
func (h *hands) looked() time.Time {
	if h.dict != nil {
		return h.dictAt
	}
	return time.Now()
}

// targetSchemas are the names that the schemas have on the target.
func (h *hands) targetSchemas() []string {
	names := make([]string, len(h.schemas))
	for i, s := range h.schemas {
		names[i] = convert.TargetName(s)
	}
	return names
}

// catalog reads the target's side of the migration.
func (h *hands) catalog(ctx context.Context) (*postgres.Catalog, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return nil, err
	}
	cat, err := tgt.ReadCatalog(ctx, h.targetSchemas())
	if err != nil {
		return nil, problem("The target's catalog can't be read.", err)
	}
	return cat, nil
}

// moved are the tables that are on both sides and hold rows of their own: what DMS loads and what is compared.
func movedTables(d *dictionary.Dictionary, cat *postgres.Catalog) []compare.Table {
	var tables []compare.Table
	for _, t := range d.Tables {
		if !d.InScope(t.Owner) || t.Name == markerTable || t.Temporary == "Y" || t.External == "YES" || t.Nested == "YES" || t.Secondary == "Y" {
			continue
		}
		there := findTable(cat, convert.TargetName(t.Owner), convert.TargetName(t.Name))
		if there == nil {
			continue
		}
		tables = append(tables, pair(d, t, there))
	}
	slices.SortFunc(tables, func(a, b compare.Table) int {
		return strings.Compare(a.Source.Schema+"."+a.Source.Table, b.Source.Schema+"."+b.Source.Table)
	})
	return tables
}

func findTable(cat *postgres.Catalog, schema, name string) *postgres.Table {
	for i := range cat.Tables {
		if cat.Tables[i].Schema == schema && cat.Tables[i].Name == name {
			return &cat.Tables[i]
		}
	}
	return nil
}

func pair(d *dictionary.Dictionary, t dictionary.Table, there *postgres.Table) compare.Table {
	table := compare.Table{Source: compare.Name{Schema: t.Owner, Table: t.Name}, Target: compare.Name{Schema: there.Schema, Table: there.Name}}
	for _, c := range d.ColumnsOf(t.Owner, t.Name) {
		if c.ID == nil || c.Virtual == "YES" {
			continue
		}
		name := convert.TargetName(c.Name)
		i := slices.IndexFunc(there.Columns, func(p postgres.Column) bool { return p.Name == name })
		if i < 0 || there.Columns[i].Generated {
			continue
		}
		if slices.Contains(there.PrimaryKey, name) {
			table.Key = append(table.Key, len(table.Columns))
		}
		table.Columns = append(table.Columns, compare.Column{Source: c.Name, Target: name, OracleType: c.Type, PostgresType: there.Columns[i].Type})
	}
	return table
}

// lobColumns are the target's columns that carry LOBs.
func lobColumns(d *dictionary.Dictionary) []postgres.ColumnName {
	var columns []postgres.ColumnName
	for _, c := range d.Columns {
		if !d.InScope(c.Owner) || d.Table(c.Owner, c.Table) == nil {
			continue
		}
		switch c.Type {
		case "CLOB", "NCLOB", "BLOB", "LONG", "LONG RAW", "XMLTYPE":
			columns = append(columns, postgres.ColumnName{Schema: convert.TargetName(c.Owner), Table: convert.TargetName(c.Table), Column: convert.TargetName(c.Name)})
		}
	}
	return columns
}

// scope are the tables as DMS names them.
func scope(tables []compare.Table) []dms.TableName {
	names := make([]dms.TableName, len(tables))
	for i, t := range tables {
		names[i] = dms.TableName{Schema: t.Source.Schema, Table: t.Source.Table}
	}
	return names
}

// expected are the rows that the source's statistics promise, by table. They know nothing of filters.
func expected(d *dictionary.Dictionary, tables []compare.Table) map[dms.TableName]int64 {
	rows := map[dms.TableName]int64{}
	for _, t := range tables {
		if row := d.Table(t.Source.Schema, t.Source.Table); row != nil && row.NumRows != nil && len(t.Only) == 0 {
			rows[dms.TableName{Schema: t.Source.Schema, Table: t.Source.Table}] = *row.NumRows
		}
	}
	return rows
}

// args writes a step's arguments.
func args(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write the arguments of a step: %w", err)
	}
	return b, nil
}

// readArgs reads a step's arguments.
func readArgs(step runbook.Step, v any) error {
	if err := json.Unmarshal(step.Args, v); err != nil {
		return fmt.Errorf("read the arguments of step %s: %w", step.ID, err)
	}
	return nil
}
