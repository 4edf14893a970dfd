// SPDX-License-Identifier: Apache-2.0

package postgres

// The queries of the catalog. $1 is a list of OIDs of tables, and for views and sequences of schema names. Those of indexes and
// constraints are in parts: what is read, of which ones, in what order. Names sort by bytes: type
// name has collation "C", so that the order is the same on every server. The functions that print definitions look at the newest
// state and not at the snapshot: of what was dropped since they print nothing, and it is left out.

const tablesQuery = `
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind = 'p',
	coalesce((SELECT '"' || replace(pn.nspname, '"', '""') || '"."' || replace(p.relname, '"', '""') || '"'
		FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
		JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid AND c.relispartition), ''),
	(SELECT array_agg(a.attname::text ORDER BY k.position) FROM pg_constraint p CROSS JOIN unnest(p.conkey) WITH ORDINALITY k(attnum, position)
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE p.conrelid = c.oid AND p.contype = 'p'),
	CASE WHEN c.reltuples < 0 THEN -1 ELSE c.reltuples END::bigint,
	coalesce(obj_description(c.oid, 'pg_class'), ''), c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY($1) AND c.relkind IN ('r', 'p')
ORDER BY n.nspname, c.relname`

// Not-null constraints have rows of their own, contype n, from PostgreSQL 18 on. Before that a partition's is its parent's where that
// has one, and a table that inherits otherwise has its own.
const columnsQuery = `
SELECT a.attrelid, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
	a.attidentity::text, a.attgenerated <> '', coalesce(col_description(a.attrelid, a.attnum), ''),
	a.attidentity <> '' AND c.relispartition AND current_setting('server_version_num')::int >= 170000,
	coalesce(nn.coninhcount > 0, a.attnotnull AND c.relispartition AND EXISTS (SELECT FROM pg_inherits i JOIN pg_attribute pa ON pa.attrelid = i.inhparent
		AND pa.attname = a.attname AND pa.attnotnull WHERE i.inhrelid = a.attrelid)),
	coalesce(nn.conname, '')::text, coalesce(pg_get_constraintdef(nn.oid), ''), coalesce(nn.conislocal, false), coalesce(obj_description(nn.oid, 'pg_constraint'), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]
WHERE a.attrelid = ANY($1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`

const selectIndexes = `
SELECT n.nspname::text, c.relname::text, x.relname::text, coalesce(pg_get_indexdef(i.indexrelid), ''),
	ARRAY(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(attnum, position)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.attnum <> 0 ORDER BY k.position), i.indisprimary, i.indisunique, i.indisvalid,
	i.indisreplident, i.indisunique AND i.indisexclusion, i.indisclustered, coalesce(con.conname, '')::text,
	coalesce(CASE WHEN x.relispartition THEN (SELECT '"' || replace(pn.nspname, '"', '""') || '"."' || replace(p.relname, '"', '""') || '"'
		FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
		JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = i.indexrelid) END, ''),
	x.relkind = 'I', c.relkind = 'm', coalesce(ts.spcname, '')::text,
	CASE WHEN i.indexprs IS NOT NULL THEN (SELECT array_agg(a.attnum::int ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND coalesce(a.attstattarget, -1) >= 0) END,
	CASE WHEN i.indexprs IS NOT NULL THEN (SELECT array_agg(a.attstattarget::int ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND coalesce(a.attstattarget, -1) >= 0) END,
	coalesce((SELECT string_agg(quote_ident(split_part(u.option, '=', 1)) || '=' || quote_literal(substr(u.option, strpos(u.option, '=') + 1)), ', ' ORDER BY u.position)
		FROM unnest(x.reloptions) WITH ORDINALITY u(option, position)), ''),
	coalesce(obj_description(i.indexrelid, 'pg_class'), ''),
	ARRAY(SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass
		AND d.objid = i.indexrelid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x' ORDER BY 1),
	ARRAY(SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
		WHERE ((d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indexrelid)
			OR (d.refclassid = 'pg_constraint'::regclass AND d.refobjid = con.oid))
		AND d.deptype = 'n' AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (
			SELECT FROM pg_constraint f WHERE f.oid = d.objid AND f.contype = 'f')) ORDER BY 1)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
LEFT JOIN pg_constraint con ON con.conrelid = i.indrelid AND con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
WHERE i.indislive AND `

const orderIndexes = `
ORDER BY n.nspname, c.relname, x.relname`

const selectConstraints = `
SELECT n.nspname::text, c.relname::text, con.conname::text, con.contype::text, coalesce(pg_get_constraintdef(con.oid), ''), con.convalidated,
	con.condeferrable, con.condeferred,
	ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY k(attnum, position)
		JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum ORDER BY k.position),
	coalesce(fn.nspname, '')::text, coalesce(f.relname, '')::text,
	ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY k(attnum, position)
		JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum ORDER BY k.position),
	coalesce((SELECT '"' || replace(pn.nspname, '"', '""') || '"."' || replace(pc.relname, '"', '""') || '"."' || replace(p.conname, '"', '""') || '"'
		FROM pg_constraint p JOIN pg_class pc ON pc.oid = p.conrelid
		JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE p.oid = con.conparentid), ''),
	con.coninhcount > 0, c.relkind = 'p' OR coalesce(f.relkind = 'p', false), coalesce(obj_description(con.oid, 'pg_constraint'), '')
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = con.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE con.contype IN ('p', 'u', 'f', 'c', 'x') AND `

const orderConstraints = `
ORDER BY n.nspname, c.relname, con.conname`

// What partitions have of a parent's trigger is internal up to PostgreSQL 14, but not what serves a key or a unique constraint, which
// no parent's user trigger is above.
const triggersQuery = `
SELECT n.nspname::text, c.relname::text, t.tgname::text, coalesce(pg_get_triggerdef(t.oid), ''), t.tgenabled::text, t.tgparentid <> 0,
	coalesce(obj_description(t.oid, 'pg_trigger'), '')
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgrelid = ANY($1) AND (NOT t.tgisinternal OR (t.tgparentid <> 0 AND NOT EXISTS (
	SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't')))
ORDER BY n.nspname, c.relname, t.tgname`

const sequencesQuery = `
SELECT n.nspname::text, c.relname::text, format_type(s.seqtypid, NULL), s.seqstart, s.seqmin, s.seqmax, s.seqincrement, s.seqcache, s.seqcycle,
	CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(c.oid) END,
	tn.nspname::text, t.relname::text, a.attname::text, coalesce(d.deptype = 'i', false), coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
	AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE n.nspname = ANY($1)
ORDER BY n.nspname, c.relname`

const viewsQuery = `
SELECT n.nspname::text, c.relname::text, c.relkind = 'm', coalesce(pg_get_viewdef(c.oid), ''), coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND c.relkind IN ('v', 'm')
ORDER BY n.nspname, c.relname`
