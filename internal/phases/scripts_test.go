// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

const ageScript = `-- by hand
CREATE FUNCTION boxoffice.fn_age(p_customer bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT extract(year FROM age(birth_date)) FROM boxoffice.customer WHERE customer_id = p_customer;
$$;
COMMENT ON FUNCTION boxoffice.fn_age(bigint) IS 'by hand';`

// A person's script is tried, kept, asked for with two people, run on the target, and made anew when it is corrected.
func TestAPersonsScriptReachesTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScripts()
	w.engine("one")
	w.through("assess")
	for name, refused := range map[string]string{
		"fn_age.sql":  "DROP is not taken",
		"nothing.sql": "there is no object NOTHING on Oracle",
		"fn_age.txt":  "it is no .sql file",
	} {
		require.Contains(t, w.gives(name, "DROP TABLE boxoffice.ticket").Refused, refused)
	}
	require.Contains(t, w.gives("fn_age.sql", ageScript+"ALTER TABLE boxoffice.customer ADD more int").Refused, "it makes column more of boxoffice.customer")
	require.Empty(t, w.planned().Scripts)

	tried := w.gives("boxoffice.fn_age.SQL", ageScript)
	require.Empty(t, tried.Refused)
	require.Equal(t, convert.Object{Owner: "BOXOFFICE", Type: "FUNCTION", Name: "FN_AGE"}, tried.Object)
	w.command("schema")
	m := w.settles("schema")
	require.Equal(t, store.Waiting, m.Phase("schema").Status, "a person's script takes two people: %s", w.told())
	require.Equal(t, "U0DBA", w.planned().Scripts[0].By)
	plan, err := w.store.Plan(w.Context(), "box", m.Phase("schema").Fingerprint)
	require.NoError(t, err)
	require.Contains(t, string(plan), "-- script by U0DBA for function boxoffice.fn_age")
	require.Contains(t, string(plan), convert.ScriptSum(ageScript))

	// Taken back while it waits, the plan is another one.
	w.decides(func(d *convert.Decisions) { d.Scripts = nil })
	w.approve("schema")
	m = w.settles("schema")
	require.Contains(t, w.told(), "not said any more: Script for function BOXOFFICE.FN_AGE")
	require.Equal(t, "0", w.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'boxoffice'"))
	if m.Phase("schema").Status == store.Waiting {
		w.approve("schema")
		w.settles("schema")
	}

	w.gives("fn_age.sql", ageScript)
	w.ends("schema", store.Complete)
	require.Equal(t, "by hand", w.one("SELECT obj_description('boxoffice.fn_age(bigint)'::regprocedure)"))
	require.Equal(t, "U0DBA", w.one("SELECT script_by FROM ferryman.made WHERE id = 'script:FUNCTION BOXOFFICE.FN_AGE'"))

	// Corrected once more: what Ferryman made goes, the new one comes.
	w.gives("fn_age.sql", strings.Replace(ageScript, "numeric", "int", 1)+"\n-- corrected")
	require.Contains(t, w.gives("fn_age.sql", "CREATE FUNCTION boxoffice.fn_age() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'").Refused, "SECURITY DEFINER")
	w.command("schema")
	require.Equal(t, store.Complete, w.ends2("schema").Phase("schema").Status, w.told())
}

// ends2 has what was commanded approved where it asks.
func (w *world) ends2(phase string) *store.Migration {
	w.Helper()
	m := w.settles(phase)
	if m.Phase(phase).Status == store.Waiting {
		w.approve(phase)
		m = w.settles(phase)
	}
	return m
}

