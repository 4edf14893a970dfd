// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"
)

// liveOracle names a real Oracle: oracle://user:password@host:port/service. docs/live-testing.md says what the user needs.
const liveOracle = "FERRYMAN_LIVE_ORACLE_URL"

func TestContract(t *testing.T) {
	t.Parallel()
	contract(t, serve(t, nil).URL("FERRYMAN"))
}

// TestContractLive holds the same contract with Oracle itself.
func TestContractLive(t *testing.T) {
	address := os.Getenv(liveOracle)
	if address == "" {
		t.Skipf("no real Oracle: set %s (docs/live-testing.md)", liveOracle)
	}
	contract(t, address)
}

// contractTables are what the contract makes in the user's own schema, and drops.
var contractTables = []string{"FERRYMAN_CONTRACT_LINE", "FERRYMAN_CONTRACT"}

// contract is what Ferryman relies on of the source. It makes two tables and a sequence in the schema of the address's user and drops
// them at its end; the marker table is dropped too, unless it was there before.
func contract(t *testing.T, address string) {
	u, err := url.Parse(address)
	require.NoError(t, err)
	user := strings.ToUpper(u.User.Username())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	source := open(t, address)
	db := sql.OpenDB(goora.NewConnector(address))
	t.Cleanup(func() { _ = db.Close() })
	contractObjects(t, ctx, db)

	t.Run("logon", func(t *testing.T) { contractLogon(t, ctx, *u) })
	t.Run("dictionary", func(t *testing.T) { contractDictionary(t, ctx, source, user) })
	t.Run("readiness", func(t *testing.T) { contractReadiness(t, ctx, source, user) })
	t.Run("rows", func(t *testing.T) { contractRows(t, ctx, source, user) })
	t.Run("sessions", func(t *testing.T) { contractSessions(t, ctx, source) })
	t.Run("sequences", func(t *testing.T) { contractSequences(t, ctx, source, db, user) })
	t.Run("marker", func(t *testing.T) { contractMarker(t, ctx, source, db, user) })
}

func contractObjects(t *testing.T, ctx context.Context, db *sql.DB) {
	t.Helper()
	drop := func() {
		for _, table := range contractTables {
			_, _ = db.ExecContext(context.Background(), "DROP TABLE "+table) // it may not be there
		}
		_, _ = db.ExecContext(context.Background(), "DROP SEQUENCE FERRYMAN_CONTRACT_SEQ")
	}
	drop()
	t.Cleanup(drop)
	for _, statement := range []string{
		`CREATE TABLE FERRYMAN_CONTRACT (ID NUMBER(10) PRIMARY KEY, NAME VARCHAR2(40 CHAR) NOT NULL, PRICE NUMBER(20,6), MADE DATE, SEEN TIMESTAMP(6),
			CODE CHAR(5), MARK RAW(16), NOTE CLOB, SCAN BLOB)`,
		`CREATE TABLE FERRYMAN_CONTRACT_LINE (LINE_ID NUMBER(10) PRIMARY KEY, HEAD_ID NUMBER(10) NOT NULL,
			CONSTRAINT FERRYMAN_CONTRACT_FK FOREIGN KEY (HEAD_ID) REFERENCES FERRYMAN_CONTRACT (ID))`,
		"CREATE INDEX FERRYMAN_CONTRACT_IX ON FERRYMAN_CONTRACT_LINE (HEAD_ID)",
		"COMMENT ON TABLE FERRYMAN_CONTRACT IS 'a comment'",
		"CREATE SEQUENCE FERRYMAN_CONTRACT_SEQ START WITH 100 INCREMENT BY 10 CACHE 20",
	} {
		_, err := db.ExecContext(ctx, statement)
		require.NoError(t, err, statement)
	}
	at := time.Date(2026, 1, 31, 10, 0, 0, 123456000, time.UTC)
	_, err := db.ExecContext(ctx, "INSERT INTO FERRYMAN_CONTRACT (ID, NAME, PRICE, MADE, SEEN, CODE, MARK, NOTE, SCAN) VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9)",
		1, "Næme 名前", "-1234567890.125", at.Truncate(time.Second), at, "ab", []byte{0, 1, 255}, strings.Repeat("é", 5000), []byte(strings.Repeat("\x00y", 5000)))
	require.NoError(t, err)
	_, err = db.ExecContext(ctx, "INSERT INTO FERRYMAN_CONTRACT (ID, NAME) VALUES (2, 'no more')")
	require.NoError(t, err)
}

