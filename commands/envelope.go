// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"time"

	"github.com/slack-go/slack"
)

// EnvelopeType tells what a person did in Slack.
type EnvelopeType string

// The kinds of envelopes that the bot stores. Everything else Slack may send is acked and dropped.
const (
	SlashCommand   EnvelopeType = "slash"
	BlockAction    EnvelopeType = "action"
	ViewSubmission EnvelopeType = "view"
	// FilesShared are files that somebody dropped into a thread.
	FilesShared EnvelopeType = "files"
)

// Envelope is one thing a person did in Slack, as it is kept in the inbox: stored before Slack is told that it arrived, handled
// after that by any replica, at least once.
type Envelope struct {
	// ID is the same for every delivery of the same act: it is what handlers deduplicate by.
	ID         string       `json:"id"`
	Type       EnvelopeType `json:"type"`
	ReceivedAt time.Time    `json:"received_at"`

	Team        string `json:"team"`
	User        string `json:"user"`
	Channel     string `json:"channel,omitempty"`
	ResponseURL string `json:"response_url,omitempty"`

	// Command and Text are a slash command's, such as "/migrate-load" and "box-office".
	Command string `json:"command,omitempty"`
	Text    string `json:"text,omitempty"`

	// ActionID and Value are a button's, MessageTS and ThreadTS those of the message that carries it.
	ActionID  string `json:"action_id,omitempty"`
	Value     string `json:"value,omitempty"`
	MessageTS string `json:"message_ts,omitempty"`
	ThreadTS  string `json:"thread_ts,omitempty"`

	// CallbackID, PrivateMetadata and Fields are a submitted modal's; Fields maps each input's action_id to what was entered.
	CallbackID      string            `json:"callback_id,omitempty"`
	PrivateMetadata string            `json:"private_metadata,omitempty"`
	Fields          map[string]string `json:"fields,omitempty"`

	// Files are those that were shared, without their content.
	Files []SharedFile `json:"files,omitempty"`

	// TriggerID opens a modal within three seconds, so it is of use only to the replica that received the envelope and is not
	// stored.
	TriggerID string `json:"-"`

	// Again tells that it was given to a handler before, whose end is not known.
	Again bool `json:"-"`
}

// SharedFile is a file in Slack.
type SharedFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size"`
}

// Message is what is to be shown in Slack. Text is the fallback that notifications and screen readers get, and is never empty.
type Message struct {
	Text   string
	Blocks []slack.Block
	// Files are uploaded into the thread before the message is posted.
	Files []File
}

// File is an attachment of a message.
type File struct {
	Name    string
	Title   string
	Content []byte
}