// What the scratch database does not have, the target may: there the script is watched as well.
func TestAScriptThatReachesFurtherOnTheTargetIsUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScripts()
	owner := w.one("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
	w.onTarget("CREATE TABLE public.payroll (salary int); ALTER TABLE public.payroll OWNER TO " + owner)
	w.engine("one")
	w.through("assess")
	require.Empty(t, w.gives("fn_age.sql", ageScript+"\nALTER TABLE IF EXISTS public.payroll ADD stolen int").Refused, "it is not in the scratch database")
	m := w.ends("schema", store.Failed)
	require.Contains(t, m.Phase("schema").Error, "nothing of schema boxoffice was applied")
	require.Contains(t, w.told(), "makes column stolen of public.payroll")
	require.Equal(t, "0", w.one("SELECT count(*) FROM information_schema.columns WHERE column_name = 'stolen'"))
	require.Equal(t, "0", w.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'boxoffice'"))
}

// hostilePackage does as it should as long as it has no rights, and tells when it has some: the default of a new column is computed when it is added, by functions of the
// script itself.
const hostilePackage = `CREATE SCHEMA box_office;
CREATE FUNCTION box_office.act() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  IF current_user NOT LIKE 'ferryman\_scratch\_%' THEN RAISE EXCEPTION 'the rights of %', current_user; END IF;
  RETURN 1;
END $$;
CREATE FUNCTION box_office.look() RETURNS int LANGUAGE sql STABLE AS 'SELECT box_office.act()';
CREATE TABLE box_office.seen (id int);
ALTER TABLE box_office.seen ADD n int DEFAULT box_office.look();`

// Before two people said yes a script is never run with Ferryman's rights, also not where the schema's plan is made.
func TestAScriptHasNoRightsBeforeTwoPeopleSaidYes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScripts()
	w.engine("one")
	w.through("assess")
	require.Empty(t, w.gives("box_office.sql", hostilePackage).Refused, "without rights it does nothing")
	w.through("assess")
	w.command("schema")
	require.Equal(t, store.Waiting, w.settles("schema").Phase("schema").Status, w.told())
	p := w.planned()
	require.Len(t, p.Scripts, 1)
	require.Empty(t, p.Refused, "it was run with rights")
}

// One person's script is not run on the target's server, even where Ferryman's role could make a role without rights there.
func TestScriptsAreNotTriedOnTheTargetsServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScratch()
	w.engine("one")
	m, err := w.store.Load(w.Context(), "box")
	require.NoError(t, err)
	_, err = w.crew.TakeScripts(w.Context(), m, []phases.GivenScript{{Name: "fn_age.sql", SQL: ageScript}})
	require.ErrorContains(t, err, "People's scripts are not tried on the target's server")
	require.Contains(t, runbook.AsProblem(err).Do, "target.scratch_url")

	// Of one that an earlier version took there, nothing is run before two people say so.
	sum := convert.ScriptSum(ageScript)
	require.NoError(t, w.store.PutFile(w.Context(), "box", phases.ScriptFile(sum), []byte(ageScript)))
	w.decides(func(d *convert.Decisions) {
		d.Scripts = []convert.Script{{Object: convert.Object{Owner: "BOXOFFICE", Type: "FUNCTION", Name: "FN_AGE"}, SHA256: sum, From: "fn_age.sql", Decided: convert.Decided{By: "U0DBA"}}}
	})
	w.command("assess")
	sums, _ := w.assessedAs(w.settles("assess"), "assessed_last")
	require.False(t, sums.Scratch)
	require.Positive(t, sums.Totals.NotTried)
	w.command("schema")
	require.Equal(t, store.Waiting, w.settles("schema").Phase("schema").Status, w.told())
	w.approve("schema")
	require.Equal(t, store.Complete, w.settles("schema").Phase("schema").Status, w.told())
	require.Equal(t, "by hand", w.one("SELECT obj_description('boxoffice.fn_age(bigint)'::regprocedure)"))
}

func TestAFolderOfScripts(t *testing.T) {
	t.Parallel()
	list, err := phases.ScriptsFrom(fstest.MapFS{"b/x.sql": {Data: []byte("B")}, "a.SQL": {Data: []byte("A")}, "readme.md": {Data: []byte("no")}})
	require.NoError(t, err)
	require.Equal(t, []phases.GivenScript{{Name: "a.SQL", SQL: "A"}, {Name: "b/x.sql", SQL: "B"}}, list)
	_, err = phases.ScriptsFrom(fstest.MapFS{"readme.md": {}})
	require.ErrorContains(t, err, "no .sql file")
	_, err = phases.ScriptsFrom(fstest.MapFS{"x.sql": {Data: make([]byte, phases.MaxScript+1)}})
	require.ErrorContains(t, err, "larger than 256 kB")
}
