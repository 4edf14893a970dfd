// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// buildPart builds an index of one table ahead of the object that it is part of.
func (b *builder) buildPart(p *part) func(context.Context, *task) error {
	return func(ctx context.Context, t *task) error {
		return b.ahead(ctx, t, p, func(ctx context.Context, tx pgx.Tx) error {
			if done, err := indexIsThere(ctx, tx, t.item.Object, p); done || err != nil {
				return err
			}
			if p.tablespace != "" {
				if err := run(ctx, tx, Statement{Object: describe(t.item.Object), SQL: p.tablespace}); err != nil {
					return err
				}
			}
			return run(ctx, tx, Statement{Object: describe(t.item.Object), SQL: p.sql})
		})
	}
}

// addPart adds a partition's part of a foreign key, NOT VALID where a validation follows, which plain, of the table that it refers to,
// allows, or where it was so.
func (b *builder) addPart(p *part, plain bool) func(context.Context, *task) error {
	return func(ctx context.Context, t *task) error {
		return b.ahead(ctx, t, p, func(ctx context.Context, tx pgx.Tx) error {
			if added, _, err := keyIsThere(ctx, tx, p); added || err != nil {
				return err
			}
			sql := strings.TrimSuffix(p.sql, " NOT VALID") + when(plain || !p.validated, " NOT VALID", "")
			if err := run(ctx, tx, Statement{Object: describe(t.item.Object), SQL: sql}); err != nil || plain {
				return err
			}
			// The names that PostgreSQL makes up for what it keeps of the key, until the table's own adopts it or for good, may be those
			// of another key that is to come back.
			for _, sql := range append([]string{outOfTheWay(p)}, namesAfter(t.item, p)...) {
				if err := run(ctx, tx, Statement{Object: describe(t.item.Object), SQL: sql}); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// outOfTheWay gives what PostgreSQL keeps of a key for the partitions of the table it refers to names that nothing else has.
func outOfTheWay(p *part) string {
	table := literal(ident(p.table.schema, p.table.table))
	return "DO " + literal(fmt.Sprintf(`DECLARE part record; BEGIN
	FOR part IN WITH RECURSIVE tree AS (SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = %[1]s::regclass AND conname = %[2]s
			UNION ALL SELECT k.oid FROM tree JOIN pg_catalog.pg_constraint k ON k.conparentid = tree.oid AND k.conrelid = %[1]s::regclass)
		SELECT k.oid, k.conname FROM tree JOIN pg_catalog.pg_constraint k ON k.oid = tree.oid WHERE k.conname <> %[2]s LOOP
		EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', %[1]s, part.conname, 'ferryman_' || part.oid);
	END LOOP;
END`, table, literal(p.name)))
}

// namesAfter lists the statements that give a part of a key its names and comments.
func namesAfter(it *item, p *part) []string {
	i := slices.Index(it.parts, p) + 1
	end := i
	for end < len(it.Create) && (strings.HasPrefix(it.Create[end], "DO ") || strings.HasPrefix(it.Create[end], "COMMENT ON CONSTRAINT ")) {
		end++
	}
	return it.Create[i:end]
}

// validatePart checks the rows of a partition's part of a foreign key.
func (b *builder) validatePart(p *part) func(context.Context, *task) error {
	return func(ctx context.Context, t *task) error {
		return b.ahead(ctx, t, p, func(ctx context.Context, tx pgx.Tx) error {
			if _, valid, err := keyIsThere(ctx, tx, p); valid || err != nil {
				return err
			}
			return run(ctx, tx, Statement{Object: describe(t.item.Object),
				SQL: fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", ident(p.table.schema, p.table.table), ident(p.name))})
		})
	}
}

// ahead runs a part in a transaction of its own, unless the object has failed, or is there: then it is judged as a whole.
func (b *builder) ahead(ctx context.Context, t *task, p *part, fn func(context.Context, pgx.Tx) error) error {
	if b.hasFailed(t.item) {
		return nil
	}
	own := p.table == tableName{t.item.Schema, t.item.Table} && p.name == t.item.Name
	err := b.inFence(ctx, t, func(ctx context.Context, tx pgx.Tx) error {
		if !own {
			if there, err := isThere(ctx, tx, t.item.Object); there || err != nil {
				return err
			}
		}
		return fn(ctx, tx)
	})
	if err == nil {
		return nil
	}
	return b.outcome(ctx, t.item, p, false, err)
}

// isThere tells whether something has the object's name.
func isThere(ctx context.Context, tx pgx.Tx, o Object) (there bool, err error) {
	if o.Kind == ForeignKey {
		there, _, err = keyIsThere(ctx, tx, &part{table: tableName{o.Schema, o.Table}, name: o.Name})
		return there, err
	}
	err = tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2)",
		o.Schema, o.Name).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", describe(o), err)
	}
	return there, nil
}

// indexIsThere tells whether an index is there as it is to be, and removes what a CREATE INDEX of its name left when it died.
func indexIsThere(ctx context.Context, tx pgx.Tx, object Object, p *part) (bool, error) {
	var definition string
	var valid bool
	err := tx.QueryRow(ctx, `SELECT pg_get_indexdef(i.indexrelid), i.indisvalid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_index i ON i.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $2`, p.table.schema, p.name).Scan(&definition, &valid)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for index %s.%s: %w", p.table.schema, p.name, err)
	case !valid:
		return false, run(ctx, tx, Statement{Object: describe(object), SQL: "DROP INDEX " + ident(p.table.schema, p.name)})
	case definition != p.definition:
		return false, &ChangedError{Kind: Index, Schema: p.table.schema, Table: p.table.table, Name: p.name, Planned: p.definition, Found: definition}
	}
	return true, nil
}

// keyIsThere tells whether a foreign key is there, and whether its rows were checked.
func keyIsThere(ctx context.Context, tx pgx.Tx, p *part) (added, valid bool, err error) {
	err = tx.QueryRow(ctx, `SELECT k.convalidated FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3 AND k.contype = 'f'`, p.table.schema, p.table.table, p.name).Scan(&valid)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("look for foreign key %s of %s.%s: %w", p.name, p.table.schema, p.table.table, err)
	}
	return true, valid, nil
}