func contractLogon(t *testing.T, ctx context.Context, u url.URL) {
	const wrong = "a-wrong-password-9"
	u.User = url.UserPassword(u.User.Username(), wrong)
	_, err := oracle.Open(ctx, u.String())
	var refused *oracle.AuthError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 1017, refused.Code)
	require.NotContains(t, err.Error(), wrong)
}

func contractDictionary(t *testing.T, ctx context.Context, source *oracle.Source, user string) {
	d, err := source.ReadDictionary(ctx, []string{user}, nil)
	require.NoError(t, err)
	for what, why := range d.Unknown {
		t.Logf("unknown: %s: %s", what, why)
	}
	for _, view := range []string{"ALL_OBJECTS", "ALL_TABLES", "ALL_TAB_COLS", "ALL_CONSTRAINTS", "ALL_CONS_COLUMNS", "ALL_INDEXES", "ALL_IND_COLUMNS", "ALL_SEQUENCES",
		"ALL_LOBS", "ALL_TAB_COMMENTS"} {
		require.True(t, d.Knows(view), view)
	}
	require.NotNil(t, d.Table(user, "FERRYMAN_CONTRACT"))
	columns := map[string]*dictionary.Column{}
	for _, c := range d.ColumnsOf(user, "FERRYMAN_CONTRACT") {
		columns[c.Name] = c
	}
	require.Len(t, columns, 9)
	types := map[string]string{}
	for name, c := range columns {
		types[name] = c.Type
	}
	require.Equal(t, map[string]string{"ID": "NUMBER", "NAME": "VARCHAR2", "PRICE": "NUMBER", "MADE": "DATE", "SEEN": "TIMESTAMP(6)", "CODE": "CHAR", "MARK": "RAW",
		"NOTE": "CLOB", "SCAN": "BLOB"}, types)
	require.Equal(t, "N", columns["NAME"].Nullable)
	require.Equal(t, "Y", columns["PRICE"].Nullable)
	key := d.PrimaryKey(user, "FERRYMAN_CONTRACT")
	require.NotNil(t, key)
	foreign := d.Constraint(user, "FERRYMAN_CONTRACT_FK")
	require.NotNil(t, foreign)
	require.Equal(t, "R", foreign.Type)
	require.Equal(t, key.Name, foreign.RName)
	require.Equal(t, "ENABLED", foreign.Status)

	_, err = source.ReadDictionary(ctx, []string{"FERRYMAN_NO_SUCH_SCHEMA"}, nil)
	var absent *oracle.SchemaError
	require.ErrorAs(t, err, &absent)
}

func contractReadiness(t *testing.T, ctx context.Context, source *oracle.Source, user string) {
	ready, err := source.Readiness(ctx, []string{user})
	require.NoError(t, err)
	require.Empty(t, ready.Unknown, "the user needs SELECT_CATALOG_ROLE")
	require.Contains(t, []string{"ARCHIVELOG", "NOARCHIVELOG"}, ready.Database.LogMode)
	require.Contains(t, []string{"YES", "NO", "IMPLICIT"}, ready.Database.SupplementalMin)
	require.NotEmpty(t, ready.Database.Version)
	for _, table := range ready.Tables {
		if table.Table == "FERRYMAN_CONTRACT" {
			require.True(t, table.HasPK)
			require.Equal(t, "none", table.Level)
		}
	}
	checks, err := source.CheckGrants(ctx, []string{user}, user)
	require.NoError(t, err)
	for _, c := range checks {
		require.NotEmpty(t, c.Found, c.Name)
		require.True(t, c.OK || c.Fix != "", "%s: no fix", c.Name)
	}
}

