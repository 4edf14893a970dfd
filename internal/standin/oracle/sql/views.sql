CREATE TABLE "SYS"."DUAL" ("DUMMY" text);
INSERT INTO "SYS"."DUAL" VALUES ('X');

CREATE VIEW "SYS"."V$DATABASE" AS SELECT 2837461905::numeric AS "DBID", d.name AS "NAME", d.log_mode AS "LOG_MODE",
    s.n::numeric AS "CURRENT_SCN", 'READ WRITE'::text AS "OPEN_MODE",
    'PRIMARY'::text AS "DATABASE_ROLE", CASE WHEN d.minimal THEN 'YES' WHEN d.pk OR d.all_columns
    THEN 'IMPLICIT' ELSE 'NO' END AS "SUPPLEMENTAL_LOG_DATA_MIN",
    CASE WHEN d.pk THEN 'YES' ELSE 'NO' END AS "SUPPLEMENTAL_LOG_DATA_PK", 'NO'::text AS "SUPPLEMENTAL_LOG_DATA_UI",
    'NO'::text AS "SUPPLEMENTAL_LOG_DATA_FK",
    CASE WHEN d.all_columns THEN 'YES' ELSE 'NO' END AS "SUPPLEMENTAL_LOG_DATA_ALL", 'NO'::text AS "CDB", d.name AS "DB_UNIQUE_NAME",
    'NO'::text AS "FORCE_LOGGING",
    'NOT ALLOWED'::text AS "FLASHBACK_ON", 1::numeric AS "RESETLOGS_CHANGE#", 'Linux x86 64-bit'::text AS "PLATFORM_NAME",
    d.started::timestamp(0) AS "CREATED"
    FROM ora.database d, ora.scn s;
CREATE VIEW "SYS"."V$INSTANCE" AS SELECT 1::numeric AS "INSTANCE_NUMBER", name AS "INSTANCE_NAME", 'localhost'::text AS "HOST_NAME",
    version AS "VERSION", version AS "VERSION_FULL",
    'OPEN'::text AS "STATUS", started::timestamp(0) AS "STARTUP_TIME", 'STARTED'::text AS "ARCHIVER", 'ACTIVE'::text AS "DATABASE_STATUS",
    'NO'::text AS "PARALLEL", 1::numeric AS "THREAD#" FROM ora.database;
CREATE VIEW "SYS"."V$VERSION" AS SELECT b AS "BANNER", b || chr(10) || 'Version ' || version AS "BANNER_FULL", b AS "BANNER_LEGACY",
    0::numeric AS "CON_ID"
    FROM (SELECT version, 'Oracle Database 19c Enterprise Edition Release ' || version || ' - Production'::text AS b FROM ora.database) v;
CREATE VIEW "SYS"."PRODUCT_COMPONENT_VERSION" AS SELECT 'Oracle Database 19c Enterprise Edition'::text AS "PRODUCT", version AS "VERSION",
    version AS "VERSION_FULL", 'Production'::text AS "STATUS" FROM ora.database;

CREATE VIEW "SYS"."V$SESSION" AS SELECT decode(lpad(to_hex(s.pid), 16, '0'), 'hex') AS "SADDR", s.sid AS "SID", s.serial AS "SERIAL#",
    s.sid AS "AUDSID", s.username AS "USERNAME",
    CASE WHEN a.state IN ('active', 'fastpath function call') THEN 'ACTIVE' ELSE 'INACTIVE' END AS "STATUS", s.username AS "SCHEMANAME",
    s.osuser AS "OSUSER", s.process AS "PROCESS",
    s.machine AS "MACHINE", s.program AS "PROGRAM", 'USER'::text AS "TYPE", s.program AS "MODULE", s.logon_time AS "LOGON_TIME",
    CASE WHEN a.backend_xid IS NOT NULL THEN decode(lpad(to_hex(a.backend_xid::text::bigint), 16, '0'), 'hex') END AS "TADDR",
    floor(extract(epoch FROM clock_timestamp() - a.state_change))::numeric AS "LAST_CALL_ET", 'DEDICATED'::text AS "SERVER",
    NULL::text AS "SQL_ID"
    FROM ora.sessions s JOIN pg_stat_activity a ON a.pid = s.pid;
