// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
)

const maxTextObject = 3000

// text checks a text object of any type with at most high characters.
func (c *checker) text(v any, pointer string, high int, required bool) {
	c.textOf(v, pointer, high, required, "plain_text", "mrkdwn")
}

// label checks a text object that must be plain_text.
func (c *checker) label(v any, pointer string, high int, required bool) {
	c.textOf(v, pointer, high, required, "plain_text")
}

func (c *checker) textOf(v any, pointer string, high int, required bool, types ...string) {
	if v == nil {
		if required {
			c.add(pointer, "missing required field: text object")
		}
		return
	}
	o := c.object(v, pointer)
	if o == nil {
		return
	}
	c.fields(o, pointer, "type text emoji verbatim")
	c.oneOf(o, "type", pointer, true, types...)
	c.str(o, "text", pointer, true, 1, high)
	c.boolean(o, pointer, "emoji", "verbatim")
	if o["type"] == "mrkdwn" && o["emoji"] != nil {
		c.add(pointer, "invalid additional property: emoji")
	}
	if o["type"] == "plain_text" && o["verbatim"] != nil {
		c.add(pointer, "invalid additional property: verbatim")
	}
}

// confirm checks a confirmation dialog.
func (c *checker) confirm(o object, pointer string) {
	v := o["confirm"]
	if v == nil {
		return
	}
	pointer += "/confirm"
	d := c.object(v, pointer)
	if d == nil {
		return
	}
	c.fields(d, pointer, "title text confirm deny style")
	c.label(d["title"], pointer+"/title", 100, true)
	c.text(d["text"], pointer+"/text", 300, true)
	c.label(d["confirm"], pointer+"/confirm", 30, true)
	c.label(d["deny"], pointer+"/deny", 30, true)
	c.oneOf(d, "style", pointer, false, "primary", "danger")
}

// options checks a list of choices, low to high of them.
func (c *checker) options(o object, key, pointer string, low, high int, required bool) {
	for i, item := range c.list(o, key, pointer, required, low, high) {
		c.option(item, fmt.Sprintf("%s/%s/%d", pointer, key, i))
	}
}

func (c *checker) option(v any, pointer string) {
	o := c.object(v, pointer)
	if o == nil {
		return
	}
	c.fields(o, pointer, "text value description url")
	c.text(o["text"], pointer+"/text", 75, true)
	c.str(o, "value", pointer, true, 1, 150)
	c.text(o["description"], pointer+"/description", 75, false)
	c.link(o, "url", pointer, false, 3000)
}
