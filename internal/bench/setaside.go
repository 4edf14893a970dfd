// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// asideSize are the measurements of one size.
type asideSize struct {
	tables   int
	ferryman []asideReport
	each     []time.Duration // the script with a transaction per object
	together []time.Duration // the script with a transaction per table
}

// setAside measures setting aside at three sizes.
func (b *bench) setAside(ctx context.Context) error {
	whole := b.opts.tables
	var sizes []*asideSize
	tried := []int{whole / 4, whole / 2, whole}
	if b.opts.quick {
		tried = tried[2:]
	}
	for _, tables := range tried {
		size := &asideSize{tables: tables}
		sizes = append(sizes, size)
		b.say("setaside: %d tables", tables)
		if err := b.schema(ctx, "many_full", manyTables(tables)); err != nil {
			return err
		}
		if err := b.exec(ctx, b.server.URL("many_full"), "VACUUM ANALYZE"); err != nil {
			return err
		}
		runs := 1
		if tables == whole {
			runs = min(3, b.opts.runs)
		}
		for range runs {
			if err := b.asideRound(ctx, size); err != nil {
				return err
			}
		}
		if err := b.drop(ctx, "many_full"); err != nil {
			return err
		}
	}
	b.writeAside(sizes)
	return nil
}

// asideRound runs Ferryman and both scripts once, each on a fresh copy.
func (b *bench) asideRound(ctx context.Context, size *asideSize) error {
	report, err := asideReport{}, error(nil)
	if _, err := b.asideOnce(ctx, size.tables, func(database string) error {
		report, err = b.asideInChild(ctx, database, "many")
		return err
	}); err != nil {
		return err
	}
	if report.Objects != size.tables*(indexesPerTable+keysPerTable) {
		return fmt.Errorf("the plan has %d objects", report.Objects)
	}
	size.ferryman = append(size.ferryman, report)
	b.say("setaside: ferryman plan %s s, proof %s s, set aside %s s, %.0f MB", seconds(report.Plan), seconds(report.Prove),
		seconds(report.SetAside), report.PeakMB)
	for together, list := range map[bool]*[]time.Duration{true: &size.together, false: &size.each} {
		path := filepath.Join(b.dir, "many.sql")
		if err := os.WriteFile(path, []byte(manyScript(size.tables, together)), 0o600); err != nil {
			return err
		}
		took, err := b.asideOnce(ctx, size.tables, func(database string) error {
			_, err := b.call(ctx, b.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file="+path, "--dbname="+b.url(database))
			return err
		})
		if err != nil {
			return err
		}
		*list = append(*list, took)
		b.say("setaside: script, one transaction per table %v: %s s", together, seconds(took))
	}
	return nil
}

// asideOnce has do set everything aside on a fresh copy, and looks whether it did.
func (b *bench) asideOnce(ctx context.Context, tables int, do func(database string) error) (time.Duration, error) {
	const database = "many_run"
	if err := b.fresh(ctx, database, "many_full", nil); err != nil {
		return 0, err
	}
	cpu, begin := b.cpu(ctx), time.Now()
	if err := do(database); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	b.say("setaside: server CPU %s s", seconds(b.cpu(ctx)-cpu))
	conn, err := pgx.Connect(ctx, b.server.URL(database))
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	var indexes, keys int
	if err := conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_indexes WHERE schemaname = 'many'),
			(SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'many'::regnamespace)`).Scan(&indexes, &keys); err != nil {
		return 0, err
	}
	if indexes != tables || keys != 0 {
		return 0, errors.New("not everything was set aside")
	}
	return took, b.drop(ctx, database)
}

// writeAside prints the table of setting aside.
func (b *bench) writeAside(sizes []*asideSize) {
	var rows [][]string
	perObject, ratio, memory := map[int]float64{}, 0.0, 0.0
	for _, s := range sizes {
		of := func(f func(asideReport) time.Duration) time.Duration {
			var list []time.Duration
			for _, r := range s.ferryman {
				list = append(list, f(r))
			}
			return median(list)
		}
		plan, prove, set := of(func(r asideReport) time.Duration { return r.Plan }), of(func(r asideReport) time.Duration { return r.Prove }),
			of(func(r asideReport) time.Duration { return r.SetAside })
		for _, r := range s.ferryman {
			memory = max(memory, r.PeakMB)
		}
		objects := s.tables * (indexesPerTable + keysPerTable)
		each, together := median(s.each), median(s.together)
		ratio = (plan + set).Seconds() / min(each, together).Seconds()
		perObject[s.tables] = (plan + set).Seconds() * 1000 / float64(objects)
		rows = append(rows, []string{thousands(s.tables * indexesPerTable), thousands(s.tables * keysPerTable), seconds(plan), seconds(set),
			fmt.Sprintf("%.2f", perObject[s.tables]), fmt.Sprintf("%.0f", s.ferryman[len(s.ferryman)-1].PeakMB), seconds(together), seconds(each),
			fmt.Sprintf("%.2f", ratio), seconds(prove)})
	}
	least, most := sizes[0].tables, sizes[len(sizes)-1].tables
	fmt.Fprintf(&b.out, "%s\n", table([]string{"indexes", "foreign keys", "ferryman: catalog and plan s", "ferryman: set aside s", "ms per object",
		"peak memory MB", "script, a transaction per table s", "script, a transaction per object s", "ferryman / faster script", "ferryman: proof s"}, rows))
	fmt.Fprint(&b.out, "Ferryman runs in a process of its own (memory is its VmHWM); plan and set aside together are compared with the script. ",
		"The proof that everything could come back, which runs between them, has no counterpart in it and is left out of the ratio.\n")
	fmt.Fprintf(&b.out, "At full size: ratio %.2f, goal 1.3 %s; %.0f MB, goal 200 MB %s; %.2f ms per object, at a quarter of the size %.2f.\n\n",
		ratio, met(ratio <= 1.3), memory, met(memory < 200), perObject[most], perObject[least])
}
