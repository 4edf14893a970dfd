// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
)

// dataset is what a contest is held on.
type dataset struct {
	name    string // also of its databases
	title   string
	schemas []string
	schema  []string // SQL that makes the complete, empty schema
	fill    func(ctx context.Context, database string, cat *postgres.Catalog) error
}

// course is a data set made ready: every run starts from a copy of bare and must end with the schema of full.
type course struct {
	dataset
	bare    string // loaded, with primary keys only, the rest saved in schema ferryman
	full    string // loaded and complete
	truth   string // pg_dump --schema-only of the complete schema
	objects []postgres.SavedObject
	tables  []string // those that something comes back to, quoted
	script  string   // file with the statements of objects, one by one
	dump    string   // directory-format pg_dump of full
	list    string   // file with pg_restore's list of exactly objects
	keys    string   // and of the foreign keys among them
	there   []int64  // oids of full's indexes and constraints that bare has already
}

// run is the database of a run.
func (d dataset) run() string { return d.name + "_run" }

// prepare makes the course: the schema as it is to be, set aside by Ferryman, filled, and completed once by the plain script, which
// proves that the rows satisfy every key.
func (b *bench) prepare(ctx context.Context, d dataset) (*course, error) {
	c := &course{dataset: d, bare: d.name + "_bare", full: d.name + "_full", script: filepath.Join(b.dir, d.name+".sql"),
		dump: filepath.Join(b.dir, d.name+".dump"), list: filepath.Join(b.dir, d.name+".list"), keys: filepath.Join(b.dir, d.name+".keys")}
	b.say("%s: schema", d.name)
	if err := b.schema(ctx, c.bare, d.schema); err != nil {
		return nil, err
	}
	var err error
	if c.truth, err = b.schemaOf(ctx, c.bare); err != nil {
		return nil, err
	}
	var cat *postgres.Catalog // of the complete schema
	if c.objects, cat, err = b.setAsideAll(ctx, c.bare, d.schemas); err != nil {
		return nil, err
	}
	for _, o := range c.objects {
		if name := (pgx.Identifier{o.Schema, o.Table}).Sanitize(); !slices.Contains(c.tables, name) {
			c.tables = append(c.tables, name)
		}
	}
	b.say("%s: rows", d.name)
	if err := d.fill(ctx, c.bare, cat); err != nil {
		return nil, err
	}
	if err := b.settle(ctx, c.bare); err != nil {
		return nil, err
	}
	b.say("%s: complete database and its dump", d.name)
	if err := b.create(ctx, c.full, c.bare); err != nil {
		return nil, err
	}
	if err := b.writeScript(c); err != nil {
		return nil, err
	}
	if err := b.runScript(ctx, c, c.full, setting{}); err != nil {
		return nil, err
	}
	if err := b.same(ctx, c, c.full); err != nil {
		return nil, err
	}
	return c, b.dumpFull(ctx, c)
}

// schema makes a database with a schema in it.
func (b *bench) schema(ctx context.Context, database string, statements []string) error {
	if err := b.create(ctx, database, ""); err != nil {
		return err
	}
	if err := b.exec(ctx, b.server.URL(database), "CREATE EXTENSION IF NOT EXISTS pg_prewarm"); err != nil {
		return fmt.Errorf("%w (pg_prewarm is in PostgreSQL's contrib package)", err)
	}
	return b.exec(ctx, b.url(database), statements...)
}

// settle brings a filled database to rest, as autovacuum does in time.
func (b *bench) settle(ctx context.Context, database string) error {
	if b.opts.loaded {
		return nil
	}
	return b.exec(ctx, b.server.URL(database), "VACUUM (FREEZE, ANALYZE)")
}

// schemaOf is the schema as pg_dump prints it, without what Ferryman keeps for itself.
func (b *bench) schemaOf(ctx context.Context, database string) (string, error) {
	args := []string{"--schema-only", "--exclude-schema=ferryman", "--dbname=" + b.url(database)}
	help, err := b.call(ctx, b.program("pg_dump"), "--help")
	if err != nil {
		return "", err
	}
	if strings.Contains(help, "--restrict-key") {
		args = append(args, "--restrict-key=bench")
	}
	return b.call(ctx, b.program("pg_dump"), args...)
}

