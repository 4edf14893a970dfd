// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/stretchr/testify/require"
)

func TestFiltersAreTyped(t *testing.T) {
	t.Parallel()
	for _, good := range []compare.Filter{
		{"A", "NUMBER", ">=", "12.5"}, {"A", "NUMBER(10,2)", "=", "-3e4"}, {"A", "DATE", "<=", "2026-01-31"}, {"A", "TIMESTAMP(6)", "<>", "2026-01-31 10:00:00"},
		{"A", "VARCHAR2", "=", "O'Hara"},
	} {
		require.NoError(t, good.Check(), good)
	}
	for _, bad := range []compare.Filter{
		{"A", "NUMBER", ">=", "1 OR 1=1"}, {"A", "NUMBER", "=", "NaN"}, {"A", "NUMBER", "=", "0x10"}, {"A", "NUMBER", "=", ""}, {"A", "NUMBER", "LIKE", "1"},
		{"A", "DATE", "=", "yesterday"}, {"A", "DATE", "=", "2026-13-01"}, {"A", "CLOB", "=", "x"}, {"A", "BLOB", "=", "x"}, {"A", "VARCHAR2", "=", "a\x00b"},
		{"A", "TIMESTAMP(6) WITH TIME ZONE", "=", "2026-01-31"},
	} {
		require.Error(t, bad.Check(), bad)
	}
}

func TestADroppedColumnLeavesTheKeyInItsPlace(t *testing.T) {
	t.Parallel()
	table := compare.Table{Columns: []compare.Column{{Source: "A"}, {Source: "SCAN"}, {Source: "ID"}}, Key: []int{2}}
	table.Drop("SCAN")
	require.Equal(t, []int{1}, table.Key)
	require.Equal(t, "ID", table.Columns[1].Source)
	table.Drop("NOT THERE")
	table.Drop("ID")
	require.Empty(t, table.Key)
	require.Len(t, table.Columns, 1)
}
