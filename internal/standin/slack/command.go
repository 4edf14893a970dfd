// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Answer is what a person sees at once after typing a command. Error is Slack's own code when the app did not answer:
// operation_timeout, dispatch_failed, not_supported_in_threads, invalid_command. Message is what appeared, from the app or from
// Slackbot, and nil when the app acked without a word.
type Answer struct {
	Error   string   `json:"error,omitempty"`
	Message *Message `json:"message,omitempty"`
}

// Text is the answer's text, empty when nothing appeared.
func (a Answer) Text() string {
	if a.Message == nil {
		return ""
	}
	return a.Message.Text
}

// Command types a slash command ("/migrate-new box-office") into a channel's message box.
func (p *Person) Command(ctx context.Context, channel, line string) (Answer, error) {
	return p.command(ctx, channel, "", line)
}

// CommandInThread types it into a thread's message box, where Slack does not take the commands of apps.
func (p *Person) CommandInThread(ctx context.Context, channel, thread, line string) (Answer, error) {
	return p.command(ctx, channel, thread, line)
}

func (p *Person) command(ctx context.Context, channel, thread, line string) (Answer, error) {
	s := p.s
	name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	text = strings.TrimSpace(text)
	s.mu.Lock()
	m, ch, err := p.in(channel)
	if err != nil {
		s.mu.Unlock()
		return Answer{}, err
	}
	s.emit(Change{Kind: CommandTyped, Channel: channel, User: p.ID, Text: line})
	if refusal, code := s.refuseCommand(m, ch, thread, name, text); code != "" {
		defer s.mu.Unlock()
		return s.slackbot(m.ID, ch.ID, thread, code, refusal), nil
	}
	if name == "/invite" {
		s.mu.Unlock()
		return Answer{}, p.invite(channel, text)
	}
	i := slices.IndexFunc(s.app.Commands, func(c Command) bool { return c.Name == name })
	if s.app.Commands[i].ShouldEscape {
		text = s.escape(text)
	}
	url := responseURL{channel: ch.ID, user: m.ID}
	path := s.newResponseURL("commands", url)
	payload := object{
		"token": verificationToken, "team_id": s.team.TeamID, "team_domain": s.team.Domain,
		"channel_id": ch.ID, "channel_name": commandChannelName(ch), "user_id": m.ID, "user_name": m.Name, "command": name, "text": text, "api_app_id": s.app.ID, "is_enterprise_install": "false",
		"response_url": path, "trigger_id": s.newTrigger(m.ID, ""),
	}
	e := s.deliver("slash_commands", payload, true, nil)
	if e == nil {
		defer s.mu.Unlock()
		return s.slackbot(m.ID, ch.ID, "", "dispatch_failed", fmt.Sprintf("%s failed with the error \"dispatch_failed\"", name)), nil
	}
	s.mu.Unlock()

	raw, err := p.acked(ctx, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, ErrNotAcked) {
		return s.slackbot(m.ID, ch.ID, "", "operation_timeout", fmt.Sprintf("%s failed with the error \"operation_timeout\"", name)), nil
	}
	if err != nil {
		return Answer{}, err
	}
	return s.answer(s.responses[strings.TrimPrefix(path, s.url)], raw), nil
}

// answer shows the payload of an ack. Bolt acks with a plain string too.
func (s *Server) answer(u *responseURL, raw []byte) Answer {
	v, err := decodeJSON(raw)
	if len(raw) == 0 || err != nil || v == nil || v == "" {
		return Answer{}
	}
	if text, ok := v.(string); ok {
		v = object{"text": text}
	}
	o, _ := v.(object)
	if len(o) == 0 {
		return Answer{}
	}
	if e := s.respond(u, params{values: o, json: true}); e != nil {
		return s.slackbot(u.user, u.channel, "", "invalid_command_response", "The app answered with something that cannot be shown: "+e.code)
	}
	if u.ephemeral {
		m := *s.ephemeral(u.user, u.channel, u.original)
		return Answer{Message: &m}
	}
	m := *s.channels[u.channel].message(u.original)
	return Answer{Message: &m}
}

func (s *Server) refuseCommand(m *Member, ch *channelState, thread, name, text string) (words, code string) {
	known := slices.ContainsFunc(s.app.Commands, func(c Command) bool { return c.Name == name })
	switch {
	case name == "/invite" && thread == "" && strings.HasPrefix(text, "@"):
		return "", ""
	case ch.Archived:
		return "You can't do that in an archived channel.", "is_archived"
	case !known || s.external(m): // people of other organisations do not have this workspace's commands
		return fmt.Sprintf("%s is not a valid command. In Slack, what starts with \"/\" is taken for a command.", name), "invalid_command"
	case thread != "":
		return fmt.Sprintf("%s is not supported in threads. Sorry!", name), "not_supported_in_threads"
	}
	return "", ""
}

func (s *Server) slackbot(user, channel, thread, code, text string) Answer {
	m := s.whisper(user, Message{Channel: channel, User: "USLACKBOT", Username: "Slackbot", Text: text, ThreadTS: thread})
	return Answer{Error: code, Message: m}
}

// commandChannelName is what channel_name says: the real name only for public channels.
func commandChannelName(ch *channelState) string {
	switch {
	case ch.IM:
		return "directmessage"
	case ch.Private:
		return "privategroup"
	}
	return ch.Name
}

func (p *Person) invite(channel, who string) error {
	for _, m := range p.s.Members() {
		if "@"+m.Name == strings.Fields(who)[0] {
			return p.s.Invite(channel, m.ID)
		}
	}
	return fmt.Errorf("%w: nobody is called %s", ErrNoElement, who)
}

var mention = regexp.MustCompile(`[@#][a-z0-9][a-z0-9._-]*`)

// escape turns @name and #channel into the forms with ids.
func (s *Server) escape(text string) string {
	return mention.ReplaceAllStringFunc(text, func(word string) string {
		for _, m := range s.members {
			if word == "@"+m.Name {
				return "<@" + m.ID + "|" + m.Name + ">"
			}
		}
		for _, g := range s.groups {
			if word == "@"+g.Handle {
				return "<!subteam^" + g.ID + "|@" + g.Handle + ">"
			}
		}
		for _, c := range s.channels {
			if word == "#"+c.Name && !c.Private {
				return "<#" + c.ID + "|" + c.Name + ">"
			}
		}
		return word
	})
}