func contractRows(t *testing.T, ctx context.Context, source *oracle.Source, user string) {
	n, err := source.RowCount(ctx, user, "FERRYMAN_CONTRACT")
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	got := map[string][]any{}
	columns := []string{"ID", "NAME", "PRICE", "MADE", "SEEN", "CODE", "MARK", "NOTE", "SCAN"}
	err = source.Rows(ctx, user, "FERRYMAN_CONTRACT", columns, func(v []any) error {
		got[v[0].(string)] = append([]any(nil), v[1:]...)
		return nil
	})
	require.NoError(t, err)
	full := got["1"]
	require.Equal(t, "Næme 名前", full[0])
	require.Equal(t, "-1234567890.125", full[1])
	require.Equal(t, "2026-01-31 10:00:00", full[2].(time.Time).Format("2006-01-02 15:04:05.999999"))
	require.Equal(t, "2026-01-31 10:00:00.123456", full[3].(time.Time).Format("2006-01-02 15:04:05.999999"))
	require.Equal(t, "ab   ", full[4], "CHAR is padded")
	require.Equal(t, []byte{0, 1, 255}, full[5])
	require.Equal(t, strings.Repeat("é", 5000), full[6])
	require.Equal(t, []byte(strings.Repeat("\x00y", 5000)), full[7])
	require.Equal(t, []any{"no more", nil, nil, nil, nil, nil, nil, nil}, got["2"])

	longest, values, err := source.LobLength(ctx, user, "FERRYMAN_CONTRACT", "NOTE")
	require.NoError(t, err)
	require.EqualValues(t, 5000, longest, "characters, not bytes")
	require.EqualValues(t, 1, values)

	_, err = source.RowCount(ctx, user, "FERRYMAN_NO_SUCH_TABLE")
	var refused *oracle.QueryError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 942, refused.Code)

	stopped, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	err = source.Rows(stopped, user, "FERRYMAN_CONTRACT", columns, func([]any) error { stop(); return nil })
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, time.Since(began), 10*time.Second)
	enough := errors.New("enough")
	require.ErrorIs(t, source.Rows(ctx, user, "FERRYMAN_CONTRACT", columns, func([]any) error { return enough }), enough)
}

func contractSessions(t *testing.T, ctx context.Context, source *oracle.Source) {
	sessions, err := source.Sessions(ctx)
	require.NoError(t, err)
	for _, s := range sessions {
		require.NotEqual(t, source.User(), s.Username, "the user's own sessions are not counted")
	}
	_, err = source.OpenTransactions(ctx)
	require.NoError(t, err)
	_, err = source.SchedulerJobs(ctx, []string{source.User()})
	require.NoError(t, err)
}

func contractSequences(t *testing.T, ctx context.Context, source *oracle.Source, db *sql.DB, user string) {
	var given int64
	require.NoError(t, db.QueryRowContext(ctx, "SELECT FERRYMAN_CONTRACT_SEQ.NEXTVAL FROM DUAL").Scan(&given))
	require.EqualValues(t, 100, given)
	sequences, err := source.Sequences(ctx, []string{user})
	require.NoError(t, err)
	for _, s := range sequences {
		if s.Name == "FERRYMAN_CONTRACT_SEQ" {
			require.Equal(t, oracle.SequenceValue{Owner: user, Name: s.Name, LastNumber: "300", Min: "1", Max: s.Max, Increment: "10", Cache: 20}, s)
			return
		}
	}
	require.Fail(t, "the sequence is not listed")
}

func contractMarker(t *testing.T, ctx context.Context, source *oracle.Source, db *sql.DB, user string) {
	if _, err := source.RowCount(ctx, user, oracle.MarkerTable); err != nil {
		t.Cleanup(func() { _, _ = db.ExecContext(context.Background(), "DROP TABLE "+oracle.MarkerTable) })
	}
	require.NoError(t, source.EnsureMarker(ctx, user))
	require.NoError(t, source.EnsureMarker(ctx, user), "it may run again")
	before, err := source.CurrentSCN(ctx)
	require.NoError(t, err)
	id := time.Now().UnixMicro()
	require.NoError(t, source.WriteMarker(ctx, id))
	require.NoError(t, source.WriteMarker(ctx, id), "the same marker twice is one row")
	after, err := source.CurrentSCN(ctx)
	require.NoError(t, err)
	require.NotEqual(t, before, after, "a commit raises it")
	var n int
	require.NoError(t, db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+oracle.MarkerTable+" WHERE ID = :1", id).Scan(&n))
	require.Equal(t, 1, n)
	d, err := source.ReadDictionary(ctx, []string{user}, nil)
	require.NoError(t, err)
	require.Equal(t, "primary key", d.LoggingOf(user, oracle.MarkerTable))
}
