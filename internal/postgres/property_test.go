// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// withRows lets pg_dump print the rows, too: no choice of format that it does not make by itself.
const withRows = "--format=plain"

// schemasPerDatabase share one database, and so the time of pg_dump.
const schemasPerDatabase = 25

// number reads a whole number from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}

// Random schemas from every feature that can be set aside: what pg_dump prints of them is the same bytes before and after. The
// seed is printed; FERRYMAN_SEED repeats a run, FERRYMAN_SCHEMAS says how many schemas.
func TestRandomSchemasComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	seed := number(t, "FERRYMAN_SEED", uint64(time.Now().UnixNano()%1e9))
	databases := (int(number(t, "FERRYMAN_SCHEMAS", 500)) + schemasPerDatabase - 1) / schemasPerDatabase
	t.Logf("FERRYMAN_SEED=%d FERRYMAN_SCHEMAS=%d, %s", seed, databases*schemasPerDatabase, dumpVersion(t))
	makeTablespace(t)
	seen := &occurrences{there: map[string]int{}, went: map[string]int{}}
	t.Cleanup(func() { seen.report(t, databases*schemasPerDatabase >= allFeatures) })
	for i := range databases {
		// A database's seed is the run's plus its number, so that FERRYMAN_SEED=<that> FERRYMAN_SCHEMAS=25 repeats just the one.
		t.Run(fmt.Sprintf("FERRYMAN_SEED=%d", seed+uint64(i)), func(t *testing.T) {
			t.Parallel()
			roundTrip(t, rand.New(rand.NewPCG(seed+uint64(i), 1)), schemasPerDatabase, seen)
		})
	}
}

var tablespaceOnce sync.Once

// makeTablespace makes one tablespace for all databases of the test's server, which goes with the server.
func makeTablespace(t *testing.T) {
	t.Helper()
	tablespaceOnce.Do(func() {
		conn := connect(t, testenv.Server(t).URL("postgres"))
		for _, sql := range []string{"SET allow_in_place_tablespaces = on", "CREATE TABLESPACE " + randomTablespace + " LOCATION ''",
			"GRANT CREATE ON TABLESPACE " + randomTablespace + " TO PUBLIC"} {
			_, err := conn.Exec(t.Context(), sql)
			require.NoError(t, err)
		}
	})
}

func roundTrip(t *testing.T, random *rand.Rand, schemas int, seen *occurrences) {
	b := setup(t)
	// Faster than object by object, as the role's end does it.
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), testenv.Server(t).URL("postgres"))
		require.NoError(t, err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), "DROP DATABASE "+q(b.conn.Config().Database)+" WITH (FORCE)")
		require.NoError(t, err)
	})
	g := &generator{Rand: random, server: b.target.ServerVersion()}
	b.install(t, g)
	g.database(schemas)
	b.run(t, g)
	b.exactly(t, g.schemas, append(g.schemas, outsideSchema), postgres.SetAsideOptions{LOBColumns: g.lobColumns(), KeepPatterns: []string{keepPattern}}, seen)
}

// install makes some of contrib's extensions, where they are on the server, and tells the generator.
func (b *testBundle) install(t *testing.T, g *generator) {
	t.Helper()
	there := one[[]string](t, b.conn, "SELECT array_agg(name::text ORDER BY name) FROM pg_available_extensions WHERE name = ANY($1)", wantedExtensions)
	for _, name := range there {
		if g.maybe(60) { // what comes with one has to come in a run's twenty databases, whatever its seed
			b.admin(t, "CREATE EXTENSION "+name)
			g.extensions = append(g.extensions, name)
		}
	}
}

func (b *testBundle) run(t *testing.T, g *generator) {
	t.Helper()
	b.make(t, g)
	for _, sql := range g.failing {
		_, err := b.conn.Exec(t.Context(), sql)
		require.Error(t, err, sql)
	}
}

// make runs what does not fail.
func (b *testBundle) make(t *testing.T, g *generator) {
	t.Helper()
	for _, sql := range g.sql {
		_, err := b.conn.Exec(t.Context(), sql)
		// Autovacuum analyzes what was just filled, and locks a table before its indexes.
		for refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == "40P01"; {
			_, err = b.conn.Exec(t.Context(), sql)
		}
		require.NoError(t, err, sql)
	}
}

func (g *generator) lobColumns() []postgres.ColumnName {
	var list []postgres.ColumnName
	for _, table := range g.tables {
		for _, c := range []string{"lob1", "lob2"} {
			list = append(list, postgres.ColumnName{Schema: table.schema, Table: table.name, Column: cmp.Or(table.odd[c], c)})
		}
	}
	return list
}

// exactly sets everything of the schemas aside and brings it back, and compares with what was there. all are the schemas to look at;
// seen, where it is not nil, counts what of the features was there and what of them went.
func (b *testBundle) exactly(t *testing.T, schemas, all []string, opts postgres.SetAsideOptions, seen *occurrences) {
	t.Helper()
	before, catalog := b.dump(t, withRows), b.definitions(t, all)
	seen.count(t, b, schemas, 1)
	b.prepare(t, schemas, opts)
	seen.count(t, b, schemas, -1)
	report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 2})
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Empty(t, report.Differences)
	rebuilt := b.dump(t, withRows)
	aside, err := b.target.Aside(t.Context())
	require.NoError(t, err)
	for _, s := range aside {
		require.Contains(t, postgres.CutoverKinds, s.Kind)
	}
	report, err = b.target.BringBack(t.Context(), b.fence)
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Empty(t, report.Differences)
	sameText(t, before, b.dump(t, withRows))
	require.Empty(t, postgres.Differences(catalog, b.definitions(t, all)), "also what pg_dump leaves out")

	// After the rebuild alone exactly what the saved list names was missing.
	for _, s := range aside {
		b.exec(t, s.Drop)
	}
	sameText(t, b.dump(t, withRows), rebuilt)
}

// prepare sets aside what the plan for the schemas says.
func (b *testBundle) prepare(t *testing.T, schemas []string, opts postgres.SetAsideOptions) {
	t.Helper()
	cat, err := b.target.ReadCatalog(t.Context(), schemas)
	require.NoError(t, err)
	plan, err := postgres.PlanSetAside(cat, opts)
	require.NoError(t, err)
	require.NotEmpty(t, plan.Objects)
	b.setAside(t, plan)
}

// definitions reads the whole catalog: what pg_dump leaves out, such as the names of keys on partitions, is in it.
func (b *testBundle) definitions(t *testing.T, schemas []string) []postgres.Definition {
	t.Helper()
	cat, err := b.target.ReadCatalog(t.Context(), schemas)
	require.NoError(t, err)
	return cat.Definitions()
}

// sameText compares long texts and shows only the lines that differ.
func sameText(t *testing.T, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	count := map[string]int{}
	for line := range strings.Lines(want) {
		count[line]++
	}
	for line := range strings.Lines(got) {
		count[line]--
	}
	var lines []string
	for line, n := range count {
		if n != 0 {
			lines = append(lines, fmt.Sprintf("%+d %s", -n, line))
		}
	}
	require.Fail(t, "not the same", "lines more (+) or fewer (-) than before, none where only the order changed:\n%s", strings.Join(lines, ""))
}
