// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// withScratch lets the target's owner make scratch databases, and roles for them.
func (w *world) withScratch() {
	w.Helper()
	w.onTarget("ALTER ROLE " + w.one("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()") + " CREATEDB CREATEROLE")
}

// scratch names a database in which people's scripts are tried. It is of the profile's policy: a migration that is open is refused with it.
func (w *world) scratch() {
	w.Helper()
	role, url := testenv.Role(w, testenv.Postgres(w))
	w.onTarget("ALTER ROLE " + role + " CREATEDB CREATEROLE")
	w.crew.Config.Profiles["box"].Target.ScratchURL = config.Secret(url)
}

// withScripts names such a database and opens the migration anew.
func (w *world) withScripts() {
	w.Helper()
	w.scratch()
	w.onTarget("DROP SCHEMA ferryman CASCADE")
	db, err := store.Open(w.Context(), testenv.Redis(w))
	require.NoError(w, err)
	w.Cleanup(func() { _ = db.Close() })
	w.store, w.crew.Store = db, db
	w.open()
}

// decides keeps decisions with the migration.
func (w *world) decides(change func(*convert.Decisions)) {
	w.Helper()
	_, err := w.store.Update(w.Context(), "box", func(m *store.Migration, _ time.Time) (store.Change, error) {
		d, err := phases.Decided(m)
		if err != nil {
			return store.Change{}, err
		}
		change(&d)
		return store.Change{}, phases.Decide(m, d)
	})
	require.NoError(w, err)
}

// gives has a script tried, and kept where it is taken.
func (w *world) gives(name, sql string) phases.TriedScript {
	w.Helper()
	m, err := w.store.Load(w.Context(), "box")
	require.NoError(w, err)
	tried, err := w.crew.TakeScripts(w.Context(), m, []phases.GivenScript{{Name: name, SQL: sql}})
	require.NoError(w, err)
	if tried[0].Refused == "" {
		require.NoError(w, w.store.PutFile(w.Context(), "box", phases.ScriptFile(tried[0].SHA256), []byte(sql)))
		w.decides(func(d *convert.Decisions) { *d = phases.KeepScripts(*d, tried, "U0DBA", time.Now()) })
	}
	return tried[0]
}

func (w *world) planned() phases.SchemaPlanned {
	w.Helper()
	m, err := w.store.Load(w.Context(), "box")
	require.NoError(w, err)
	var p phases.SchemaPlanned
	if request, ok := m.Requests[m.Phase("schema").RequestID]; ok && request.Live() {
		var ask runbook.Ask
		_, err := m.Fact("ask:"+request.ID, &ask)
		require.NoError(w, err)
		require.NoError(w, json.Unmarshal(ask.Summary, &p))
		return p
	}
	_, err = m.Fact("schema", &p)
	require.NoError(w, err)
	return p
}

