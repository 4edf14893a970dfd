// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/ferryman/ferryman/commands"
	"github.com/slack-go/slack"
)

// Slack's limits, in characters and pieces. The total of a message is not documented: 13,200 characters were refused, 12,000 never.
const (
	maxText         = 3900
	maxSection      = 3000
	maxField        = 2000
	maxFields       = 10
	maxHeader       = 150
	maxContext      = 10
	maxContextText  = 2000
	maxButton       = 75
	maxActions      = 25
	maxMarkdown     = 11000
	maxBlocks       = 50
	maxMessage      = 12000
	restIsMissing   = "… the rest does not fit into a Slack message."
	reservedForRest = 100
)

// guard is the last look at a message: nothing that leaves here is longer than Slack takes. Words are cut at their end and blocks left
// out from below, but never a row of buttons.
func guard(m commands.Message) commands.Message {
	m.Text = cut(m.Text, maxText)
	if m.Text == "" {
		m.Text = "…"
	}
	sizes := make([]int, len(m.Blocks))
	total, count := 0, len(m.Blocks)
	kept := make([]slack.Block, len(m.Blocks))
	for i, block := range m.Blocks {
		kept[i], sizes[i] = trim(block)
		total += sizes[i]
	}
	tooMuch := total > maxMessage || count > maxBlocks
	for i := len(kept) - 1; tooMuch && i >= 0 && (total > maxMessage-reservedForRest || count > maxBlocks-1); i-- {
		if kept[i].BlockType() != slack.MBTAction {
			total, count, kept[i] = total-sizes[i], count-1, nil
		}
	}
	m.Blocks = make([]slack.Block, 0, count+1)
	said := false
	for _, block := range kept {
		if block != nil {
			m.Blocks = append(m.Blocks, block)
		} else if !said {
			said = true
			m.Blocks = append(m.Blocks, slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, restIsMissing, false, false)))
		}
	}
	return m
}

// trim returns a block whose parts are within Slack's limits, and its size in characters. The block given is left as it is.
func trim(block slack.Block) (slack.Block, int) {
	switch b := block.(type) {
	case *slack.SectionBlock:
		c := *b
		size := 0
		c.Text = trimText(b.Text, maxSection, &size)
		c.Fields = nil
		for _, f := range b.Fields[:min(len(b.Fields), maxFields)] {
			c.Fields = append(c.Fields, trimText(f, maxField, &size))
		}
		return &c, size
	case *slack.HeaderBlock:
		c := *b
		size := 0
		c.Text = trimText(b.Text, maxHeader, &size)
		return &c, size
	case *slack.ContextBlock:
		c := *b
		size := 0
		c.ContextElements.Elements = nil
		for _, e := range b.ContextElements.Elements[:min(len(b.ContextElements.Elements), maxContext)] {
			if t, ok := e.(*slack.TextBlockObject); ok {
				e = trimText(t, maxContextText, &size)
			}
			c.ContextElements.Elements = append(c.ContextElements.Elements, e)
		}
		return &c, size
	case *slack.MarkdownBlock:
		c := *b
		c.Text = cut(b.Text, maxMarkdown)
		return &c, utf8.RuneCountInString(c.Text)
	case *slack.ActionBlock:
		return trimActions(b)
	default:
		return block, roughSize(block)
	}
}

func trimActions(b *slack.ActionBlock) (slack.Block, int) {
	c, size := *b, 0
	if b.Elements == nil {
		return &c, 0
	}
	elements := *b.Elements
	elements.ElementSet = nil
	for _, e := range b.Elements.ElementSet[:min(len(b.Elements.ElementSet), maxActions)] {
		if button, ok := e.(*slack.ButtonBlockElement); ok {
			trimmed := *button
			trimmed.Text = trimText(button.Text, maxButton, &size)
			e = &trimmed
		}
		elements.ElementSet = append(elements.ElementSet, e)
	}
	c.Elements = &elements
	return &c, size
}

func trimText(t *slack.TextBlockObject, limit int, size *int) *slack.TextBlockObject {
	if t == nil {
		return nil
	}
	c := *t
	c.Text = cut(t.Text, limit)
	*size += utf8.RuneCountInString(c.Text)
	return &c
}

// cut shortens a text to limit characters, without leaving half a mention, link or block of code.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	const fence = "```"
	runes := []rune(text)
	text = string(runes[:limit-len(fence)-2])
	if open := strings.LastIndexByte(text, '<'); open > strings.LastIndexByte(text, '>') && len(text)-open < 500 {
		text = text[:open]
	}
	if amp := strings.LastIndexByte(text, '&'); amp > strings.LastIndexByte(text, ';') && len(text)-amp < 6 {
		text = text[:amp]
	}
	text = strings.TrimRight(text, " \n")
	if strings.Count(text, fence)%2 == 1 {
		return text + "…" + fence
	}
	return text + "…"
}

// roughSize counts the characters that a block shows, for the kinds of blocks that are not cut.
func roughSize(block slack.Block) int {
	body, err := json.Marshal(block)
	var parts any
	if err != nil || json.Unmarshal(body, &parts) != nil {
		return 0
	}
	return shownSize(parts)
}

func shownSize(part any) (size int) {
	switch p := part.(type) {
	case []any:
		for _, e := range p {
			size += shownSize(e)
		}
	case map[string]any:
		for key, e := range p {
			if text, ok := e.(string); ok && (key == "text" || key == "title" || key == "alt_text") {
				size += utf8.RuneCountInString(text)
			} else {
				size += shownSize(e)
			}
		}
	}
	return size
}

// plain is a message's text as its only block.
func plain(m commands.Message) []slack.Block {
	return []slack.Block{slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, cut(m.Text, maxSection), false, false), nil, nil)}
}

// withLine adds a line of plain text to a message.
func withLine(m commands.Message, text string) commands.Message {
	if len(m.Blocks) == 0 {
		m.Text += "\n" + text
		return m
	}
	line := slack.NewContextBlock("", slack.NewTextBlockObject(slack.PlainTextType, cut(text, maxContextText), false, false))
	m.Blocks = append(append([]slack.Block{}, m.Blocks...), line)
	return m
}
