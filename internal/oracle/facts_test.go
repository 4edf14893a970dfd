// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	standin "github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/stretchr/testify/require"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	source := open(t, serve(t, nil).URL("FERRYMAN"))
	ready, err := source.Readiness(ctx, []string{"BOXOFFICE"})
	require.NoError(t, err)
	require.Empty(t, ready.Unknown)
	require.Equal(t, "ARCHIVELOG", ready.Database.LogMode)
	require.Equal(t, "YES", ready.Database.SupplementalMin)
	levels := map[string]oracle.TableLogging{}
	for _, x := range ready.Tables {
		levels[x.Table] = x
	}
	require.Len(t, levels, 13)
	require.Equal(t, oracle.TableLogging{Owner: "BOXOFFICE", Table: "TICKET", HasPK: true, Level: "primary key"}, levels["TICKET"])
	require.Equal(t, oracle.TableLogging{Owner: "BOXOFFICE", Table: "AUDIT_LOG", Level: "all"}, levels["AUDIT_LOG"])

	bare := open(t, serve(t, func(o *standin.Options) { o.NoArchiveLog, o.SupplementalLog = true, false }).URL("FERRYMAN"))
	ready, err = bare.Readiness(ctx, []string{"BOXOFFICE"})
	require.NoError(t, err)
	require.Equal(t, "NOARCHIVELOG", ready.Database.LogMode)
	require.Equal(t, "NO", ready.Database.SupplementalMin)
}

func TestSessionsAndTransactionsOfApplications(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source := open(t, server.URL("FERRYMAN"))
	open(t, server.URL("DMS"))
	quiet, err := source.Sessions(ctx, "dms")
	require.NoError(t, err)
	require.Empty(t, quiet, "neither Ferryman's own session nor that of DMS")
	all, err := source.Sessions(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "DMS", all[0].Username)

	began := time.Now().Add(-time.Hour)
	tx, err := application(t, server).BeginTx(ctx, nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(ctx, "UPDATE VENUE SET CAPACITY = CAPACITY + 1 WHERE VENUE_ID = 1")
	require.NoError(t, err)
	sessions, err := source.Sessions(ctx, "DMS")
	require.NoError(t, err)
	require.Len(t, sessions, 1)
	require.Equal(t, "BOXOFFICE", sessions[0].Username)
	require.NotZero(t, sessions[0].SID)
	require.NotEmpty(t, sessions[0].Program)
	require.True(t, sessions[0].LogonTime.After(began.Add(-24*time.Hour)))
	open, err := source.OpenTransactions(ctx, "DMS")
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, "BOXOFFICE", open[0].Username)
	require.Equal(t, sessions[0].SID, open[0].SID)
	require.NotEmpty(t, open[0].StartSCN)
	require.NoError(t, tx.Rollback())
	open, err = source.OpenTransactions(ctx, "DMS")
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestSequencesJobsAndSCN(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source := open(t, server.URL("FERRYMAN"))
	sequences, err := source.Sequences(ctx, []string{"BOXOFFICE"})
	require.NoError(t, err)
	require.Len(t, sequences, 10)
	i := slices.IndexFunc(sequences, func(s oracle.SequenceValue) bool { return s.Name == "TICKET_SEQ" })
	require.Equal(t, oracle.SequenceValue{Owner: "BOXOFFICE", Name: "TICKET_SEQ", LastNumber: "31001", Min: "1", Max: "9999999999999999999999999999",
		Increment: "10", Cache: 100}, sequences[i])

	jobs, err := source.SchedulerJobs(ctx, []string{"BOXOFFICE"})
	require.NoError(t, err)
	require.Equal(t, []dictionary.SchedulerJob{{Owner: "BOXOFFICE", Name: "NIGHTLY_SETTLEMENT", Type: "PLSQL_BLOCK",
		Action: "BEGIN cancel_performance(0); END;", Interval: "FREQ=DAILY;BYHOUR=22", Enabled: "FALSE", State: "DISABLED"}}, jobs)

	scn := func() *big.Int {
		text, err := source.CurrentSCN(ctx)
		require.NoError(t, err)
		n, ok := new(big.Int).SetString(text, 10)
		require.True(t, ok, text)
		return n
	}
	before := scn()
	_, err = application(t, server).ExecContext(ctx, "UPDATE VENUE SET CAPACITY = 2401 WHERE VENUE_ID = 1")
	require.NoError(t, err)
	require.Positive(t, scn().Cmp(before), "a commit raises it")
}

func TestRows(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	source := open(t, serve(t, nil).URL("FERRYMAN"))
	got := map[string][]any{}
	err := source.Rows(ctx, "BOXOFFICE", "EVENT", []string{"EVENT_ID", "TITLE", "PARENT_EVENT_ID", "DESCRIPTION", "CREATED_AT"}, func(v []any) error {
		got[v[0].(string)] = slices.Clone(v[1:])
		return nil
	})
	require.NoError(t, err)
	require.Len(t, got, 12)
	require.Equal(t, "曽根崎心中", got["51"][0])
	require.Nil(t, got["51"][1])
	require.Equal(t, "Oper in zwei Aufzügen.\nDauer: 2 h 50 min, eine Pause.", got["31"][2])
	require.Equal(t, "2025-12-05 16:21:30.999999", got["101"][3].(time.Time).Format("2006-01-02 15:04:05.999999"))

	stop := errors.New("enough")
	require.ErrorIs(t, source.Rows(ctx, "BOXOFFICE", "EVENT", []string{"EVENT_ID"}, func([]any) error { return stop }), stop)
	err = source.Rows(ctx, "BOXOFFICE", `EVENT" WHERE 1=0 --`, []string{"EVENT_ID"}, func([]any) error { return nil })
	require.ErrorContains(t, err, "ORA-00942", "a hostile name is a name")

	n, err := source.RowCount(ctx, "BOXOFFICE", "PERFORMANCE")
	require.NoError(t, err)
	require.EqualValues(t, 24, n)
	longest, values, err := source.LobLength(ctx, "BOXOFFICE", "EVENT", "DESCRIPTION")
	require.NoError(t, err)
	require.EqualValues(t, 7, values)
	require.EqualValues(t, len([]rune("100 % sold out in 2024; \"they cried,\" wrote the paper.")), longest)
}

func TestTheMarkerIsMadeOnceAndWrittenOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source := open(t, server.URL("FERRYMAN"))
	require.NoError(t, source.EnsureMarker(ctx, "DMS"))
	require.NoError(t, source.EnsureMarker(ctx, "DMS"), "it may run again")
	require.NoError(t, source.WriteMarker(ctx, 7731))
	require.NoError(t, source.WriteMarker(ctx, 7731), "the same marker twice is one row")
	require.NoError(t, source.WriteMarker(ctx, 9_007_199_254_740_993))
	var ids []string
	dms := open(t, server.URL("DMS"))
	require.NoError(t, dms.Rows(ctx, "FERRYMAN", oracle.MarkerTable, []string{"ID", "WRITTEN_AT"}, func(v []any) error {
		ids = append(ids, v[0].(string))
		require.IsType(t, time.Time{}, v[1])
		return nil
	}))
	require.ElementsMatch(t, []string{"7731", "9007199254740993"}, ids)
	d, err := source.ReadDictionary(ctx, []string{"FERRYMAN"}, nil)
	require.NoError(t, err)
	require.Equal(t, "primary key", d.LoggingOf("FERRYMAN", oracle.MarkerTable))

	other := serve(t, nil)
	taken := open(t, other.URL("BOXOFFICE"))
	_, err = application(t, other).ExecContext(ctx, "CREATE TABLE FERRYMAN_MARKER (X NUMBER(3))")
	require.NoError(t, err)
	require.ErrorContains(t, taken.EnsureMarker(ctx, "DMS"), "is there already with other columns (X)")
}

