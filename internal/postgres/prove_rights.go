// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// right is one kind of right that making objects again needs, and the query that finds the objects for which it is missing.
type right struct {
	kinds []Kind // that need it
	// sql gives the position of the object in the lists $1 to $4 (kind, schema, table, name), from 1, what lacks, and two names for fix.
	sql string
	// fix is the statement with the first name, the role and the second name in it.
	fix func(name, role, second string) string
}

var (
	buildKinds = []Kind{Index, Unique, Exclusion}
	madeKinds  = append([]Kind{CheckConstraint}, buildKinds...) // of functions and the like
)

// objectsList is the list of objects as a relation, each with its table and that table's partitions.
const objectsList = `
WITH RECURSIVE object AS (SELECT o.*, c.oid AS relid FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
		AS o(kind, schema_name, table_name, name, position)
	JOIN pg_namespace n ON n.nspname = o.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.table_name),
tree AS (SELECT position, kind, name, relid AS root, relid FROM object UNION
	SELECT t.position, t.kind, t.name, t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
		JOIN pg_class p ON p.oid = i.inhrelid AND p.relispartition),
part AS (SELECT t.position, t.kind, t.name, t.root, c.oid AS relid, c.relname, c.relowner, n.oid AS schema_oid, n.nspname
	FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace),
-- The indexes to be built, with those on the partitions.
top AS (SELECT o.position, x.oid AS indexid FROM object o JOIN pg_index i ON i.indrelid = o.relid JOIN pg_class x ON x.oid = i.indexrelid
		LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.contype IN ('u', 'x') AND k.conrelid = o.relid
	WHERE o.kind IN ('index', 'unique', 'exclusion') AND coalesce(k.conname, x.relname) = o.name),
build AS (SELECT position, indexid FROM top UNION
	SELECT b.position, i.inhrelid FROM build b JOIN pg_inherits i ON i.inhparent = b.indexid),
-- What the indexes and the checks are made of.
owner AS (SELECT b.position, i.indrelid AS relid, true AS build, 'pg_class'::regclass::oid AS classid, b.indexid AS objid
		FROM build b JOIN pg_index i ON i.indexrelid = b.indexid UNION ALL
	SELECT b.position, k.conrelid, true, 'pg_constraint'::regclass, k.oid FROM build b
		JOIN pg_constraint k ON k.conindid = b.indexid AND k.contype IN ('u', 'x') UNION ALL
	SELECT o.position, o.relid, false, 'pg_constraint'::regclass, k.oid FROM object o
		JOIN pg_constraint k ON k.conrelid = o.relid AND k.conname = o.name
	WHERE o.kind = 'check' AND k.contype = 'c'),
used AS (SELECT DISTINCT w.position, w.relid, w.build, d.refclassid, d.refobjid
	FROM owner w JOIN pg_depend d ON d.classid = w.classid AND d.objid = w.objid
	WHERE d.deptype = 'n' AND d.refclassid IN ('pg_proc'::regclass, 'pg_opclass'::regclass, 'pg_operator'::regclass, 'pg_collation'::regclass,
		'pg_type'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass)),
-- An operator and an operator class do their work by functions.
called AS (SELECT position, relid, refobjid AS proc FROM used WHERE refclassid = 'pg_proc'::regclass
	UNION SELECT u.position, u.relid, o.oprcode FROM used u JOIN pg_operator o ON u.refclassid = 'pg_operator'::regclass AND o.oid = u.refobjid
	UNION SELECT u.position, u.relid, p.amproc FROM used u JOIN pg_opclass o ON u.refclassid = 'pg_opclass'::regclass AND o.oid = u.refobjid
		JOIN pg_amproc p ON p.amprocfamily = o.opcfamily AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype)
`

