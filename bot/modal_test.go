// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// openForm answers the button "next", and the command /migrate-cutover, with a form.
func openForm(_ context.Context, env commands.Envelope) (*slack.ModalViewRequest, error) {
	if env.ActionID != "next" && env.Command != "/migrate-cutover" {
		return nil, nil
	}
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	input := slack.NewInputBlock("name_block", plain("Type the migration's name"), nil, slack.NewPlainTextInputBlockElement(nil, "name"))
	return &slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "cutover", PrivateMetadata: "box", Title: plain("Cutover"), Submit: plain("Approve"), Close: plain("Back"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{input}},
	}, nil
}

// openedForm presses the button of a message and waits for the form.
func (w *world) openedForm(user string, m standin.Message) standin.View {
	w.t.Helper()
	require.NoError(w.t, w.slack.As(user).Press(w.ctx, m.Channel, m.TS, "next"))
	v, err := w.slack.WaitModal(w.ctx, user, func(v standin.View) bool { return v.CallbackID == "cutover" })
	require.NoError(w.t, err)
	return v
}

func TestFormOpensInTimeAndStaysOpenUntilItIsRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.render, w.router.modal = buttons, openForm
	w.router.viewErrors = func(_ context.Context, env commands.Envelope) (map[string]string, error) {
		if env.Fields["name"] != env.PrivateMetadata {
			return map[string]string{"name_block": "That is not the migration's name."}, nil
		}
		return nil, nil
	}
	w.router.handle = func(_ context.Context, env commands.Envelope) error {
		if env.Type == commands.ViewSubmission {
			return facing("Taken: " + env.Fields["name"])
		}
		return nil
	}
	w.start(fast)
	w.start(fast)
	w.open("box")
	posted, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return m.Text == "root" })
	require.NoError(t, err)
	form := w.openedForm(standin.DBA, posted)

	result, err := w.slack.As(standin.DBA).Submit(w.ctx, form.ID, map[string]any{"name": "boxx"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"name_block": "That is not the migration's name."}, result.Errors)
	result, err = w.slack.As(standin.DBA).Submit(w.ctx, form.ID, map[string]any{"name": "box"})
	require.NoError(t, err)
	require.True(t, result.Closed)
	w.waitFor("the submission", func() bool { return slices.Contains(w.router.seen(), "cutover") })
	w.waitFor("the answer, which has no channel to go to", func() bool {
		return slices.ContainsFunc(w.slack.Channels(), func(c standin.Channel) bool {
			messages := w.slack.Messages(c.ID)
			return c.IM && len(messages) > 0 && messages[0].Text == "Taken: box"
		})
	})
	w.waitFor("the click", func() bool { return slices.Contains(w.router.seen(), "next box") })
	require.Len(t, w.router.seen(), 2, "the click and the right submission; the wrong one was handled by nobody")

	w.router.mu.Lock()
	defer w.router.mu.Unlock()
	click := w.router.handled[slices.IndexFunc(w.router.handled, func(e commands.Envelope) bool { return e.Type == commands.BlockAction })]
	require.Equal(t, posted.TS, click.MessageTS)
	require.Equal(t, standin.Migrations, click.Channel)
	require.Equal(t, "box", click.Value)
}

func TestFormWhoseTimeWasOverIsOfferedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.modal = openForm
	w.start(fast)
	w.slack.FailNext("views.open", 1, "expired_trigger_id")
	w.command(standin.DBA, "/migrate-cutover box")
	offer := w.whispered(standin.DBA, "three seconds")
	require.NoError(t, w.slack.As(standin.DBA).Press(w.ctx, offer.Channel, offer.TS, "ferryman.reopen"))
	_, err := w.slack.WaitModal(w.ctx, standin.DBA, func(v standin.View) bool { return v.CallbackID == "cutover" })
	require.NoError(t, err)
	w.waitFor("the command", func() bool { return len(w.router.seen()) > 0 }) // which opens its form before it is carried out, or after
	require.Equal(t, []string{"/migrate-cutover box"}, w.router.seen(), "the command was carried out once")
}

func TestFormWhoseTimeWasOverOpensFromAnotherReplicaAfterARestart(t *testing.T) {
	t.Parallel()
	for name, breakOpening := range map[string]func(*standin.Server){
		"the trigger was too old":  func(s *standin.Server) { s.FailNext("views.open", 1, "expired_trigger_id") },
		"Slack asked for patience": func(s *standin.Server) { s.RateLimit("views.open", 30*time.Second, time.Minute) },
		"Slack's edge was broken":  func(s *standin.Server) { s.FailNextHTTP("views.open", 1, 503) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, unlimited)
			w.router.modal = openForm
			first, second := w.start(fast), w.start(fast)
			breakOpening(w.slack)
			w.command(standin.DBA, "/migrate-cutover box")
			offer := w.whispered(standin.DBA, "three seconds")
			first.stop()
			second.stop()
			w.slack.Heal()
			w.start(fast)
			for range 2 { // the button works again and again
				require.NoError(t, w.slack.As(standin.DBA).Press(w.ctx, offer.Channel, offer.TS, "ferryman.reopen"))
				v, err := w.slack.WaitModal(w.ctx, standin.DBA, func(v standin.View) bool { return v.CallbackID == "cutover" })
				require.NoError(t, err)
				require.NoError(t, w.slack.As(standin.DBA).CloseView(v.ID))
			}
			w.waitFor("the command", func() bool { return len(w.router.seen()) > 0 })
			require.Equal(t, []string{"/migrate-cutover box"}, w.router.seen(), "the command was carried out once")
		})
	}
}

func TestFormThatIsRefusedIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.modal = func(_ context.Context, env commands.Envelope) (*slack.ModalViewRequest, error) {
		if env.Text == "panic" {
			panic("no form")
		}
		return nil, facing("You are no approver of box.")
	}
	w.start(fast)
	w.command(standin.DBA, "/migrate-cutover box")
	w.whispered(standin.DBA, "You are no approver of box.")
	w.command(standin.DBA, "/migrate-cutover panic")
	w.whispered(standin.DBA, "Something went wrong")
}