func TestTheSchemaIsAppliedAgainAndChangesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScratch()
	// Somebody made one table before, otherwise than Ferryman would.
	w.onTarget("CREATE SCHEMA boxoffice")
	owner := w.one("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
	w.onTarget("ALTER SCHEMA boxoffice OWNER TO " + owner)
	w.onTarget("CREATE TABLE boxoffice.refund (refund_id bigint, note text); ALTER TABLE boxoffice.refund OWNER TO " + owner + "; CREATE VIEW boxoffice.mine AS SELECT 1 AS one; ALTER VIEW boxoffice.mine OWNER TO " + owner)
	w.engine("one")
	w.through("assess")
	w.command("schema")
	m := w.settles("schema")
	require.Equal(t, store.Waiting, m.Phase("schema").Status, "keys are put on a table that was there: %s", w.told())
	p := w.planned()
	require.NotEmpty(t, p.Added)
	require.Equal(t, "table boxoffice.refund", p.Left[0].Object)
	require.Equal(t, "Ferryman did not make it", p.Left[0].Why)
	require.NotEmpty(t, p.Left[0].Words)
	require.Equal(t, []string{"view boxoffice.mine"}, p.Beside)
	// What is there and in the way is left to people, who take it away.
	_, err := w.store.Update(w.Context(), "box", func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase("schema")
		p.Status = store.Refused
		delete(m.Requests, p.RequestID)
		return store.Change{}, nil
	})
	require.NoError(t, err)
	w.onTarget("DROP TABLE boxoffice.refund")
	w.ends("schema", store.Complete)
	require.Equal(t, "true", w.one("SELECT count(*) > 30 FROM ferryman.made WHERE schema_name = 'boxoffice'"))
	require.Equal(t, "bigint", w.one("SELECT data_type FROM information_schema.columns WHERE table_schema = 'boxoffice' AND table_name = 'ticket' AND column_name = 'ticket_id'"))

	// Again: all is there and the same, nobody is asked.
	w.command("schema")
	require.Equal(t, store.Complete, w.settles("schema").Phase("schema").Status, w.told())
	p = w.planned()
	require.Empty(t, p.Left)
	require.Empty(t, p.Replace)
	require.Empty(t, p.Make)
	require.NotEmpty(t, p.There)
	require.Zero(t, p.Uncompared)

	// A decision changes one table: that is made anew, with what needs it, once two people said yes.
	w.decides(func(d *convert.Decisions) {
		d.Offload = []convert.Offload{{Owner: "BOXOFFICE", Table: "TICKET_SCAN", Column: "SCAN_IMAGE", Decided: convert.Decided{By: "U0DBA", Why: "it is large"}}}
	})
	before := w.one("SELECT 'boxoffice.ticket'::regclass::oid")
	w.command("schema")
	m = w.settles("schema")
	require.Equal(t, store.Waiting, m.Phase("schema").Status, w.told())
	p = w.planned()
	var names []string
	for _, r := range p.Replace {
		names = append(names, r.Object)
	}
	require.Contains(t, names, "table boxoffice.ticket_scan")
	require.NotContains(t, names, "table boxoffice.ticket")
	plan, err := w.store.Plan(w.Context(), "box", m.Phase("schema").Fingerprint)
	require.NoError(t, err)
	require.Contains(t, string(plan), "Offloaded: column SCAN_IMAGE of BOXOFFICE.TICKET_SCAN, by U0DBA: it is large")

	// Rows in it, after the yes: nothing is lost, and nothing is done.
	w.onTarget("CREATE INDEX by_hand ON boxoffice.ticket_scan (ticket_id)")
	w.approve("schema")
	m = w.settles("schema")
	require.NotEqual(t, store.Complete, m.Phase("schema").Status)
	require.Contains(t, w.told(), "is gone since")
	w.onTarget("DROP INDEX boxoffice.by_hand")
	w.ends("schema", store.Complete)
	require.Equal(t, "text", w.one("SELECT data_type FROM information_schema.columns WHERE table_schema = 'boxoffice' AND table_name = 'ticket_scan' AND column_name = 'scan_image'"))
	require.Equal(t, before, w.one("SELECT 'boxoffice.ticket'::regclass::oid"), "what is the same is not touched")
	require.Equal(t, "1", w.one("SELECT count(*) FROM pg_class WHERE relname = 'mine'"))

	// What somebody changed is not Ferryman's any more.
	w.onTarget("ALTER TABLE boxoffice.ticket_scan ADD by_hand int")
	w.decides(func(d *convert.Decisions) { d.Offload = nil })
	w.command("schema")
	require.Equal(t, store.Complete, w.settles("schema").Phase("schema").Status, w.told())
	p = w.planned()
	require.Equal(t, "table boxoffice.ticket_scan", p.Left[0].Object)
	require.Contains(t, p.Left[0].Why, "somebody changed it")
}

func TestATableWithRowsIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScratch()
	w.engine("one")
	w.through("assess", "schema")
	w.onTarget("ALTER TABLE boxoffice.price_history DISABLE TRIGGER ALL")
	w.onTarget("SET session_replication_role = replica; INSERT INTO boxoffice.ticket_scan (scan_id, ticket_id, scanned_at, gate, scan_text, scan_image) VALUES (1, 1, now(), $$A$$, $$t$$, $$x$$); RESET session_replication_role")
	w.decides(func(d *convert.Decisions) {
		d.Offload = []convert.Offload{{Owner: "BOXOFFICE", Table: "TICKET_SCAN", Column: "SCAN_IMAGE", Decided: convert.Decided{By: "U0DBA"}}}
	})
	w.ends("schema", store.Complete)
	p := w.planned()
	require.Empty(t, p.Replace)
	require.Equal(t, "the table ticket_scan has rows, which would be lost with it", p.Left[0].Why)
	require.Equal(t, "1", w.one("SELECT count(*) FROM boxoffice.ticket_scan"))
}
