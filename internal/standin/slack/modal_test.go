// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func words(s string) *client.TextBlockObject {
	return client.NewTextBlockObject(client.PlainTextType, s, false, false)
}

// form is a modal that asks for a migration's name and, if wanted, a reason.
func form(title string) client.ModalViewRequest {
	name := client.NewInputBlock("name", words("Type the migration's name"), nil, client.NewPlainTextInputBlockElement(nil, "value"))
	why := client.NewInputBlock("why", words("Why"), nil, client.NewPlainTextInputBlockElement(nil, "reason"))
	why.Optional = true
	return client.ModalViewRequest{
		Type: client.VTModal, Title: words(title), Submit: words("Confirm"), Close: words("Cancel"), CallbackID: "cutover",
		PrivateMetadata: "opaque", NotifyOnClose: true, Blocks: client.Blocks{BlockSet: []client.Block{name, why}},
	}
}

// withModals opens a form for every click and answers submissions with what reply gives.
func withModals(t *testing.T, s *slack.Server, reply func(client.InteractionCallback) any) *app {
	return connect(t, s, func(a *app, e socketmode.Event) {
		in := e.Data.(client.InteractionCallback)
		switch in.Type {
		case client.InteractionTypeBlockActions:
			_ = a.socket.Ack(*e.Request)
			if _, err := a.OpenView(in.TriggerID, form("Cutover")); err != nil {
				t.Errorf("views.open: %v", err)
			}
		case client.InteractionTypeViewSubmission:
			_ = a.socket.Ack(*e.Request, reply(in))
		default:
			_ = a.socket.Ack(*e.Request)
		}
	})
}

func opened(t *testing.T, s *slack.Server) slack.View {
	t.Helper()
	require.NoError(t, s.As(slack.Lead).Press(within(t), slack.Migrations, approval(t, s), "approval.approve"))
	v, err := s.WaitModal(within(t), slack.Lead, func(slack.View) bool { return true })
	require.NoError(t, err)
	return v
}

func TestAModalIsFilledAndSubmitted(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := withModals(t, s, func(in client.InteractionCallback) any {
		if in.View.State.Values["name"]["value"].Value != "box-office" {
			return client.NewErrorsViewSubmissionResponse(map[string]string{"name": "That is not its name."})
		}
		return nil
	})
	v := opened(t, s)
	lead := s.As(slack.Lead)
	require.Equal(t, "Cutover", v.Title)

	out, err := lead.Submit(within(t), v.ID, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"name": "Please complete this required field."}, out.Errors)
	before := a.count.Load()
	out, err = lead.Submit(within(t), v.ID, map[string]any{"name": "box"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"name": "That is not its name."}, out.Errors)
	require.Equal(t, before+1, a.count.Load(), "what the client can tell itself is not sent")
	require.Len(t, lead.Modals(), 1)

	_, err = lead.Submit(within(t), v.ID, map[string]any{"nothing": "x"})
	require.ErrorIs(t, err, slack.ErrNoElement)
	_, err = s.As(slack.DBA).Submit(within(t), v.ID, map[string]any{"name": "x"})
	require.ErrorIs(t, err, slack.ErrNotVisible)
	out, err = lead.Submit(within(t), v.ID, map[string]any{"name": "box-office", "reason": "because"})
	require.NoError(t, err)
	require.True(t, out.Closed)
	require.Empty(t, lead.Modals())
	e, _ := a.last(t, socketmode.EventTypeInteractive)
	in := e.Data.(client.InteractionCallback)
	require.Equal(t, "opaque", in.View.PrivateMetadata)
	require.Equal(t, "because", in.View.State.Values["why"]["reason"].Value)
	require.True(t, e.Request.AcceptsResponsePayload)
}

func TestModalsArePushedUpdatedClearedAndClosed(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	var next any
	a := withModals(t, s, func(client.InteractionCallback) any { return next })
	v := opened(t, s)
	lead := s.As(slack.Lead)
	submit := func() slack.Submission {
		stack := lead.Modals()
		out, err := lead.Submit(within(t), stack[len(stack)-1].ID, map[string]any{"name": "x"})
		require.NoError(t, err)
		return out
	}
	updated := form("Second")
	next = client.NewUpdateViewSubmissionResponse(&updated)
	require.Equal(t, "Second", submit().Shown.Title)
	require.Equal(t, v.ID, lead.Modals()[0].ID, "an updated view keeps its id")
	third := form("Third")
	next = client.NewPushViewSubmissionResponse(&third)
	require.Equal(t, "Third", submit().Shown.Title)
	require.Len(t, lead.Modals(), 2)
	top := lead.Modals()[1]
	require.Equal(t, v.ID, top.RootID)
	require.ErrorIs(t, lead.CloseView(v.ID), slack.ErrNotVisible, "it lies below")
	require.NoError(t, lead.CloseView(top.ID))
	require.Eventually(t, func() bool {
		e, payload := a.last(t, socketmode.EventTypeInteractive)
		return e.Data.(client.InteractionCallback).Type == client.InteractionTypeViewClosed && payload["is_cleared"] == false
	}, 2*time.Minute, time.Millisecond)
	next = client.NewErrorsViewSubmissionResponse(map[string]string{"nowhere": "x"})
	require.Contains(t, submit().Trouble, "no input block")
	next = map[string]any{"response_action": "update", "view": map[string]any{"type": "modal"}}
	require.Contains(t, submit().Trouble, "invalid_arguments")
	_, err := api(s).UpdateView(form("By the app"), "", "stale", v.ID)
	require.EqualError(t, err, "hash_conflict")
	fresh, err := api(s).UpdateView(form("By the app"), "", lead.Modals()[0].Hash, v.ID)
	require.NoError(t, err)
	require.NotEqual(t, v.Hash, fresh.Hash)
	require.Equal(t, "By the app", lead.Modals()[0].Title)
	next = client.NewClearViewSubmissionResponse()
	require.True(t, submit().Closed)
	_, err = api(s).UpdateView(form("Gone"), "", "", v.ID)
	require.EqualError(t, err, "not_found")
}

