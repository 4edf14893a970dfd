// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers everything Slack's hosts would: the Web API, sockets, response URLs, uploads and downloads.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		s.serveAPI(w, r, strings.TrimPrefix(r.URL.Path, "/api/"))
	case r.URL.Path == "/link/":
		s.serveSocket(w, r)
	case strings.HasPrefix(r.URL.Path, "/actions/"), strings.HasPrefix(r.URL.Path, "/commands/"):
		s.serveResponseURL(w, r)
	case strings.HasPrefix(r.URL.Path, "/upload/v1/"):
		s.serveUpload(w, r)
	case strings.HasPrefix(r.URL.Path, "/files-pri/"):
		s.serveDownload(w, r)
	case r.URL.Path == "/" && r.URL.Query().Has("redir"):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Sign in | Slack</title>"))
	default:
		http.NotFound(w, r)
	}
}

// call is one Web API call whose token and scope have been accepted. The server's lock is held while it runs.
type call struct {
	params
	s *Server
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, name string) {
	p, err := readParams(r)
	s.mu.Lock()
	s.calls[name]++
	fault := s.faults.take(name, s.now())
	s.mu.Unlock()
	if fault.drop && !fault.after {
		dropConnection(w)
		return
	}
	if fault.stall != nil {
		close(fault.stall.arrived)
		select {
		case <-fault.stall.released:
		case <-s.ctx.Done():
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if fault.status != 0 && !fault.after {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(fault.status)
		return
	}
	if fault.retryAfter > 0 {
		s.answerLimited(w, fault.retryAfter)
		return
	}
	if err != nil {
		_, code, _ := strings.Cut(err.Error(), ": ")
		writeJSON(w, fail(code).body())
		return
	}
	m, known := methods[name]
	if !known {
		writeJSON(w, object{"ok": false, "error": "unknown_method", "req_method": name})
		return
	}
	if fault.code != "" {
		writeJSON(w, fail(fault.code).body())
		return
	}
	body, wait := s.run(w.Header(), m, name, r, p)
	switch {
	case fault.drop:
		dropConnection(w)
	case fault.status != 0:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(fault.status)
	case wait > 0:
		s.answerLimited(w, wait)
	default:
		writeJSON(w, body)
	}
}

// run checks the token, the scope and the rate limit, in Slack's order, and runs the method. wait is non-zero when it is limited.
func (s *Server) run(h http.Header, m method, name string, r *http.Request, p params) (body object, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.authorize(h, m, r, p); e != nil {
		return e.body(), 0
	}
	key := name
	if m.perChannel {
		key += " " + strings.TrimPrefix(s.name(p.str("channel")), "#")
	}
	if wait = s.limits.take(name, key, m.tier, m.perChannel, s.now()); wait > 0 {
		s.limited[name]++
		return nil, wait
	}
	c := &call{params: p, s: s}
	for _, required := range m.required {
		if !p.has(required) || p.str(required) == "" && !isStructured(p.values[required]) {
			return missingArgument(required).body(), 0
		}
	}
	out, e := m.run(c)
	if e != nil {
		return e.body(), 0
	}
	body = object{"ok": true}
	for k, v := range out {
		body[k] = v
	}
	if p.missingCharset && len(p.values) > 0 {
		body["warning"] = "missing_charset"
		meta, _ := body["response_metadata"].(object)
		if meta == nil {
			meta = object{}
		}
		meta["warnings"] = []string{"missing_charset"}
		body["response_metadata"] = meta
	}
	return body, 0
}

func isStructured(v any) bool {
	switch v.(type) {
	case object, []any:
		return true
	}
	return false
}

// missingArgument is Slack's answer to an absent required argument: a code of its own for the common ones.
func missingArgument(name string) *apiError {
	switch name {
	case "channel", "channel_id":
		return fail("channel_not_found")
	case "user":
		return fail("user_not_found")
	case "ts", "message_ts", "timestamp":
		return fail("message_not_found")
	case "file":
		return fail("file_not_found")
	}
	return failWith("invalid_arguments", "missing required field: "+name)
}

func (s *Server) answerLimited(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	w.WriteHeader(http.StatusTooManyRequests)
	writeJSON(w, object{"ok": false, "error": "ratelimited"})
}

func writeJSON(w http.ResponseWriter, v any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}

// dropConnection cuts the TCP connection without an answer.
func dropConnection(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			_ = c.Close()
		}
	}
}
