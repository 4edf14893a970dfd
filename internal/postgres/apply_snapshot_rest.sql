-- What no schema holds, or hardly ever: that nothing of it changed is all that is asked.
SELECT 'other', '', '', what || ' ' || oid, oid, md5(row) FROM (
    SELECT 'cast' AS what, oid, x::text AS row FROM pg_cast x UNION ALL
    SELECT 'operator', oid, x::text FROM pg_operator x UNION ALL
    SELECT 'operator class', oid, x::text FROM pg_opclass x UNION ALL
    SELECT 'operator family', oid, x::text FROM pg_opfamily x UNION ALL
    SELECT 'access method', oid, x::text FROM pg_am x UNION ALL
    SELECT 'collation', oid, x::text FROM pg_collation x UNION ALL
    SELECT 'conversion', oid, x::text FROM pg_conversion x UNION ALL
    SELECT 'language', oid, x::text FROM pg_language x UNION ALL
    SELECT 'foreign-data wrapper', oid, x::text FROM pg_foreign_data_wrapper x UNION ALL
    SELECT 'foreign server', oid, x::text FROM pg_foreign_server x UNION ALL
    SELECT 'event trigger', oid, x::text FROM pg_event_trigger x UNION ALL
    SELECT 'extension', oid, x::text FROM pg_extension x UNION ALL
    SELECT 'default privileges', oid, x::text FROM pg_default_acl x UNION ALL
    SELECT 'publication', oid, x::text FROM pg_publication x UNION ALL
    SELECT 'published table', oid, x::text FROM pg_publication_rel x UNION ALL
    SELECT 'text search configuration', oid, x::text FROM pg_ts_config x UNION ALL
    SELECT 'text search dictionary', oid, x::text FROM pg_ts_dict x UNION ALL
    SELECT 'text search parser', oid, x::text FROM pg_ts_parser x UNION ALL
    SELECT 'text search template', oid, x::text FROM pg_ts_template x UNION ALL
    SELECT 'transform', oid, x::text FROM pg_transform x UNION ALL
    SELECT 'large object', oid, x::text FROM pg_largeobject_metadata x UNION ALL
    SELECT 'setting', setdatabase, x::text FROM pg_db_role_setting x
) r WHERE oid >= 16384 OR what = 'setting'
