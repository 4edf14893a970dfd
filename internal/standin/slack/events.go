// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"slices"
	"strings"
	"time"
)

// event sends an Events API event if the app is subscribed to it. The lock is held.
func (s *Server) event(inner object) {
	kind, _ := inner["type"].(string)
	wanted := kind
	if kind == "message" {
		channelType, _ := inner["channel_type"].(string)
		wanted = map[string]string{"channel": "message.channels", "group": "message.groups", "im": "message.im"}[channelType]
	}
	if !slices.Contains(s.app.Events, wanted) {
		return
	}
	inner["event_ts"] = s.nextTS()
	payload := object{
		"token": verificationToken, "team_id": s.team.TeamID, "api_app_id": s.app.ID, "event": inner, "type": "event_callback",
		"event_id": s.newID("Ev"), "event_time": s.now().Unix(), "is_ext_shared_channel": false,
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": s.team.TeamID, "user_id": s.app.BotUser, "is_bot": true, "is_enterprise_install": false,
		}},
	}
	if id, _ := inner["channel"].(string); s.channels[id] != nil {
		payload["is_ext_shared_channel"] = s.channels[id].Shared
		if !slices.Contains(s.channels[id].Members, s.app.BotUser) {
			return
		}
	}
	first := s.deliver("events_api", payload, false, object{"retry_attempt": 0, "retry_reason": ""})
	s.begin(func() { s.follow(first, payload) })
}

// verificationToken is Slack's deprecated proof of origin, still in every payload.
const verificationToken = "ferryman-verification"

// follow sends an event again until it is acked: at once, a minute later and five minutes later.
func (s *Server) follow(e *envelope, payload object) {
	for attempt := 0; ; attempt++ {
		if e != nil && s.await(e) {
			return
		}
		s.mu.Lock()
		if attempt == len(s.timing.EventRetries) {
			s.stats.LostEvents++
			s.mu.Unlock()
			return
		}
		pause := s.timing.EventRetries[attempt]
		s.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return
		}
		s.mu.Lock()
		reason := "timeout"
		if e == nil {
			reason = "connection_failed"
		}
		s.stats.EventRetries++
		e = s.deliver("events_api", payload, false, object{"retry_attempt": attempt + 1, "retry_reason": reason})
		s.mu.Unlock()
	}
}

// await is false when the ack did not come in time.
func (s *Server) await(e *envelope) bool {
	timer := time.NewTimer(s.timing.AckWait)
	defer timer.Stop()
	select {
	case <-e.acked:
		return true
	case <-timer.C:
		return false
	case <-s.ctx.Done():
		return false
	}
}

// messageEvents tells the app about a new message, and that it was mentioned.
func (s *Server) messageEvents(ch *channelState, m *Message) {
	inner := m.api(s.team.TeamID, true)
	inner["channel"], inner["channel_type"] = ch.ID, ch.kind()
	s.event(inner)
	if m.BotID == "" && !ch.IM && strings.Contains(m.Text, "<@"+s.app.BotUser+">") {
		mention := m.api(s.team.TeamID, false)
		mention["type"], mention["channel"] = "app_mention", ch.ID
		s.event(mention)
	}
}