func TestCheckGrants(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	fails := func(user, dms string) map[string]string {
		checks, err := open(t, server.URL(user)).CheckGrants(ctx, []string{"BOXOFFICE"}, dms)
		require.NoError(t, err)
		out := map[string]string{}
		for _, c := range checks {
			require.NotEmpty(t, c.Found, c.Name)
			if !c.OK {
				require.NotEmpty(t, c.Fix, c.Name)
				out[c.Name] = c.Fix
			}
		}
		return out
	}
	require.Empty(t, fails("FERRYMAN", "DMS"))
	require.Equal(t, map[string]string{"the rights of user LIMITED for change capture": fails("FERRYMAN", "limited")["the rights of user LIMITED for change capture"]},
		fails("FERRYMAN", "limited"))
	require.Contains(t, fails("FERRYMAN", "limited")["the rights of user LIMITED for change capture"], `GRANT LOGMINING TO "LIMITED"`)
	limited := fails("LIMITED", "DMS")
	require.Equal(t, `GRANT SELECT ON SYS.V_$SESSION TO "LIMITED"`, limited["user LIMITED reads V$SESSION"])
	require.Equal(t, `GRANT SELECT_CATALOG_ROLE TO "LIMITED"`, limited["user LIMITED reads DBA_SOURCE"])
	require.Contains(t, limited["user LIMITED reads the tables of BOXOFFICE"], "GRANT SELECT")
	require.True(t, strings.HasPrefix(limited["user LIMITED can make the table FERRYMAN_MARKER"], "GRANT CREATE TABLE"))
}
