-- Beside the partitions of deep.sql: what else can be set aside, and objects whose making can be held at a chosen moment.
-- Whoever holds the advisory lock of a statement's first word (CREATE, ALTER, ANALYZE) holds what calls app.held in such a statement.
CREATE FUNCTION app.held(int) RETURNS int IMMUTABLE LANGUAGE plpgsql SET lock_timeout = 0 AS $$ BEGIN
	PERFORM pg_advisory_xact_lock_shared(hashtext(split_part(current_query(), ' ', 1)));
	RETURN $1;
END $$;
CREATE TYPE app.code AS ENUM ('1', '2', '3');
CREATE FUNCTION app.code_number(app.code) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT app.held($1::text::int)';
CREATE CAST (app.code AS int) WITH FUNCTION app.code_number(app.code) AS IMPLICIT;
CREATE TABLE app.doc (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code app.code, at date NOT NULL, during int4range, up bigint, sale bigint,
	body text NOT NULL, tags jsonb, CONSTRAINT doc_body CHECK (coalesce(length(body), 0) > 0), CONSTRAINT doc_at UNIQUE (at, id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO app.doc (code, at, during, up, sale, body, tags) SELECT (i % 3 + 1)::text::app.code, '2025-05-30'::date + i % 300, int4range(i * 10, i * 10 + 5), i, i,
	'b' || i, jsonb_build_object('n', i) FROM generate_series(1, 200) i;
ALTER TABLE app.doc ADD CONSTRAINT doc_during EXCLUDE USING gist (during WITH &&) WITH (fillfactor = 70) WHERE (id > 5);
CREATE INDEX doc_held ON app.doc (app.held(id::int), (lower(body)));
ALTER INDEX app.doc_held ALTER COLUMN 2 SET STATISTICS 300;
CREATE INDEX doc_code ON app.doc (code DESC NULLS LAST) INCLUDE (at);
ALTER TABLE app.doc CLUSTER ON doc_code;
CREATE INDEX doc_tags ON app.doc USING gin (tags jsonb_path_ops);
COMMENT ON INDEX app.doc_tags IS 'it''s one';
CREATE INDEX sale_held ON app.sale (app.held(city), at);
ALTER TABLE app.doc ADD CONSTRAINT doc_up FOREIGN KEY (up) REFERENCES app.doc ON DELETE SET NULL DEFERRABLE;
ALTER TABLE app.doc ADD CONSTRAINT doc_city FOREIGN KEY (code) REFERENCES app.city ON UPDATE RESTRICT;
ALTER TABLE app.doc ADD CONSTRAINT doc_sale FOREIGN KEY (sale, at) REFERENCES app.sale (id, at) ON DELETE CASCADE;
COMMENT ON CONSTRAINT doc_city ON app.doc IS 'held while it is validated';
CREATE TRIGGER doc_note BEFORE UPDATE ON app.doc FOR EACH ROW EXECUTE FUNCTION app.note();
ALTER TABLE app.doc ENABLE ALWAYS TRIGGER doc_note;
CREATE TRIGGER doc_off AFTER DELETE ON app.doc FOR EACH STATEMENT EXECUTE FUNCTION app.note();
ALTER TABLE app.doc DISABLE TRIGGER doc_off;
