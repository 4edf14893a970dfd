// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"testing"

	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestACommandFindsItsMigration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "No migration is open in this channel. /migrate-new opens one")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess box-office"), "There is no migration box-office, and none is open in this channel.")

	w.open("box-office", standin.Migrations)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "Assess of box-office is under way", "the only open one needs no name")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess boxoffice"), "There is no migration boxoffice. Open in this channel: box-office.")

	w.open("second", standin.Migrations)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "Several migrations are open in this channel, so name one: box-office, second.")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess second"), "Assess of second is under way")
}

func TestAMigrationIsCommandedFromItsOwnChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	require.NoError(t, w.slack.Invite(standin.General, standin.BotUserID))
	require.Equal(t, "box-office lives in #migrations. Type the command there.", w.typesIn(standin.General, standin.DBA, "/migrate-assess box-office"))
	require.Contains(t, w.typesIn(standin.General, standin.DBA, "/migrate-assess"), "No migration is open in this channel")
	require.Empty(t, w.load("box-office").Phases)
}

func TestAClosedMigrationTakesNoCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations, "assess")
	w.change("box-office", func(m *store.Migration) { m.ClosedAt = m.OpenedAt })
	require.Contains(t, w.types(standin.DBA, "/migrate-assess box-office"), "box-office is finished since")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "No migration is open in this channel")
}
