-- || takes NULL for an empty string.
CREATE FUNCTION ora.concat(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(textcat(coalesce(a, ''), coalesce(b,
    '')), '') $$;
CREATE FUNCTION ora.concat(a text, b numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.concat(a, ora.to_char(b)) $$;
CREATE FUNCTION ora.concat(a numeric, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.concat(ora.to_char(a), b) $$;
CREATE FUNCTION ora.concat(a numeric, b numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.concat(ora.to_char(a),
    ora.to_char(b)) $$;
CREATE FUNCTION ora.concat(a text, b timestamp) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.concat(a, ora.to_char(b)) $$;
CREATE FUNCTION ora.concat(a timestamp, b text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.concat(ora.to_char(a), b) $$;
CREATE OPERATOR ora.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = ora.concat);
CREATE OPERATOR ora.|| (LEFTARG = text, RIGHTARG = numeric, FUNCTION = ora.concat);
CREATE OPERATOR ora.|| (LEFTARG = numeric, RIGHTARG = text, FUNCTION = ora.concat);
CREATE OPERATOR ora.|| (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = ora.concat);
CREATE OPERATOR ora.|| (LEFTARG = text, RIGHTARG = timestamp, FUNCTION = ora.concat);
CREATE OPERATOR ora.|| (LEFTARG = timestamp, RIGHTARG = text, FUNCTION = ora.concat);

-- Days: DATE + n, DATE - n, DATE - DATE.
CREATE FUNCTION ora.add_days(d timestamp, n numeric) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT d OPERATOR(pg_catalog.+) make_interval(secs => pg_catalog.round(n * 86400)::float8) $$;
CREATE FUNCTION ora.add_days(n numeric, d timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.add_days(d, n) $$;
CREATE FUNCTION ora.sub_days(d timestamp, n numeric) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.add_days(d, -n) $$;
CREATE FUNCTION ora.add_days(d timestamptz, n numeric) RETURNS timestamp LANGUAGE sql STABLE STRICT
    AS $$ SELECT ora.add_days(d::timestamp, n) $$;
CREATE FUNCTION ora.sub_days(d timestamptz, n numeric) RETURNS timestamp LANGUAGE sql STABLE STRICT
    AS $$ SELECT ora.add_days(d::timestamp, -n) $$;
CREATE FUNCTION ora.days_between(a timestamp, b timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT extract(epoch FROM a OPERATOR(pg_catalog.-) b) / 86400 $$;
CREATE OPERATOR ora.+ (LEFTARG = timestamp, RIGHTARG = numeric, FUNCTION = ora.add_days);
CREATE OPERATOR ora.+ (LEFTARG = numeric, RIGHTARG = timestamp, FUNCTION = ora.add_days);
CREATE OPERATOR ora.- (LEFTARG = timestamp, RIGHTARG = numeric, FUNCTION = ora.sub_days);
CREATE OPERATOR ora.+ (LEFTARG = timestamptz, RIGHTARG = numeric, FUNCTION = ora.add_days);
CREATE OPERATOR ora.- (LEFTARG = timestamptz, RIGHTARG = numeric, FUNCTION = ora.sub_days);
CREATE OPERATOR ora.- (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = ora.days_between);

-- Text beside a number is taken for a number.
DO $$
DECLARE op record;
BEGIN
    FOR op IN SELECT * FROM (VALUES ('=', 'eq'), ('<>', 'ne'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')) AS o(sign, name) LOOP
        EXECUTE format('CREATE FUNCTION ora.%s(a text, b numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $f$ SELECT trim(a)::numeric %s b $f$', op.name, op.sign);
        EXECUTE format('CREATE FUNCTION ora.%s(a numeric, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $f$ SELECT a %s trim(b)::numeric $f$', op.name, op.sign);
        EXECUTE format('CREATE OPERATOR ora.%s (LEFTARG = text, RIGHTARG = numeric, FUNCTION = ora.%s)', op.sign, op.name);
        EXECUTE format('CREATE OPERATOR ora.%s (LEFTARG = numeric, RIGHTARG = text, FUNCTION = ora.%s)', op.sign, op.name);
        EXECUTE format('CREATE FUNCTION ora.%s(a text, b timestamp) RETURNS boolean LANGUAGE sql STABLE AS $f$ SELECT a::timestamp %s b $f$', op.name, op.sign);
        EXECUTE format('CREATE FUNCTION ora.%s(a timestamp, b text) RETURNS boolean LANGUAGE sql STABLE AS $f$ SELECT a %s b::timestamp $f$', op.name, op.sign);
        EXECUTE format('CREATE OPERATOR ora.%s (LEFTARG = text, RIGHTARG = timestamp, FUNCTION = ora.%s)', op.sign, op.name);
        EXECUTE format('CREATE OPERATOR ora.%s (LEFTARG = timestamp, RIGHTARG = text, FUNCTION = ora.%s)', op.sign, op.name);
    END LOOP;
    FOR op IN SELECT * FROM (VALUES ('+', 'plus'), ('-', 'minus'), ('*', 'times'), ('/', 'over')) AS o(sign, name) LOOP
        EXECUTE format('CREATE FUNCTION ora.%s(a text, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $f$ SELECT trim(a)::numeric %s b $f$', op.name, op.sign);
        EXECUTE format('CREATE FUNCTION ora.%s(a numeric, b text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $f$ SELECT a %s trim(b)::numeric $f$', op.name, op.sign);
        EXECUTE format('CREATE OPERATOR ora.%s (LEFTARG = text, RIGHTARG = numeric, FUNCTION = ora.%s)', op.sign, op.name);
        EXECUTE format('CREATE OPERATOR ora.%s (LEFTARG = numeric, RIGHTARG = text, FUNCTION = ora.%s)', op.sign, op.name);
    END LOOP;
END $$;
CREATE CAST (text AS numeric) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS timestamp) WITH INOUT AS ASSIGNMENT;
