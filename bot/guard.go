// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"encoding/json"
	"slices"
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
	maxValue        = 2000
	maxLink         = 3000
	maxID           = 255
	maxActions      = 25
	maxMarkdown     = 11000
	maxTable        = 9000
	maxRows         = 100
	maxColumns      = 20
	maxCell         = 1000
	maxBlocks       = 50
	maxMessage      = 12000
	restIsMissing   = "… the rest does not fit into a Slack message."
	reservedForRest = 100
)

// guard is the last look at a message: nothing that leaves here is longer than Slack takes, nor in a form that it refuses. Words are cut at
// their end and blocks left out from below, rows of buttons last.
func guard(m commands.Message) commands.Message {
	m.Text = cut(m.Text, maxText)
	if strings.TrimSpace(m.Text) == "" {
		m.Text = "…"
	}
	t := trimmer{ids: map[string]bool{}}
	var kept []slack.Block
	var sizes []int
	total := 0
	for _, block := range m.Blocks {
		if trimmed, size := t.block(block); trimmed != nil {
			kept, sizes, total = append(kept, trimmed), append(sizes, size), total+size
		}
	}
	m.Blocks = nil
	if len(kept) == 0 {
		return m
	}
	count, left := len(kept), len(kept)
	tooMuch := func() bool { return total > maxMessage-reservedForRest || count > maxBlocks-1 }
	if total > maxMessage || count > maxBlocks {
		for _, buttons := range []bool{false, true} {
			for i := len(kept) - 1; i >= 0 && tooMuch(); i-- {
				if kept[i] != nil && (kept[i].BlockType() == slack.MBTAction) == buttons {
					total, count, kept[i] = total-sizes[i], count-1, nil
					left = min(left, i)
				}
			}
		}
	}
	for i, block := range kept {
		if i == left {
			m.Blocks = append(m.Blocks, slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, restIsMissing, false, false)))
		}
		if block != nil {
			m.Blocks = append(m.Blocks, block)
		}
	}
	return m
}

// trimmer brings a message's blocks within Slack's limits, one after the other.
type trimmer struct {
	ids   map[string]bool
	table bool
}

// id is a block's id where Slack takes it: short, and the only one of its name.
func (t *trimmer) id(id string) string {
	if id == "" || utf8.RuneCountInString(id) > maxID || t.ids[id] {
		return ""
	}
	t.ids[id] = true
	return id
}

// block returns a block whose parts are within Slack's limits, and its size in characters; nil where nothing is left of it. The block given
// is left as it is.
func (t *trimmer) block(block slack.Block) (slack.Block, int) {
	size := 0
	switch b := block.(type) {
	case *slack.SectionBlock:
		c := *b
		c.BlockID, c.Text, c.Fields = t.id(b.BlockID), trimText(b.Text, maxSection, &size), nil
		for _, f := range b.Fields {
			if f = trimText(f, maxField, &size); f != nil && len(c.Fields) < maxFields {
				c.Fields = append(c.Fields, f)
			}
		}
		if c.Text == nil && len(c.Fields) == 0 {
			return nil, 0
		}
		return &c, size
	case *slack.HeaderBlock:
		c := *b
		c.BlockID = t.id(b.BlockID)
		if c.Text = trimText(b.Text, maxHeader, &size); c.Text == nil {
			return nil, 0
		}
		return &c, size
	case *slack.ContextBlock:
		c := *b
		c.BlockID, c.ContextElements.Elements = t.id(b.BlockID), nil
		for _, e := range b.ContextElements.Elements {
			if text, ok := e.(*slack.TextBlockObject); ok {
				if text = trimText(text, maxContextText, &size); text == nil {
					continue
				}
				e = text
			}
			if len(c.ContextElements.Elements) < maxContext {
				c.ContextElements.Elements = append(c.ContextElements.Elements, e)
			}
		}
		if len(c.ContextElements.Elements) == 0 {
			return nil, 0
		}
		return &c, size
	case *slack.MarkdownBlock:
		c := *b
		if c.Text = cut(b.Text, maxMarkdown); c.Text == "" {
			return nil, 0
		}
		return &c, utf8.RuneCountInString(c.Text)
	case *slack.ActionBlock:
		return t.actions(b)
	case *slack.TableBlock:
		return t.rows(b)
	case nil:
		return nil, 0
	default:
		return block, roughSize(block)
	}
}

// actions keeps a row of buttons. One that would lead elsewhere, or say something else, if it were cut is left out.
func (t *trimmer) actions(b *slack.ActionBlock) (slack.Block, int) {
	if b.Elements == nil {
		return nil, 0
	}
	c, size, seen := *b, 0, map[string]bool{}
	elements := *b.Elements
	elements.ElementSet = nil
	for _, e := range b.Elements.ElementSet {
		if button, ok := e.(*slack.ButtonBlockElement); ok {
			if seen[button.ActionID] && button.ActionID != "" || utf8.RuneCountInString(button.ActionID) > maxID ||
				utf8.RuneCountInString(button.Value) > maxValue || utf8.RuneCountInString(button.URL) > maxLink {
				continue
			}
			seen[button.ActionID] = true
			trimmed := *button
			if trimmed.Text = trimText(button.Text, maxButton, &size); trimmed.Text == nil {
				trimmed.Text = slack.NewTextBlockObject(slack.PlainTextType, "…", false, false)
			}
			e = &trimmed
		}
		if len(elements.ElementSet) < maxActions {
			elements.ElementSet = append(elements.ElementSet, e)
		}
	}
	if len(elements.ElementSet) == 0 {
		return nil, 0
	}
	c.BlockID, c.Elements = t.id(b.BlockID), &elements
	return &c, size
}

// rows keeps the top left of a table, the first of its message.
func (t *trimmer) rows(b *slack.TableBlock) (slack.Block, int) {
	if t.table || len(b.Rows) == 0 {
		return nil, 0
	}
	columns, size := maxColumns, 0
	for _, row := range b.Rows[:min(len(b.Rows), maxRows)] {
		columns = min(columns, len(row))
	}
	c := *b
	c.BlockID, c.Rows = t.id(b.BlockID), nil
	for _, row := range b.Rows[:min(len(b.Rows), maxRows)] {
		cells := make([]slack.TableCell, columns)
		for i, cell := range row[:columns] {
			if raw, ok := cell.(*slack.TableRawTextCell); ok {
				text := cut(raw.Text, maxCell)
				if text == "" {
					text = "–" // Slack refuses an empty cell.
				}
				size += utf8.RuneCountInString(text)
				cell = slack.NewTableRawTextCell(text)
			}
			cells[i] = cell
		}
		if size > maxTable {
			break
		}
		c.Rows = append(c.Rows, cells)
	}
	if columns == 0 || len(c.Rows) == 0 {
		return nil, 0
	}
	c.ColumnSettings = c.ColumnSettings[:min(len(c.ColumnSettings), columns)]
	t.table = true
	return &c, size
}

// trimText is a text object within a limit; nil where there is nothing in it.
func trimText(text *slack.TextBlockObject, limit int, size *int) *slack.TextBlockObject {
	if text == nil || text.Text == "" {
		return nil
	}
	c := *text
	c.Text = cut(text.Text, limit)
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
			if text, ok := e.(string); ok && (key == "text" || key == "title" || key == "caption" || key == "alt_text") {
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
	m.Blocks = slices.Insert(slices.Clone(m.Blocks), 1, slack.Block(line)) // where it is not cut off
	return m
}
