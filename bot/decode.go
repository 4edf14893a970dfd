// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// delivery is one arrival of an envelope: what it says, what Slack repeats when it delivers it again, and how to answer it.
type delivery struct {
	env    commands.Envelope
	dedupe []string
	// inputs are the block ids of a submitted modal, first to last as far as JSON keeps them.
	inputs []string
}

// decode reads what arrived by a socket; nil for what nobody handles.
func decode(r *socketmode.Request, at time.Time) *delivery {
	var d *delivery
	switch r.Type {
	case socketmode.RequestTypeSlashCommands:
		var c slack.SlashCommand
		if json.Unmarshal(r.Payload, &c) != nil {
			return nil
		}
		d = decodeSlash(c)
	case socketmode.RequestTypeInteractive:
		var c slack.InteractionCallback
		if json.Unmarshal(r.Payload, &c) != nil {
			return nil
		}
		switch c.Type {
		case slack.InteractionTypeBlockActions:
			d = decodeAction(c)
		case slack.InteractionTypeViewSubmission:
			d = decodeView(c)
		}
	}
	if r.Type == socketmode.RequestTypeEventsAPI {
		d = decodeShared(r.Payload)
	}
	if d == nil {
		return nil
	}
	// A trigger id is the same in every delivery of one act and never that of another act. An envelope id may be new each time.
	if d.env.TriggerID != "" {
		d.dedupe = []string{"trigger:" + d.env.TriggerID}
	}
	d.env.ID = digest(d.dedupe[0])
	d.env.ReceivedAt = at.UTC()
	return d
}

func decodeSlash(c slack.SlashCommand) *delivery {
	return &delivery{
		env: commands.Envelope{
			Type: commands.SlashCommand, Team: c.TeamID, User: c.UserID, Channel: c.ChannelID, ResponseURL: c.ResponseURL,
			Command: c.Command, Text: c.Text, TriggerID: c.TriggerID,
		},
		dedupe: []string{"slash:" + digest(c.ResponseURL+c.UserID+c.Command+c.Text)},
	}
}

func decodeAction(c slack.InteractionCallback) *delivery {
	if len(c.ActionCallback.BlockActions) == 0 {
		return nil
	}
	a := c.ActionCallback.BlockActions[0]
	return &delivery{
		env: commands.Envelope{
			Type: commands.BlockAction, Team: c.Team.ID, User: c.User.ID, Channel: cmp.Or(c.Channel.ID, c.Container.ChannelID),
			ResponseURL: c.ResponseURL, ActionID: a.ActionID, Value: entered(*a),
			MessageTS: cmp.Or(c.Message.Timestamp, c.Container.MessageTs), ThreadTS: cmp.Or(c.Message.ThreadTimestamp, c.Container.ThreadTs),
			TriggerID: c.TriggerID,
		},
		dedupe: []string{"action:" + digest(c.User.ID+"/"+a.ActionID+"/"+c.Container.MessageTs+"/"+a.ActionTs)},
	}
}

func decodeView(c slack.InteractionCallback) *delivery {
	d := &delivery{env: commands.Envelope{
		Type: commands.ViewSubmission, Team: c.Team.ID, User: c.User.ID, CallbackID: c.View.CallbackID,
		PrivateMetadata: c.View.PrivateMetadata, Fields: map[string]string{}, TriggerID: c.TriggerID,
	}}
	for _, r := range c.ResponseURLs {
		d.env.ResponseURL, d.env.Channel = r.ResponseURL, r.ChannelID
	}
	if c.View.State != nil {
		for block, actions := range c.View.State.Values {
			d.inputs = append(d.inputs, block)
			for action, a := range actions {
				d.env.Fields[action] = entered(a)
			}
		}
	}
	// What was corrected after an error has the same view and hash: what was entered tells the two apart.
	fields, _ := json.Marshal(d.env.Fields)
	d.dedupe = []string{"view:" + digest(c.View.ID+"/"+c.View.Hash+"/"+string(fields))}
	return d
}

// entered is what a person put into an element, whatever its kind. Several choices are joined by commas.
func entered(a slack.BlockAction) string {
	var chosen []string
	for _, o := range a.SelectedOptions {
		chosen = append(chosen, o.Value)
	}
	return cmp.Or(a.Value, a.SelectedOption.Value, strings.Join(chosen, ","), a.SelectedUser, strings.Join(a.SelectedUsers, ","),
		a.SelectedConversation, a.SelectedChannel, a.SelectedDate, a.SelectedTime)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
