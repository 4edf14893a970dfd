// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/aws/engine"
	"github.com/stretchr/testify/require"
)

func number(precision, scale int) engine.Column {
	return engine.Column{DataType: "NUMBER", Precision: precision, Scale: scale}
}

func TestNumbersAreRoundedAsDMSDoes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"5.": "5", "1": "1", "0.12345678905": "0.1234567891", "9.99999999999": "10", "-9.99999999999": "-10", "0.00000000001": "0",
		"123456789012345678901234567890": "123456789012345678901234567890", "-0.5": "-0.5",
	} {
		require.Equal(t, want, *number(-1, -1).Normal(in), in)
	}
	require.Equal(t, "0.12345678905", *number(20, 11).Normal("0.12345678905"))
}

func TestTextsOnTheWay(t *testing.T) {
	t.Parallel()
	varchar, char := engine.Column{DataType: "VARCHAR2"}, engine.Column{DataType: "CHAR"}
	require.Nil(t, varchar.Normal(""))
	require.Equal(t, "a b ", *varchar.Normal("a\x00b "))
	require.Equal(t, "ab", *char.Normal("ab   "))
	require.Nil(t, char.Normal("   "))
}

func TestValuesAsTexts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 10, 0, 0, 120_000_000, time.FixedZone("", 7200))
	for want, given := range map[string]struct {
		dataType string
		value    any
	}{
		"2026-01-31 10:00:00.12": {"TIMESTAMP(6)", at}, "2026-01-31 10:00:00.12+02:00": {"TIMESTAMP(6) WITH TIME ZONE", at},
		`\x00ff`: {"BLOB", []byte{0, 255}}, "12.5": {"NUMBER", "12.5"}, "0.1": {"BINARY_DOUBLE", 0.1}, "7": {"NUMBER", int64(7)},
	} {
		text, err := engine.Column{DataType: given.dataType}.Text(given.value)
		require.NoError(t, err)
		require.Equal(t, want, *text)
	}
	empty, err := engine.Column{DataType: "BLOB"}.Text([]byte{})
	require.NoError(t, err)
	require.Nil(t, empty)
}

func TestTargetTypes(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]engine.Column{
		"numeric(38,10)": number(-1, -1), "smallint": number(4, 0), "integer": number(9, 0), "bigint": number(18, 0), "numeric(19,0)": number(19, 0),
		"numeric(10,2)": number(10, 2), "timestamp(0) without time zone": {DataType: "DATE", Scale: -1},
		"timestamp(3) without time zone": {DataType: "TIMESTAMP(3)", Scale: 3}, "character varying(37)": {DataType: "TIMESTAMP(9)", Scale: 9},
		"text": {DataType: "CLOB"}, "bytea": {DataType: "BLOB"}, "character varying(20)": {DataType: "VARCHAR2", Length: 20},
	} {
		require.Equal(t, want, c.TargetType())
	}
}

func TestCanonicalFormsMeet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dataType, a, b string }{
		{"NUMBER", "1.50", "1.5"}, {"NUMBER", "1", "true"}, {"NUMBER", "10", "10.0000000000"}, {"BINARY_DOUBLE", "0.1", "0.10000000000000001"},
		{"DATE", "2026-01-31 00:00:00", "2026-01-31"}, {"TIMESTAMP(9)", "2026-01-31 10:00:00.1234567", "2026-01-31 10:00:00.123457"},
		{"TIMESTAMP(6) WITH TIME ZONE", "2026-01-31 12:00:00+02:00", "2026-01-31 10:00:00+00"}, {"CHAR", "a", "a  "},
	} {
		require.Equal(t, engine.Column{DataType: c.dataType}.Canonical(c.a), engine.Column{DataType: c.dataType}.Canonical(c.b), c.a)
	}
	require.NotEqual(t, number(-1, -1).Canonical("1.5"), number(-1, -1).Canonical("1.51"))
}

func TestLiteralsOfFilters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "12.5", number(-1, -1).Literal("12.5"))
	require.Equal(t, "'1 OR 1=1'", number(-1, -1).Literal("1 OR 1=1"))
	require.Equal(t, "TO_DATE('2026-01-31', 'YYYY-MM-DD')", engine.Column{DataType: "DATE"}.Literal("2026-01-31"))
	require.Equal(t, "'O''Hara'", engine.Column{DataType: "VARCHAR2"}.Literal("O'Hara"))
}

func TestPositions(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"4711", engine.Checkpoint(4711)} {
		scn, err := engine.ParsePosition(good)
		require.NoError(t, err)
		require.EqualValues(t, 4711, scn)
	}
	for _, bad := range []string{"", "0", "x", "checkpoint:V1#1", "2026-01-31T10:00:00"} {
		_, err := engine.ParsePosition(bad)
		require.Error(t, err, bad)
	}
	stop, err := engine.ParseStop("commit_time:2026-01-31T10:00:00")
	require.NoError(t, err)
	require.Equal(t, 2026, stop.CommitTime.Year())
	_, err = engine.ParseStop("tomorrow")
	require.Error(t, err)
}

func TestLoadPlanTakesChildrenFirst(t *testing.T) {
	t.Parallel()
	child, parent, grand := engine.NewTable("CHILD", "PARENT"), engine.NewTable("PARENT", "GRAND"), engine.NewTable("GRAND")
	p := engine.NewLoadPlan(engine.LoadOrder([]*engine.Table{grand, parent, child}))
	require.Equal(t, child, engine.Next(p, t.Context()))
	next := make(chan *engine.Table)
	go func() { next <- engine.Next(p, t.Context()) }()
	select {
	case <-next:
		t.Fatal("the parent was handed out before the child's rows had landed")
	default:
	}
	engine.Landed(p, child)
	require.Equal(t, parent, <-next)
	engine.Landed(p, parent)
	require.Equal(t, grand, engine.Next(p, t.Context()))
	engine.Landed(p, grand)
	require.Nil(t, engine.Next(p, t.Context()))

	ring := engine.NewLoadPlan([]*engine.Table{engine.NewTable("A", "B"), engine.NewTable("B", "A")})
	require.NotNil(t, engine.Next(ring, t.Context()))
}