CREATE VIEW "SYS"."V$TRANSACTION" AS SELECT decode(lpad(to_hex(a.backend_xid::text::bigint), 16, '0'), 'hex') AS "ADDR",
    (a.backend_xid::text::bigint % 32)::numeric AS "XIDUSN",
    (a.backend_xid::text::bigint % 34)::numeric AS "XIDSLOT", a.backend_xid::text::numeric AS "XIDSQN", 'ACTIVE'::text AS "STATUS",
    to_char(a.xact_start, 'MM/DD/YY HH24:MI:SS') AS "START_TIME",
    ora.scn_at(a.xact_start)::numeric AS "START_SCN", ora.scn_at(a.xact_start)::numeric AS "START_SCNB",
    a.xact_start::timestamp(0) AS "START_DATE",
    decode(lpad(to_hex(s.pid), 16, '0'), 'hex') AS "SES_ADDR", decode(lpad(to_hex(a.backend_xid::text::bigint), 16, '0'), 'hex') AS "XID",
    0::numeric AS "USED_UREC"
    FROM ora.sessions s JOIN pg_stat_activity a ON a.pid = s.pid WHERE a.backend_xid IS NOT NULL;

CREATE VIEW "SYS"."V$LOGMNR_CONTENTS" AS SELECT c.start_scn AS "SCN", c.start_scn AS "START_SCN", c.scn AS "COMMIT_SCN",
    r.at::timestamp(0) AS "TIMESTAMP",
    c.at::timestamp(0) AS "COMMIT_TIMESTAMP", (c.xid % 32)::numeric AS "XIDUSN", (c.xid % 34)::numeric AS "XIDSLT",
    c.xid::numeric AS "XIDSQN",
    decode(lpad(to_hex(c.xid), 16, '0'), 'hex') AS "XID", r.operation AS "OPERATION", CASE r.operation WHEN 'INSERT' THEN 1 WHEN 'DELETE'
    THEN 2 WHEN 'UPDATE' THEN 3 ELSE 5 END::numeric AS "OPERATION_CODE",
    r.owner AS "SEG_OWNER", r.table_name AS "SEG_NAME", r.table_name AS "TABLE_NAME", r.row_id AS "ROW_ID", r.sql_redo AS "SQL_REDO",
    '0x' || lpad(to_hex(r.seq), 10, '0') AS "RS_ID", 0::numeric AS "SSN", 0::numeric AS "CSF", r.seq::numeric AS "SEQUENCE#",
    0::numeric AS "ROLLBACK", 0::numeric AS "STATUS", r.owner AS "USERNAME"
    FROM ora.commits c JOIN LATERAL (SELECT * FROM ora.redo q WHERE q.xid = c.xid OFFSET 0) r ON true;

CREATE VIEW "SYS"."SESSION_PRIVS" AS SELECT privilege AS "PRIVILEGE" FROM ora.user_privileges WHERE username = ora.username();
CREATE VIEW "SYS"."SESSION_ROLES" AS SELECT role AS "ROLE" FROM ora.user_roles WHERE username = ora.username();
CREATE VIEW "SYS"."USER_SYS_PRIVS" AS SELECT username AS "USERNAME", privilege AS "PRIVILEGE", 'NO'::text AS "ADMIN_OPTION"
    FROM ora.user_privileges WHERE username = ora.username();
CREATE VIEW "SYS"."USER_ROLE_PRIVS" AS SELECT username AS "USERNAME", role AS "GRANTED_ROLE", 'NO'::text AS "ADMIN_OPTION",
    'YES'::text AS "DEFAULT_ROLE" FROM ora.user_roles WHERE username = ora.username();
CREATE VIEW "SYS"."DBA_SYS_PRIVS" AS SELECT username AS "GRANTEE", privilege AS "PRIVILEGE", 'NO'::text AS "ADMIN_OPTION"
    FROM ora.user_privileges;
CREATE VIEW "SYS"."DBA_ROLE_PRIVS" AS SELECT username AS "GRANTEE", role AS "GRANTED_ROLE", 'NO'::text AS "ADMIN_OPTION",
    'YES'::text AS "DEFAULT_ROLE" FROM ora.user_roles;
CREATE VIEW "SYS"."ALL_USERS" AS SELECT name AS "USERNAME", id AS "USER_ID", created::timestamp(0) AS "CREATED", 'NO'::text AS "COMMON",
    CASE WHEN name IN ('SYS', 'SYSTEM') THEN 'Y' ELSE 'N' END AS "ORACLE_MAINTAINED", 'NO'::text AS "INHERITED" FROM ora.users;
CREATE VIEW "SYS"."DBA_USERS" AS SELECT name AS "USERNAME", id AS "USER_ID", 'OPEN'::text AS "ACCOUNT_STATUS",
    'USERS'::text AS "DEFAULT_TABLESPACE", 'TEMP'::text AS "TEMPORARY_TABLESPACE",
    created::timestamp(0) AS "CREATED", 'DEFAULT'::text AS "PROFILE", CASE WHEN name IN ('SYS', 'SYSTEM')
    THEN 'Y' ELSE 'N' END AS "ORACLE_MAINTAINED" FROM ora.users;
CREATE VIEW "SYS"."USER_USERS" AS SELECT "USERNAME", "USER_ID", "ACCOUNT_STATUS", "DEFAULT_TABLESPACE", "TEMPORARY_TABLESPACE", "CREATED"
    FROM "SYS"."DBA_USERS" WHERE "USERNAME" = ora.username();