func TestTriggersLiveThreeSecondsAndOnce(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := start(t, now.options(relaxed()))
	a := connect(t, s, nil)
	trigger := func() string {
		_, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
		require.NoError(t, err)
		e, _ := a.last(t, socketmode.EventTypeSlashCommand)
		return e.Data.(client.SlashCommand).TriggerID
	}
	open := func(id string) error { _, err := a.OpenView(id, form("F")); return err }
	first := trigger()
	now.forward(3 * time.Second)
	require.NoError(t, open(first))
	require.EqualError(t, open(first), "exchanged_trigger_id")
	second := trigger()
	now.forward(3*time.Second + time.Millisecond)
	require.EqualError(t, open(second), "expired_trigger_id")
	require.EqualError(t, open("nonsense"), "invalid_trigger_id")
	_, err := a.PushView(trigger(), form("F"))
	require.EqualError(t, err, "not_found", "a command is no modal to push onto")
}

func TestPushingStopsAtThreeViews(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	view := form("F")
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, client.NewActionBlock("more", button("push", "More", "")))
	a := connect(t, s, nil)
	_, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	e, _ := a.last(t, socketmode.EventTypeSlashCommand)
	_, err = a.OpenView(e.Data.(client.SlashCommand).TriggerID, view)
	require.NoError(t, err)
	push := func() error {
		stack := s.Modals(slack.DBA)
		require.NoError(t, s.As(slack.DBA).PressInView(within(t), stack[len(stack)-1].ID, "push"))
		e, payload := a.last(t, socketmode.EventTypeInteractive)
		require.NotContains(t, payload, "response_url")
		_, err := a.PushView(e.Data.(client.InteractionCallback).TriggerID, view)
		return err
	}
	require.NoError(t, push())
	require.NoError(t, push())
	require.EqualError(t, push(), "push_limit_reached")
}

func TestViewsAreChecked(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	for want, spoil := range map[string]func(*client.ModalViewRequest){
		"less than 25 characters [json-pointer:/view/title/text]":         func(v *client.ModalViewRequest) { v.Title = words(strings.Repeat("x", 25)) },
		"missing required field: submit":                                  func(v *client.ModalViewRequest) { v.Submit = nil },
		"less than 3001 characters [json-pointer:/view/private_metadata]": func(v *client.ModalViewRequest) { v.PrivateMetadata = strings.Repeat("x", 3001) },
		"less than 256 characters [json-pointer:/view/callback_id]":       func(v *client.ModalViewRequest) { v.CallbackID = strings.Repeat("x", 256) },
		"unsupported type: table [json-pointer:/view/blocks/2/type]": func(v *client.ModalViewRequest) {
			v.Blocks.BlockSet = append(v.Blocks.BlockSet, client.NewTableBlock(""))
		},
		"no more than 100 items allowed [json-pointer:/view/blocks]": func(v *client.ModalViewRequest) {
			for range 99 {
				v.Blocks.BlockSet = append(v.Blocks.BlockSet, client.NewDividerBlock())
			}
		},
		"less than 3001 characters [json-pointer:/view/blocks/2/text/text]": func(v *client.ModalViewRequest) {
			v.Blocks.BlockSet = append(v.Blocks.BlockSet, section(strings.Repeat("x", 3001)))
		},
	} {
		view := form("F")
		spoil(&view)
		_, err := api(s).OpenView("1.2.3", view)
		var answer client.SlackErrorResponse
		require.ErrorAs(t, err, &answer, want)
		require.Equal(t, "invalid_arguments", answer.Err)
		require.Contains(t, strings.Join(answer.ResponseMetadata.Messages, "\n"), want)
	}
}

func TestTheHomeTab(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, nil)
	lead := s.As(slack.Lead)
	_, published, err := lead.OpenHome()
	require.NoError(t, err)
	require.False(t, published)
	e, payload := a.last(t, socketmode.EventTypeEventsAPI)
	require.Equal(t, "app_home_opened", payload["event"].(map[string]any)["type"])
	require.Equal(t, "event_callback", payload["type"])
	require.NotNil(t, e.Request)
	home := client.HomeTabViewRequest{Type: client.VTHomeTab, Blocks: client.Blocks{BlockSet: []client.Block{
		client.NewActionBlock("", button("approval.approve", "Approve", "id-1")),
	}}}
	_, err = a.PublishView(slack.Lead, home, "")
	require.NoError(t, err)
	v, published, err := lead.OpenHome()
	require.NoError(t, err)
	require.True(t, published)
	require.NoError(t, lead.PressInView(within(t), v.ID, "approval.approve"))
	e, _ = a.last(t, socketmode.EventTypeInteractive)
	require.Equal(t, client.VTHomeTab, e.Data.(client.InteractionCallback).View.Type)
	_, err = a.PublishView(slack.Lead, home, "stale")
	require.EqualError(t, err, "hash_conflict")
	_, err = a.PublishView(slack.Lead, home, v.Hash)
	require.NoError(t, err)
	require.ErrorIs(t, s.As(slack.DBA).PressInView(within(t), v.ID, "approval.approve"), slack.ErrNotVisible)
}
