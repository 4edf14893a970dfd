// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/slack/text"
)

// RenderText is a message as plain lines for a terminal: its blocks, or its text where it has none, and its files.
func (s *Server) RenderText(m Message) string { return s.Render(m, text.Options{}) }

// Render is RenderText with options; names of people, groups and channels are the workspace's unless given.
func (s *Server) Render(m Message, o text.Options) string {
	if o.Name == nil {
		o.Name = s.Name
	}
	lines := []string{}
	if body := text.Message(m.Text, m.Blocks, o); body != "" {
		lines = append(lines, body)
	}
	for _, a := range m.Attachments {
		fallback, _ := a["fallback"].(string)
		if words, ok := a["text"].(string); ok {
			fallback = words
		}
		lines = append(lines, "│ "+text.Mrkdwn(fallback, o))
	}
	for _, f := range m.Files {
		lines = append(lines, fmt.Sprintf("📎 %s (%d bytes)", f.Name, f.Size))
	}
	return strings.Join(lines, "\n")
}

// RenderView is a modal or Home tab as plain lines, with its title and buttons.
func (s *Server) RenderView(v View) string {
	lines := []string{}
	if v.Title != "" {
		lines = append(lines, "╭ "+v.Title)
	}
	lines = append(lines, text.Message("", v.Blocks, text.Options{Name: s.Name}))
	if v.Type == "modal" {
		buttons := "╰ "
		for _, label := range []string{v.CloseText, v.SubmitText} {
			if label != "" {
				buttons += "[" + label + "] "
			}
		}
		lines = append(lines, strings.TrimRight(buttons, " "))
	}
	return strings.Join(lines, "\n")
}
