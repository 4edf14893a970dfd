// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Blocks that each surface takes, as the reference of each block says.
var surfaces = map[string][]surface{
	"actions": {inMessage, inModal, inHome}, "context": {inMessage, inModal, inHome}, "divider": {inMessage, inModal, inHome},
	"file": {inMessage}, "header": {inMessage, inModal, inHome}, "image": {inMessage, inModal, inHome}, "input": {inMessage, inModal, inHome},
	"markdown": {inMessage}, "rich_text": {inMessage, inModal, inHome}, "section": {inMessage, inModal, inHome}, "table": {inMessage},
	"data_table": {inMessage}, "plan": {inMessage}, "task_card": {inMessage}, "video": {inMessage, inModal, inHome},
	"context_actions": {inMessage},
}

// checkBlocks says what Slack would refuse in a list of blocks.
func checkBlocks(blocks []Block, where surface, pointer string) []string {
	c := &checker{where: where}
	limit := 100
	if where == inMessage {
		limit = 50
	}
	if len(blocks) > limit {
		c.add(pointer, fmt.Sprintf("no more than %d items allowed", limit))
		return c.errs
	}
	seen, count, markdown := map[string]bool{}, map[string]int{}, 0
	for i, b := range blocks {
		at := fmt.Sprintf("%s/%d", pointer, i)
		kind, _ := b["type"].(string)
		if !slices.Contains(surfaces[kind], where) {
			c.add(at+"/type", "unsupported type: "+kind)
			continue
		}
		count[kind]++
		id := c.str(b, "block_id", at, false, 0, 255)
		if id != "" && kind != "markdown" {
			if seen[id] {
				c.add(at, fmt.Sprintf("block_id %q already exists", id))
			}
			seen[id] = true
		}
		text, _ := b["text"].(string)
		markdown += utf8.RuneCountInString(text)
		c.block(b, kind, at)
	}
	if markdown > 12000 {
		c.add(pointer, "markdown blocks must be less than 12001 characters together")
	}
	if count["table"] > 1 {
		c.add(pointer, "only_one_table_allowed")
	}
	if count["plan"] > 1 || count["plan"] > 0 && count["task_card"] > 0 {
		c.add(pointer, "a plan block allows no other plan or task_card block")
	}
	return c.errs
}

func (c *checker) block(b Block, kind, at string) {
	switch kind {
	case "section":
		c.section(b, at)
	case "header":
		c.fields(b, at, "type block_id text level")
		c.label(b["text"], at+"/text", 150, true)
	case "divider":
		c.fields(b, at, "type block_id")
	case "context":
		c.fields(b, at, "type block_id elements")
		for i, e := range c.list(b, "elements", at, true, 1, 10) {
			p := fmt.Sprintf("%s/elements/%d", at, i)
			if o := c.object(e, p); o != nil && o["type"] == "image" {
				c.image(o, p, "type image_url alt_text slack_file")
			} else if o != nil {
				c.text(e, p, maxTextObject, true)
			}
		}
	case "actions":
		c.fields(b, at, "type block_id elements")
		c.actions(b, at)
	case "input":
		c.fields(b, at, "type block_id label element hint optional dispatch_action")
		c.label(b["label"], at+"/label", 2000, true)
		c.label(b["hint"], at+"/hint", 2000, false)
		c.boolean(b, at, "optional", "dispatch_action")
		c.element(b["element"], at+"/element", inInputs)
	case "image":
		c.image(b, at, "type block_id image_url alt_text slack_file title")
		c.label(b["title"], at+"/title", 2000, false)
	case "markdown":
		c.fields(b, at, "type block_id text")
		c.str(b, "text", at, true, 1, 12000)
	case "rich_text":
		c.fields(b, at, "type block_id elements")
		c.richText(b, at)
	case "table":
		c.table(b, at)
	case "data_table":
		c.dataTable(b, at)
	case "plan":
		c.plan(b, at)
	case "task_card":
		c.taskCard(b, at)
	}
}

func (c *checker) section(b Block, at string) {
	c.fields(b, at, "type block_id text fields accessory expand")
	if b["text"] == nil && b["fields"] == nil {
		c.add(at, "must define either text or fields")
	}
	c.text(b["text"], at+"/text", maxTextObject, false)
	for i, f := range c.list(b, "fields", at, false, 1, 10) {
		c.text(f, fmt.Sprintf("%s/fields/%d", at, i), 2000, true)
	}
	if b["accessory"] != nil {
		c.element(b["accessory"], at+"/accessory", accessory)
	}
}

func (c *checker) actions(b Block, at string) {
	ids := map[string]bool{}
	for i, e := range c.list(b, "elements", at, true, 1, 25) {
		p := fmt.Sprintf("%s/elements/%d", at, i)
		c.element(e, p, inActions)
		o, _ := e.(object)
		id, _ := o["action_id"].(string)
		if id != "" && ids[id] {
			c.add(p, fmt.Sprintf("action_id %q already exists", id))
		}
		ids[id] = true
	}
}
