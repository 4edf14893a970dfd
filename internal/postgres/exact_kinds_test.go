// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"os"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// Whatever the conversion makes of Oracle's kinds of partitions, keys and indexes can be set aside and comes back as it was.
func TestEveryKindThatTheConversionMakesComesBackAsItWas(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../convert/testdata/kinds.sql")
	require.NoError(t, err)
	b := setup(t, string(text))
	b.exactly(t, []string{"s"}, []string{"s"}, postgres.SetAsideOptions{LOBColumns: []postgres.ColumnName{{Schema: "s", Table: "types", Column: "l3"}}}, nil)
	saved, err := b.target.Saved(t.Context(), "")
	require.NoError(t, err)
	var objects []postgres.Object
	for _, s := range saved {
		objects = append(objects, s.Object)
	}
	for _, name := range []string{"foreign_key s.p_ref.p_ref_fk", "index s.p_range.p_local", "index s.p_range.p_global", "foreign_key s.child.fk_later", "trigger s.cols.fill", "index s.ix.ix_desc"} {
		require.Contains(t, names(objects), name)
	}
}
