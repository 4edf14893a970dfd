CREATE SCHEMA app;
CREATE TABLE app.doc (k int, lob text CONSTRAINT lob_given NOT NULL) PARTITION BY RANGE (k);
CREATE TABLE app.doc_1 PARTITION OF app.doc FOR VALUES FROM (0) TO (10); -- the parent's
CREATE TABLE app.doc_2 (k int, lob text CONSTRAINT own_state NOT NULL);
ALTER TABLE app.doc ATTACH PARTITION app.doc_2 FOR VALUES FROM (10) TO (20); -- under a name of its own
CREATE TABLE app.doc_3 PARTITION OF app.doc FOR VALUES FROM (20) TO (30);
ALTER TABLE app.doc_3 ALTER lob SET NOT NULL; -- the parent's, and its own
CREATE TABLE app."doc 4" (k int, x int, lob text CONSTRAINT "the middle's" NOT NULL) PARTITION BY RANGE (k);
ALTER TABLE app."doc 4" DROP COLUMN x;
ALTER TABLE app.doc ATTACH PARTITION app."doc 4" FOR VALUES FROM (30) TO (50);
CREATE TABLE app.doc_41 PARTITION OF app."doc 4" FOR VALUES FROM (30) TO (40); -- the middle's
CREATE TABLE app.doc_42 (k int, lob text CONSTRAINT lob_given NOT NULL);
ALTER TABLE app."doc 4" ATTACH PARTITION app.doc_42 FOR VALUES FROM (40) TO (50); -- the top's name, below the middle's
CREATE TABLE app.doc_5 (k int, lob text); -- PostgreSQL's name
ALTER TABLE app.doc_5 ALTER lob SET NOT NULL;
ALTER TABLE app.doc ATTACH PARTITION app.doc_5 DEFAULT;
COMMENT ON CONSTRAINT lob_given ON app.doc IS 'it''s the top';
COMMENT ON CONSTRAINT lob_given ON app.doc_1 IS 'what is inherited';
COMMENT ON CONSTRAINT "the middle's" ON app."doc 4" IS 'the middle';
INSERT INTO app.doc SELECT i, 'x' FROM generate_series(0, 59) i;
-- Not valid above, valid in one partition.
CREATE TABLE app.letter (lob text) PARTITION BY LIST (lob);
CREATE TABLE app.letter_1 PARTITION OF app.letter FOR VALUES IN ('a');
CREATE TABLE app.letter_2 PARTITION OF app.letter DEFAULT;
INSERT INTO app.letter VALUES ('a'), (NULL);
ALTER TABLE app.letter_1 ADD CONSTRAINT letter_kept NOT NULL lob;
ALTER TABLE app.letter ADD CONSTRAINT letter_late NOT NULL lob NOT VALID;
-- Tables that inherit otherwise.
CREATE TABLE app.base (lob text CONSTRAINT base_lob NOT NULL);
CREATE TABLE app.heir (more int) INHERITS (app.base);
CREATE TABLE app.alone (lob text CONSTRAINT alone_lob NOT NULL NO INHERIT);
CREATE TABLE app.alone_heir () INHERITS (app.alone);
