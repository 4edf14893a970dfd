// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/google/uuid"
	"github.com/slack-go/slack"
)

// reopenAction is the button that opens a modal for which Slack's three seconds were over.
const reopenAction = "ferryman.reopen"

// reopenFor is how long such a button works.
const reopenFor = 30 * time.Minute

// openModal opens the modal that answers an envelope, if there is one.
func (b *Bot) openModal(ctx context.Context, env commands.Envelope) {
	var view *slack.ModalViewRequest
	err := b.guarded("Modal", func() (err error) {
		view, err = b.Router.Modal(ctx, env)
		return err
	})
	if err != nil {
		b.answerError(ctx, env, err)
		return
	}
	if view == nil {
		return
	}
	err = b.Slack.once(ctx, "views.open", func(ctx context.Context) error {
		_, err := b.Slack.api.OpenViewContext(ctx, env.TriggerID, *view)
		return err
	})
	switch {
	case err == nil:
		b.noteAnswered(ctx, env.ID)
	case isCode(err, "expired_trigger_id", "trigger_expired", "exchanged_trigger_id") || !refusedBySlack(err):
		b.log.Warn("a form was not opened in time; a button is offered", "error", err, "envelope", env.ID)
		b.offerReopen(ctx, env)
	default:
		b.answerError(ctx, env, explain("views.open", err))
	}
}

// refusedBySlack tells an answer about what was asked for from trouble on the way, after which the same may go well.
func refusedBySlack(err error) bool {
	var refused slack.SlackErrorResponse
	return errors.As(err, &refused) && !isCode(err, "internal_error", "fatal_error", "service_unavailable", "ratelimited")
}

func reopenKey(token string) string { return "ferryman:{in}:reopen:" + token }

// offerReopen keeps the envelope for a button that opens the modal with a trigger of its own.
func (b *Bot) offerReopen(ctx context.Context, env commands.Envelope) {
	token := uuid.NewString()
	body, err := json.Marshal(env)
	if err == nil {
		err = b.Store.Client().Set(ctx, reopenKey(token), body, reopenFor).Err()
	}
	if err != nil {
		b.answerError(ctx, env, err)
		return
	}
	const text = "Slack lets me open the form for three seconds only, and they were over."
	button := slack.NewButtonBlockElement(reopenAction, token, slack.NewTextBlockObject(slack.PlainTextType, "Open", false, false))
	b.answer(ctx, env, commands.Message{Text: text, Blocks: []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil),
		slack.NewActionBlock("", button),
	}})
}

// reopen opens a modal by the button of offerReopen, for the same person only.
func (b *Bot) reopen(ctx context.Context, click commands.Envelope) {
	body, err := b.Store.Client().Get(ctx, reopenKey(click.Value)).Bytes()
	var env commands.Envelope
	if err == nil {
		err = json.Unmarshal(body, &env)
	}
	if err == nil && env.User != click.User {
		err = errors.New("the button is another person's")
	}
	if err != nil {
		b.log.Warn("a form could not be opened again", "error", err)
		b.answer(ctx, click, commands.Message{Text: "This button has expired. Give the command, or press the first button, again."})
		return
	}
	env.TriggerID, env.ResponseURL = click.TriggerID, click.ResponseURL
	b.openModal(ctx, env)
}
