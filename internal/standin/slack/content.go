// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"unicode/utf8"
)

// Sizes of a message's parts. Texts are counted in characters.
const (
	maxText       = 40000
	maxUpdateText = 4000 // chat.update's own bound on its text argument, from its reference page
	maxBlocksText = 13200
	maxMetadata   = 16 << 10
)

// content is what a message says, checked.
type content struct {
	text                   string
	blocks                 []Block
	attachments            []Block
	metadata               *Metadata
	hasText, hasBlocks     bool
	hasAttachments, hasMet bool
}

// readContent takes text, blocks, attachments and metadata from arguments or from an ack or response_url body.
func (s *Server) readContent(p params, textLimit int) (content, *apiError) {
	c := content{text: p.str("text"), hasText: p.has("text")}
	if utf8.RuneCountInString(c.text) > textLimit {
		return c, fail("msg_too_long")
	}
	var e *apiError
	if c.blocks, c.hasBlocks, e = blockList(p, "blocks", "invalid_blocks_format"); e != nil {
		return c, e
	}
	if c.attachments, c.hasAttachments, e = blockList(p, "attachments", "invalid_attachments"); e != nil {
		return c, e
	}
	if len(c.attachments) > 100 {
		return c, fail("too_many_attachments")
	}
	if errs := checkBlocks(c.blocks, inMessage, "/blocks"); len(errs) > 0 {
		return c, failWith("invalid_blocks", errs...)
	}
	if textIn(c.blocks) > maxBlocksText {
		return c, fail("msg_blocks_too_long")
	}
	c.blocks = s.withBlockIDs(c.blocks)
	c.metadata, c.hasMet, e = readMetadata(p)
	return c, e
}

// empty says that there is nothing to show.
func (c content) empty() bool { return c.text == "" && len(c.blocks) == 0 && len(c.attachments) == 0 }

func blockList(p params, name, code string) (list []Block, given bool, e *apiError) {
	v, ok := p.structured(name)
	if !ok {
		return nil, true, fail(code)
	}
	if v == nil {
		return nil, false, nil
	}
	items, ok := v.([]any)
	if !ok {
		return nil, true, fail(code)
	}
	list = make([]Block, 0, len(items))
	for _, item := range items {
		b, ok := item.(object)
		if !ok {
			return nil, true, fail(code)
		}
		list = append(list, b)
	}
	return list, true, nil
}

func readMetadata(p params) (*Metadata, bool, *apiError) {
	v, ok := p.structured("metadata")
	if !ok {
		return nil, true, fail("invalid_metadata_format")
	}
	if v == nil {
		return nil, false, nil
	}
	o, ok := v.(object)
	if !ok {
		return nil, true, fail("invalid_metadata_format")
	}
	// slack-go sends every message with an empty metadata object when none was given.
	kind, _ := o["event_type"].(string)
	payload, isObject := o["event_payload"].(object)
	if len(o) == 0 || kind == "" && len(payload) == 0 {
		return nil, true, nil
	}
	if kind == "" || utf8.RuneCountInString(kind) > 255 || !isObject {
		return nil, true, fail("invalid_metadata_schema")
	}
	if raw, err := json.Marshal(o); err != nil || len(raw) > maxMetadata {
		return nil, true, fail("metadata_too_large")
	}
	return &Metadata{EventType: kind, Payload: payload}, true, nil
}

// textIn counts the characters of every text of the blocks.
func textIn(v any) int {
	n := 0
	switch v := v.(type) {
	case []Block:
		for _, b := range v {
			n += textIn(b)
		}
	case []any:
		for _, e := range v {
			n += textIn(e)
		}
	case object:
		for key, value := range v {
			if text, ok := value.(string); ok && (key == "text" || key == "title" || key == "caption") {
				n += utf8.RuneCountInString(text)
			} else if !ok {
				n += textIn(value)
			}
		}
	}
	return n
}

// withBlockIDs gives every block an id, as Slack does: those of markdown blocks are always its own.
func (s *Server) withBlockIDs(blocks []Block) []Block {
	if blocks == nil {
		return nil
	}
	out := make([]Block, len(blocks))
	for i, b := range blocks {
		id, _ := b["block_id"].(string)
		if id != "" && b["type"] != "markdown" {
			out[i] = b
			continue
		}
		named := make(Block, len(b)+1)
		for k, v := range b {
			named[k] = v
		}
		named["block_id"] = s.newID("b")
		out[i] = named
	}
	return out
}
