-- What there is in a database, one row for each object and part of one. $1 are schemas, NULL is all but PostgreSQL's own; $2 has
-- owners and rights in it, and the catalogs that no schema holds.
WITH spaces AS (
    SELECT n.oid, n.nspname FROM pg_namespace n
    WHERE CASE WHEN $1::text[] IS NULL THEN n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_toast_'
            AND (n.nspname !~ '^pg_temp_' OR n.oid = pg_my_temp_schema())
        ELSE n.nspname = ANY($1) END
), relations AS (
    SELECT c.*, n.nspname, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'index' END AS kind
    FROM pg_class c JOIN spaces n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c', 'i', 'I')
)
SELECT 'schema', n.nspname::text, '', n.nspname::text, n.oid, CASE WHEN $2 THEN concat_ws('; ', 'owner ' || pg_get_userbyid(n.nspowner), 'rights ' || n.nspacl::text) ELSE '' END
FROM pg_namespace n JOIN spaces s ON s.oid = n.oid
UNION ALL
SELECT c.kind, c.nspname, coalesce(t.relname, o.relname, '')::text, c.relname::text, c.oid, concat_ws('; ',
    CASE WHEN c.relpersistence <> 'p' THEN 'persistence ' || c.relpersistence::text END,
    CASE WHEN c.relkind = 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) END,
    CASE WHEN c.relispartition AND c.relkind IN ('r', 'p') THEN pg_get_expr(c.relpartbound, c.oid) END,
    (SELECT 'child of ' || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
    CASE WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END,
    CASE WHEN c.relkind IN ('i', 'I') AND NOT x.indisvalid THEN 'invalid' END,
    CASE WHEN c.relkind = 'S' THEN format('%s start %s min %s max %s increment %s cache %s%s', format_type(q.seqtypid, NULL), q.seqstart, q.seqmin, q.seqmax,
        q.seqincrement, q.seqcache, CASE WHEN q.seqcycle THEN ' cycle' END) END,
    CASE WHEN d.deptype = 'i' THEN 'identity' WHEN d.deptype = 'a' THEN 'owned by a column of ' || o.relname END,
    'with ' || c.reloptions::text, CASE WHEN c.relrowsecurity THEN 'row security' END, CASE WHEN c.relforcerowsecurity THEN 'forced row security' END,
    CASE WHEN c.relreplident <> 'd' AND c.relkind IN ('r', 'p') THEN 'replica identity ' || c.relreplident::text END,
    CASE WHEN $2 THEN 'owner ' || pg_get_userbyid(c.relowner) END, CASE WHEN $2 THEN 'rights ' || c.relacl::text END)
FROM relations c LEFT JOIN pg_index x ON x.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = x.indrelid
LEFT JOIN pg_sequence q ON q.seqrelid = c.oid
LEFT JOIN pg_depend d ON c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class o ON o.oid = d.refobjid
UNION ALL
SELECT 'column', c.nspname, c.relname::text, a.attname::text, c.oid, concat_ws('; ', format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> ty.typcollation THEN 'collate ' || a.attcollation::regcollation::text END,
    CASE WHEN a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY(k.conkey)) THEN 'not null' END,
    'default ' || pg_get_expr(ad.adbin, ad.adrelid), CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
    CASE WHEN a.attgenerated <> '' THEN 'generated' END, CASE WHEN $2 THEN 'rights ' || a.attacl::text END)
FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type ty ON ty.oid = a.atttypid
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'c') OR $2 AND c.relkind IN ('v', 'm')
UNION ALL
SELECT 'constraint', c.nspname, c.relname::text, k.conname::text, k.oid, concat_ws('; ', pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN relations c ON c.oid = k.conrelid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
UNION ALL
SELECT 'trigger', c.nspname, c.relname::text, g.tgname::text, g.oid, concat_ws('; ', pg_get_triggerdef(g.oid), CASE WHEN g.tgenabled <> 'O' THEN 'enabled ' || g.tgenabled::text END)
FROM pg_trigger g JOIN relations c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal
UNION ALL
SELECT 'rule', c.nspname, c.relname::text, r.rulename::text, r.oid, pg_get_ruledef(r.oid)
FROM pg_rewrite r JOIN relations c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', c.nspname, c.relname::text, p.polname::text, p.oid, concat_ws('; ', p.polcmd::text, p.polpermissive::text, p.polroles::text,
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN relations c ON c.oid = p.polrelid
UNION ALL
SELECT 'statistics', c.nspname, c.relname::text, e.stxname::text, e.oid, pg_get_statisticsobjdef(e.oid)
FROM pg_statistic_ext e JOIN relations c ON c.oid = e.stxrelid
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname::text, p.proname::text,
    p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.oid, concat_ws('; ',
    CASE WHEN p.prokind = 'a' THEN (SELECT md5(g::text) FROM pg_aggregate g WHERE g.aggfnoid = p.oid) ELSE pg_get_functiondef(p.oid) END,
    CASE WHEN $2 THEN 'owner ' || pg_get_userbyid(p.proowner) END, CASE WHEN $2 THEN 'rights ' || p.proacl::text END)
FROM pg_proc p JOIN spaces n ON n.oid = p.pronamespace
UNION ALL
SELECT CASE y.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname::text, '', y.typname::text, y.oid, concat_ws('; ', y.typtype::text,
    CASE WHEN y.typtype = 'd' THEN format_type(y.typbasetype, y.typtypmod) END, CASE WHEN y.typtype = 'd' AND y.typnotnull THEN 'not null' END, y.typdefault,
    (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = y.oid),
    (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = y.oid),
    (SELECT md5(r::text) FROM pg_range r WHERE r.rngtypid = y.oid),
    CASE WHEN $2 THEN 'owner ' || pg_get_userbyid(y.typowner) END, CASE WHEN $2 THEN 'rights ' || y.typacl::text END)
FROM pg_type y JOIN spaces n ON n.oid = y.typnamespace
WHERE y.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = y.oid) AND y.typtype <> 'm'
UNION ALL
SELECT 'comment', i.schema, i.of, i.name, i.objoid, i.description FROM (
    SELECT d.objoid, d.description, coalesce(c.nspname, kc.nspname, gc.nspname, pn.nspname, yn.nspname, sn.nspname, '')::text AS schema,
        coalesce(c.relname, kc.relname, gc.relname, p.proname, y.typname, '')::text AS of,
        coalesce(CASE WHEN c.oid IS NULL THEN NULL WHEN d.objsubid = 0 THEN c.relname::text ELSE a.attname || ' (column)' END, k.conname::text || ' (constraint)', g.tgname::text || ' (trigger)',
            p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', y.typname::text,
            d.classoid::regclass::text || ' ' || pg_describe_object(d.classoid, d.objoid, d.objsubid)) AS name
    FROM pg_description d
    LEFT JOIN relations c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
    LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid LEFT JOIN relations kc ON kc.oid = k.conrelid
    LEFT JOIN pg_trigger g ON d.classoid = 'pg_trigger'::regclass AND g.oid = d.objoid LEFT JOIN relations gc ON gc.oid = g.tgrelid
    LEFT JOIN pg_proc p ON d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid LEFT JOIN spaces pn ON pn.oid = p.pronamespace
    LEFT JOIN pg_type y ON d.classoid = 'pg_type'::regclass AND y.oid = d.objoid LEFT JOIN spaces yn ON yn.oid = y.typnamespace
    LEFT JOIN spaces sn ON d.classoid = 'pg_namespace'::regclass AND sn.oid = d.objoid
    WHERE d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass
) i WHERE $2 OR i.schema <> ''
