// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/postgres"
)

// migration is the name under which Ferryman works here.
const migration = "bench"

// setAsideAll has Ferryman set aside what a rebuild brings back, and returns that in the order in which a script creates it,
// with the catalog as it was before.
func (b *bench) setAsideAll(ctx context.Context, database string, schemas []string) ([]postgres.SavedObject, *postgres.Catalog, error) {
	target, fence, err := openTarget(ctx, b.url(database))
	if err != nil {
		return nil, nil, err
	}
	defer target.Close()
	cat, err := target.ReadCatalog(ctx, schemas)
	if err != nil {
		return nil, nil, err
	}
	plan, err := postgres.PlanSetAside(cat, postgres.SetAsideOptions{})
	if err != nil {
		return nil, nil, err
	}
	plan.Objects = slices.DeleteFunc(plan.Objects, func(o postgres.Object) bool { return !slices.Contains(postgres.RebuildKinds, o.Kind) })
	for _, batch := range plan.Batches() {
		if err := target.SetAsideObjects(ctx, fence, "bench", batch.Step(), batch.Objects); err != nil {
			return nil, nil, err
		}
	}
	saved, err := target.Saved(ctx, migration)
	slices.SortStableFunc(saved, func(x, y postgres.SavedObject) int {
		return slices.Index(postgres.RebuildKinds, x.Kind) - slices.Index(postgres.RebuildKinds, y.Kind)
	})
	return saved, cat, err
}

// openTarget opens a database as Ferryman does for a migration.
func openTarget(ctx context.Context, url string) (*postgres.Target, postgres.Fence, error) {
	target, err := postgres.Open(ctx, url, "bench")
	if err != nil {
		return nil, postgres.Fence{}, err
	}
	if _, err = target.EnsureHome(ctx); err == nil {
		err = target.OpenMigration(ctx, postgres.MigrationRecord{Name: migration, PolicyHash: "bench", Source: "bench"})
	}
	var fence postgres.Fence
	if err == nil {
		fence, err = target.RaiseFence(ctx, migration)
	}
	if err != nil {
		target.Close()
		return nil, fence, err
	}
	return target, fence, nil
}

// ferryman is Ferryman's rebuild, from connecting to the comparison at its end.
func (b *bench) ferryman(ctx context.Context, _ *course, database string, s setting) error {
	target, fence, err := openTarget(ctx, b.url(database))
	if err != nil {
		return err
	}
	defer target.Close()
	report, err := target.Rebuild(ctx, fence, postgres.RebuildOptions{Jobs: s.jobs, MemoryMB: memoryMB})
	if err != nil {
		return err
	}
	if len(report.Failed) > 0 {
		return fmt.Errorf("%d objects did not come back, the first: %s", len(report.Failed), report.Failed[0].Error)
	}
	if len(report.Differences) > 0 {
		return fmt.Errorf("%d objects are not as they were", len(report.Differences))
	}
	return nil
}

// writeScript writes the statements that bring the objects back, one by one.
func (b *bench) writeScript(c *course) error {
	var script strings.Builder
	for _, o := range c.objects {
		for _, sql := range o.Create {
			script.WriteString(sql + ";\n")
		}
	}
	return os.WriteFile(c.script, []byte(script.String()), 0o600)
}

// runScript is psql with the same statements, one after the other.
func (b *bench) runScript(ctx context.Context, c *course, database string, _ setting) error {
	_, err := b.call(ctx, b.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file="+c.script, "--dbname="+b.url(database))
	return err
}

// dumpFull dumps the complete database with its rows, so that pg_restore knows the sizes of the tables, and lists what there is to
// bring back: what the bare database has already is not among it.
func (b *bench) dumpFull(ctx context.Context, c *course) error {
	if _, err := b.call(ctx, b.program("pg_dump"), "--format=directory", "--compress=0", fmt.Sprintf("--jobs=%d", b.cores), "--exclude-schema=ferryman",
		"--file="+c.dump, "--dbname="+b.url(c.full)); err != nil {
		return err
	}
	all, err := b.call(ctx, b.program("pg_restore"), "--list", "--section=post-data", c.dump)
	if err != nil {
		return err
	}
	var chosen []string
	for line := range strings.Lines(all) {
		entry := postDataEntry.FindStringSubmatch(line)
		if entry != nil && slices.ContainsFunc(c.objects, func(o postgres.SavedObject) bool { return isEntry(o, entry) }) {
			chosen = append(chosen, line)
		}
	}
	if len(chosen) != len(c.objects) {
		return fmt.Errorf("pg_restore lists %d of %d objects", len(chosen), len(c.objects))
	}
	if err := os.WriteFile(c.keys, []byte(keysOf(chosen)), 0o600); err != nil {
		return err
	}
	return os.WriteFile(c.list, []byte(strings.Join(chosen, "")), 0o600)
}

// postDataEntry reads an entry such as "3411; 2606 16477 FK CONSTRAINT boxoffice event event_venue_fkey ferryman".
var postDataEntry = regexp.MustCompile(`^\d+; \d+ \d+ (INDEX|CONSTRAINT|FK CONSTRAINT) (\S+) (.+) \S+\n$`)

func isEntry(o postgres.SavedObject, entry []string) bool {
	kind, name := map[postgres.Kind]string{postgres.Index: "INDEX", postgres.ForeignKey: "FK CONSTRAINT"}[o.Kind], o.Table+" "+o.Name
	switch kind {
	case "":
		kind = "CONSTRAINT"
	case "INDEX":
		name = o.Name
	}
	return entry[1] == kind && entry[2] == o.Schema && entry[3] == name
}

// restore is pg_restore of the section post-data.
func (b *bench) restore(ctx context.Context, c *course, database string, s setting) error {
	return b.restoreList(ctx, c, database, c.list, s)
}

func (b *bench) restoreList(ctx context.Context, c *course, database, list string, s setting) error {
	_, err := b.call(ctx, b.program("pg_restore"), "--section=post-data", fmt.Sprintf("--jobs=%d", s.jobs), "--use-list="+list, "--exit-on-error",
		"--dbname="+b.url(database), c.dump)
	return err
}
