// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

type querier interface {
	rowQuerier
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ReadCatalog reads the schemas in one snapshot, with the partitions of their tables wherever those are. A schema that does not
// exist has nothing in it.
func (t *Target) ReadCatalog(ctx context.Context, schemas []string) (*Catalog, error) {
	var cat *Catalog
	err := pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		tables, err := tablesOf(ctx, tx, schemas)
		if err != nil {
			return err
		}
		if cat, err = readTables(ctx, tx, tables); err != nil {
			return err
		}
		cat.Schemas = schemas
		if cat.Sequences, err = readSequences(ctx, tx, schemas); err != nil {
			return err
		}
		cat.Views, err = readViews(ctx, tx, schemas)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the target's catalog: %w", err)
	}
	return cat, nil
}

// ListTriggers reads the users' triggers of the schemas and their state.
func (t *Target) ListTriggers(ctx context.Context, schemas []string) ([]TriggerInfo, error) {
	tables, err := tablesOf(ctx, t.pool, schemas)
	if err != nil {
		return nil, err
	}
	return readTriggers(ctx, t.pool, tables)
}

// withPartitions is the recursive part of a query that starts from the tables in "start". OFFSET 0 has it look the partitions up by
// index: a plan that joins reads all of the database's, for each table anew.
const withPartitions = `, tree AS (SELECT oid FROM start UNION
	SELECT i.inhrelid FROM tree CROSS JOIN LATERAL (SELECT h.inhrelid FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid AND p.relispartition
		WHERE h.inhparent = tree.oid OFFSET 0) i)
	SELECT coalesce(array_agg(oid ORDER BY oid), '{}') FROM tree`

// tablesOf lists the OIDs of what can have indexes in the schemas.
func tablesOf(ctx context.Context, q querier, schemas []string) (oids []uint32, err error) {
	err = q.QueryRow(ctx, `WITH RECURSIVE start AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'm'))`+withPartitions, schemas).Scan(&oids)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	return oids, nil
}

// treeOf lists the OIDs of a table and its partitions; none where the table is not there.
func treeOf(ctx context.Context, q querier, schema, table string) (oids []uint32, err error) {
	err = q.QueryRow(ctx, `WITH RECURSIVE start AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = $1 AND c.relname = $2)`+withPartitions, schema, table).Scan(&oids)
	if err != nil {
		return nil, fmt.Errorf("find table %s.%s: %w", schema, table, err)
	}
	return oids, nil
}

// readTables reads tables and what hangs on them.
func readTables(ctx context.Context, q querier, oids []uint32) (*Catalog, error) {
	cat := &Catalog{}
	err := readColumns(ctx, q, oids, cat)
	if err != nil {
		return nil, err
	}
	if cat.Indexes, err = readIndexes(ctx, q, "i.indrelid = ANY($1)", oids); err != nil {
		return nil, err
	}
	if cat.Constraints, err = readConstraints(ctx, q, "(con.conrelid = ANY($1) OR con.confrelid = ANY($1))", oids); err != nil {
		return nil, err
	}
	cat.Triggers, err = readTriggers(ctx, q, oids)
	return cat, err
}

