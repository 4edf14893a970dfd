// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// callTimeout bounds one call of the Web API, uploadTimeout the upload of a file.
const (
	callTimeout   = 10 * time.Second
	uploadTimeout = time.Minute
)

// Slack is the bot's side of the Web API.
type Slack struct {
	api      *slack.Client
	appToken string

	onRateLimit func(method string)
	answered    func(ctx context.Context, envelopeID string)

	store  *store.Store
	limits Limits

	mu        sync.Mutex
	identity  *Identity
	forgotten time.Time
}

// Identity is who the bot is.
type Identity struct {
	Team, TeamID, EnterpriseID string
	UserID, BotID              string
	// Scopes are the bot token's.
	Scopes []string
}

// NewSlack makes a client; apiURL is Slack's own where it is empty. Nothing is called yet.
func NewSlack(appToken, botToken, apiURL string) *Slack {
	options := []slack.Option{slack.OptionAppLevelToken(appToken), slack.OptionHTTPClient(&http.Client{Timeout: uploadTimeout})}
	if apiURL != "" {
		options = append(options, slack.OptionAPIURL(strings.TrimSuffix(apiURL, "/")+"/"))
	}
	return &Slack{
		api: slack.New(botToken, options...), appToken: appToken,
		onRateLimit: func(string) {}, answered: func(context.Context, string) {},
	}
}

// Identity asks Slack once who the bot is.
func (s *Slack) Identity(ctx context.Context) (Identity, error) {
	s.mu.Lock()
	known := s.identity
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var answer *slack.AuthTestResponse
	err := s.call(ctx, "auth.test", func(ctx context.Context) (err error) {
		answer, err = s.api.AuthTestContext(ctx)
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Team: answer.Team, TeamID: answer.TeamID, EnterpriseID: answer.EnterpriseID, UserID: answer.UserID, BotID: answer.BotID}
	for scope := range strings.SplitSeq(answer.Header.Get("X-OAuth-Scopes"), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			id.Scopes = append(id.Scopes, scope)
		}
	}
	s.mu.Lock()
	s.identity = &id
	s.mu.Unlock()
	return id, nil
}

// WaitIdentity is Identity however long Slack is away. Only a refused token, or the end of ctx, is an error.
func (s *Slack) WaitIdentity(ctx context.Context, log *slog.Logger) (Identity, error) {
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		id, err := s.Identity(ctx)
		if err == nil || isTokenError(err) {
			return id, err
		}
		log.Warn("Slack does not answer yet", "error", err, "again_in", wait)
		if !sleep(ctx, wait) {
			return id, ctx.Err()
		}
	}
}

// Ephemeral shows a message to one person in a channel, in a thread where threadTS is not empty. What comes out of a modal has no
// channel: then it goes to their conversation with the bot.
func (s *Slack) Ephemeral(ctx context.Context, channel, user, threadTS string, m commands.Message) error {
	if channel == "" {
		return s.Direct(ctx, user, m)
	}
	options := append(content(m), slack.MsgOptionTS(threadTS))
	err := s.call(ctx, "chat.postEphemeral", func(ctx context.Context) error {
		_, err := s.api.PostEphemeralContext(ctx, channel, user, options...)
		return err
	})
	s.markAnswered(ctx, err)
	return err
}

// Respond answers by an envelope's response_url, to the person alone. Slack takes five answers in thirty minutes.
func (s *Slack) Respond(ctx context.Context, responseURL string, m commands.Message) error {
	if responseURL == "" {
		return errors.New("answer in Slack: the envelope has no response_url")
	}
	options := append(content(m), slack.MsgOptionResponseURL(responseURL, slack.ResponseTypeEphemeral))
	err := s.call(ctx, "response_url", func(ctx context.Context) error {
		_, _, _, err := s.api.SendMessageContext(ctx, "", options...)
		return err
	})
	s.markAnswered(ctx, err)
	return err
}

// Direct writes to one person, in their conversation with the bot.
func (s *Slack) Direct(ctx context.Context, user string, m commands.Message) error {
	options := content(m)
	err := s.call(ctx, "chat.postMessage", func(ctx context.Context) error {
		_, _, err := s.api.PostMessageContext(ctx, user, options...)
		return err
	})
	s.markAnswered(ctx, err)
	return err
}

// Permalink is the link to a message.
func (s *Slack) Permalink(ctx context.Context, channel, ts string) (link string, err error) {
	err = s.call(ctx, "chat.getPermalink", func(ctx context.Context) (err error) {
		link, err = s.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: ts})
		return err
	})
	return link, err
}

// content is what of a message goes with every way of sending it.
func content(m commands.Message) []slack.MsgOption {
	m = guard(m)
	options := []slack.MsgOption{slack.MsgOptionText(m.Text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.Blocks...))
	}
	return options
}

// call bounds a call, waits once where Slack asks for a moment's patience, and words its error.
func (s *Slack) call(ctx context.Context, method string, do func(context.Context) error) error {
	for attempt := 0; ; attempt++ {
		err := s.once(ctx, method, do)
		var limited *slack.RateLimitedError
		if !errors.As(err, &limited) {
			return explain(method, err)
		}
		if attempt > 0 || limited.RetryAfter > 3*time.Second || !sleep(ctx, limited.RetryAfter) {
			return explain(method, err)
		}
	}
}

// once is one bounded call, with its own error.
func (s *Slack) once(ctx context.Context, method string, do func(context.Context) error) error {
	timeout := callTimeout
	if strings.HasPrefix(method, "files.") {
		timeout = uploadTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := do(ctx)
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		s.onRateLimit(method)
	}
	return err
}

type envelopeKey struct{}

// withEnvelope marks everything said with ctx as said in answer to an envelope.
func withEnvelope(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, envelopeKey{}, id)
}

func (s *Slack) markAnswered(ctx context.Context, err error) {
	if id, ok := ctx.Value(envelopeKey{}).(string); ok && err == nil {
		s.answered(ctx, id)
	}
}

// isCode tells whether Slack refused a call with one of these error codes.
func isCode(err error, codes ...string) bool {
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) {
		return false
	}
	for _, code := range codes {
		if refused.Err == code {
			return true
		}
	}
	return false
}

func isTokenError(err error) bool {
	return isCode(err, "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type")
}

// explain says what to do about an error of Slack's; the code stays in reach of isCode.
func explain(method string, err error) error {
	if err == nil {
		return nil
	}
	var advice string
	var refused slack.SlackErrorResponse
	errors.As(err, &refused)
	switch {
	case isCode(err, "missing_scope"):
		advice = fmt.Sprintf("add the scope %s to the Slack app (`ferryman manifest` prints all of them) and reinstall it", refused.Needed)
	case isTokenError(err):
		advice = "Slack refuses the token: see SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…), and that the app is installed"
	case isCode(err, "not_in_channel", "channel_not_found"):
		advice = "the bot can't see the channel: type `/invite` with the bot's name there"
	case isCode(err, "is_archived"):
		advice = "the channel is archived: unarchive it"
	case isCode(err, "plan_upgrade_required"):
		advice = "user groups are not part of this workspace's Slack plan: name the people one by one in the profile"
	case isCode(err, "no_such_subteam", "subteam_not_found"):
		advice = "no user group has this id: see the profile; ids begin with S"
	default:
		return fmt.Errorf("call Slack's %s: %w", method, err)
	}
	return fmt.Errorf("call Slack's %s: %w: %s", method, err, advice)
}
