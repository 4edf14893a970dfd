// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
)

const (
	// helloWithin bounds opening: calling apps.connections.open, dialling, and Slack's hello.
	helloWithin = 15 * time.Second
	// writeWithin bounds one acknowledgement's way into the connection, closeWithin Slack's answer to a goodbye.
	writeWithin = 5 * time.Second
	closeWithin = 2 * time.Second
	// maxAck is the size from which on Slack drops an acknowledgement without a word, maxArrival the size of what is read.
	maxAck     = 20 << 10
	maxArrival = 8 << 20
)

// goodbye is why Slack wants a connection to end.
type goodbye string

const (
	warning     goodbye = "warning"
	refresh     goodbye = "refresh_requested"
	disabled    goodbye = "link_disabled"
	tooMany     goodbye = "too_many_websockets"
	disabledFix         = "Slack has switched Socket Mode off for this app (link_disabled): in the app's settings switch on Socket Mode, " +
		"and see that SLACK_APP_TOKEN is still there"
)

func (g goodbye) Error() string {
	switch g {
	case disabled:
		return disabledFix
	case tooMany:
		return "Slack has ten connections of this app already (too_many_websockets)"
	}
	return "Slack ended the connection: " + string(g)
}

// link is one Socket Mode connection that Slack said hello on. slack-go's own client closes on every goodbye, and what it had read but
// not acknowledged by then is lost; a link goes on reading and acknowledging until Slack has closed it.
type link struct {
	ws     *websocket.Conn
	opened time.Time
	// life is how long Slack means to keep it, 0 where it did not say.
	life time.Duration
	// asked receives why it should be replaced; gone is closed when nothing can be read any more, and ended says why.
	asked chan goodbye
	gone  chan struct{}
	ended error

	writing sync.Mutex
	busy    inFlight
}

// openLink connects and waits for hello.
func (b *Bot) openLink(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, helloWithin)
	defer cancel()
	_, url, err := b.Slack.api.StartSocketModeContext(ctx)
	if isCode(err, "socket_mode_not_enabled") {
		return nil, disabled
	}
	if err != nil {
		return nil, fmt.Errorf("call Slack's apps.connections.open: %w", err)
	}
	// Slack does not put fragments of a message together, so that an acknowledgement must fit into the buffer.
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: helloWithin, WriteBufferSize: maxAck + 4096}
	ws, resp, err := dialer.DialContext(ctx, url, http.Header{"Origin": {"https://api.slack.com"}})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("open a socket to Slack: %w", err) // the URL, which holds a ticket, is not in it
	}
	l := &link{ws: ws, opened: time.Now(), asked: make(chan goodbye, 8), gone: make(chan struct{})}
	ws.SetReadLimit(maxArrival)
	defer context.AfterFunc(ctx, func() { _ = ws.SetReadDeadline(time.Now()) })()
	var hello socketmode.Request
	for hello.Type != socketmode.RequestTypeHello {
		hello = socketmode.Request{}
		if err := ws.ReadJSON(&hello); err != nil {
			_ = ws.Close()
			return nil, fmt.Errorf("wait for Slack's hello: %w", err)
		}
		if hello.Type == socketmode.RequestTypeDisconnect {
			_ = ws.Close()
			return nil, goodbye(hello.Reason)
		}
	}
	l.life = time.Duration(hello.DebugInfo.ApproximateConnectionTime) * time.Second
	return l, nil
}

// read passes on what arrives, and the trouble with what is no JSON of Slack's, until the connection ends. Slack pings every few seconds: whoever hears nothing for as long as silence
// has half a connection, which loses everything.
func (l *link) read(silence time.Duration, receive func(*socketmode.Request), trouble func(error)) {
	defer close(l.gone)
	defer l.ws.Close()
	alive := func() { _ = l.ws.SetReadDeadline(time.Now().Add(silence)) }
	alive()
	pong := l.ws.PingHandler()
	l.ws.SetPingHandler(func(text string) error { alive(); return pong(text) })
	for {
		_, raw, err := l.ws.ReadMessage()
		if err != nil {
			l.ended = err
			return
		}
		alive()
		var request socketmode.Request
		if err := json.Unmarshal(raw, &request); err != nil {
			trouble(err)
			continue
		}
		switch {
		case request.Type == socketmode.RequestTypeDisconnect:
			select {
			case l.asked <- goodbye(request.Reason):
			default:
			}
		case request.EnvelopeID != "":
			l.busy.begin()
			go func() {
				defer l.busy.end()
				receive(&request)
			}()
		}
	}
}

// ack acknowledges an envelope, with an answer where payload is not nil.
func (l *link) ack(envelopeID string, payload any) error {
	body, err := json.Marshal(socketmode.Response{EnvelopeID: envelopeID, Payload: payload})
	if err != nil {
		return err
	}
	if len(body) >= maxAck {
		return fmt.Errorf("an answer of %d bytes is more than Slack takes with an acknowledgement", len(body))
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_ = l.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	err = l.ws.WriteMessage(websocket.TextMessage, body)
	if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
		_ = l.ws.Close() // nothing can be written any more: another connection is needed
	}
	return err
}

// close ends a connection so that nothing is lost by it: all that arrived is acknowledged first, and what crosses the goodbye on its
// way is still received, though Slack takes no acknowledgement for it any more. ctx bounds the waiting.
func (l *link) close(ctx context.Context) {
	l.busy.wait(ctx)
	l.writing.Lock()
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	err := l.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(closeWithin))
	l.writing.Unlock()
	if err == nil {
		timer := time.NewTimer(closeWithin)
		defer timer.Stop()
		select {
		case <-l.gone:
		case <-timer.C:
		}
	}
	_ = l.ws.Close()
	<-l.gone
	l.busy.wait(ctx)
}

// why says how the connection ended.
func (l *link) why() error {
	var timeout interface{ Timeout() bool }
	if errors.As(l.ended, &timeout) && timeout.Timeout() {
		return errors.New("Slack was silent for too long: the connection was only half there")
	}
	return l.ended
}

// inFlight counts what was begun and has not ended.
type inFlight struct {
	mu   sync.Mutex
	n    int
	idle chan struct{}
}

func (f *inFlight) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
}

func (f *inFlight) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n--; f.n == 0 && f.idle != nil {
		close(f.idle)
		f.idle = nil
	}
}

// wait returns when nothing is in flight, or ctx ends.
func (f *inFlight) wait(ctx context.Context) {
	f.mu.Lock()
	if f.n == 0 {
		f.mu.Unlock()
		return
	}
	if f.idle == nil {
		f.idle = make(chan struct{})
	}
	idle := f.idle
	f.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
