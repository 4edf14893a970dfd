// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"sync"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestHomeIsMadeOnceByAsManyAsCome(t *testing.T) {
	t.Parallel()
	target := open(t, testenv.Postgres(t))
	var absent *postgres.NoHomeError
	_, err := target.Identity(t.Context())
	require.ErrorAs(t, err, &absent)

	identities := make([]string, 4)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range identities {
		all.Go(func() { identities[i], errs[i] = target.EnsureHome(t.Context()) })
	}
	all.Wait()
	for i := range identities {
		require.NoError(t, errs[i])
		require.Equal(t, identities[0], identities[i])
	}
	again, err := target.Identity(t.Context())
	require.NoError(t, err)
	require.Equal(t, identities[0], again)
}

func TestHomeWithoutTheRightNamesTheGrant(t *testing.T) {
	t.Parallel()
	admin := testenv.Postgres(t)
	role, url := testenv.Role(t, admin)
	target := open(t, url)
	var lacks *postgres.PrivilegeError
	_, err := target.EnsureHome(t.Context())
	require.ErrorAs(t, err, &lacks)
	require.Contains(t, lacks.Fix, "GRANT CREATE ON DATABASE")

	conn := connect(t, admin)
	_, err = conn.Exec(t.Context(), "CREATE SCHEMA ferryman")
	require.NoError(t, err)
	_, err = target.EnsureHome(t.Context())
	require.ErrorAs(t, err, &lacks)
	_, err = conn.Exec(t.Context(), lacks.Fix)
	require.NoError(t, err)
	_, err = target.EnsureHome(t.Context())
	require.NoError(t, err, "the fix that is named is enough")
	require.Equal(t, role, one[string](t, conn, "SELECT tableowner::text FROM pg_tables WHERE schemaname = 'ferryman' AND tablename = 'saved'"))

	_, other := testenv.Role(t, admin)
	_, err = open(t, other).Identity(t.Context())
	require.ErrorAs(t, err, &lacks)
}

func TestHomeOfANewerFerrymanIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "UPDATE ferryman.home SET schema_version = 99")
	var version *postgres.VersionError
	_, err := b.target.EnsureHome(t.Context())
	require.ErrorAs(t, err, &version)
	require.Equal(t, "99", version.Has)
	_, err = b.target.Identity(t.Context())
	require.ErrorAs(t, err, &version)
}

func TestATargetHasOneOpenMigration(t *testing.T) {
	t.Parallel()
	b := setup(t)
	same := postgres.MigrationRecord{Name: "box-office", PolicyHash: "p1", Source: "oracle://db:1521/X"}
	require.NoError(t, b.target.OpenMigration(t.Context(), same), "opening it again is no error")

	var open *postgres.AlreadyOpenError
	require.ErrorAs(t, b.target.OpenMigration(t.Context(), postgres.MigrationRecord{Name: "other", PolicyHash: "p1"}), &open)
	require.Equal(t, "box-office", open.Migration)

	var changed *postgres.PolicyChangedError
	policy := same
	policy.PolicyHash = "p2"
	require.ErrorAs(t, b.target.OpenMigration(t.Context(), policy), &changed)
	require.Equal(t, "policy", changed.What)
	source := same
	source.Source = "oracle://elsewhere"
	require.ErrorAs(t, b.target.OpenMigration(t.Context(), source), &changed)
	require.Equal(t, "source", changed.What)

	var unknown *postgres.NoMigrationError
	_, err := b.target.Migration(t.Context(), "nothing")
	require.ErrorAs(t, err, &unknown)

	require.NoError(t, b.target.CloseMigration(t.Context(), b.fence))
	name, err := b.target.OpenMigrationName(t.Context())
	require.NoError(t, err)
	require.Empty(t, name)
	require.NoError(t, b.target.OpenMigration(t.Context(), postgres.MigrationRecord{Name: "other", PolicyHash: "p9", Source: "s"}))
	m, err := b.target.Migration(t.Context(), "box-office")
	require.NoError(t, err)
	require.NotNil(t, m.ClosedAt)
}
