// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"database/sql"
	"testing"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestACutoverThatFailedBeforeOrAfterTheStopGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	crew := &before{Crew: w.crew, what: map[string]func(){}}
	w.hands = crew
	w.engine("a")
	w.through("assess", "schema", "prepare", "load", "rebuild", "replicate", "validate")
	var db *sql.DB
	var application *sql.Conn
	crew.what["cutover stop"] = func() { db, application = w.session() }
	w.ends("cutover", store.Failed)
	require.Contains(t, w.told(), "Oracle is in use again: 1: BOXOFFICE")
	require.Zero(t, w.aws.Effects("StopReplicationTask"))
	require.NoError(t, application.Close())
	require.NoError(t, db.Close())

	w.onTarget("ALTER SEQUENCE boxoffice.ticket_seq START 1 RESTART 1 MAXVALUE 2")
	w.ends("cutover", store.Failed)
	require.Contains(t, w.told(), "ticket_seq")
	require.Equal(t, 1, w.aws.Effects("StopReplicationTask"))
	w.onTarget("ALTER SEQUENCE boxoffice.ticket_seq NO MAXVALUE")

	m := w.ends("cutover", store.Complete)
	require.Equal(t, "compare-all", m.Phases["cutover"].Done[0])
	require.NotContains(t, m.Phases["cutover"].Done, "stop")
	require.Equal(t, store.Complete, m.Phases["replicate"].Status, "the task that cutover stopped is not told as a failure")
	require.Equal(t, 1, w.aws.Effects("StopReplicationTask"))
	require.Equal(t, 2, w.aws.Effects("StartReplicationTask"))
	w.isMigrated()
}

func TestWhatWasWrittenOnOracleAfterTheStopIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare", "load", "rebuild", "replicate", "validate")
	table := w.one("SELECT schema_name || '.' || table_name FROM ferryman.saved WHERE kind = 'not_null'")
	column := w.one("SELECT name FROM ferryman.saved WHERE kind = 'not_null'")
	w.onTarget("CREATE TABLE kept AS SELECT ctid AS row, " + column + " AS value FROM " + table + " LIMIT 1")
	w.onTarget("UPDATE " + table + " SET " + column + " = NULL WHERE ctid = (SELECT row FROM kept)")
	w.ends("cutover", store.Failed)
	require.Contains(t, w.told(), "run /migrate-cutover again")
	require.NotEqual(t, "0", w.one("SELECT count(*) FROM ferryman.saved WHERE kind = 'trigger' AND restored_at IS NOT NULL"), "triggers are on")

	w.onSource("UPDATE VENUE SET NAME = NAME || '!'")
	w.onTarget("UPDATE " + table + " SET " + column + " = (SELECT value FROM kept) WHERE " + column + " IS NULL")
	w.ends("cutover", store.Failed)
	require.Contains(t, w.told(), "13 tables are not equal: `venue`")
	require.Contains(t, w.told(), "Run /migrate-replicate")

	w.command("replicate")
	require.Equal(t, store.Waiting, w.settles("replicate").Phases["replicate"].Status, "triggers go off again, so two people are asked")
	w.approve("replicate")
	require.Equal(t, store.Complete, w.settles("replicate").Phases["replicate"].Status, w.told())
	w.through("validate", "cutover")
	require.Equal(t, "0", w.one("SELECT count(*) FROM boxoffice.venue WHERE name NOT LIKE '%!'"))
	w.isMigrated()
}
