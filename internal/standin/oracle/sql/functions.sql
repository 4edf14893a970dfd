-- Oracle's functions and operators where PostgreSQL's own mean something else. Schema ora comes before pg_catalog on the sessions'
-- search_path: an operator that is defined here for exactly the operands' types wins.

CREATE FUNCTION ora.username() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('ora.username') $$;
CREATE FUNCTION ora.uid() RETURNS numeric LANGUAGE sql STABLE
    AS $$ SELECT (100 + abs(hashtext(current_setting('ora.username'))) % 100000)::numeric $$;
CREATE FUNCTION ora.sysdate() RETURNS timestamp(0) LANGUAGE sql VOLATILE AS $$ SELECT date_trunc('second',
    clock_timestamp())::timestamp(0) $$;

-- Numbers as text: Oracle writes .5, not 0.5, and no trailing zeros.
CREATE FUNCTION ora.to_char(n numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT regexp_replace(trim_scale(n)::text, '^(-?)0\.', '\1.') $$;
CREATE FUNCTION ora.to_char(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT t $$;
CREATE FUNCTION ora.date_format(f text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(upper_outside, 'RRRR', 'YYYY', 'g'), 'RR', 'YY', 'g'),
        'FF[7-9]', 'FF6', 'g'), 'FF(?![1-6])', 'FF6', 'g')
    FROM (SELECT regexp_replace(replace(f, 'SSSSS', 'SSSS'), 'XFF', '.FF', 'g') AS upper_outside) u $$;
CREATE FUNCTION ora.to_char(d timestamp) RETURNS text LANGUAGE sql STABLE STRICT AS
$$ SELECT pg_catalog.to_char(d, ora.date_format(current_setting('ora.nls_date_format'))) $$;
CREATE FUNCTION ora.to_char(d timestamptz) RETURNS text LANGUAGE sql STABLE STRICT AS
$$ SELECT upper(pg_catalog.to_char(d, 'DD-MON-YY HH.MI.SS.US AM TZH:TZM')) $$;
CREATE FUNCTION ora.to_char(d timestamp, f text) RETURNS text LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_char(d,
    ora.date_format(f)) $$;
CREATE FUNCTION ora.to_char(d timestamptz, f text) RETURNS text LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_char(d,
    ora.date_format(f)) $$;
CREATE FUNCTION ora.to_char(n numeric, f text) RETURNS text LANGUAGE sql STABLE STRICT AS
$$ SELECT CASE WHEN f ~* '^(FM)?TM' THEN ora.to_char(n) ELSE pg_catalog.to_char(n, f) END $$;

