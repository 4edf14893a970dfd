CREATE SCHEMA app;
CREATE SCHEMA elsewhere;
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TABLE app.city (id int PRIMARY KEY, name text);
CREATE TABLE app.sale (id bigint NOT NULL, city int, at date NOT NULL, note text, first bigint, first_at date, scan bytea NOT NULL, memo text,
	CONSTRAINT memo_given CHECK (memo IS NOT NULL), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.sale_2025 PARTITION OF app.sale FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (at);
CREATE TABLE elsewhere.sale_rest PARTITION OF app.sale DEFAULT;
CREATE TABLE app.june (memo text, scan bytea NOT NULL, dropped int, first_at date, first bigint, note text, at date NOT NULL, city int, id bigint NOT NULL,
	CONSTRAINT memo_given CHECK (memo IS NOT NULL), CONSTRAINT june_scan CHECK (octet_length(scan) > 0 AND coalesce(length(memo), 0) > 0)) PARTITION BY HASH (at);
ALTER TABLE app.june DROP COLUMN dropped;
ALTER TABLE app.sale_2025 ATTACH PARTITION app.june FOR VALUES IN ('2025-06-01', '2025-06-02', '2025-06-03');
CREATE TABLE app.sale_other PARTITION OF app.sale_2025 DEFAULT;
CREATE TABLE app.june_a PARTITION OF app.june FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE elsewhere.june_b PARTITION OF app.june FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE app.june_a ALTER memo SET NOT NULL;
COMMENT ON CONSTRAINT memo_given ON app.june_a IS 'a comment on what is inherited';
INSERT INTO app.city SELECT i, 'city ' || i FROM generate_series(1, 9) i;
INSERT INTO app.sale SELECT i, i % 9 + 1, '2025-05-30'::date + i % 300, 'n' || i, i, '2025-05-30'::date + i % 300, 'x', 'm' FROM generate_series(1, 500) i;
ALTER TABLE app.sale ADD CONSTRAINT sale_once UNIQUE NULLS NOT DISTINCT (note, at) INCLUDE (id) WITH (fillfactor = 61) DEFERRABLE;
CREATE UNIQUE INDEX sale_note ON app.sale (at, note COLLATE "C" DESC, city NULLS FIRST);
CREATE INDEX june_own ON app.june (upper(note), city) WITH (fillfactor = 50);
CREATE INDEX sale_upper ON app.sale (upper(note), city);
COMMENT ON INDEX app.june_own IS 'attached in the middle, with a name of its own';
ALTER INDEX app.june_own ALTER COLUMN 1 SET STATISTICS 77;
CREATE INDEX only_b ON elsewhere.june_b USING brin (at) WHERE city > 3;
ALTER TABLE elsewhere.june_b CLUSTER ON june_b_at_note_city_idx;
-- Three keys alike: each comes back with its own parts.
ALTER TABLE app.sale ADD CONSTRAINT sale_city FOREIGN KEY (city) REFERENCES app.city ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE app.june ADD CONSTRAINT a_june_city FOREIGN KEY (city) REFERENCES app.city ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE elsewhere.june_b ADD CONSTRAINT a_b_city FOREIGN KEY (city) REFERENCES app.city ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE app.june_a RENAME CONSTRAINT sale_city TO june_a_lies_in;
COMMENT ON CONSTRAINT june_a_lies_in ON app.june_a IS 'own name, own comment';
-- To itself, and between partitioned tables.
ALTER TABLE app.sale ADD CONSTRAINT sale_first FOREIGN KEY (first, first_at) REFERENCES app.sale (id, at) ON DELETE SET NULL (first) ON UPDATE CASCADE;
CREATE TABLE app.refund (id int, sale bigint, at date, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE app.refund_1 PARTITION OF app.refund FOR VALUES FROM (0) TO (100);
CREATE TABLE app.refund_2 PARTITION OF app.refund DEFAULT;
INSERT INTO app.refund SELECT id, id, at FROM app.sale WHERE id < 200;
ALTER TABLE app.refund ADD CONSTRAINT refund_sale FOREIGN KEY (sale, at) REFERENCES app.sale (id, at) ON DELETE CASCADE;
ALTER TABLE app.refund ADD CONSTRAINT refund_again FOREIGN KEY (sale, at) REFERENCES app.sale (id, at);
CREATE TABLE elsewhere.claim (sale bigint, at date, note text);
ALTER TABLE elsewhere.claim ADD CONSTRAINT claim_sale FOREIGN KEY (sale, at) REFERENCES app.sale (id, at) NOT VALID;
ALTER TABLE elsewhere.claim ADD CONSTRAINT claim_part FOREIGN KEY (sale, at) REFERENCES app.june_a (id, at) ON DELETE SET DEFAULT (sale);
CREATE TRIGGER on_sale AFTER INSERT ON app.sale FOR EACH ROW EXECUTE FUNCTION app.note();
ALTER TABLE ONLY app.june DISABLE TRIGGER on_sale;
ALTER TABLE app.june_a ENABLE ALWAYS TRIGGER on_sale;
ALTER TABLE elsewhere.june_b ENABLE REPLICA TRIGGER on_sale;
