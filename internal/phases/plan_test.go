// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"slices"
	"testing"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// draft makes a phase's plan afresh, on connections of its own.
func (w *world) draft(phase string) []byte {
	w.Helper()
	ctx := context.Background()
	m, err := w.store.Load(ctx, "box")
	require.NoError(w, err)
	hands, err := w.crew.Open(ctx, m)
	require.NoError(w, err)
	defer hands.Close()
	draft, err := hands.Draft(ctx, m, phase, func(string, string, any) {})
	require.NoError(w, err)
	plan, err := draft.Plan.Bytes()
	require.NoError(w, err)
	return plan
}

// traffic is what applications do to the source while people look at a plan.
func (w *world) traffic() {
	w.onSource("UPDATE VENUE SET NAME = NAME || '.'", "INSERT INTO SEAT_CATEGORY SELECT * FROM SEAT_CATEGORY WHERE 1 = 0", "DELETE FROM TICKET_SCAN",
		"SELECT TICKET_SEQ.NEXTVAL FROM DUAL", "SELECT CUSTOMER_SEQ.NEXTVAL FROM DUAL")
}

func TestTrafficMovesNoPlanAndLostConnectionsFailNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.hands = torn{w.crew, w, map[string]bool{}, []string{"schema conclude", "prepare gate requested", "prepare gate granted", "prepare set-aside-0002",
		"prepare sequence-boxoffice.ticket_seq", "load follow", "rebuild rebuild"}}
	stop := w.engine("a")
	moves := func(phase string) {
		t.Helper()
		before := w.draft(phase)
		w.traffic()
		require.Equal(t, string(before), string(w.draft(phase)), phase)
	}
	w.through("assess", "schema")
	stop()
	moves("prepare")
	w.engine("b")
	w.through("prepare")
	moves("load")
	w.through("load", "rebuild", "replicate", "validate")
	moves("replicate")
	moves("cutover")
	moves("load") // which empties the tables now
	require.Equal(t, 2, w.aws.Effects("StartReplicationTask"))
	require.Len(t, w.hands.(torn).once, 7)
}

func TestAnotherDatabaseUnderTheTargetsNameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess")
	w.onTarget("UPDATE ferryman.home SET identity = gen_random_uuid()")
	w.ends("schema", store.Failed)
	require.Contains(t, w.told(), "another database than the one that box was opened on")
	require.Equal(t, "true", w.one("SELECT to_regnamespace('boxoffice') IS NULL"))
}

// torn is a crew that loses every connection to the target once before some of its calls.
type torn struct {
	runbook.Crew
	w    *world
	once map[string]bool
	// calls are those before which it happens.
	calls []string
}

type tornHands struct {
	runbook.Hands
	cut func(call string)
}

func (c torn) Open(ctx context.Context, m *store.Migration) (runbook.Hands, error) {
	hands, err := c.Crew.Open(ctx, m)
	return tornHands{hands, c.cut}, err
}

func (c torn) cut(call string) {
	if c.once[call] || !slices.Contains(c.calls, call) {
		return
	}
	c.once[call] = true
	c.w.onTarget("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ferryman'")
}

func (h tornHands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	h.cut(plan.Phase + " " + step.ID)
	return h.Hands.Step(ctx, m, plan, step, report)
}

func (h tornHands) Gate(ctx context.Context, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	h.cut(plan.Phase + " gate " + string(m.Phase(plan.Phase).Status))
	return h.Hands.Gate(ctx, m, plan)
}

func (h tornHands) Conclude(ctx context.Context, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	h.cut(plan.Phase + " conclude")
	return h.Hands.Conclude(ctx, m, plan)
}
