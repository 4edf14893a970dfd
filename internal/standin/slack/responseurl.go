// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// responseURL answers one interaction: five times within thirty minutes, whether or not the bot is in the channel.
type responseURL struct {
	channel, user string
	original      string // ts of the message that was acted on; for a command, of the last answer
	ephemeral     bool
	thread        string
	made          time.Time
	uses          int
}

const responseURLUses = 5

func (s *Server) newResponseURL(kind string, r responseURL) string {
	r.made = s.now()
	path := fmt.Sprintf("/%s/%s/%d/%016x%08x", kind, s.team.TeamID, 1000000000000+s.serial, rand.Uint64(), rand.Uint32())
	s.responses[path] = &r
	return s.url + path
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	p, err := readParams(r)
	refuse := func(status int, code string) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		writeJSON(w, object{"ok": false, "error": code})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls["response_url"]++
	u := s.responses[r.URL.Path]
	switch {
	case r.Method != http.MethodPost:
		refuse(http.StatusMethodNotAllowed, "invalid_method")
		return
	case u == nil || s.now().Sub(u.made) > s.timing.ResponseURLLife:
		refuse(http.StatusNotFound, "expired_url")
		return
	case u.uses >= responseURLUses:
		refuse(http.StatusNotFound, "used_url")
		return
	case err != nil || !p.json:
		refuse(http.StatusBadRequest, "invalid_payload")
		return
	}
	if e := s.respond(u, p); e != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, e.body())
		return
	}
	u.uses++
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("ok"))
}

// respond carries out an answer to an interaction: by response_url or in the ack of a command.
func (s *Server) respond(u *responseURL, p params) *apiError {
	ch := s.channels[u.channel]
	var original *Message
	if u.original != "" && u.ephemeral {
		original = s.ephemeral(u.user, u.channel, u.original)
	} else if u.original != "" {
		original = ch.message(u.original)
	}
	if p.flag("delete_original") {
		switch {
		case original == nil:
			return fail("message_not_found")
		case original.Ephemeral:
			s.removeEphemeral(original)
		default:
			s.remove(ch, original)
		}
		return nil
	}
	body, e := s.readContent(p, maxText)
	if e != nil {
		return e
	}
	if body.empty() {
		return fail("no_text")
	}
	if p.flag("replace_original") && original != nil {
		if original.Ephemeral {
			s.changeEphemeral(original, body)
		} else {
			body.hasText, body.hasBlocks = true, body.blocks != nil
			s.change(ch, original, body)
		}
		return nil
	}
	m := s.botMessage(u.channel, body)
	if m.ThreadTS, e = s.thread(ch, p.str("thread_ts")); e != nil {
		return e
	}
	if p.str("response_type") == "in_channel" {
		posted := s.post(ch, m)
		u.noteAnswer(posted.TS, false)
		return nil
	}
	if m.ThreadTS == "" {
		m.ThreadTS = u.thread
	}
	if !slices.Contains([]string{"", "ephemeral"}, p.str("response_type")) {
		return failWith("invalid_arguments", "response_type must be ephemeral or in_channel")
	}
	u.noteAnswer(s.whisper(u.user, m).TS, true)
	return nil
}

// noteAnswer makes a command's first answer the one that replace_original and delete_original mean.
func (u *responseURL) noteAnswer(ts string, ephemeral bool) {
	if u.original == "" {
		u.original, u.ephemeral = ts, ephemeral
	}
}
