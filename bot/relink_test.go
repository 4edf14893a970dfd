// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"encoding/json"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// A replica that died between the end of a request and the edit of its message leaves both to the next one, which takes nobody's request
// for one that was lost.
func TestARequestThatEndedBeforeACrashIsShownAsWhatItCameTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	var stripped atomic.Int32
	key := runbook.ApprovalKey("r1")
	w.router.render = func(o store.Outgoing) (commands.Message, error) {
		if o.Event.Kind == runbook.EventStripped {
			stripped.Add(1)
			return commands.Message{Text: "stripped"}, nil
		}
		var s string
		err := json.Unmarshal(o.Event.Data, &s)
		if s == "asks" {
			button := slack.NewButtonBlockElement("approval.approve", "r1", slack.NewTextBlockObject("plain_text", "Approve", false, false))
			return commands.Message{Text: s, Blocks: []slack.Block{slack.NewActionBlock("b", button)}}, err
		}
		return commands.Message{Text: s}, err
	}
	request := func(status approvals.Status, o ...store.Outgoing) {
		t.Helper()
		_, err := w.store.Update(w.ctx, "box", func(m *store.Migration, _ time.Time) (store.Change, error) {
			m.Requests = map[string]approvals.Request{"r1": {ID: "r1", Status: status}}
			return store.Change{Outgoing: o}, nil
		})
		require.NoError(t, err)
	}
	r := w.start(fast)
	w.open("box")
	request(approvals.Open, outgoing("box", key, store.Urgent, "asks"))
	w.waitFor("it is asked", func() bool { return slices.Contains(w.thread("box"), "asks") })
	r.stop()

	request(approvals.Consumed, outgoing("box", "before", store.Urgent, "something else first"), outgoing("box", key, store.Urgent, "started"))
	w.start(fast)
	w.waitThread("box", "root of box", "started", "something else first")
	require.Zero(t, stripped.Load())
}
