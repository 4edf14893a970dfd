// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"unicode/utf8"
)

// table checks a table block: 100 rows of 20 cells of equal number, 10,000 characters in all.
func (c *checker) table(b Block, at string) {
	c.fields(b, at, "type block_id rows column_settings")
	c.rows(b, at, 100, []string{"raw_text", "raw_number", "rich_text"})
	if textIn(b["rows"]) > 10000 {
		c.add(at+"/rows", "must be less than 10001 characters in all cells")
	}
	for i, v := range c.list(b, "column_settings", at, false, 0, 20) {
		p := fmt.Sprintf("%s/column_settings/%d", at, i)
		if v == nil { // null skips a column
			continue
		}
		if o := c.object(v, p); o != nil {
			c.fields(o, p, "align is_wrapped")
			if o["align"] != "" {
				c.oneOf(o, "align", p, false, "left", "center", "right")
			}
			c.boolean(o, p, "is_wrapped")
		}
	}
}

// dataTable checks a data_table block: a caption, 20 columns, and 101 rows with the header (others say 201; the smaller holds).
func (c *checker) dataTable(b Block, at string) {
	c.fields(b, at, "type block_id caption rows page_size row_header_column_index")
	c.str(b, "caption", at, true, 1, 255)
	c.integer(b, "page_size", at, 1, 100)
	c.integer(b, "row_header_column_index", at, 0, 19)
	rows := c.rows(b, at, 101, []string{"raw_text", "raw_number", "rich_text", "action_cell"})
	if len(rows) == 0 {
		return
	}
	header, _ := rows[0].([]any)
	for i, cell := range header {
		if o, _ := cell.(object); o["type"] != "raw_text" {
			c.add(fmt.Sprintf("%s/rows/0/%d", at, i), "header cells must be raw_text")
		}
	}
}

func (c *checker) rows(b Block, at string, most int, kinds []string) []any {
	rows := c.list(b, "rows", at, true, 1, most)
	width := -1
	for i, r := range rows {
		p := fmt.Sprintf("%s/rows/%d", at, i)
		cells, ok := r.([]any)
		switch {
		case !ok:
			c.add(p, "must be an array")
			continue
		case len(cells) == 0 || len(cells) > 20:
			c.add(p, "no more than 20 items allowed, and at least one")
		case width >= 0 && len(cells) != width:
			c.add(p, "all rows must have the same number of cells")
		}
		width = len(cells)
		for j, cell := range cells {
			c.cell(cell, fmt.Sprintf("%s/%d", p, j), kinds)
		}
	}
	return rows
}

func (c *checker) cell(v any, at string, kinds []string) {
	o := c.object(v, at)
	if o == nil {
		return
	}
	kind, _ := o["type"].(string)
	if !slices.Contains(kinds, kind) {
		c.add(at+"/type", "unsupported type: "+kind)
		return
	}
	switch kind {
	case "raw_text":
		c.fields(o, at, "type text")
		c.str(o, "text", at, true, 1, 3000)
	case "raw_number":
		c.fields(o, at, "type value text")
		if _, ok := o["value"].(json.Number); !ok {
			c.add(at, "missing required field: value")
		}
	case "rich_text":
		c.fields(o, at, "type block_id elements")
		c.richText(o, at)
	case "action_cell":
		c.fields(o, at, "type element fallback")
		c.element(o["element"], at+"/element", []string{"button"})
	}
}

// plan checks a plan block and its tasks.
func (c *checker) plan(b Block, at string) {
	c.fields(b, at, "type block_id title tasks")
	c.str(b, "title", at, true, 1, 255)
	ids := map[string]bool{}
	for i, t := range c.list(b, "tasks", at, false, 0, 50) {
		p := fmt.Sprintf("%s/tasks/%d", at, i)
		o := c.object(t, p)
		if o == nil {
			continue
		}
		c.oneOf(o, "type", p, true, "task_card")
		c.taskCard(o, p)
		id, _ := o["task_id"].(string)
		if ids[id] {
			c.add(p, fmt.Sprintf("task_id %q already exists", id))
		}
		ids[id] = true
	}
}

func (c *checker) taskCard(b Block, at string) {
	c.fields(b, at, "type block_id task_id title status details output sources hide_title")
	c.str(b, "task_id", at, true, 1, 255)
	c.str(b, "title", at, true, 1, 255)
	c.oneOf(b, "status", at, false, "pending", "in_progress", "complete", "error")
	c.boolean(b, at, "hide_title")
	for _, key := range []string{"details", "output"} {
		if o, ok := b[key].(object); ok {
			c.richText(o, at+"/"+key)
		} else if b[key] != nil {
			c.add(at+"/"+key, "must provide a rich_text block")
		}
	}
	for i, v := range c.list(b, "sources", at, false, 0, 50) {
		p := fmt.Sprintf("%s/sources/%d", at, i)
		if o := c.object(v, p); o != nil {
			c.oneOf(o, "type", p, true, "url")
			c.link(o, "url", p, true, 3000)
		}
	}
}

// richText checks a rich_text object's elements, down to their leaves.
func (c *checker) richText(o object, at string) {
	for i, v := range c.list(o, "elements", at, true, 0, 1000) {
		p := fmt.Sprintf("%s/elements/%d", at, i)
		e := c.object(v, p)
		if e == nil {
			continue
		}
		switch e["type"] {
		case "rich_text_section", "rich_text_preformatted", "rich_text_quote":
			for j, leaf := range c.list(e, "elements", p, true, 0, 1000) {
				c.leaf(leaf, fmt.Sprintf("%s/elements/%d", p, j))
			}
		case "rich_text_list":
			c.oneOf(e, "style", p, true, "bullet", "ordered")
			c.richText(e, p)
		default:
			c.add(p+"/type", fmt.Sprintf("unsupported type: %v", e["type"]))
		}
	}
}

func (c *checker) leaf(v any, at string) {
	o := c.object(v, at)
	if o == nil {
		return
	}
	need := map[string]string{
		"text": "text", "link": "url", "user": "user_id", "usergroup": "usergroup_id", "channel": "channel_id", "emoji": "name",
		"broadcast": "range", "color": "value", "date": "timestamp",
	}
	kind, _ := o["type"].(string)
	field, known := need[kind]
	if !known {
		c.add(at+"/type", "unsupported type: "+kind)
		return
	}
	if o[field] == nil {
		c.add(at, "missing required field: "+field)
		return
	}
	text, _ := o[field].(string)
	if kind == "text" && utf8.RuneCountInString(text) == 0 {
		c.add(at+"/text", "must be more than 0 characters")
	}
	if kind == "link" {
		if u, err := url.Parse(text); err != nil || u.Scheme == "" {
			c.add(at+"/url", "must be a valid URL")
		}
	}
}