CREATE FUNCTION ora.to_number(t text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT trim(t)::numeric $$;
CREATE FUNCTION ora.to_number(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT n $$;
CREATE FUNCTION ora.to_number(t text, f text) RETURNS numeric LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_number(t, f) $$;
CREATE FUNCTION ora.to_date(t text, f text) RETURNS timestamp(0) LANGUAGE sql STABLE STRICT AS
$$ SELECT to_timestamp(t, ora.date_format(f))::timestamp(0) $$;
CREATE FUNCTION ora.to_date(t text) RETURNS timestamp(0) LANGUAGE sql STABLE STRICT AS $$ SELECT ora.to_date(t,
    current_setting('ora.nls_date_format')) $$;
CREATE FUNCTION ora.to_date(d timestamp) RETURNS timestamp(0) LANGUAGE sql IMMUTABLE AS $$ SELECT d::timestamp(0) $$;
CREATE FUNCTION ora.to_timestamp(t text, f text) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
$$ SELECT pg_catalog.to_timestamp(t, ora.date_format(f))::timestamp $$;
CREATE FUNCTION ora.to_timestamp(t text) RETURNS timestamp LANGUAGE sql STABLE STRICT AS $$ SELECT t::timestamp $$;
CREATE FUNCTION ora.to_timestamp_tz(t text, f text) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_timestamp(t,
    ora.date_format(f)) $$;
CREATE FUNCTION ora.to_clob(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT t $$;
CREATE FUNCTION ora.to_nchar(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT t $$;
CREATE FUNCTION ora.to_blob(b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT b $$;
CREATE FUNCTION ora.empty_clob() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '' $$;
CREATE FUNCTION ora.empty_blob() RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ''::bytea $$;
CREATE FUNCTION ora.hextoraw(t text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT decode(t, 'hex') $$;
CREATE FUNCTION ora.rawtohex(b bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT upper(encode(b, 'hex')) $$;
CREATE FUNCTION ora.cast_to_raw(t text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT convert_to(t, 'UTF8') $$;
CREATE FUNCTION ora.cast_to_varchar2(b bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT convert_from(b, 'UTF8') $$;

CREATE FUNCTION ora.substr(t text, s numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT nullif(CASE WHEN trunc(s) >= 0 THEN substring(t FROM greatest(trunc(s), 1)::int)
    WHEN -trunc(s) > char_length(t) THEN NULL ELSE right(t, -trunc(s)::int) END, '') $$;
CREATE FUNCTION ora.substr(t text, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE WHEN n < 1 THEN NULL ELSE nullif(left(ora.substr(t, s), trunc(n)::int), '') END $$;
CREATE FUNCTION ora.substr(t numeric, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT ora.substr(ora.to_char(t), s, n) $$;
CREATE FUNCTION ora.substrb(t text, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.substr(t, s, n) $$;
CREATE FUNCTION ora.instr(t text, x text, p numeric DEFAULT 1, n numeric DEFAULT 1) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE at int := trunc(p)::int; hit int; i int;
BEGIN
    IF at < 0 THEN
        FOR i IN REVERSE char_length(t) + at + 1 .. 1 LOOP
            IF substring(t FROM i FOR char_length(x)) = x THEN n := n - 1; IF n < 1 THEN RETURN i; END IF; END IF;
        END LOOP;
        RETURN 0;
    END IF;
    LOOP
        hit := strpos(substring(t FROM at), x);
        IF hit = 0 THEN RETURN 0; END IF;
        n := n - 1;
        IF n < 1 THEN RETURN at + hit - 1; END IF;
        at := at + hit;
    END LOOP;
END $$;
CREATE FUNCTION ora.length(t text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT nullif(char_length(t), 0)::numeric $$;
CREATE FUNCTION ora.length(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT char_length(ora.to_char(n))::numeric $$;
CREATE FUNCTION ora.lengthb(t text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT octet_length(t)::numeric $$;
CREATE FUNCTION ora.vsize(t text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT octet_length(t)::numeric $$;
CREATE FUNCTION ora.getlength(t text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT char_length(t)::numeric $$;
CREATE FUNCTION ora.getlength(b bytea) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT octet_length(b)::numeric $$;
CREATE FUNCTION ora.lob_substr(t text, n numeric DEFAULT 32767, s numeric DEFAULT 1) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT substring(t FROM s::int FOR n::int) $$;
CREATE FUNCTION ora.lob_substr(b bytea, n numeric DEFAULT 32767, s numeric DEFAULT 1) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT substring(b FROM s::int FOR n::int) $$;
CREATE FUNCTION ora.lob_compare(a text, b text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN a = b THEN 0
    WHEN a < b THEN -1 ELSE 1 END::numeric $$;
CREATE FUNCTION ora.lpad(t text, n numeric, f text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT nullif(pg_catalog.lpad(t, n::int, f), '') $$;
CREATE FUNCTION ora.rpad(t text, n numeric, f text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT nullif(pg_catalog.rpad(t, n::int, f), '') $$;
CREATE FUNCTION ora.lpad(t numeric, n numeric, f text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT ora.lpad(ora.to_char(t), n, f) $$;
CREATE FUNCTION ora.rpad(t numeric, n numeric, f text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT ora.rpad(ora.to_char(t), n, f) $$;
CREATE FUNCTION ora.ltrim(t text, c text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT nullif(pg_catalog.ltrim(t,
    c), '') $$;
CREATE FUNCTION ora.rtrim(t text, c text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT nullif(pg_catalog.rtrim(t,
    c), '') $$;
CREATE FUNCTION ora.replace(t text, f text, r text DEFAULT NULL) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN f IS NULL THEN t ELSE nullif(pg_catalog.replace(t, f, coalesce(r, '')), '') END $$;
CREATE FUNCTION ora.chr(n numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.chr(n::int) $$;
CREATE FUNCTION ora.unistr(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.unistr(t) $$;
CREATE FUNCTION ora.regexp_like(t text, p text, f text DEFAULT '') RETURNS boolean LANGUAGE sql IMMUTABLE
    AS $$ SELECT pg_catalog.regexp_like(t, p, coalesce(f, '')) $$;
CREATE FUNCTION ora.regexp_replace(t text, p text, r text DEFAULT NULL) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT nullif(pg_catalog.regexp_replace(t, p, coalesce(r, ''), 'g'), '') $$;
CREATE FUNCTION ora.regexp_substr(t text, p text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_substr(t, p) $$;
CREATE FUNCTION ora.regexp_count(t text, p text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_count(t,
    p)::numeric $$;
CREATE FUNCTION ora.regexp_instr(t text, p text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_instr(t,
    p)::numeric $$;

CREATE FUNCTION ora.round(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.round(n) $$;
CREATE FUNCTION ora.round(n numeric, s numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.round(n, s::int) $$;
CREATE FUNCTION ora.trunc(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.trunc(n) $$;
CREATE FUNCTION ora.trunc(n numeric, s numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.trunc(n, s::int) $$;
CREATE FUNCTION ora.date_unit(f text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE upper(f) WHEN 'YYYY' THEN 'year' WHEN 'YEAR' THEN 'year' WHEN 'YY' THEN 'year' WHEN 'Q' THEN 'quarter' WHEN 'MM'
    THEN 'month'
        WHEN 'MON' THEN 'month' WHEN 'MONTH' THEN 'month' WHEN 'IW' THEN 'week' WHEN 'DD' THEN 'day' WHEN 'DDD' THEN 'day' WHEN 'J'
        THEN 'day'
        WHEN 'HH24' THEN 'hour' WHEN 'HH' THEN 'hour' WHEN 'MI' THEN 'minute' ELSE f END $$;
CREATE FUNCTION ora.trunc(d timestamp) RETURNS timestamp(0) LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT date_trunc('day',
    d)::timestamp(0) $$;
CREATE FUNCTION ora.trunc(d timestamptz) RETURNS timestamp(0) LANGUAGE sql STABLE STRICT AS $$ SELECT date_trunc('day',
    d::timestamp)::timestamp(0) $$;
CREATE FUNCTION ora.trunc(d timestamp, f text) RETURNS timestamp(0) LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT date_trunc(ora.date_unit(f), d)::timestamp(0) $$;
CREATE FUNCTION ora.round(d timestamp) RETURNS timestamp(0) LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT date_trunc('day',
    d + interval '12 hours')::timestamp(0) $$;
CREATE FUNCTION ora.mod(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN b = 0
    THEN a ELSE pg_catalog.mod(a, b) END $$;
CREATE FUNCTION ora.remainder(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT a - b * pg_catalog.round(a / b) $$;
CREATE FUNCTION ora.power(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.power(a, b) $$;
CREATE FUNCTION ora.log(b numeric, n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.log(b, n) $$;
CREATE FUNCTION ora.add_months(d timestamp, n numeric) RETURNS timestamp(0) LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (CASE WHEN date_trunc('day', d) = date_trunc('month', d) + interval '1 month - 1 day'
        THEN date_trunc('month', d) + make_interval(months => n::int + 1) - interval '1 day' + (d - date_trunc('day', d))
        ELSE d OPERATOR(pg_catalog.+) make_interval(months => n::int) END)::timestamp(0) $$;
CREATE FUNCTION ora.last_day(d timestamp) RETURNS timestamp(0) LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (date_trunc('month', d) + interval '1 month - 1 day' + d::time)::timestamp(0) $$;
CREATE FUNCTION ora.months_between(a timestamp, b timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
        + CASE WHEN extract(day FROM a) = extract(day FROM b) OR a::date = ora.last_day(a)::date AND b::date = ora.last_day(b)::date THEN 0
          ELSE (extract(day FROM a) - extract(day FROM b)) / 31 + extract(epoch FROM a::time - b::time) / (31 * 86400) END $$;
CREATE FUNCTION ora.numtodsinterval(n numeric, unit text) RETURNS interval LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT n::float8 * ('1 ' || unit)::interval $$;
CREATE FUNCTION ora.numtoyminterval(n numeric, unit text) RETURNS interval LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT n::float8 * ('1 ' || unit)::interval $$;
CREATE FUNCTION ora.sys_extract_utc(d timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT d AT TIME ZONE 'UTC' $$;
CREATE FUNCTION ora.from_tz(d timestamp, z text) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS $$ SELECT (d::text || z)::timestamptz $$;
CREATE FUNCTION ora.tz_offset(z text) RETURNS text LANGUAGE sql STABLE STRICT AS $$ SELECT '+00:00'::text $$;
CREATE FUNCTION ora.greatest(VARIADIC a anycompatiblearray) RETURNS anycompatible LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN array_position(a, NULL) IS NULL THEN (SELECT max(x) FROM unnest(a) x) END $$;
CREATE FUNCTION ora.least(VARIADIC a anycompatiblearray) RETURNS anycompatible LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN array_position(a, NULL) IS NULL THEN (SELECT min(x) FROM unnest(a) x) END $$;
CREATE FUNCTION ora.sys_guid() RETURNS bytea LANGUAGE sql VOLATILE AS $$ SELECT decode(pg_catalog.replace(gen_random_uuid()::text, '-',
    ''), 'hex') $$;
CREATE FUNCTION ora.random_value() RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT random()::numeric $$;
CREATE FUNCTION ora.random_value(a numeric, b numeric) RETURNS numeric LANGUAGE sql VOLATILE
    AS $$ SELECT a + random()::numeric * (b - a) $$;
CREATE FUNCTION ora.random_string(kind text, n numeric) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT string_agg(pg_catalog.chr(65 + floor(random() * 26)::int), '') FROM generate_series(1, n::int) $$;
CREATE FUNCTION ora.get_time() RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT pg_catalog.round(extract(epoch
    FROM clock_timestamp()) * 100) $$;
CREATE FUNCTION ora.ora_hash(t text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT (hashtext(t)::bigint & 4294967295)::numeric $$;
CREATE FUNCTION ora.standard_hash(t text, a text DEFAULT 'SHA1') RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE upper(a) WHEN 'MD5' THEN decode(md5(t), 'hex') WHEN 'SHA256' THEN sha256(convert_to(t, 'UTF8')) WHEN 'SHA512'
    THEN sha512(convert_to(t, 'UTF8')) END $$;
CREATE FUNCTION ora.lnnvl(b boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT b IS NOT TRUE $$;
CREATE FUNCTION ora.userenv(what text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT CASE upper(what) WHEN 'SID'
    THEN current_setting('ora.sid')
    WHEN 'SESSIONID' THEN current_setting('ora.sid') WHEN 'LANGUAGE' THEN 'AMERICAN_AMERICA.AL32UTF8' WHEN 'LANG' THEN 'US' END $$;
CREATE FUNCTION ora.sys_context(space text, what text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT CASE WHEN upper(space) <> 'USERENV'
    THEN NULL ELSE
    CASE upper(what) WHEN 'CURRENT_SCHEMA' THEN current_setting('ora.current_schema') WHEN 'SESSION_USER' THEN ora.username()
    WHEN 'CURRENT_USER' THEN ora.username()
    WHEN 'SID' THEN current_setting('ora.sid') WHEN 'SESSIONID' THEN current_setting('ora.sid')
    WHEN 'DB_NAME' THEN (SELECT name FROM ora.database) WHEN 'DB_UNIQUE_NAME' THEN (SELECT name FROM ora.database)
    WHEN 'INSTANCE_NAME' THEN (SELECT name FROM ora.database) WHEN 'SERVICE_NAME' THEN (SELECT name FROM ora.database) WHEN 'CON_NAME'
    THEN (SELECT name FROM ora.database)
    WHEN 'CON_ID' THEN '0' WHEN 'LANGUAGE' THEN 'AMERICAN_AMERICA.AL32UTF8' WHEN 'DATABASE_ROLE' THEN 'PRIMARY' WHEN 'HOST'
    THEN 'localhost' END END $$;

-- The object's number and the row's place as 18 characters, six for the object, three for the file, six for the block, three for the row.
CREATE FUNCTION ora.base64(n bigint, width int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', ((n >> (6 * (width - i))) & 63)::int + 1,
    1), '' ORDER BY i)
    FROM generate_series(1, width) i $$;
CREATE FUNCTION ora.rowid(t oid, c tid) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ora.base64(t::bigint, 6) || 'AAB' || ora.base64(split_part(trim(both '()' from c::text), ',', 1)::bigint, 6)
        || ora.base64(split_part(trim(both '()' from c::text), ',', 2)::bigint, 3) $$;
