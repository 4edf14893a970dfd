-- What the stand-in keeps about itself: the database, its users and sessions, the commits and the redo.
CREATE TABLE ora.database (name text NOT NULL, log_mode text NOT NULL, minimal boolean NOT NULL, pk boolean NOT NULL,
    all_columns boolean NOT NULL,
    version text NOT NULL, started timestamptz NOT NULL DEFAULT clock_timestamp());

-- The commit number. A committing transaction changes it last, and the row's lock makes the next one wait until the first is visible:
-- a snapshot that sees n sees every commit up to n and none after it.
CREATE TABLE ora.scn (n bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO ora.scn VALUES (1000000);
CREATE TABLE ora.commits (scn numeric PRIMARY KEY, xid bigint NOT NULL, start_scn numeric NOT NULL, at timestamptz NOT NULL);
CREATE INDEX ON ora.commits (at);
CREATE TABLE ora.redo (xid bigint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, owner text NOT NULL, table_name text NOT NULL,
    operation text NOT NULL, row_id text, sql_redo text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (xid,
    seq));
CREATE FUNCTION ora.log_change(owner text, table_name text, operation text, row_id text, sql_redo text) RETURNS void LANGUAGE sql AS
$$ INSERT INTO ora.redo (xid, owner, table_name, operation, row_id, sql_redo) VALUES (pg_current_xact_id()::text::bigint, owner,
    table_name, operation, row_id, sql_redo) $$;
CREATE FUNCTION ora.scn_at(moment timestamptz) RETURNS numeric LANGUAGE sql STABLE AS
$$ SELECT coalesce((SELECT scn FROM ora.commits WHERE at <= moment ORDER BY at DESC LIMIT 1), 1000000) $$;
-- The last thing a transaction with changes does before COMMIT.
CREATE FUNCTION ora.assign_scn() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE start numeric := ora.scn_at(now()); mine bigint;
BEGIN
    UPDATE ora.scn SET n = n + 1 RETURNING n INTO mine;
    INSERT INTO ora.commits VALUES (mine, pg_current_xact_id()::text::bigint, start, clock_timestamp());
    RETURN mine;
END $$;
CREATE FUNCTION ora.finish() RETURNS void LANGUAGE plpgsql AS
$$ BEGIN IF pg_current_xact_id_if_assigned() IS NOT NULL THEN PERFORM ora.assign_scn(); END IF; END $$;

-- Values as LogMiner writes them.
CREATE FUNCTION ora.lit(v text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE '''' || pg_catalog.replace(v, '''', '''''') || '''' END $$;
CREATE FUNCTION ora.lit(v numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE '''' || ora.to_char(v) || '''' END $$;
CREATE FUNCTION ora.lit(v double precision) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE '''' || v::text || '''' END $$;
CREATE FUNCTION ora.lit(v real) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE '''' || v::text || '''' END $$;
CREATE FUNCTION ora.lit(v bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE 'HEXTORAW(''' || encode(v, 'hex') || ''')' END $$;
CREATE FUNCTION ora.lit(v boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE '''' || v::int::text || '''' END $$;
CREATE FUNCTION ora.lit(v interval) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN v IS NULL
    THEN 'NULL' ELSE '''' || v::text || '''' END $$;
CREATE FUNCTION ora.lit_date(v timestamp) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN v IS NULL THEN 'NULL' ELSE 'TO_DATE(''' || pg_catalog.to_char(v,
    'YYYY-MM-DD HH24:MI:SS') || ''', ''YYYY-MM-DD HH24:MI:SS'')' END $$;
CREATE FUNCTION ora.lit_timestamp(v timestamp) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN v IS NULL THEN 'NULL' ELSE 'TO_TIMESTAMP(''' || pg_catalog.to_char(v,
    'YYYY-MM-DD HH24:MI:SS.US') || ''', ''YYYY-MM-DD HH24:MI:SS.FF6'')' END $$;
CREATE FUNCTION ora.lit_timestamp_tz(v timestamptz) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN v IS NULL THEN 'NULL' ELSE 'TO_TIMESTAMP_TZ(''' || pg_catalog.to_char(v,
    'YYYY-MM-DD HH24:MI:SS.US TZH:TZM') || ''', ''YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM'')' END $$;

CREATE TABLE ora.users (name text PRIMARY KEY, id numeric NOT NULL, sees_all boolean NOT NULL DEFAULT false, created timestamp NOT NULL);
CREATE TABLE ora.user_privileges (username text NOT NULL, privilege text NOT NULL, PRIMARY KEY (username, privilege));
CREATE TABLE ora.user_roles (username text NOT NULL, role text NOT NULL, PRIMARY KEY (username, role));
CREATE TABLE ora.grants (grantee text NOT NULL, owner text NOT NULL, name text NOT NULL, privilege text NOT NULL, grantor text NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (grantee, owner, name, privilege));
CREATE TABLE ora.sessions (sid numeric PRIMARY KEY, serial numeric NOT NULL, username text NOT NULL, pid int NOT NULL, machine text,
    program text, osuser text,
    process text, logon_time timestamp NOT NULL);

CREATE FUNCTION ora.sees_all() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT coalesce((SELECT sees_all FROM ora.users
    WHERE name = current_setting('ora.username')), false) $$;
-- The objects that have been granted to the session's user: tables, and with them what hangs on a table.
CREATE VIEW ora.granted AS SELECT DISTINCT owner, name FROM ora.grants WHERE grantee IN (current_setting('ora.username'), 'PUBLIC');
-- The real number behind LAST_NUMBER: where the sequence stands, rounded up to what its cache has taken.
CREATE TABLE ora.sequences (owner text NOT NULL, name text NOT NULL, start numeric NOT NULL, step numeric NOT NULL,
    cache numeric NOT NULL, pg regclass NOT NULL, PRIMARY KEY (owner, name));
CREATE FUNCTION ora.last_number(o text, s text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT q.start + ceil(given.n / greatest(q.cache, 1)) * greatest(q.cache, 1) * q.step
    FROM ora.sequences q, LATERAL (SELECT coalesce((pg_sequence_last_value(q.pg) - q.start) / q.step + 1, 0)::numeric AS n) given
    WHERE q.owner = o AND q.name = s $$;
-- A stand-in for the row's address in the redo, which a trigger does not know: the same for the same key.
CREATE FUNCTION ora.row_address(table_name text, key text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT 'AAA' || left(encode(decode(md5(table_name || ':' || coalesce(key, '')), 'hex'), 'base64'), 15) $$;
CREATE FUNCTION ora.refuse(state text, message text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = state,
    MESSAGE = message; END $$;
