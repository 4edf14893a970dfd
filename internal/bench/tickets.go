// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/postgres"
	"golang.org/x/sync/errgroup"
)

// ticketsSchema is a box office: 8 tables, 24 secondary indexes (4 of them unique constraints), 7 foreign keys.
const ticketsSchema = `
CREATE SCHEMA boxoffice;
CREATE TABLE boxoffice.venue (id bigint PRIMARY KEY, code text NOT NULL, name text NOT NULL,
    city text NOT NULL, capacity integer, opened timestamptz);
CREATE TABLE boxoffice.customer (id bigint PRIMARY KEY, email text NOT NULL, name text,
    joined timestamptz NOT NULL, balance numeric(12,2), country text);
CREATE TABLE boxoffice.event (id bigint PRIMARY KEY, venue_id bigint NOT NULL, title text,
    starts_at timestamptz NOT NULL, price numeric(10,2), status text);
CREATE TABLE boxoffice.seat (id bigint PRIMARY KEY, venue_id bigint NOT NULL, section text NOT NULL,
    row_no integer, seat_no integer, grade text);
CREATE TABLE boxoffice.sale (id bigint PRIMARY KEY, customer_id bigint NOT NULL,
    sold_at timestamptz NOT NULL, total numeric(12,2), channel text, reference text NOT NULL);
CREATE TABLE boxoffice.ticket (id bigint PRIMARY KEY, sale_id bigint NOT NULL, seat_id bigint,
    price numeric(10,2), barcode text NOT NULL, state text);
CREATE TABLE boxoffice.payment (id bigint PRIMARY KEY, sale_id bigint NOT NULL, paid_at timestamptz NOT NULL,
    amount numeric(12,2), method text, note text);
CREATE TABLE boxoffice.scan (id bigint PRIMARY KEY, ticket_id bigint NOT NULL, gate text,
    scanned_at timestamptz NOT NULL, device bigint);

ALTER TABLE boxoffice.venue ADD CONSTRAINT venue_code_key UNIQUE (code);
CREATE INDEX venue_city_name ON boxoffice.venue (city, name);
CREATE INDEX venue_capacity ON boxoffice.venue (capacity);
ALTER TABLE boxoffice.customer ADD CONSTRAINT customer_email_key UNIQUE (email);
CREATE INDEX customer_lower_name ON boxoffice.customer (lower(name));
CREATE INDEX customer_country_joined ON boxoffice.customer (country, joined);
CREATE INDEX event_venue ON boxoffice.event (venue_id);
CREATE INDEX event_starts_at ON boxoffice.event (starts_at);
CREATE INDEX event_status_price ON boxoffice.event (status, price);
ALTER TABLE boxoffice.seat ADD CONSTRAINT seat_place_key UNIQUE (venue_id, section, row_no, seat_no);
CREATE INDEX seat_grade ON boxoffice.seat (grade);
CREATE INDEX seat_section_row ON boxoffice.seat (section, row_no);
ALTER TABLE boxoffice.sale ADD CONSTRAINT sale_reference_key UNIQUE (reference);
CREATE INDEX sale_customer ON boxoffice.sale (customer_id);
CREATE INDEX sale_on_the_web ON boxoffice.sale (sold_at) WHERE channel = 'web';
CREATE UNIQUE INDEX ticket_barcode ON boxoffice.ticket (barcode);
CREATE INDEX ticket_sale ON boxoffice.ticket (sale_id);
CREATE INDEX ticket_seat ON boxoffice.ticket (seat_id);
CREATE INDEX payment_sale_paid_at ON boxoffice.payment (sale_id, paid_at);
CREATE INDEX payment_amount ON boxoffice.payment (amount);
CREATE INDEX payment_method_note ON boxoffice.payment (method, note);
CREATE INDEX scan_ticket ON boxoffice.scan (ticket_id);
CREATE INDEX scan_scanned_at ON boxoffice.scan (scanned_at);
CREATE INDEX scan_device_gate ON boxoffice.scan (device, gate);

ALTER TABLE boxoffice.event ADD CONSTRAINT event_venue_fkey FOREIGN KEY (venue_id) REFERENCES boxoffice.venue (id);
ALTER TABLE boxoffice.seat ADD CONSTRAINT seat_venue_fkey FOREIGN KEY (venue_id) REFERENCES boxoffice.venue (id);
ALTER TABLE boxoffice.sale ADD CONSTRAINT sale_customer_fkey FOREIGN KEY (customer_id) REFERENCES boxoffice.customer (id);
ALTER TABLE boxoffice.ticket ADD CONSTRAINT ticket_sale_fkey FOREIGN KEY (sale_id) REFERENCES boxoffice.sale (id);
ALTER TABLE boxoffice.ticket ADD CONSTRAINT ticket_seat_fkey FOREIGN KEY (seat_id) REFERENCES boxoffice.seat (id) ON DELETE SET NULL;
ALTER TABLE boxoffice.payment ADD CONSTRAINT payment_sale_fkey FOREIGN KEY (sale_id) REFERENCES boxoffice.sale (id) ON DELETE CASCADE;
ALTER TABLE boxoffice.scan ADD CONSTRAINT scan_ticket_fkey FOREIGN KEY (ticket_id) REFERENCES boxoffice.ticket (id);
`

