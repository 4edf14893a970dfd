// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

func TestTimeLeftInWords(t *testing.T) {
	t.Parallel()
	for left, words := range map[time.Duration]string{
		-1:                              "time left unknown",
		0:                               "a few seconds left",
		9 * time.Second:                 "a few seconds left",
		10 * time.Second:                "about 10 s left",
		31 * time.Second:                "about 40 s left",
		50 * time.Second:                "about 1 min left",
		89 * time.Second:                "about 1 min left",
		12*time.Minute + 10*time.Second: "about 12 min left",
		59*time.Minute + 50*time.Second: "about 1 h left",
		83 * time.Minute:                "about 1 h 25 min left",
		25 * time.Hour:                  "about 25 h left",
	} {
		require.Equal(t, words, postgres.LeftWords(left), left)
	}
}

func TestWhatIsDoneToAnObjectInWords(t *testing.T) {
	t.Parallel()
	for words, r := range map[string]postgres.Running{
		"sorting":           {Kind: postgres.Index, Phase: "building index: sorting live tuples"},
		"reading the table": {Kind: postgres.Unique, Phase: "building index: scanning table"},
		"polishing":         {Kind: postgres.Index, Phase: "building index: polishing"},
		"building":          {Kind: postgres.Index},
		"checking its rows": {Kind: postgres.ForeignKey},
		"coming back":       {Kind: postgres.Trigger},
	} {
		require.Equal(t, words, r.Doing(), "%v", r)
	}
	require.Equal(t, "table app.seat", postgres.Running{Kind: postgres.VacuumKind, Schema: "app", Table: "seat"}.What())
	require.Equal(t, "foreign key fk on app.seat", postgres.Running{Kind: postgres.ForeignKey, Schema: "app", Table: "seat", Name: "fk"}.What())
}
