// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// A role that is no superuser may not end autovacuum by DROP DATABASE … WITH (FORCE) (SQLSTATE 42501), and autovacuum comes to scratch databases too.
// Each trial ends when it is there; what it has to do there, at one page in a tenth of a second, are the roles that are gone.
func TestScratchDatabasesAreDroppedUnderAutovacuum(t *testing.T) {
	t.Parallel()
	b := onServer(t, map[string]string{"autovacuum": "on", "autovacuum_naptime": "1", "autovacuum_vacuum_threshold": "0", "autovacuum_vacuum_scale_factor": "0",
		"autovacuum_vacuum_cost_delay": "100", "autovacuum_vacuum_cost_limit": "1"})
	b.admin(t, "ALTER ROLE owner CREATEDB CREATEROLE")
	b.admin(t, "DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE ROLE gone_%s', i); EXECUTE format('DROP ROLE gone_%s', i); END LOOP; END $$")
	looker := connect(t, b.adminURL)
	here := postgres.Statement{Object: "autovacuum", SQL: `DO $$ BEGIN FOR i IN 1..600 LOOP
		IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) THEN RETURN; END IF;
		PERFORM pg_stat_clear_snapshot(), pg_sleep(0.1); END LOOP; RAISE EXCEPTION 'autovacuum did not come'; END $$`}
	refusals, err := b.target.TryInScratch(t.Context(), []postgres.Statement{here})
	require.NoError(t, err)
	require.Empty(t, refusals)
	require.False(t, one[bool](t, looker, "SELECT EXISTS (SELECT FROM pg_database WHERE datname LIKE 'ferryman\\_scratch%')"))
}