// readColumns adds tables and their columns to a catalog.
func readColumns(ctx context.Context, q querier, oids []uint32, cat *Catalog) error {
	byOID := map[uint32]int{}
	rows, err := q.Query(ctx, tablesQuery, oids)
	if err != nil {
		return fmt.Errorf("read tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Table, error) {
		var t Table
		var oid uint32
		err := row.Scan(&oid, &t.Schema, &t.Name, &t.Partitioned, &t.PartitionOf, &t.PrimaryKey, &t.RowEstimate, &t.Comment, &t.HasHeirs)
		byOID[oid] = len(cat.Tables) + len(byOID)
		return t, err
	})
	if err != nil {
		return fmt.Errorf("read tables: %w", err)
	}
	cat.Tables = append(cat.Tables, tables...)
	if rows, err = q.Query(ctx, columnsQuery, oids); err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	var oid uint32
	var c Column
	_, err = pgx.ForEachRow(rows, []any{&oid, &c.Name, &c.Type, &c.NotNull, &c.Default, &c.Identity, &c.Generated, &c.Comment, &c.IdentityInherited,
		&c.NotNullInherited, &c.NotNullConstraint.Name, &c.NotNullConstraint.Definition, &c.NotNullConstraint.Local, &c.NotNullConstraint.Comment}, func() error {
		t := &cat.Tables[byOID[oid]]
		t.Columns = append(t.Columns, c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	return nil
}

// readIndexes reads those that a condition, trusted SQL over selectIndexes, holds for.
func readIndexes(ctx context.Context, q querier, condition string, args ...any) ([]IndexInfo, error) {
	rows, err := q.Query(ctx, selectIndexes+condition+orderIndexes, args...)
	if err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (IndexInfo, error) {
		var x IndexInfo
		var position, statistics []int32
		err := row.Scan(&x.Schema, &x.Table, &x.Name, &x.Definition, &x.Columns, &x.Primary, &x.Unique, &x.Valid, &x.ReplicaID, &x.WithoutOverlaps, &x.Clustered, &x.Constraint,
			&x.Parent, &x.Partitioned, &x.OfMatview, &x.Tablespace, &position, &statistics, &x.Options, &x.Comment, &x.Extensions, &x.Dependents)
		for i, p := range position {
			x.Statistics = append(x.Statistics, ColumnStatistics{Position: int(p), Target: int(statistics[i])})
		}
		return x, err
	})
	if err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	return slices.DeleteFunc(list, func(x IndexInfo) bool { return x.Definition == "" }), nil
}

// readConstraints reads those that a condition, trusted SQL over selectConstraints, holds for.
func readConstraints(ctx context.Context, q querier, condition string, args ...any) ([]Constraint, error) {
	rows, err := q.Query(ctx, selectConstraints+condition+orderConstraints, args...)
	if err != nil {
		return nil, fmt.Errorf("read constraints: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Constraint, error) {
		var c Constraint
		err := row.Scan(&c.Schema, &c.Table, &c.Name, &c.Type, &c.Definition, &c.Validated, &c.Deferrable, &c.Deferred, &c.Columns,
			&c.RefSchema, &c.RefTable, &c.RefColumns, &c.Parent, &c.Inherited, &c.TouchesPartitions, &c.Comment)
		if c.Enforced = !strings.HasSuffix(c.Definition, " NOT ENFORCED"); !c.Validated {
			c.Definition = strings.TrimSuffix(c.Definition, " NOT VALID")
		}
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read constraints: %w", err)
	}
	list = slices.DeleteFunc(list, func(c Constraint) bool { return c.Definition == "" })
	partsAsTheirKey(list)
	return list, nil
}

// partsAsTheirKey gives the parts that a foreign key has on partitions its definition, which is theirs: columns go by name. PostgreSQL
// itself (15 at least) keeps the numbers of the parent's columns in ON DELETE SET NULL (columns), and prints another column of a
// partition whose columns lie in another order. It acts by the key of the parent.
func partsAsTheirKey(list []Constraint) {
	keys := map[string]*Constraint{}
	for i := range list {
		if k := &list[i]; k.Type == "f" {
			keys[ident(k.Schema, k.Table, k.Name)] = k
		}
	}
	for i := range list {
		k := &list[i]
		for parent := keys[k.Parent]; parent != nil && parent.RefSchema == k.RefSchema && parent.RefTable == k.RefTable; parent = keys[parent.Parent] {
			k.Definition = parent.Definition
		}
	}
}

func readTriggers(ctx context.Context, q querier, oids []uint32) ([]TriggerInfo, error) {
	rows, err := q.Query(ctx, triggersQuery, oids)
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (TriggerInfo, error) {
		var t TriggerInfo
		err := row.Scan(&t.Schema, &t.Table, &t.Name, &t.Definition, &t.Enabled, &t.Parent, &t.Comment)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	return slices.DeleteFunc(list, func(g TriggerInfo) bool { return g.Definition == "" }), nil
}

func readViews(ctx context.Context, q querier, schemas []string) ([]View, error) {
	rows, err := q.Query(ctx, viewsQuery, schemas)
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (View, error) {
		var v View
		err := row.Scan(&v.Schema, &v.Name, &v.Materialized, &v.Definition, &v.Comment)
		return v, err
	})
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	return list, nil
}