CREATE VIEW "SYS"."NLS_DATABASE_PARAMETERS" AS SELECT p AS "PARAMETER", v AS "VALUE" FROM (VALUES ('NLS_CHARACTERSET', 'AL32UTF8'),
    ('NLS_NCHAR_CHARACTERSET', 'AL16UTF16'),
    ('NLS_LANGUAGE', 'AMERICAN'), ('NLS_TERRITORY', 'AMERICA'), ('NLS_DATE_FORMAT', 'DD-MON-RR'), ('NLS_LENGTH_SEMANTICS', 'BYTE'),
    ('NLS_SORT', 'BINARY'), ('NLS_COMP', 'BINARY')) n(p, v);
CREATE VIEW "SYS"."NLS_SESSION_PARAMETERS" AS SELECT "PARAMETER", CASE "PARAMETER" WHEN 'NLS_DATE_FORMAT'
    THEN current_setting('ora.nls_date_format') ELSE "VALUE" END AS "VALUE" FROM "SYS"."NLS_DATABASE_PARAMETERS";
CREATE VIEW "SYS"."V$NLS_PARAMETERS" AS SELECT "PARAMETER", "VALUE" FROM "SYS"."NLS_SESSION_PARAMETERS";
CREATE VIEW "SYS"."V$PARAMETER" AS SELECT n AS "NAME", v AS "VALUE", 'FALSE'::text AS "ISDEFAULT" FROM (VALUES ('compatible', '19.0.0'),
    ('processes', '300'), ('undo_retention', '900'), ('heat_map', 'OFF'),
    ('enable_goldengate_replication', 'FALSE'), ('deferred_segment_creation', 'TRUE')) p(n, v);
CREATE VIEW "SYS"."V$ARCHIVED_LOG" AS SELECT 1::numeric AS "THREAD#", 1::numeric AS "SEQUENCE#", 1000000::numeric AS "FIRST_CHANGE#",
    s.n::numeric AS "NEXT_CHANGE#", d.started::timestamp(0) AS "FIRST_TIME",
    ora.sysdate() AS "NEXT_TIME", (SELECT count(*) FROM ora.redo)::numeric AS "BLOCKS", 512::numeric AS "BLOCK_SIZE",
    1::numeric AS "DEST_ID", 'YES'::text AS "ARCHIVED", 'NO'::text AS "DELETED", 'A'::text AS "STATUS",
    '/standin/arch_1_1.arc'::text AS "NAME" FROM ora.database d, ora.scn s WHERE d.log_mode = 'ARCHIVELOG';
CREATE VIEW "SYS"."V$LOG" AS SELECT 1::numeric AS "GROUP#", 1::numeric AS "THREAD#", 2::numeric AS "SEQUENCE#",
    209715200::numeric AS "BYTES", 'CURRENT'::text AS "STATUS", s.n::numeric AS "FIRST_CHANGE#", d.started::timestamp(0) AS "FIRST_TIME"
    FROM ora.database d, ora.scn s;
CREATE VIEW "SYS"."V$LOGFILE" AS SELECT 1::numeric AS "GROUP#", 'ONLINE'::text AS "TYPE", '/standin/redo01.log'::text AS "MEMBER";
CREATE VIEW "SYS"."V$LOGMNR_LOGS" AS SELECT 1::numeric AS "LOG_ID", '/standin/redo01.log'::text AS "FILENAME";
CREATE VIEW "SYS"."V$THREAD" AS SELECT 1::numeric AS "THREAD#", 'OPEN'::text AS "STATUS", 'PUBLIC'::text AS "ENABLED";
CREATE VIEW "SYS"."V$CONTAINERS" AS SELECT 0::numeric AS "CON_ID", name AS "NAME", 'READ WRITE'::text AS "OPEN_MODE" FROM ora.database;
CREATE VIEW "SYS"."V$TIMEZONE_NAMES" AS SELECT name AS "TZNAME", abbrev AS "TZABBREV" FROM pg_timezone_names;
CREATE VIEW "SYS"."DBA_TABLESPACES" AS SELECT t AS "TABLESPACE_NAME", 8192::numeric AS "BLOCK_SIZE", 'ONLINE'::text AS "STATUS",
    'PERMANENT'::text AS "CONTENTS" FROM (VALUES ('SYSTEM'), ('SYSAUX'), ('USERS')) v(t);
CREATE VIEW "SYS"."DBA_REGISTRY" AS SELECT 'CATALOG'::text AS "COMP_ID", 'Oracle Database Catalog Views'::text AS "COMP_NAME",
    version AS "VERSION", 'VALID'::text AS "STATUS" FROM ora.database;
