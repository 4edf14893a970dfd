// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// allFeatures is from how many schemas on every feature has to occur.
const allFeatures = 500

// feature is something that a schema may have: a count over one of the relations of featureRelations. since is the server version
// that knows it first, 0 for all.
type feature struct {
	name, from, where string
	since             int
	// goes tells that it has to go at times, and not only be there.
	goes bool
	// extension that it needs, if any: without it on the server the feature is not asked for.
	extension string
}

// featureRelations are the tables, columns, keys, other constraints, indexes and triggers of the schemas $1. Foreign keys into them from
// outside are in as well.
const featureRelations = `
WITH home AS MATERIALIZED (SELECT oid FROM pg_namespace WHERE nspname = ANY($1)),
tab AS MATERIALIZED (SELECT c.*, EXISTS (SELECT FROM home WHERE oid = c.relnamespace) AS inside FROM pg_class c WHERE c.relkind IN ('r', 'p', 'm')),
col AS MATERIALIZED (SELECT a.*, t.relkind, t.relispartition, t.relnamespace FROM pg_attribute a JOIN tab t ON t.oid = a.attrelid WHERE t.inside AND a.attnum > 0),
con AS MATERIALIZED (SELECT k.*, t.relkind, t.relispartition, t.relnamespace AS home, t.relname FROM pg_constraint k JOIN tab t ON t.oid = k.conrelid WHERE t.inside),
fk AS MATERIALIZED (SELECT k.*, pg_get_constraintdef(k.oid) AS def, t.relkind, t.relispartition, t.inside, f.relkind AS refkind, f.relispartition AS refpart,
		f.inside AS refinside, t.relnamespace AS home, f.relnamespace AS refhome
	FROM pg_constraint k JOIN tab t ON t.oid = k.conrelid JOIN tab f ON f.oid = k.confrelid WHERE k.contype = 'f' AND (t.inside OR f.inside) AND k.conparentid = 0),
idx AS MATERIALIZED (SELECT i.*, x.relname, x.relkind, x.reloptions, x.reltablespace, x.relispartition AS attached, m.amname, pg_get_indexdef(i.indexrelid) AS def, t.relkind AS tabkind,
		t.relispartition AS onpart, k.contype, k.conname, k.condeferrable, k.condeferred
	FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN tab t ON t.oid = i.indrelid JOIN pg_am m ON m.oid = x.relam
	LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') WHERE t.inside),
trg AS MATERIALIZED (SELECT g.*, t.relkind, t.relispartition FROM pg_trigger g JOIN tab t ON t.oid = g.tgrelid WHERE t.inside
	AND (NOT g.tgisinternal OR (g.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = g.tgconstraint AND k.contype <> 't')))),
seq AS MATERIALIZED (SELECT s.*, c.oid, EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'a') AS owned, EXISTS (SELECT FROM pg_depend d
		WHERE d.objid = c.oid AND d.deptype = 'i') AS ident FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace IN (SELECT oid FROM home))
`

// occurrences counts features over all databases of a run. went counts those that were not there any more once things were aside.
type occurrences struct {
	mu          sync.Mutex
	there, went map[string]int
	version     int
	installable map[string]bool
}

// count reads the features of the schemas: before anything went (sign 1) and once it is aside (-1).
func (o *occurrences) count(t *testing.T, b *testBundle, schemas []string, sign int) {
	t.Helper()
	if o == nil {
		return
	}
	version := b.target.ServerVersion()
	var parts []string
	for i, f := range features {
		if version >= f.since {
			parts = append(parts, fmt.Sprintf("SELECT %d, (SELECT count(*) FROM %s WHERE %s)", i, f.from, f.where))
		}
	}
	rows, err := b.conn.Query(t.Context(), featureRelations+strings.Join(parts, "\nUNION ALL "), schemas)
	require.NoError(t, err)
	defer rows.Close()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.version = version
	for rows.Next() {
		var i, n int
		require.NoError(t, rows.Scan(&i, &n))
		if sign > 0 {
			o.there[features[i].name] += n
		}
		o.went[features[i].name] += sign * n
	}
	require.NoError(t, rows.Err())
	if o.installable == nil {
		o.installable = map[string]bool{}
		for _, name := range one[[]string](t, b.conn, "SELECT coalesce(array_agg(name::text), '{}') FROM pg_available_extensions") {
			o.installable[name] = true
		}
	}
}

// report prints the table of features and, where it is complete, fails for each that never occurred.
func (o *occurrences) report(t *testing.T, complete bool) {
	t.Helper()
	var table strings.Builder
	fmt.Fprintf(&table, "%-70s %8s %8s\n", "feature", "there", "aside")
	for _, f := range features {
		if o.version < f.since || f.extension != "" && !o.installable[f.extension] {
			continue
		}
		fmt.Fprintf(&table, "%-70s %8d %8d\n", f.name, o.there[f.name], o.went[f.name])
		if complete && o.there[f.name] == 0 {
			t.Errorf("%q never occurred", f.name)
		} else if complete && f.goes && o.went[f.name] <= 0 {
			t.Errorf("%q was never set aside", f.name)
		}
	}
	t.Log("\n" + table.String())
}
