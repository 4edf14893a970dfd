// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check is one thing that was looked at before the bot is trusted with work: what was found, and what to do where it is not right.
type Check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Fix   string `json:"fix,omitempty"`
}

// CheckSlack looks at both tokens, their scopes, the way to a socket, and the bot's place in the channels given. It opens no socket and
// posts nothing. botToken is only looked at for its kind.
func (s *Slack) CheckSlack(ctx context.Context, botToken string, channels ...string) []Check {
	checks := []Check{
		tokenKind("SLACK_BOT_TOKEN", botToken, "xoxb-", "the Bot User OAuth Token of the app's page OAuth & Permissions"),
		tokenKind("SLACK_APP_TOKEN", s.appToken, "xapp-", "an app-level token with the scope "+AppScope+", of the app's page Basic Information"),
	}
	id, err := s.Identity(ctx)
	if err != nil {
		return append(checks, failed("bot token", err, "put the token of the installed app into SLACK_BOT_TOKEN; behind a proxy, see that "+
			"Slack can be reached from here (SLACK_API_URL must be unset for Slack's own)"), s.checkSocket(ctx))
	}
	checks = append(checks,
		Check{Name: "bot token", OK: true, Found: fmt.Sprintf("workspace %s (%s), bot user %s", id.Team, id.TeamID, id.UserID)},
		checkScopes(id.Scopes), s.checkSocket(ctx))
	for _, channel := range channels {
		checks = append(checks, s.checkChannel(ctx, channel))
	}
	return checks
}

func tokenKind(name, token, prefix, what string) Check {
	c := Check{Name: name, Found: "a token of the right kind (" + prefix + "…)", OK: strings.HasPrefix(token, prefix)}
	switch {
	case token == "":
		c.Found = "not set"
	case !c.OK:
		c.Found = "set, but not to a token that begins with " + prefix
	}
	if !c.OK {
		c.Fix = "set it to " + what
	}
	return c
}

func checkScopes(granted []string) Check {
	c := Check{Name: "bot scopes", OK: true, Found: fmt.Sprintf("all %d that are needed", len(BotScopes))}
	if len(granted) == 0 {
		return Check{Name: c.Name, Found: "Slack did not say which scopes the token has", Fix: "see that SLACK_BOT_TOKEN is a bot token"}
	}
	var missing, why []string
	for _, scope := range sortedScopes() {
		if !slices.Contains(granted, scope) {
			missing = append(missing, scope)
			why = append(why, scope+" ("+BotScopes[scope]+")")
		}
	}
	if len(missing) > 0 {
		c.OK, c.Found = false, "missing: "+strings.Join(missing, ", ")
		c.Fix = "add " + strings.Join(why, ", ") + " on the app's page OAuth & Permissions, or paste `ferryman manifest` anew, and reinstall the app"
	}
	return c
}

// checkSocket asks for the address of a socket, which takes a working app-level token with Socket Mode on, and does not dial it.
func (s *Slack) checkSocket(ctx context.Context) Check {
	const name = "Socket Mode"
	err := s.call(ctx, "apps.connections.open", func(ctx context.Context) error {
		_, _, err := s.api.StartSocketModeContext(ctx)
		return err
	})
	switch {
	case err == nil:
		return Check{Name: name, OK: true, Found: "Slack gives the address of a socket"}
	case isCode(err, "missing_scope"):
		return failed(name, err, "make the app-level token anew with the scope "+AppScope)
	case isTokenError(err):
		return failed(name, err, "put an app-level token of the same app into SLACK_APP_TOKEN")
	default:
		return failed(name, err, "turn Socket Mode on in the app's settings and see that Slack can be reached from here")
	}
}

func (s *Slack) checkChannel(ctx context.Context, channel string) Check {
	name := "channel " + channel
	in, err := s.BotInChannel(ctx, channel)
	switch {
	case err != nil:
		return failed(name, err, "see that the profile has the channel's id (C…), as the channel's details show it at the bottom")
	case !in:
		return Check{Name: name, Found: "the bot is not in it, or it is archived or does not exist", Fix: "type `/invite @Ferryman` in the channel, and see that the profile has its id (C…)"}
	}
	return Check{Name: name, OK: true, Found: "the bot is in it"}
}

func failed(name string, err error, fix string) Check {
	return Check{Name: name, Found: err.Error(), Fix: fix}
}

func sortedScopes() []string { return slices.Sorted(maps.Keys(BotScopes)) }
