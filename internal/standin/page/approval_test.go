// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// approver is a small app: a command opens a root message with a request below it, two people approve it, a form rejects it.
type approver struct {
	t  *testing.T
	mu sync.Mutex
	// root and request are the messages' timestamps, votes who approved, form what was submitted.
	root, request string
	votes         []string
	form          map[string]map[string]client.BlockAction
	closed        bool
}

func (a *approver) handle(b *bot, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeSlashCommand:
		a.command(b, e)
	case socketmode.EventTypeInteractive:
		a.interact(b, e)
	}
}

func (a *approver) command(b *bot, e socketmode.Event) {
	c := e.Data.(client.SlashCommand)
	assert.NoError(a.t, b.socket.Ack(*e.Request, map[string]any{"response_type": "ephemeral", "text": "Opened *" + c.Text + "*."}))
	_, root, err := b.PostMessage(c.ChannelID, client.MsgOptionText(c.Text, false), client.MsgOptionBlocks(section("*"+c.Text+"* waits for two")))
	assert.NoError(a.t, err)
	_, request, err := b.PostMessage(c.ChannelID, client.MsgOptionTS(root), a.asked())
	assert.NoError(a.t, err)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.root, a.request = root, request
}

// posted are the timestamps of the root message and the request, once the app knows both.
func (a *approver) posted() (root, request string) {
	require.Eventually(a.t, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		root, request = a.root, a.request
		return root != ""
	}, wait, poll)
	return root, request
}

func (a *approver) approvedBy() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.votes)
}

func (a *approver) asked() client.MsgOption {
	words := "Two people are needed."
	for _, v := range a.votes {
		words += "\n<@" + v + "> approved."
	}
	blocks := []client.Block{section(words)}
	if len(a.votes) < 2 {
		approve := button("approve", "Approve", "one").WithStyle(client.StylePrimary)
		blocks = append(blocks, client.NewActionBlock("vote", approve, button("reject", "Reject…", "one").WithStyle(client.StyleDanger)))
	}
	return client.MsgOptionCompose(client.MsgOptionText(words, false), client.MsgOptionBlocks(blocks...))
}

func (a *approver) interact(b *bot, e socketmode.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := e.Data.(client.InteractionCallback)
	switch {
	case c.Type == client.InteractionTypeViewSubmission:
		values := c.View.State.Values
		if strings.TrimSpace(values["reason"]["text"].Value) == "no" {
			assert.NoError(a.t, b.socket.Ack(*e.Request, client.NewErrorsViewSubmissionResponse(map[string]string{"reason": "Say more than no."})))
			return
		}
		a.form = values
		assert.NoError(a.t, b.socket.Ack(*e.Request))
		_, _, _, err := b.UpdateMessage(slack.Migrations, a.request, client.MsgOptionText("Rejected: "+values["reason"]["text"].Value, false))
		assert.NoError(a.t, err)
		return
	case c.Type == client.InteractionTypeViewClosed:
		a.closed = true
	case c.ActionCallback.BlockActions[0].ActionID == "reject":
		_, err := b.OpenView(c.TriggerID, rejection())
		assert.NoError(a.t, err)
	case strings.Contains(strings.Join(a.votes, " "), c.User.ID):
		_, err := b.PostEphemeral(c.Channel.ID, c.User.ID, client.MsgOptionText("That wasn't counted: you approved already.", false), client.MsgOptionTS(a.root))
		assert.NoError(a.t, err)
	default:
		a.votes = append(a.votes, c.User.ID)
		_, _, _, err := b.UpdateMessage(c.Channel.ID, a.request, a.asked())
		assert.NoError(a.t, err)
		if len(a.votes) == 2 {
			_, _, _, err = b.UpdateMessage(c.Channel.ID, a.root, client.MsgOptionText("granted", false), client.MsgOptionBlocks(section("*granted* by two people")))
			assert.NoError(a.t, err)
		}
	}
	assert.NoError(a.t, b.socket.Ack(*e.Request))
}

// rejection is a form with a field of each common kind.
func rejection() client.ModalViewRequest {
	text := client.NewPlainTextInputBlockElement(plain("In a sentence"), "text")
	text.Multiline, text.MaxLength = true, 500
	choices := func(of ...string) (all []*client.OptionBlockObject) {
		for _, o := range of {
			all = append(all, client.NewOptionBlockObject(strings.ToLower(o), plain(o), nil))
		}
		return all
	}
	days := client.NewOptionsSelectBlockElement(client.OptTypeStatic, plain("A day"), "day", choices("Today", "Tomorrow")...)
	again := client.NewRadioButtonsBlockElement("again", choices("Yes", "Never")...)
	tell := client.NewCheckboxGroupsBlockElement("tell", choices("Lead", "Oncall", "Everybody")...)
	name := client.NewPlainTextInputBlockElement(nil, "name")
	name.InitialValue = "box-office"
	optional := client.NewInputBlock("tell", plain("Who should hear of it?"), nil, tell)
	optional.Optional = true
	return client.ModalViewRequest{
		Type: client.VTModal, CallbackID: "reject", Title: plain("Reject"), Submit: plain("Reject"), Close: plain("Back"), NotifyOnClose: true,
		Blocks: client.Blocks{BlockSet: []client.Block{
			section("*Prepare of box-office*, plan `9f3c1e7a02b4`. One No ends the request."),
			client.NewInputBlock("reason", plain("Why not?"), plain("It is shown in the thread."), text),
			client.NewInputBlock("when", plain("When to ask again?"), nil, days),
			client.NewInputBlock("again", plain("Ask again?"), nil, again), optional,
			client.NewInputBlock("name", plain("Migration"), nil, name),
		}},
	}
}
