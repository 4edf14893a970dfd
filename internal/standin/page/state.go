// SPDX-License-Identifier: Apache-2.0

package page

import (
	"errors"
	"net/http"
	"slices"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// state is everything that one member's page shows.
type state struct {
	Title    string          `json:"title"`
	Notes    []string        `json:"notes"`
	Me       string          `json:"me"`
	Playable []slack.Member  `json:"playable"`
	Members  []slack.Member  `json:"members"`
	Groups   []slack.Group   `json:"groups"`
	Channel  slack.Channel   `json:"channel"`
	Channels []channelName   `json:"channels"`
	App      slack.App       `json:"app"`
	Breaks   []breakLabel    `json:"breaks"`
	Messages []slack.Message `json:"messages"`
	// Ephemerals are those in this channel, Modals the stack with the one on top last.
	Ephemerals []slack.Message `json:"ephemerals"`
	Modals     []slack.View    `json:"modals"`
	Sockets    int             `json:"sockets"`
	// Refused says why the member does not see the channel.
	Refused string `json:"refused,omitempty"`
}

type channelName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type breakLabel struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Help  string `json:"help"`
}

func (p *page) state(member string) state {
	s := state{
		Title: p.Title, Notes: p.Notes, Me: member, Playable: p.playable(), Members: p.Slack.Members(), Groups: p.Slack.Groups(),
		Channel: p.channel(), App: p.Slack.App(), Ephemerals: p.ephemerals(member), Modals: p.Slack.Modals(member), Sockets: p.Slack.Sockets(),
	}
	for _, b := range p.Breaks {
		s.Breaks = append(s.Breaks, breakLabel{b.ID, b.Label, b.Help})
	}
	for _, c := range p.Slack.Channels() {
		if !c.IM && (!c.Private || slices.Contains(c.Members, member)) {
			s.Channels = append(s.Channels, channelName{c.ID, c.Name})
		}
	}
	// History asks whether the member may see the channel; the page needs the replies, too.
	switch _, err := p.Slack.As(member).History(p.Channel); {
	case errors.Is(err, slack.ErrNotVisible):
		s.Refused = "This person is not in the channel."
	case err != nil:
		s.Refused = err.Error()
	default:
		s.Messages = p.Slack.Messages(p.Channel)
	}
	return s
}

// ephemerals are the member's in this channel.
func (p *page) ephemerals(member string) []slack.Message {
	return slices.DeleteFunc(p.Slack.Ephemerals(member), func(m slack.Message) bool { return m.Channel != p.Channel })
}

func (p *page) serveState(w http.ResponseWriter, _ *http.Request, member string) {
	answer(w, http.StatusOK, p.state(member))
}