var rightsNeeded = []right{
	{sql: `SELECT DISTINCT position, 'table ' || nspname || '.' || relname || ' belongs to role ' || pg_get_userbyid(relowner), pg_get_userbyid(relowner)::text, ''
		FROM part WHERE NOT pg_has_role(relowner, 'USAGE') ORDER BY 1`,
		fix: func(owner, role, _ string) string { return fmt.Sprintf("GRANT %s TO %s;", ident(owner), ident(role)) }},
	{sql: `SELECT DISTINCT position, 'USAGE on schema ' || nspname, nspname::text, '' FROM part WHERE NOT has_schema_privilege(schema_oid, 'USAGE')
		ORDER BY 1`, fix: usageOnSchema},
	{kinds: buildKinds, sql: `SELECT DISTINCT position, 'CREATE on schema ' || nspname, nspname::text, '' FROM part
		WHERE NOT has_schema_privilege(schema_oid, 'CREATE') ORDER BY 1`,
		fix: func(schema, role, _ string) string {
			return fmt.Sprintf("GRANT CREATE ON SCHEMA %s TO %s;", ident(schema), ident(role))
		}},
	{kinds: buildKinds, sql: `SELECT DISTINCT b.position, 'CREATE on tablespace ' || s.spcname, s.spcname::text, ''
		FROM build b JOIN pg_class x ON x.oid = b.indexid JOIN pg_tablespace s ON s.oid = x.reltablespace
		WHERE NOT has_tablespace_privilege(s.oid, 'CREATE') ORDER BY 1`,
		fix: func(space, role, _ string) string {
			return fmt.Sprintf("GRANT CREATE ON TABLESPACE %s TO %s;", ident(space), ident(role))
		}},
	{kinds: madeKinds, sql: `SELECT DISTINCT u.position, 'USAGE on schema ' || n.nspname || ', where ' || pg_describe_object(u.refclassid, u.refobjid, 0) || ' is',
			n.nspname::text, ''
		FROM used u JOIN pg_namespace n ON n.oid = CASE u.refclassid
			WHEN 'pg_proc'::regclass THEN (SELECT pronamespace FROM pg_proc WHERE oid = u.refobjid)
			WHEN 'pg_opclass'::regclass THEN (SELECT opcnamespace FROM pg_opclass WHERE oid = u.refobjid)
			WHEN 'pg_operator'::regclass THEN (SELECT oprnamespace FROM pg_operator WHERE oid = u.refobjid)
			WHEN 'pg_collation'::regclass THEN (SELECT collnamespace FROM pg_collation WHERE oid = u.refobjid)
			WHEN 'pg_type'::regclass THEN (SELECT typnamespace FROM pg_type WHERE oid = u.refobjid)
			WHEN 'pg_ts_config'::regclass THEN (SELECT cfgnamespace FROM pg_ts_config WHERE oid = u.refobjid)
			WHEN 'pg_ts_dict'::regclass THEN (SELECT dictnamespace FROM pg_ts_dict WHERE oid = u.refobjid) END
		WHERE NOT has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`, fix: usageOnSchema},
	// An index's expressions are computed as the table's owner; a check is computed as whoever writes.
	{kinds: madeKinds, sql: `SELECT DISTINCT c.position, 'EXECUTE on function ' || c.proc::regprocedure || ' for role ' || r.rolname,
			c.proc::regprocedure::text, r.rolname::text
		FROM called c JOIN pg_class t ON t.oid = c.relid
		CROSS JOIN LATERAL (SELECT rolname FROM pg_roles WHERE oid = t.relowner UNION SELECT current_user) r
		WHERE c.proc <> 0 AND NOT has_function_privilege(r.rolname, c.proc, 'EXECUTE') ORDER BY 1`,
		fix: func(function, _, who string) string {
			// regprocedure prints names that are quoted already.
			return fmt.Sprintf("GRANT EXECUTE ON FUNCTION %s TO %s;", function, ident(who))
		}},
	{kinds: buildKinds, sql: `SELECT DISTINCT u.position, 'function ' || p.oid::regprocedure || ' is not IMMUTABLE any more, so no new index may use it',
			p.oid::regprocedure::text, ''
		FROM used u JOIN pg_proc p ON u.refclassid = 'pg_proc'::regclass AND p.oid = u.refobjid WHERE u.build AND p.provolatile <> 'i' ORDER BY 1`,
		fix: func(function, _, _ string) string {
			return fmt.Sprintf("ALTER FUNCTION %s IMMUTABLE; -- where it is; else keep the index by a pattern", function)
		}},
	{kinds: []Kind{ForeignKey}, sql: `SELECT DISTINCT o.position, 'REFERENCES on table ' || n.nspname || '.' || f.relname, n.nspname::text, f.relname::text
		FROM object o JOIN pg_constraint k ON k.conrelid = o.relid AND k.conname = o.name AND k.contype = 'f'
		JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace n ON n.oid = f.relnamespace
		WHERE NOT has_table_privilege(f.oid, 'REFERENCES') AND EXISTS (SELECT FROM unnest(k.confkey) a(num)
			WHERE NOT has_column_privilege(f.oid, a.num, 'REFERENCES')) ORDER BY 1`,
		fix: func(schema, role, table string) string {
			return fmt.Sprintf("GRANT REFERENCES ON TABLE %s TO %s;", ident(schema, table), ident(role))
		}},
	{kinds: []Kind{ForeignKey}, sql: `SELECT DISTINCT o.position, 'USAGE on schema ' || n.nspname || ' of the table it refers to', n.nspname::text, ''
		FROM object o JOIN pg_constraint k ON k.conrelid = o.relid AND k.conname = o.name AND k.contype = 'f'
		JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace n ON n.oid = f.relnamespace
		WHERE NOT has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`, fix: usageOnSchema},
	// Where Ferryman keeps what it drops. Without the tables there is nothing to ask: they are made before the first plan.
	{sql: `SELECT 1, 'rights on table ferryman.' || c.relname || ', where what is dropped is saved', '', '' FROM pg_class c
		WHERE c.relnamespace = to_regnamespace('ferryman') AND c.relname IN ('saved', 'step', 'fence', 'audit')
			AND NOT (has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
				AND has_table_privilege(c.oid, 'UPDATE')) ORDER BY 2`,
		fix: func(_, role, _ string) string {
			return fmt.Sprintf("GRANT USAGE ON SCHEMA ferryman TO %[1]s; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferryman TO %[1]s;", ident(role))
		}},
}

func usageOnSchema(schema, role, _ string) string {
	return fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;", ident(schema), ident(role))
}

// missing finds the objects for which the right lacks.
func (r right) missing(ctx context.Context, tx pgx.Tx, role string, all []Object) ([]Problem, error) {
	var list []Object
	lists := [4][]string{{}, {}, {}, {}}
	for _, o := range all {
		if len(r.kinds) > 0 && !slices.Contains(r.kinds, o.Kind) {
			continue
		}
		list = append(list, o)
		for i, value := range []string{string(o.Kind), o.Schema, o.Table, o.Name} {
			lists[i] = append(lists[i], value)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, objectsList+r.sql, lists[0], lists[1], lists[2], lists[3])
	if err != nil {
		return nil, err
	}
	var problems []Problem
	var position int
	var lacks, name, second string
	_, err = pgx.ForEachRow(rows, []any{&position, &lacks, &name, &second}, func() error {
		problems = append(problems, problemOf(list[position-1], lacks, r.fix(name, role, second)))
		return nil
	})
	return problems, err
}
