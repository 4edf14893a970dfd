// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func TestHelloSaysWhatSlackSays(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, nil)
	hello, _ := a.last(t, socketmode.EventTypeHello)
	require.Equal(t, 1, hello.Request.NumConnections)
	require.Equal(t, "A0FERRYMAN", hello.Request.ConnectionInfo.AppID)
	require.Equal(t, 3600, hello.Request.DebugInfo.ApproximateConnectionTime)
}

func TestDebuggedConnectionsLiveSixMinutes(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	_, url, err := api(s).StartSocketModeContext(within(t))
	require.NoError(t, err)
	ws, _, err := websocket.DefaultDialer.Dial(url+"&debug_reconnects=true", nil)
	require.NoError(t, err)
	defer ws.Close()
	var hello map[string]any
	require.NoError(t, ws.ReadJSON(&hello))
	require.EqualValues(t, 360, hello["debug_info"].(map[string]any)["approximate_connection_time"])
}

// TestEachEnvelopeGoesToOneConnection shares a hundred commands between three apps.
func TestEachEnvelopeGoesToOneConnection(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	apps := []*app{connect(t, s, nil), connect(t, s, nil), connect(t, s, nil)}
	for i := range 100 {
		answer, err := s.As(slack.DBA).Command(within(t), slack.Migrations, fmt.Sprintf("/migrate-status n%d", i))
		require.NoError(t, err)
		require.Empty(t, answer.Error)
	}
	seen := map[string]int{}
	for _, a := range apps {
		require.NotZero(t, a.count.Load(), "any of the connections may get an envelope")
		for _, e := range a.events() {
			if e.Type == socketmode.EventTypeSlashCommand {
				seen[e.Request.EnvelopeID]++
			}
		}
	}
	require.Len(t, seen, 100)
	require.Equal(t, 100, s.Stats().Acks)
}

func TestTheEleventhConnectionIsTurnedAway(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	dial := func() *websocket.Conn {
		_, url, err := api(s).StartSocketModeContext(within(t))
		require.NoError(t, err)
		ws, _, err := websocket.DefaultDialer.Dial(url, nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = ws.Close() })
		return ws
	}
	read := func(ws *websocket.Conn) map[string]any {
		var v map[string]any
		require.NoError(t, ws.ReadJSON(&v))
		return v
	}
	for i := range 10 {
		require.Equal(t, float64(i+1), read(dial())["num_connections"])
	}
	last := read(dial())
	require.Equal(t, "disconnect", last["type"])
	require.Equal(t, "too_many_websockets", last["reason"])
	require.Equal(t, 10, s.Sockets())
	require.Equal(t, 1, s.Stats().TooManySockets)
}

func TestATicketIsGoodOnce(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := start(t, now.options(relaxed()))
	_, url, err := api(s).StartSocketModeContext(within(t))
	require.NoError(t, err)
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	require.NoError(t, ws.Close())
	_, _, err = websocket.DefaultDialer.Dial(url, nil)
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	_, url, err = api(s).StartSocketModeContext(within(t))
	require.NoError(t, err)
	now.forward(time.Minute)
	_, _, err = websocket.DefaultDialer.Dial(url, nil)
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
}

func TestClientsComeBackAfterEveryKindOfGoodbye(t *testing.T) {
	t.Parallel()
	for name, goodbye := range map[string]func(*slack.Server) int{
		"refresh": (*slack.Server).RefreshSockets, "drop": (*slack.Server).DropSockets, "warning": (*slack.Server).WarnSockets,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, relaxed())
			a := connect(t, s, nil)
			sub := s.Subscribe()
			defer sub.Close()
			require.Equal(t, 1, goodbye(s))
			for c := range sub.C {
				if c.Kind == slack.SocketClosed {
					break
				}
			}
			require.NoError(t, s.WaitSockets(within(t), 1))
			answer, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
			require.NoError(t, err)
			require.Empty(t, answer.Error)
			require.EqualValues(t, 1, a.count.Load())
		})
	}
}

// TestConnectionsAge shortens a connection's life: warning, refresh_requested, close.
func TestConnectionsAge(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing = slack.Timing{ConnectionLife: 60 * time.Millisecond, WarningBefore: 30 * time.Millisecond, CloseAfter: 3 * time.Second}
	s := start(t, o)
	_, url, err := api(s).StartSocketModeContext(within(t))
	require.NoError(t, err)
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	defer ws.Close()
	var said []string
	for {
		var v map[string]any
		if ws.ReadJSON(&v) != nil {
			break
		}
		said = append(said, strings.Trim(fmt.Sprint(v["type"], " ", v["reason"]), " "))
	}
	require.Equal(t, []string{"hello <nil>", "disconnect warning", "disconnect refresh_requested"}, said)
	require.NoError(t, s.WaitSockets(within(t), 0))
}

func TestPingsKeepSlackGoAlive(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.PingEvery = 20 * time.Millisecond
	s := start(t, o)
	_, url, err := api(s).StartSocketModeContext(within(t))
	require.NoError(t, err)
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	defer ws.Close()
	pings := make(chan string, 100)
	ws.SetPingHandler(func(text string) error { pings <- text; return nil })
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	for range 3 {
		select {
		case text := <-pings:
			require.Contains(t, text, "Ping from ")
		case <-within(t).Done():
			t.Fatal("no ping")
		}
	}
}

func TestRevokedAppTokenEndsTheApp(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.CloseAfter = time.Millisecond
	s := start(t, o)
	connect(t, s, nil)
	s.RevokeToken(s.AppToken())
	require.NoError(t, s.WaitSockets(within(t), 0))
	_, _, err := api(s).StartSocketModeContext(within(t))
	require.EqualError(t, err, "token_revoked")
}

func TestOversizedAcksAreDropped(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.AckWait = 200 * time.Millisecond
	s := start(t, o)
	_, url, err := api(s).StartSocketModeContext(within(t))
	require.NoError(t, err)
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	defer ws.Close()
	require.NoError(t, s.WaitSockets(within(t), 1))
	go func() {
		for {
			var v map[string]any
			if ws.ReadJSON(&v) != nil {
				return
			}
			if id, ok := v["envelope_id"]; ok { // slack-go itself refuses to send so much
				_ = ws.WriteJSON(map[string]any{"envelope_id": id, "payload": map[string]any{"text": strings.Repeat("x", 20<<10)}})
			}
		}
	}()
	answer, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	require.Equal(t, "operation_timeout", answer.Error)
	require.Eventually(t, func() bool { return s.Stats().OversizedAcks == 1 }, 2*time.Minute, time.Millisecond)
}