// same fails where a database does not have the complete schema.
func (b *bench) same(ctx context.Context, c *course, database string) error {
	got, err := b.schemaOf(ctx, database)
	if err != nil || got == c.truth {
		return err
	}
	is, want := strings.Split(got, "\n"), strings.Split(c.truth, "\n")
	at := 0
	for at < min(len(is), len(want)) && is[at] == want[at] {
		at++
	}
	line := func(lines []string) string {
		if at < len(lines) {
			return lines[at]
		}
		return "its end"
	}
	return fmt.Errorf("the schema of %s is not the complete one: line %d is %q and not %q", database, at+1, line(is), line(want))
}

// setting is how a contestant is run.
type setting struct {
	jobs    int
	workers int // max_parallel_maintenance_workers of the database
}

// measured is one run.
type measured struct {
	build   time.Duration // without ANALYZE; negative where the contestant does not tell
	analyze time.Duration // negative where the contestant does not tell
	whole   time.Duration
	cpu     time.Duration // of the server's processes; negative is unknown
}

// contestant is a program that brings everything back.
type contestant struct {
	name     string
	sweep    []int // the numbers of jobs to try
	run      func(ctx context.Context, c *course, database string, s setting) error
	analyzes bool // it runs ANALYZE by itself
	guest    bool // where it fails, the others go on without it: other versions take other arguments
	finals   int  // how many of its settings are measured again
}

// measure has a contestant run once, on a fresh copy, and fails where the end is not as it must be.
func (b *bench) measure(ctx context.Context, c *course, who contestant, s setting) (measured, error) {
	var m measured
	database := c.run()
	err := b.fresh(ctx, database, c.bare, map[string]string{"max_parallel_maintenance_workers": fmt.Sprint(s.workers),
		"maintenance_work_mem": fmt.Sprintf("'%dMB'", memoryMB/s.jobs)})
	if err != nil {
		return m, err
	}
	cpu := b.cpu(ctx)
	begin := time.Now()
	if err := who.run(ctx, c, database, s); err != nil {
		return m, fmt.Errorf("%s: %w", who.name, err)
	}
	m.whole, m.build, m.analyze = time.Since(begin), -1, -1
	if !who.analyzes {
		m.build = m.whole
		if err := b.analyze(ctx, c, database); err != nil {
			return m, err
		}
		m.whole = time.Since(begin)
		m.analyze = m.whole - m.build
	}
	if m.cpu = b.cpu(ctx) - cpu; cpu < 0 {
		m.cpu = -1
	}
	if err := b.same(ctx, c, database); err != nil {
		return m, fmt.Errorf("%s: %w", who.name, err)
	}
	return m, b.drop(ctx, database)
}

// warm reads a database into shared_buffers, as far as that goes.
const warm = "SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relkind IN ('r', 'i', 't')"

// fresh makes a database from a template for one run: with its own settings, all of it in shared_buffers as far as that goes, and
// nothing left for a checkpoint to write.
func (b *bench) fresh(ctx context.Context, database, template string, settings map[string]string) error {
	if err := b.create(ctx, database, template); err != nil {
		return err
	}
	for name, value := range settings {
		if _, err := b.admin.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s SET %s = %s", database, name, value)); err != nil {
			return err
		}
	}
	return b.exec(ctx, b.server.URL(database), warm, "CHECKPOINT")
}

// analyze does for the peers what Ferryman does at the end of a rebuild, with PostgreSQL's own tool.
func (b *bench) analyze(ctx context.Context, c *course, database string) error {
	args := []string{"--analyze-only", "--quiet", fmt.Sprintf("--jobs=%d", b.cores), "--dbname=" + b.url(database)}
	for _, table := range c.tables {
		args = append(args, "--table="+table)
	}
	_, err := b.call(ctx, b.program("vacuumdb"), args...)
	return err
}
