// SPDX-License-Identifier: Apache-2.0

package slack

import "slices"

// Block is one Block Kit block as it came over the wire. Stored blocks are never changed, only replaced.
type Block = map[string]any

// Metadata is a message's metadata, for apps to find their own posts by.
type Metadata struct {
	EventType string         `json:"event_type"`
	Payload   map[string]any `json:"event_payload"`
}

// Reaction is an emoji under a message and who put it there.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// Message is a message as the workspace holds it now. TS is its identity in the channel; ThreadTS is that of the thread's root, and
// empty outside threads; a root has its own TS there once it has replies. An ephemeral message is seen by To alone.
type Message struct {
	Channel     string     `json:"channel"`
	TS          string     `json:"ts"`
	ThreadTS    string     `json:"thread_ts,omitempty"`
	User        string     `json:"user"`
	BotID       string     `json:"bot_id,omitempty"`
	AppID       string     `json:"app_id,omitempty"`
	Username    string     `json:"username,omitempty"`
	Subtype     string     `json:"subtype,omitempty"`
	Text        string     `json:"text"`
	Blocks      []Block    `json:"blocks,omitempty"`
	Attachments []Block    `json:"attachments,omitempty"`
	Metadata    *Metadata  `json:"metadata,omitempty"`
	Files       []File     `json:"files,omitempty"`
	Reactions   []Reaction `json:"reactions,omitempty"`
	EditedTS    string     `json:"edited_ts,omitempty"`
	EditedBy    string     `json:"edited_by,omitempty"`
	// Versions counts how often the message was changed in place; the first version is 1.
	Versions    int      `json:"versions"`
	ReplyCount  int      `json:"reply_count,omitempty"`
	ReplyUsers  []string `json:"reply_users,omitempty"`
	LatestReply string   `json:"latest_reply,omitempty"`
	Broadcast   bool     `json:"broadcast,omitempty"`
	Ephemeral   bool     `json:"ephemeral,omitempty"`
	To          string   `json:"to,omitempty"`
	Pinned      bool     `json:"pinned,omitempty"`
}

// IsReply says whether the message stands in a thread without being its root.
func (m Message) IsReply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// api is the message as Slack's methods and payloads show it.
func (m *Message) api(teamID string, withMetadata bool) object {
	o := object{"type": "message", "ts": m.TS, "text": m.Text, "team": teamID}
	set := func(key, value string) {
		if value != "" {
			o[key] = value
		}
	}
	set("user", m.User)
	set("bot_id", m.BotID)
	set("app_id", m.AppID)
	set("username", m.Username)
	set("subtype", m.Subtype)
	set("thread_ts", m.ThreadTS)
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if m.Attachments != nil {
		o["attachments"] = m.Attachments
	}
	if m.EditedTS != "" {
		o["edited"] = object{"user": m.EditedBy, "ts": m.EditedTS}
	}
	if withMetadata && m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	if len(m.Files) > 0 {
		files := make([]object, len(m.Files))
		for i := range m.Files {
			files[i] = m.Files[i].api()
		}
		o["files"], o["upload"] = files, false
	}
	if len(m.Reactions) > 0 {
		o["reactions"] = m.Reactions
	}
	if m.ReplyCount > 0 {
		o["reply_count"], o["reply_users_count"] = m.ReplyCount, len(m.ReplyUsers)
		o["reply_users"], o["latest_reply"] = m.ReplyUsers, m.LatestReply
	}
	return o
}

// find is the place of a message in its channel, or -1.
func (c *channelState) find(ts string) int {
	i, ok := slices.BinarySearchFunc(c.messages, ts, func(m *Message, ts string) int { return compareTS(m.TS, ts) })
	if !ok {
		return -1
	}
	return i
}

func (c *channelState) message(ts string) *Message {
	if i := c.find(ts); i >= 0 {
		return c.messages[i]
	}
	return nil
}

// replace stores a changed copy: what was handed out before stays as it was.
func (c *channelState) replace(m Message) *Message {
	if i := c.find(m.TS); i >= 0 {
		c.messages[i] = &m
	}
	return &m
}
