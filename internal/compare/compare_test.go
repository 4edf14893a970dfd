// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/stretchr/testify/require"
)

// people is a table with a key of two columns.
var people = compare.Table{Source: compare.Name{Schema: "S", Table: "PEOPLE"}, Target: compare.Name{Schema: "s", Table: "people"},
	Columns: []compare.Column{{Source: "ID", Target: "id", OracleType: "NUMBER", PostgresType: "bigint"}, text("PART"), text("NAME")}, Key: []int{0, 1}}

func person(id int, name string) []any { return []any{strconv.Itoa(id), "x", name} }

// crowd has n rows; change may replace one, or leave it out by nil.
func crowd(n int, change func(id int) []any) compare.Side {
	return func(compare.Table) compare.Rows {
		return func(_ context.Context, yield func([]any) error) error {
			for id := range n {
				row := change(id)
				if row == nil {
					continue
				}
				if err := yield(row); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

func plain(id int) []any { return person(id, fmt.Sprint("name ", id)) }

func TestOrderDoesNotCountAndDuplicatesDo(t *testing.T) {
	t.Parallel()
	a, b := person(1, "a"), person(2, "b")
	result := one(t, people, rowsOf(a, b), rowsOf(b, a))
	require.True(t, result.Equal)
	require.Equal(t, result.SourceSum, result.TargetSum)
	require.Len(t, result.SourceSum, 32)
	require.Equal(t, int64(2), result.SourceRows)
	require.Empty(t, result.Samples)

	require.False(t, one(t, people, rowsOf(a, b), rowsOf(a, b, b)).Equal)
	require.False(t, one(t, people, rowsOf(a, a, b), rowsOf(a, b, b)).Equal, "as many rows, but others")
	require.True(t, one(t, people, rowsOf(), rowsOf()).Equal)
}

func TestTheRowsThatDifferAreNamed(t *testing.T) {
	t.Parallel()
	const n = 20_000
	target := crowd(n+1, func(id int) []any {
		switch id {
		case 7:
			return nil
		case 1234:
			return person(id, "somebody else")
		}
		return plain(id)
	})
	result := one(t, people, crowd(n, plain), target)
	require.False(t, result.Equal)
	require.Equal(t, int64(n), result.SourceRows)
	require.Equal(t, int64(n), result.TargetRows)
	require.Equal(t, []compare.Sample{
		{Key: []string{"7", "x"}, Kind: compare.Missing},
		{Key: []string{"1234", "x"}, Kind: compare.Different},
		{Key: []string{strconv.Itoa(n), "x"}, Kind: compare.Extra},
	}, result.Samples)
}

func TestSamplesAreBounded(t *testing.T) {
	t.Parallel()
	none := crowd(0, plain)
	result := one(t, people, crowd(5000, plain), none)
	require.Len(t, result.Samples, 10)
	require.Equal(t, compare.Missing, result.Samples[0].Kind)

	report, err := compare.Compare(t.Context(), []compare.Table{people}, compare.Options{Source: crowd(50, plain), Target: none, Samples: -1})
	require.NoError(t, err)
	require.Empty(t, report.Tables[0].Samples)
	require.False(t, report.Equal())

	report, err = compare.Compare(t.Context(), []compare.Table{people}, compare.Options{Source: crowd(50, plain), Target: none, Samples: 3})
	require.NoError(t, err)
	require.Len(t, report.Tables[0].Samples, 3)
	require.Equal(t, "0", report.Tables[0].Samples[0].Key[0])
}

func TestNegativeKeysAreInOrder(t *testing.T) {
	t.Parallel()
	result := one(t, people, rowsOf(person(-2, "a"), person(10, "b"), person(-10, "c"), person(9, "d")), rowsOf())
	var ids []string
	for _, s := range result.Samples {
		ids = append(ids, s.Key[0])
	}
	require.Equal(t, []string{"-10", "-2", "9", "10"}, ids)
}

func TestWithoutAKeyNoRowIsNamed(t *testing.T) {
	t.Parallel()
	table := people
	table.Key = nil
	result := one(t, table, crowd(10, plain), crowd(9, plain))
	require.False(t, result.Equal)
	require.Empty(t, result.Samples)
	require.Contains(t, result.Note, "no primary key")
}

func TestADoubledKeyOnTheTargetIsNamed(t *testing.T) {
	t.Parallel()
	result := one(t, people, crowd(3, plain), rowsOf(plain(0), plain(1), plain(2), plain(2)))
	require.Equal(t, []compare.Sample{{Key: []string{"2", "x"}, Kind: compare.Different}}, result.Samples)
}

func TestChangesBetweenTheReadingsAreSaid(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	reads := 0
	target := func(compare.Table) compare.Rows {
		mu.Lock()
		reads++
		late := reads > 1
		mu.Unlock()
		if late {
			return crowd(10, plain)(people)
		}
		return crowd(9, plain)(people)
	}
	result := one(t, people, crowd(10, plain), target)
	require.False(t, result.Equal)
	require.Empty(t, result.Samples)
	require.Contains(t, result.Note, "rows changed meanwhile")
}

func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []compare.Progress
	tables := []compare.Table{people, people, people}
	report, err := compare.Compare(t.Context(), tables, compare.Options{Source: crowd(100, plain), Target: crowd(100, plain), Jobs: 3,
		Progress: func(p compare.Progress) { mu.Lock(); defer mu.Unlock(); seen = append(seen, p) }})
	require.NoError(t, err)
	require.True(t, report.Equal())
	require.Len(t, seen, 6, "each table, each side, when it is done")
	for _, p := range seen {
		require.True(t, p.Done)
		require.Equal(t, int64(100), p.Rows)
	}
}

func TestTheContextEndsIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	endless := func(compare.Table) compare.Rows {
		return func(ctx context.Context, yield func([]any) error) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		}
	}
	_, err := compare.Compare(ctx, []compare.Table{people, people}, compare.Options{Source: endless, Target: endless})
	require.ErrorIs(t, err, context.Canceled)
}
