// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"net/http"
	"slices"
	"strings"
)

// authorize finds the token and checks that it is of the method's kind and has its scope. The headers tell both, as Slack's do.
func (s *Server) authorize(h http.Header, m method, r *http.Request, p params) *apiError {
	token := ""
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = strings.TrimSpace(bearer)
	}
	// A token in a query string or in a JSON body is not looked at: Slack takes it from the header or from the form only.
	if token == "" && !p.json && r.PostForm != nil {
		token = r.PostForm.Get("token")
	}
	granted, e := s.scopesOf(token, m.token)
	if e != nil {
		return e
	}
	h.Set("X-OAuth-Scopes", strings.Join(granted, ","))
	if len(m.scopes) > 0 {
		h.Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
		if !slices.ContainsFunc(m.scopes, func(scope string) bool { return slices.Contains(granted, scope) }) {
			return missingScope(granted, m.scopes...)
		}
	}
	return nil
}

func missingScope(granted []string, needed ...string) *apiError {
	return &apiError{code: "missing_scope", more: object{"needed": strings.Join(needed, ","), "provided": strings.Join(granted, ",")}}
}

func (s *Server) scopesOf(token string, kind tokenKind) ([]string, *apiError) {
	switch {
	case token == "":
		return nil, fail("not_authed")
	case s.revoked[token]:
		return nil, fail("token_revoked")
	case token == s.app.AppToken:
		if kind == botToken {
			return nil, fail("not_allowed_token_type")
		}
		return []string{"connections:write"}, nil
	case token == s.app.BotToken:
		if kind == appToken {
			return nil, fail("not_allowed_token_type")
		}
		return s.app.Scopes, nil
	}
	return nil, fail("invalid_auth")
}

// need checks a scope that depends on the arguments.
func (c *call) need(scope string) *apiError {
	if slices.Contains(c.s.app.Scopes, scope) {
		return nil
	}
	return missingScope(c.s.app.Scopes, scope)
}

func authTest(c *call) (object, *apiError) {
	s := c.s
	bot := s.members[s.app.BotUser]
	o := object{
		"url": "https://" + s.team.Domain + ".slack.com/", "team": s.team.Name, "team_id": s.team.TeamID,
		"user_id": s.app.BotUser, "bot_id": s.app.BotID, "is_enterprise_install": false,
	}
	if bot != nil {
		o["user"] = bot.Name
	}
	return o, nil
}
