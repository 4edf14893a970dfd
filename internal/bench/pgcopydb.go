// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// pgcopydbVersion is the installed one's, empty where it is not installed.
func (b *bench) pgcopydbVersion(ctx context.Context) string {
	program, err := exec.LookPath("pgcopydb")
	if err != nil {
		return ""
	}
	out, err := b.call(ctx, program, "--version")
	if err != nil {
		return ""
	}
	return versionNumber.FindString(out)
}

var versionNumber = regexp.MustCompile(`\d+\.\d+[^\s]*`)

// pgcopydb is `copy indexes`, `copy constraints` and, for the foreign keys, which pgcopydb leaves to pg_restore, that: with jobs, as
// pgcopydb passes them since 0.15 (before, it ran them in a single transaction).
func (b *bench) pgcopydb(ctx context.Context, c *course, database string, s setting) error {
	for _, command := range []string{"indexes", "constraints"} {
		dir := filepath.Join(b.dir, "pgcopydb-"+command)
		if err := b.pgcopydbDir(ctx, c, dir); err != nil {
			return err
		}
		args := []string{"copy", command, "--source", b.url(c.full), "--target", b.url(database), "--dir", dir, "--resume", "--not-consistent"}
		if command == "indexes" {
			args = append(args, "--index-jobs", fmt.Sprint(s.jobs))
		}
		if _, err := b.call(ctx, "pgcopydb", args...); err != nil {
			return err
		}
	}
	return b.restoreList(ctx, c, database, c.keys, s)
}

// pgcopydbDir makes a work directory in which all that the bare database has already (primary keys) counts as done by an earlier run:
// pgcopydb would otherwise try to add them a second time and end with an error.
func (b *bench) pgcopydbDir(ctx context.Context, c *course, dir string) error {
	done := filepath.Join(dir, "run", "indexes")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(done, 0o700); err != nil {
		return err
	}
	if c.there == nil {
		conn, err := pgx.Connect(ctx, b.server.URL(c.full))
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		var names []string
		for _, o := range c.objects {
			names = append(names, o.Schema+"."+o.Name)
		}
		rows, err := conn.Query(ctx, `SELECT unnest(ARRAY[x.indexrelid::int8, coalesce(k.oid::int8, 0)])
			FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
				LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
			WHERE n.nspname !~ '^pg_' AND NOT n.nspname || '.' || c.relname = ANY($1)`, names)
		if err != nil {
			return err
		}
		if c.there, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return err
		}
	}
	for _, oid := range c.there {
		if err := os.WriteFile(filepath.Join(done, fmt.Sprintf("%d.done", oid)), nil, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// keysOf is the part of pg_restore's list that is foreign keys.
func keysOf(list []string) string {
	var keys strings.Builder
	for _, line := range list {
		if entry := postDataEntry.FindStringSubmatch(line); entry[1] == "FK CONSTRAINT" {
			keys.WriteString(line)
		}
	}
	return keys.String()
}

// pgcopydbWords say how pgcopydb took part.
func (b *bench) pgcopydbWords(ctx context.Context) string {
	version := b.pgcopydbVersion(ctx)
	if version == "" {
		return "pgcopydb not installed: apt-get install pgcopydb"
	}
	return fmt.Sprintf("pgcopydb %s is `copy indexes --index-jobs N`, `copy constraints`, and `pg_restore --jobs=N` of the foreign keys, which it "+
		"leaves to pg_restore. What is there already (primary keys) is marked as done in its work directory. It sets maintenance_work_mem to "+
		"1 GB for every session by itself, whatever the others have.", version)
}
