CREATE SCHEMA s;

CREATE FUNCTION s.fill() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
BEGIN
    NEW."a" := pg_catalog.nextval('"s"."plain"'::regclass);
    RETURN NEW;
END;
$$;

CREATE TABLE s.child (
    id integer NOT NULL,
    a integer,
    b integer,
    c integer,
    up integer,
    u1 integer,
    u2 integer,
    n character varying(9),
    CONSTRAINT ck CHECK (((c >= 1) AND (c <= 9))),
    CONSTRAINT ck_later CHECK ((u2 > 0))
);

CREATE SEQUENCE s.plain
    START WITH 41
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE s.cols (
    id bigint NOT NULL,
    a integer DEFAULT 7,
    b character varying(20) DEFAULT upper((CURRENT_USER)::text) NOT NULL,
    c timestamp(0) without time zone DEFAULT LOCALTIMESTAMP(0),
    d integer DEFAULT nextval('s.plain'::regclass),
    e character varying(9),
    v integer GENERATED ALWAYS AS (((a)::numeric * (2)::numeric)) STORED,
    "order" integer,
    don integer DEFAULT 3,
    hid character varying(9)
);

COMMENT ON TABLE s.cols IS 'all kinds of columns';

COMMENT ON COLUMN s.cols."order" IS 'a reserved word
in lower case';

ALTER TABLE s.cols ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME s.cols_id_seq
    START WITH 201
    INCREMENT BY 10
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
    CYCLE
);

CREATE SEQUENCE s.down
    START WITH -5
    INCREMENT BY -2
    MINVALUE -100
    NO MAXVALUE
    CACHE 1
    CYCLE;

CREATE TABLE s.iot (
    a integer NOT NULL,
    b timestamp(0) without time zone
);

CREATE TABLE s.ix (
    a integer NOT NULL,
    b character varying(20),
    c timestamp(0) without time zone,
    d text,
    e integer
);

CREATE TABLE s.longs (
    text text
);

CREATE MATERIALIZED VIEW s.mv AS
 SELECT ix.a,
    ix.b
   FROM s.ix ix
  WHERE (ix.a > 0)
  WITH NO DATA;

COMMENT ON MATERIALIZED VIEW s.mv IS 'kept up by a job';

CREATE TABLE s.p_hash (
    id integer NOT NULL,
    n integer NOT NULL
)
PARTITION BY HASH (n);

CREATE TABLE s.p_hash_a (
    id integer NOT NULL,
    n integer NOT NULL
);

CREATE TABLE s.p_hash_b (
    id integer NOT NULL,
    n integer NOT NULL
);