// ticketsRows are the columns of each table for row g; {table} is how many rows a table has, h(k) a number from 0 to 2^31-1 that only g
// and k decide, t(k) a text of 32 hexadecimal digits, and at(k) a time within ten years.
var ticketsRows = map[string]string{
	"venue": "g, t(1), 'Hall ' || t(2), 'City ' || h(3) % 5000, h(4) % 60000, at(5)",
	"customer": "g, t(1) || '@example.org', initcap(left(t(2), 12)) || ' ' || initcap(left(t(3), 9)), at(4), " +
		"h(5) % 1000000 / 100.0, left(t(6), 2)",
	"event": "g, 1 + h(1) % {venue}, 'Concert ' || t(2), at(3), h(4) % 20000 / 100.0, " +
		"(ARRAY['planned','on sale','sold out','over'])[1 + h(5) % 4]",
	"seat": "g, 1 + h(1) % {venue}, 'Block ' || h(2) % 400, h(3) % 60, h(4) % 2000000000, (ARRAY['A','B','C'])[1 + h(5) % 3]",
	"sale": "g, 1 + h(1) % {customer}, at(2), h(3) % 100000 / 100.0, (ARRAY['web','shop','phone'])[1 + h(4) % 3], t(5)",
	"ticket": "g, 1 + h(1) % {sale}, CASE WHEN h(2) % 10 < 9 THEN 1 + h(3) % {seat} END, h(4) % 20000 / 100.0, t(5), " +
		"(ARRAY['valid','used','void'])[1 + h(6) % 3]",
	"payment": "g, 1 + h(1) % {sale}, at(2), h(3) % 100000 / 100.0, (ARRAY['card','cash','voucher'])[1 + h(4) % 3], t(5)",
	"scan":    "g, 1 + h(1) % {ticket}, 'Gate ' || h(2) % 90, at(3), h(4) % 100000",
}

var generated = regexpReplacer{
	{`\bh\((\d+)\)`, `(hashint8(g * 4096 + $1)::bigint & 2147483647)`},
	{`\bt\((\d+)\)`, `md5((g * 4096 + $1)::text)`},
	{`\bat\((\d+)\)`, `(timestamptz '2015-01-01 00:00:00Z' + interval '1 second' * ((hashint8(g * 4096 + $1)::bigint & 2147483647) % 315360000))`},
}

// fillTickets fills each table with rows(table) rows, several side by side.
func (b *bench) fillTickets(ctx context.Context, database string, rows func(table string) int) error {
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(b.cores)
	var counts []string
	for table := range ticketsRows {
		counts = append(counts, "{"+table+"}", fmt.Sprint(rows(table)))
	}
	for table, columns := range ticketsRows {
		sql := fmt.Sprintf("INSERT INTO boxoffice.%s SELECT %s FROM generate_series(1, {%s}::bigint) g", table, columns, table)
		sql = generated.replace(strings.NewReplacer(counts...).Replace(sql))
		workers.Go(func() error { return b.exec(ctx, b.url(database), sql) })
	}
	return workers.Wait()
}

// tickets is the first contest.
func (b *bench) tickets(ctx context.Context) error {
	return b.contest(ctx, dataset{
		name:    "tickets",
		title:   fmt.Sprintf("8 tables of %s rows", thousands(b.opts.rows)),
		schemas: []string{"boxoffice"},
		schema:  []string{ticketsSchema},
		fill: func(ctx context.Context, database string, _ *postgres.Catalog) error {
			return b.fillTickets(ctx, database, func(string) int { return b.opts.rows })
		},
	})
}
