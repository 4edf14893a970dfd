// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestDecisionsAndPhaseEndsNameTheEndOfTheChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	head := strings.Repeat("3fa9c1d20b7e", 6)[:64]
	for kind, named := range map[string]bool{runbook.EventFailed: true, runbook.EventRed: true, runbook.EventVoid: true, runbook.EventRoot: false} {
		event, err := runbook.NewEvent(kind, time.Now(), runbook.Ended{Phase: "prepare", Moved: []string{"x"}})
		require.NoError(t, err)
		o := store.Outgoing{Migration: "box-office", Key: "k", Event: event, AuditSeq: 41, AuditHead: head}
		m, err := w.router.Render(w.ctx, o)
		require.NoError(t, err)
		require.Equal(t, named, strings.HasSuffix(m.Text, "audit 41 · `3fa9c1d20b7e…`"), "%s: %s", kind, m.Text)
		o.AuditSeq, o.AuditHead = 0, ""
		m, err = w.router.Render(w.ctx, o)
		require.NoError(t, err)
		require.NotContains(t, m.Text, "audit", "by a program that did not say it")
	}
}
