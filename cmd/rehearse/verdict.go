// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// baseline is the target as the schema phase left it: what must be there again at the end.
type baseline struct {
	catalog *postgres.Catalog
}

func (w *world) schemas() []string {
	names := make([]string, len(w.schema.names))
	for i, n := range w.schema.names {
		names[i] = convert.TargetName(n)
	}
	return names
}

func (w *world) readBaseline(ctx context.Context) (baseline, error) {
	target, err := postgres.Open(ctx, w.target.URL(targetDatabase), "rehearsal")
	if err != nil {
		return baseline{}, err
	}
	defer target.Close()
	cat, err := target.ReadCatalog(ctx, w.schemas())
	return baseline{cat}, err
}

// verdict looks at both databases itself, with connections of its own, and says what it finds; it is errVerdict where that is no.
func (r *rehearsal) verdict(ctx context.Context, out io.Writer, played error) error {
	say(out, "\n── The verdict ───────────────────────────────────────────────")
	ok := true
	line := func(good bool, format string, a ...any) {
		mark := "✔"
		if !good {
			mark, ok = "✖", false
		}
		say(out, "%s %s", mark, fmt.Sprintf(format, a...))
	}
	var stopped *stoppedError
	switch {
	case errors.As(played, &stopped):
		line(false, "%s", stopped)
	case played != nil:
		line(false, "the migration was not played to its end: %v\nferryman's log ends:\n%s", played, r.child.log())
	default:
		if err := r.equalRows(ctx, line); err != nil {
			return err
		}
		if err := r.sameObjects(ctx, line); err != nil {
			return err
		}
		if err := r.sequencesAhead(ctx, line); err != nil {
			return err
		}
	}
	if played == nil && r.wanted != nil {
		different := r.wanted.differences(r.end)
		for _, d := range different {
			line(false, "%s", d)
		}
		line(len(different) == 0, "it ended as the undisturbed run: the target and Ferryman's records there, the audit, what took effect at AWS, %d messages and %d files in the thread",
			len(r.end.lists["messages of the thread"])+len(r.end.lists["messages with figures"]), len(r.end.lists["files in the thread"]))
	}
	took := time.Since(r.began).Round(100 * time.Millisecond)
	if !ok {
		say(out, "The verdict is NO, after %s.", took)
		return errVerdict
	}
	say(out, "The verdict is YES: both sides are equal, after %s.", took)
	return nil
}

// wholeNumbers counts the columns that tell whose conversion was applied: AWS's makes numeric(9,0) of what Ferryman's makes integer.
func wholeNumbers(cat *postgres.Catalog) (aws, own int) {
	for _, t := range cat.Tables {
		for _, c := range t.Columns {
			switch c.Type {
			case "numeric(9,0)":
				aws++
			case "integer":
				own++
			}
		}
	}
	return aws, own
}

// equalRows compares every table, count and checksum.
func (r *rehearsal) equalRows(ctx context.Context, line func(bool, string, ...any)) error {
	now, err := r.world.readBaseline(ctx)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, r.world.target.URL(targetDatabase))
	if err != nil {
		return err
	}
	defer pool.Close()
	tables := pairs(r.world.schema.dict, now.catalog)
	report, err := compare.Compare(ctx, tables, compare.Options{Source: compare.OracleSide(config.Secret(r.world.oracle.URL("DBA_JO")), compare.OracleOptions{}), Target: compare.PostgresSide(pool)})
	if err != nil {
		return err
	}
	var rows int64
	equal := 0
	for _, t := range report.Tables {
		rows += t.SourceRows
		if t.Equal {
			equal++
			continue
		}
		detail := fmt.Sprintf("%d rows on Oracle, %d on PostgreSQL", t.SourceRows, t.TargetRows)
		if t.Error != "" {
			detail = t.Error
		}
		for _, s := range t.Samples {
			detail += fmt.Sprintf("; key %s is %s", strings.Join(s.Key, "/"), s.Kind)
		}
		line(false, "NOT EQUAL: %s.%s (%s)", t.Target.Schema, t.Target.Table, detail)
	}
	line(equal == len(tables) && len(tables) > 0, "%d of %d tables have equal rows and checksums (%d rows)", equal, len(tables), rows)
	return nil
}

// pairs are the tables of the dictionary with their columns on both sides. One that is not on the target is compared with nothing.
func pairs(d *dictionary.Dictionary, cat *postgres.Catalog) []compare.Table {
	var tables []compare.Table
	for _, t := range d.Tables {
		if t.Temporary == "Y" || t.External == "YES" || t.Nested == "YES" {
			continue
		}
		out := compare.Table{Source: compare.Name{Schema: t.Owner, Table: t.Name}, Target: compare.Name{Schema: convert.TargetName(t.Owner), Table: convert.TargetName(t.Name)}}
		i := slices.IndexFunc(cat.Tables, func(p postgres.Table) bool { return p.Schema == out.Target.Schema && p.Name == out.Target.Table })
		for _, c := range d.ColumnsOf(t.Owner, t.Name) {
			if c.ID == nil || c.Virtual == "YES" {
				continue
			}
			column := compare.Column{Source: c.Name, Target: convert.TargetName(c.Name), OracleType: c.Type}
			if i >= 0 {
				if j := slices.IndexFunc(cat.Tables[i].Columns, func(p postgres.Column) bool { return p.Name == column.Target }); j >= 0 {
					column.PostgresType = cat.Tables[i].Columns[j].Type
				}
				if slices.Contains(cat.Tables[i].PrimaryKey, column.Target) {
					out.Key = append(out.Key, len(out.Columns))
				}
			}
			out.Columns = append(out.Columns, column)
		}
		tables = append(tables, out)
	}
	return tables
}

