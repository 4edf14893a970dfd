// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/stretchr/testify/require"
)

func TestLobsAreMeasuredWithinBounds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source, app := open(t, server.URL("FERRYMAN")), application(t, server)
	_, err := app.Exec("CREATE TABLE LETTER (ID NUMBER(10) PRIMARY KEY, BODY CLOB, SCAN BLOB, OLD LONG, DOC XMLTYPE)")
	require.NoError(t, err)
	_, err = app.Exec("INSERT INTO LETTER (ID, BODY, DOC) SELECT LEVEL, CASE WHEN MOD(LEVEL, 2) = 0 THEN RPAD('x', LEVEL, 'x') END, CASE WHEN LEVEL > 390 THEN RPAD('<a>', LEVEL, 'x') || '</a>' END FROM DUAL CONNECT BY LEVEL <= 400")
	require.NoError(t, err)
	d, err := source.ReadDictionary(ctx, []string{"BOXOFFICE"}, nil)
	require.NoError(t, err)
	var letter []oracle.LobColumn
	for _, c := range oracle.LobColumns(d) {
		require.NotEqual(t, "UPCOMING_PERFORMANCE", c.Table, "a view's columns are no columns to measure")
		if c.Table == "LETTER" {
			letter = append(letter, c)
		}
	}
	require.Len(t, letter, 4)

	var told []oracle.LobSample
	got, err := source.MeasureLobs(ctx, letter, oracle.LobLimits{}, func(s oracle.LobSample) { told = append(told, s) })
	require.NoError(t, err)
	require.Equal(t, told, got)
	byName := map[string]oracle.LobSample{}
	for _, s := range got {
		byName[s.Column] = s
	}
	body := byName["BODY"]
	require.True(t, body.All)
	require.EqualValues(t, 400, body.Looked)
	require.EqualValues(t, 200, body.Values)
	require.EqualValues(t, 400, body.Greatest)
	require.InDelta(t, 201, body.Average(), 0.001)
	require.Zero(t, byName["SCAN"].Values)
	require.True(t, byName["SCAN"].All)
	require.Contains(t, byName["OLD"].Why, "no function of Oracle's SQL")
	require.EqualValues(t, 404, byName["DOC"].Greatest, "the text of an XMLTYPE")
	require.EqualValues(t, 10, byName["DOC"].Values)

	// No more rows than were allowed, from blocks here and there where the table is said to be large.
	for _, rows := range []*int64{nil, new(int64)} {
		if rows != nil {
			*rows = 400
		}
		got, err = source.MeasureLobs(ctx, []oracle.LobColumn{{Owner: "BOXOFFICE", Table: "LETTER", Column: "BODY", Type: "CLOB", TableRows: rows}},
			oracle.LobLimits{Rows: 50}, nil)
		require.NoError(t, err)
		require.Empty(t, got[0].Why)
		if rows == nil {
			require.EqualValues(t, 50, got[0].Looked)
		}
		require.Positive(t, got[0].Looked)
		require.LessOrEqual(t, got[0].Looked, int64(50), "which of the blocks come is chance")
		require.False(t, got[0].All)
	}

	late, err := source.MeasureLobs(ctx, letter, oracle.LobLimits{Each: time.Nanosecond}, nil)
	require.NoError(t, err)
	require.Len(t, late, 4)
	require.Contains(t, late[0].Why, "longer than its share of time")
	late, err = source.MeasureLobs(ctx, letter, oracle.LobLimits{All: time.Nanosecond}, nil)
	require.NoError(t, err)
	require.Contains(t, late[0].Why, "the time for all columns was up")

	stopped, cancel := context.WithCancelCause(ctx)
	enough := errors.New("enough")
	some, err := source.MeasureLobs(stopped, letter, oracle.LobLimits{}, func(oracle.LobSample) { cancel(enough) })
	require.ErrorIs(t, err, enough)
	require.Len(t, some, 1, "what was measured until then")

	hostile := `BODY") FROM "BOXOFFICE"."LETTER" WHERE 1=1 --`
	got, err = open(t, server.URL("LIMITED")).MeasureLobs(ctx, append(letter[:1:1], oracle.LobColumn{Owner: "BOXOFFICE", Table: "LETTER", Column: hostile, Type: "CLOB"}),
		oracle.LobLimits{}, nil)
	require.NoError(t, err)
	require.Contains(t, got[0].Why, "ORA-00942")
	require.True(t, strings.HasPrefix(got[1].Why, "ORA-00942") || strings.HasPrefix(got[1].Why, "ORA-00904"), got[1].Why)
}