CREATE TABLE s.p_hash_hash (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (n);

CREATE TABLE s.p_hash_hash_a (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (s);

CREATE TABLE s.p_hash_hash_a1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_hash_a2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_hash_b (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (s);

CREATE TABLE s.p_hash_hash_b1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_hash_b2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_list (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (n);

CREATE TABLE s.p_hash_list_a (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (s);

CREATE TABLE s.p_hash_list_a1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_list_a2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_list_b (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (s);

CREATE TABLE s.p_hash_list_b1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_list_b2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_hash_range (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY HASH (n);

CREATE TABLE s.p_hash_range_a (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (s);

CREATE TABLE s.p_hash_range_a1 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_hash_range_a2 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_hash_range_b (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (s);

CREATE TABLE s.p_hash_range_b1 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_hash_range_b2 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_interval (
    d timestamp(0) without time zone NOT NULL
)
PARTITION BY RANGE (d);

CREATE TABLE s.p_interval_a (
    d timestamp(0) without time zone NOT NULL
);

CREATE TABLE s.p_interval_default (
    d timestamp(0) without time zone NOT NULL
);

CREATE TABLE s.p_interval_p2 (
    d timestamp(0) without time zone NOT NULL
);

CREATE TABLE s.p_key (
    id integer NOT NULL,
    n integer
);

CREATE TABLE s.p_list (
    id integer NOT NULL,
    n integer NOT NULL
)
PARTITION BY LIST (n);

CREATE TABLE s.p_list_a (
    id integer NOT NULL,
    n integer NOT NULL
);

CREATE TABLE s.p_list_b (
    id integer NOT NULL,
    n integer NOT NULL
);

CREATE TABLE s.p_list_hash (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (n);

CREATE TABLE s.p_list_hash_a (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (s);

CREATE TABLE s.p_list_hash_a1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_hash_a2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_hash_b (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (s);

CREATE TABLE s.p_list_hash_b1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_hash_b2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_list (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (n);

CREATE TABLE s.p_list_list_a (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (s);

CREATE TABLE s.p_list_list_a1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_list_a2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_list_b (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (s);

CREATE TABLE s.p_list_list_b1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_list_b2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_list_range (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY LIST (n);

CREATE TABLE s.p_list_range_a (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (s);

CREATE TABLE s.p_list_range_a1 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_list_range_a2 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_list_range_b (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (s);

CREATE TABLE s.p_list_range_b1 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_list_range_b2 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_range (
    id integer NOT NULL,
    n integer NOT NULL
)
PARTITION BY RANGE (n);

CREATE TABLE s.p_range_a (
    id integer NOT NULL,
    n integer NOT NULL
);

CREATE TABLE s.p_range_b (
    id integer NOT NULL,
    n integer NOT NULL
);

CREATE TABLE s.p_range_hash (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY RANGE (n);

CREATE TABLE s.p_range_hash_a (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (s);

CREATE TABLE s.p_range_hash_a1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_hash_a2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_hash_b (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY HASH (s);

CREATE TABLE s.p_range_hash_b1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_hash_b2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_list (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY RANGE (n);

CREATE TABLE s.p_range_list_a (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (s);

CREATE TABLE s.p_range_list_a1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_list_a2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_list_b (
    n integer NOT NULL,
    s character varying(3) NOT NULL
)
PARTITION BY LIST (s);

CREATE TABLE s.p_range_list_b1 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_list_b2 (
    n integer NOT NULL,
    s character varying(3) NOT NULL
);

CREATE TABLE s.p_range_range (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (n);

CREATE TABLE s.p_range_range_a (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (s);

CREATE TABLE s.p_range_range_a1 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_range_range_a2 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_range_range_b (
    n integer NOT NULL,
    s integer NOT NULL
)
PARTITION BY RANGE (s);

CREATE TABLE s.p_range_range_b1 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_range_range_b2 (
    n integer NOT NULL,
    s integer NOT NULL
);

CREATE TABLE s.p_ref (
    id integer,
    n integer
)
PARTITION BY RANGE (n);

CREATE TABLE s.p_ref_a (
    id integer,
    n integer
);

CREATE TABLE s.p_ref_b (
    id integer,
    n integer
);

CREATE TABLE s.p_system (
    a timestamp(0) without time zone
);

CREATE TABLE s.p_two (
    a timestamp(0) without time zone,
    b timestamp(0) without time zone
);

CREATE TABLE s.p_virtual (
    d timestamp(0) without time zone NOT NULL,
    u character varying(9),
    n character varying(9) GENERATED ALWAYS AS (upper((u)::text)) STORED
)
PARTITION BY LIST (upper((u)::text));

CREATE TABLE s.p_virtual_a (
    d timestamp(0) without time zone NOT NULL,
    u character varying(9),
    n character varying(9) GENERATED ALWAYS AS (upper((u)::text)) STORED
);

CREATE TABLE s.p_virtual_b (
    d timestamp(0) without time zone NOT NULL,
    u character varying(9),
    n character varying(9) GENERATED ALWAYS AS (upper((u)::text)) STORED
);

CREATE TABLE s.parent (
    a integer NOT NULL,
    b integer NOT NULL,
    c integer
);

CREATE TABLE s.ring_a (
    id integer NOT NULL,
    b integer
);

CREATE TABLE s.ring_b (
    id integer NOT NULL,
    a integer
);

CREATE VIEW s.syn AS
 SELECT ix.a,
    ix.b,
    ix.c,
    ix.d,
    ix.e
   FROM s.ix;

CREATE VIEW s.syn_of_mv AS
 SELECT mv.a,
    mv.b
   FROM s.mv;

CREATE VIEW s.v AS
 SELECT ix.a,
    ix.b
   FROM s.ix ix;

CREATE VIEW s.syn_of_view AS
 SELECT v.a,
    v.b
   FROM s.v;

CREATE TABLE s.types (
    id integer NOT NULL,
    n1 numeric,
    n2 numeric(38,0),
    n3 integer,
    n4 bigint,
    n5 bigint,
    n6 numeric(19,0),
    n7 numeric(38,0),
    n8 numeric(8,2),
    n9 integer,
    n10 numeric(5,5),
    f1 double precision,
    f2 real,
    f3 double precision,
    v1 character varying(30),
    v2 character varying(30),
    c1 character(1),
    c2 character(12),
    c3 character(3),
    d1 timestamp(0) without time zone,
    t0 timestamp(0) without time zone,
    t6 timestamp(6) without time zone,
    t9 timestamp(6) without time zone,
    tz timestamp(3) with time zone,
    tl timestamp(6) with time zone,
    y1 interval year to month,
    y2 interval day to second(6),
    y9 interval day to second(6),
    r1 bytea,
    r2 bytea,
    l1 text,
    l2 text,
    l3 bytea,
    x1 xml,
    b1 boolean
);

CREATE VIEW s.v_of_mv AS
 SELECT mv.a
   FROM s.mv mv;

ALTER TABLE ONLY s.p_hash ATTACH PARTITION s.p_hash_a FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_hash ATTACH PARTITION s.p_hash_b FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_hash_hash ATTACH PARTITION s.p_hash_hash_a FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_hash_hash_a ATTACH PARTITION s.p_hash_hash_a1 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_hash_hash_a ATTACH PARTITION s.p_hash_hash_a2 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_hash_hash ATTACH PARTITION s.p_hash_hash_b FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_hash_hash_b ATTACH PARTITION s.p_hash_hash_b1 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_hash_hash_b ATTACH PARTITION s.p_hash_hash_b2 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_hash_list ATTACH PARTITION s.p_hash_list_a FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_hash_list_a ATTACH PARTITION s.p_hash_list_a1 FOR VALUES IN ('x');

ALTER TABLE ONLY s.p_hash_list_a ATTACH PARTITION s.p_hash_list_a2 DEFAULT;

ALTER TABLE ONLY s.p_hash_list ATTACH PARTITION s.p_hash_list_b FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_hash_list_b ATTACH PARTITION s.p_hash_list_b1 FOR VALUES IN ('x');

ALTER TABLE ONLY s.p_hash_list_b ATTACH PARTITION s.p_hash_list_b2 DEFAULT;

ALTER TABLE ONLY s.p_hash_range ATTACH PARTITION s.p_hash_range_a FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_hash_range_a ATTACH PARTITION s.p_hash_range_a1 FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_hash_range_a ATTACH PARTITION s.p_hash_range_a2 FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_hash_range ATTACH PARTITION s.p_hash_range_b FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_hash_range_b ATTACH PARTITION s.p_hash_range_b1 FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_hash_range_b ATTACH PARTITION s.p_hash_range_b2 FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_interval ATTACH PARTITION s.p_interval_a FOR VALUES FROM (MINVALUE) TO ('2020-01-01 00:00:00');

ALTER TABLE ONLY s.p_interval ATTACH PARTITION s.p_interval_default DEFAULT;

ALTER TABLE ONLY s.p_interval ATTACH PARTITION s.p_interval_p2 FOR VALUES FROM ('2020-02-01 00:00:00') TO ('2020-03-01 00:00:00');

ALTER TABLE ONLY s.p_list ATTACH PARTITION s.p_list_a FOR VALUES IN (1, 2);

ALTER TABLE ONLY s.p_list ATTACH PARTITION s.p_list_b DEFAULT;

ALTER TABLE ONLY s.p_list_hash ATTACH PARTITION s.p_list_hash_a FOR VALUES IN (1, 2);

ALTER TABLE ONLY s.p_list_hash_a ATTACH PARTITION s.p_list_hash_a1 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_list_hash_a ATTACH PARTITION s.p_list_hash_a2 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_list_hash ATTACH PARTITION s.p_list_hash_b DEFAULT;

ALTER TABLE ONLY s.p_list_hash_b ATTACH PARTITION s.p_list_hash_b1 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_list_hash_b ATTACH PARTITION s.p_list_hash_b2 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_list_list ATTACH PARTITION s.p_list_list_a FOR VALUES IN (1, 2);

ALTER TABLE ONLY s.p_list_list_a ATTACH PARTITION s.p_list_list_a1 FOR VALUES IN ('x');

ALTER TABLE ONLY s.p_list_list_a ATTACH PARTITION s.p_list_list_a2 DEFAULT;

ALTER TABLE ONLY s.p_list_list ATTACH PARTITION s.p_list_list_b DEFAULT;

ALTER TABLE ONLY s.p_list_list_b ATTACH PARTITION s.p_list_list_b1 FOR VALUES IN ('x');

ALTER TABLE ONLY s.p_list_list_b ATTACH PARTITION s.p_list_list_b2 DEFAULT;

ALTER TABLE ONLY s.p_list_range ATTACH PARTITION s.p_list_range_a FOR VALUES IN (1, 2);

ALTER TABLE ONLY s.p_list_range_a ATTACH PARTITION s.p_list_range_a1 FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_list_range_a ATTACH PARTITION s.p_list_range_a2 FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_list_range ATTACH PARTITION s.p_list_range_b DEFAULT;

ALTER TABLE ONLY s.p_list_range_b ATTACH PARTITION s.p_list_range_b1 FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_list_range_b ATTACH PARTITION s.p_list_range_b2 FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_range ATTACH PARTITION s.p_range_a FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_range ATTACH PARTITION s.p_range_b FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_range_hash ATTACH PARTITION s.p_range_hash_a FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_range_hash_a ATTACH PARTITION s.p_range_hash_a1 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_range_hash_a ATTACH PARTITION s.p_range_hash_a2 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_range_hash ATTACH PARTITION s.p_range_hash_b FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_range_hash_b ATTACH PARTITION s.p_range_hash_b1 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY s.p_range_hash_b ATTACH PARTITION s.p_range_hash_b2 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY s.p_range_list ATTACH PARTITION s.p_range_list_a FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_range_list_a ATTACH PARTITION s.p_range_list_a1 FOR VALUES IN ('x');

ALTER TABLE ONLY s.p_range_list_a ATTACH PARTITION s.p_range_list_a2 DEFAULT;

ALTER TABLE ONLY s.p_range_list ATTACH PARTITION s.p_range_list_b FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_range_list_b ATTACH PARTITION s.p_range_list_b1 FOR VALUES IN ('x');

ALTER TABLE ONLY s.p_range_list_b ATTACH PARTITION s.p_range_list_b2 DEFAULT;

ALTER TABLE ONLY s.p_range_range ATTACH PARTITION s.p_range_range_a FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_range_range_a ATTACH PARTITION s.p_range_range_a1 FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_range_range_a ATTACH PARTITION s.p_range_range_a2 FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_range_range ATTACH PARTITION s.p_range_range_b FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_range_range_b ATTACH PARTITION s.p_range_range_b1 FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_range_range_b ATTACH PARTITION s.p_range_range_b2 FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_ref ATTACH PARTITION s.p_ref_a FOR VALUES FROM (MINVALUE) TO (10);

ALTER TABLE ONLY s.p_ref ATTACH PARTITION s.p_ref_b FOR VALUES FROM (10) TO (MAXVALUE);

ALTER TABLE ONLY s.p_virtual ATTACH PARTITION s.p_virtual_a FOR VALUES IN ('X');

ALTER TABLE ONLY s.p_virtual ATTACH PARTITION s.p_virtual_b DEFAULT;

ALTER TABLE ONLY s.child
    ADD CONSTRAINT child_pkey PRIMARY KEY (id);

ALTER TABLE s.child
    ADD CONSTRAINT ck_old CHECK ((u1 > 0)) NOT VALID;

ALTER TABLE ONLY s.iot
    ADD CONSTRAINT iot_pk PRIMARY KEY (a);

ALTER TABLE ONLY s.p_hash
    ADD CONSTRAINT p_hash_pk PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_hash_a
    ADD CONSTRAINT p_hash_a_pkey PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_hash_b
    ADD CONSTRAINT p_hash_b_pkey PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_key
    ADD CONSTRAINT p_key_pk PRIMARY KEY (id);

ALTER TABLE ONLY s.p_list
    ADD CONSTRAINT p_list_pk PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_list_a
    ADD CONSTRAINT p_list_a_pkey PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_list_b
    ADD CONSTRAINT p_list_b_pkey PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_range
    ADD CONSTRAINT p_range_pk PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_range_a
    ADD CONSTRAINT p_range_a_pkey PRIMARY KEY (id, n);

ALTER TABLE ONLY s.p_range_b
    ADD CONSTRAINT p_range_b_pkey PRIMARY KEY (id, n);

ALTER TABLE ONLY s.parent
    ADD CONSTRAINT parent_pk PRIMARY KEY (a, b);

ALTER TABLE ONLY s.parent
    ADD CONSTRAINT parent_uq UNIQUE (c);

ALTER TABLE ONLY s.ring_a
    ADD CONSTRAINT ring_a_pk PRIMARY KEY (id);

ALTER TABLE ONLY s.ring_b
    ADD CONSTRAINT ring_b_pk PRIMARY KEY (id);

ALTER TABLE ONLY s.types
    ADD CONSTRAINT types_pk PRIMARY KEY (id);

ALTER TABLE ONLY s.child
    ADD CONSTRAINT uq_later UNIQUE (u1, u2) DEFERRABLE;

CREATE INDEX child_ix ON s.child USING btree (id, n);

CREATE UNIQUE INDEX "i_snap$_mv" ON s.mv USING btree (a);

CREATE INDEX ix_bitmap ON s.ix USING btree (c);

CREATE INDEX ix_broken ON s.ix USING btree (e, a);

CREATE INDEX ix_constant ON s.ix USING btree (c);

CREATE INDEX ix_desc ON s.ix USING btree (a, b DESC);

CREATE INDEX ix_fbitmap ON s.ix USING btree (lower((b)::text));

CREATE INDEX ix_function ON s.ix USING btree (upper((b)::text));

CREATE INDEX ix_hidden ON s.ix USING btree (a, e);

CREATE INDEX ix_plain ON s.ix USING btree (b);

CREATE INDEX ix_reverse ON s.ix USING btree (e);

CREATE INDEX ix_trunc ON s.ix USING btree (date_trunc('day'::text, c));

CREATE UNIQUE INDEX ix_unique ON s.ix USING btree (a);

CREATE UNIQUE INDEX ix_unique_nulls ON s.ix USING btree (b, c);

CREATE INDEX p_global ON ONLY s.p_range USING btree (id);

CREATE INDEX p_local ON ONLY s.p_range USING btree (n);

CREATE INDEX p_range_a_id_idx ON s.p_range_a USING btree (id);

CREATE INDEX p_range_a_n_idx ON s.p_range_a USING btree (n);

CREATE INDEX p_range_b_id_idx ON s.p_range_b USING btree (id);

CREATE INDEX p_range_b_n_idx ON s.p_range_b USING btree (n);

CREATE UNIQUE INDEX sys_c001 ON s.child USING btree (id);

CREATE UNIQUE INDEX uq_off ON s.child USING btree (n);

ALTER INDEX s.p_hash_pk ATTACH PARTITION s.p_hash_a_pkey;

ALTER INDEX s.p_hash_pk ATTACH PARTITION s.p_hash_b_pkey;

ALTER INDEX s.p_list_pk ATTACH PARTITION s.p_list_a_pkey;

ALTER INDEX s.p_list_pk ATTACH PARTITION s.p_list_b_pkey;

ALTER INDEX s.p_global ATTACH PARTITION s.p_range_a_id_idx;

ALTER INDEX s.p_local ATTACH PARTITION s.p_range_a_n_idx;

ALTER INDEX s.p_range_pk ATTACH PARTITION s.p_range_a_pkey;

ALTER INDEX s.p_global ATTACH PARTITION s.p_range_b_id_idx;

ALTER INDEX s.p_local ATTACH PARTITION s.p_range_b_n_idx;

ALTER INDEX s.p_range_pk ATTACH PARTITION s.p_range_b_pkey;

CREATE TRIGGER fill BEFORE INSERT ON s.cols FOR EACH ROW EXECUTE FUNCTION s.fill();

ALTER TABLE ONLY s.child
    ADD CONSTRAINT fk_cascade FOREIGN KEY (c) REFERENCES s.parent(c) ON DELETE CASCADE;

ALTER TABLE ONLY s.child
    ADD CONSTRAINT fk_later FOREIGN KEY (u2) REFERENCES s.parent(c) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY s.child
    ADD CONSTRAINT fk_null FOREIGN KEY (u1) REFERENCES s.parent(c) ON DELETE SET NULL;

ALTER TABLE ONLY s.child
    ADD CONSTRAINT fk_old FOREIGN KEY (c) REFERENCES s.child(id) NOT VALID;

ALTER TABLE ONLY s.child
    ADD CONSTRAINT fk_plain FOREIGN KEY (a, b) REFERENCES s.parent(a, b);

ALTER TABLE ONLY s.child
    ADD CONSTRAINT fk_self FOREIGN KEY (up) REFERENCES s.child(id);

ALTER TABLE s.p_ref
    ADD CONSTRAINT p_ref_fk FOREIGN KEY (id, n) REFERENCES s.p_range(id, n);

ALTER TABLE ONLY s.ring_a
    ADD CONSTRAINT ring_a_fk FOREIGN KEY (b) REFERENCES s.ring_b(id);

ALTER TABLE ONLY s.ring_b
    ADD CONSTRAINT ring_b_fk FOREIGN KEY (a) REFERENCES s.ring_a(id);

GRANT USAGE ON SCHEMA s TO PUBLIC;

GRANT USAGE ON SEQUENCE s.plain TO PUBLIC;

GRANT SELECT ON TABLE s.ix TO PUBLIC;

GRANT UPDATE(b) ON TABLE s.ix TO PUBLIC;

GRANT SELECT ON TABLE s.v TO PUBLIC;
