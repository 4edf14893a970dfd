// SPDX-License-Identifier: Apache-2.0

package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

const (
	// heartbeat is how often an idle stream says that it lives, so that a dead reader is noticed.
	heartbeat = 15 * time.Second
	// patience is how long one write may take.
	patience = 30 * time.Second
	// retry tells the browser to come back a second after a break.
	retry = "retry: 1000\n"
)

// event is one entry of the stream. What it holds is read when it is sent, so that a page never goes back to an older version.
type event struct {
	name string
	data any
}

type messageNow struct {
	TS      string         `json:"ts"`
	Message *slack.Message `json:"message"`
}

// serveEvents sends the whole state and then what changes. A page that comes back after a break gets the whole state again.
func (p *page) serveEvents(w http.ResponseWriter, r *http.Request, member string) {
	changes := p.Slack.Subscribe()
	defer changes.Close()
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(chunk string) bool {
		_ = stream.SetWriteDeadline(time.Now().Add(patience)) // not every server has deadlines
		if _, err := w.Write([]byte(chunk)); err != nil {
			return false
		}
		return stream.Flush() == nil
	}
	if !send(retry + chunk(event{"state", p.state(member)})) {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !send(": \n\n") {
				return
			}
		case c, open := <-changes.C:
			if !open {
				return
			}
			for _, e := range p.after(c, member) {
				if !send(chunk(e)) {
					return
				}
			}
		}
	}
}

func chunk(e event) string {
	body, err := json.Marshal(e.data)
	if err != nil { // blocks came in as JSON and go out as such
		panic(err)
	}
	return fmt.Sprintf("event: %s\ndata: %s\n\n", e.name, body)
}

// after is what a change means for the member's page.
func (p *page) after(c slack.Change, member string) []event {
	switch c.Kind {
	case slack.MessagePosted, slack.MessageChanged, slack.MessageDeleted, slack.ReactionAdded, slack.FileShared:
		if c.Channel != p.Channel || c.Message == nil || !slices.Contains(p.channel().Members, member) {
			return nil
		}
		out := []event{p.message(c.Message.TS)}
		if c.Message.IsReply() { // the root counts its replies
			out = append(out, p.message(c.Message.ThreadTS))
		}
		return out
	case slack.EphemeralPosted, slack.EphemeralChanged, slack.EphemeralDeleted:
		if c.Channel != p.Channel || c.User != member || c.Message == nil {
			return nil
		}
		now := messageNow{TS: c.Message.TS}
		for _, m := range p.ephemerals(member) {
			if m.TS == now.TS {
				now.Message = &m
			}
		}
		return []event{{"ephemeral", now}}
	case slack.ModalOpened, slack.ModalUpdated, slack.ModalClosed:
		if c.User != member {
			return nil
		}
		return []event{{"modals", p.Slack.Modals(member)}}
	case slack.SocketOpened, slack.SocketClosed:
		return []event{{"sockets", p.Slack.Sockets()}}
	case slack.WorkspaceChanged:
		return []event{{"state", p.state(member)}}
	}
	return nil
}

func (p *page) message(ts string) event {
	now := messageNow{TS: ts}
	if m, ok := p.Slack.Message(p.Channel, ts); ok {
		now.Message = &m
	}
	return event{"message", now}
}