// sameObjects compares the target's catalog with what the schema phase had made, and its keys with the source's dictionary.
func (r *rehearsal) sameObjects(ctx context.Context, line func(bool, string, ...any)) error {
	now, err := r.world.readBaseline(ctx)
	if err != nil {
		return err
	}
	for _, diff := range postgres.Differences(r.before.catalog.Definitions(), now.catalog.Definitions()) {
		line(false, "not as before: %s %s.%s (was %q, is %q)", diff.Kind, diff.Table, diff.Name, diff.Before, diff.After)
	}
	d := r.world.schema.dict
	want := map[string]int{}
	for _, c := range d.Constraints {
		if c.Type == "P" || c.Type == "R" {
			want[c.Type]++
		}
	}
	for _, i := range d.Indexes {
		if i.Type != "LOB" && !slices.ContainsFunc(d.Constraints, func(c dictionary.Constraint) bool { return c.IndexName == i.Name && (c.Type == "P" || c.Type == "U") }) {
			want["I"]++
		}
	}
	have := map[string]int{}
	for _, c := range now.catalog.Constraints {
		have[strings.ToUpper(c.Type)]++
	}
	for _, i := range now.catalog.Indexes {
		if i.Constraint == "" {
			have["I"]++
		}
	}
	if r.settings.engine == "dms" {
		aws, own := wholeNumbers(now.catalog)
		line(aws > 0 && own == 0, "the tables are those of AWS's script: %d columns of whole numbers are numeric(9,0), which Ferryman makes integer (%d are)", aws, own)
	}
	off := 0
	for _, t := range now.catalog.Triggers {
		if i := slices.IndexFunc(r.before.catalog.Triggers, func(b postgres.TriggerInfo) bool { return b.Name == t.Name && b.Table == t.Table }); i < 0 || r.before.catalog.Triggers[i].Enabled != t.Enabled {
			off++
		}
	}
	line(len(now.catalog.Tables) == len(d.Tables), "%d of %d tables", len(now.catalog.Tables), len(d.Tables))
	line(have["P"] == want["P"], "%d of %d primary keys", have["P"], want["P"])
	line(have["F"] == want["R"], "%d of %d foreign keys, every one validated: %t", have["F"], want["R"], validated(now.catalog))
	line(have["I"] == want["I"], "%d of %d indexes besides the keys' own", have["I"], want["I"])
	line(off == 0, "%d triggers are as they were (%d are not)", len(now.catalog.Triggers)-off, off)
	return nil
}

func validated(cat *postgres.Catalog) bool {
	return !slices.ContainsFunc(cat.Constraints, func(c postgres.Constraint) bool { return c.Type == "f" && !c.Validated })
}

// sequencesAhead compares each sequence with the source's.
func (r *rehearsal) sequencesAhead(ctx context.Context, line func(bool, string, ...any)) error {
	src, err := oracle.Open(ctx, r.world.oracle.URL("DBA_JO"))
	if err != nil {
		return err
	}
	defer src.Close()
	values, err := src.Sequences(ctx, r.world.schema.names)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, r.world.target.URL(targetDatabase))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	behind, ahead := 0, 0
	for _, v := range values {
		name := pgx.Identifier{convert.TargetName(v.Owner), convert.TargetName(v.Name)}.Sanitize()
		var exists bool
		if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			continue // an identity's: Oracle's name for it means nothing on the target
		}
		var next string
		if err := conn.QueryRow(ctx, "SELECT nextval($1::regclass)::text", name).Scan(&next); err != nil {
			return err
		}
		there, _ := new(big.Int).SetString(next, 10)
		here, _ := new(big.Int).SetString(string(v.LastNumber), 10)
		if there == nil || here == nil || v.Increment != "" && v.Increment[0] != '-' && there.Cmp(here) < 0 {
			behind++
			line(false, "sequence %s gives %s, Oracle is at %s", name, next, v.LastNumber)
			continue
		}
		ahead++
	}
	line(behind == 0, "%d sequences give no number that Oracle has given", ahead)
	return nil
}

// tamper changes one row on the target behind the bot's back.
func (r *rehearsal) tamper(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, r.world.target.URL(targetDatabase))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	now, err := r.world.readBaseline(ctx)
	if err != nil {
		return err
	}
	for _, t := range r.world.schema.dict.Tables {
		i := slices.IndexFunc(now.catalog.Tables, func(p postgres.Table) bool {
			return p.Name == convert.TargetName(t.Name) && p.Schema == convert.TargetName(t.Owner)
		})
		usable, ok := describe(r.world.schema.dict, t)
		if i < 0 || !ok {
			continue
		}
		for _, c := range usable.change {
			if c.Type != "VARCHAR2" || c.Nullable == "N" {
				continue
			}
			table := pgx.Identifier{now.catalog.Tables[i].Schema, now.catalog.Tables[i].Name}.Sanitize()
			column := pgx.Identifier{convert.TargetName(c.Name)}.Sanitize()
			tag, err := conn.Exec(ctx, fmt.Sprintf("UPDATE %s SET %s = 'Xx' WHERE ctid = (SELECT min(ctid) FROM %s)", table, column, table))
			if err != nil {
				return fmt.Errorf("tamper with %s: %w", table, err)
			}
			if tag.RowsAffected() == 1 {
				r.out.line("\n%s  Behind the bot's back, one row of %s is changed.", clock(time.Now()), table)
				return nil
			}
		}
	}
	return errors.New("no row was found to tamper with")
}
