// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"slices"
	"strings"
)

// Elements that each kind of block takes.
var (
	selects      = []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
	multiSelects = []string{
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
	}
	pickers    = []string{"datepicker", "timepicker", "datetimepicker"}
	choices    = []string{"checkboxes", "radio_buttons"}
	inActions  = slices.Concat([]string{"button", "overflow", "workflow_button"}, selects, multiSelects, pickers, choices)
	accessory  = slices.Concat([]string{"image"}, inActions)
	typed      = []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input", "rich_text_input"}
	inInputs   = slices.Concat(typed, selects, multiSelects, pickers, choices)
	maxOptions = map[string]int{"checkboxes": 10, "radio_buttons": 10, "overflow": 5}
)

// element checks one interactive element or image; allowed are the types that may stand there.
func (c *checker) element(v any, pointer string, allowed []string) {
	o := c.object(v, pointer)
	if o == nil {
		return
	}
	kind, _ := o["type"].(string)
	if !slices.Contains(allowed, kind) {
		c.add(pointer+"/type", "unsupported type: "+kind)
		return
	}
	if kind == "image" {
		c.image(o, pointer, "type image_url alt_text slack_file")
		return
	}
	c.str(o, "action_id", pointer, false, 1, 255)
	c.confirm(o, pointer)
	common := "type action_id confirm focus_on_load placeholder "
	if p := o["placeholder"]; p != nil {
		c.label(p, pointer+"/placeholder", 150, false)
	}
	switch {
	case kind == "button":
		c.button(o, pointer)
	case kind == "workflow_button":
		c.label(o["text"], pointer+"/text", 75, true)
	case strings.HasSuffix(kind, "static_select"):
		c.fields(o, pointer, common+"options option_groups initial_option initial_options max_selected_items")
		c.staticOptions(o, pointer)
	case strings.HasSuffix(kind, "_select"):
		c.fields(o, pointer, common+"initial_user initial_users initial_conversation initial_conversations initial_channel initial_channels "+
			"default_to_current_conversation response_url_enabled filter min_query_length max_selected_items initial_option initial_options")
	case kind == "overflow" || kind == "checkboxes" || kind == "radio_buttons":
		c.fields(o, pointer, "type action_id confirm focus_on_load options initial_option initial_options visible_to_user_ids")
		c.options(o, "options", pointer, 1, maxOptions[kind], true)
	case slices.Contains(pickers, kind):
		c.fields(o, pointer, common+"initial_date initial_time initial_date_time timezone")
	case kind == "plain_text_input":
		c.fields(o, pointer, common+"initial_value multiline min_length max_length dispatch_action_config")
		c.integer(o, "min_length", pointer, 0, 3000)
		c.integer(o, "max_length", pointer, 1, 3000)
		c.boolean(o, pointer, "multiline")
	case kind == "number_input":
		c.fields(o, pointer, common+"initial_value is_decimal_allowed min_value max_value dispatch_action_config")
		if _, ok := o["is_decimal_allowed"].(bool); !ok {
			c.add(pointer, "missing required field: is_decimal_allowed")
		}
	case kind == "file_input":
		c.fields(o, pointer, "type action_id filetypes max_files")
	default:
		c.fields(o, pointer, common+"initial_value dispatch_action_config")
	}
}

func (c *checker) button(o object, pointer string) {
	c.fields(o, pointer, "type text action_id url value confirm style accessibility_label visible_to_user_ids")
	c.label(o["text"], pointer+"/text", 75, true)
	c.str(o, "value", pointer, false, 0, 2000)
	c.link(o, "url", pointer, false, 3000)
	c.oneOf(o, "style", pointer, false, "primary", "danger")
	c.str(o, "accessibility_label", pointer, false, 1, 75)
}

func (c *checker) staticOptions(o object, pointer string) {
	if (o["options"] == nil) == (o["option_groups"] == nil) {
		c.add(pointer, "must define either options or option_groups")
		return
	}
	c.options(o, "options", pointer, 1, 100, false)
	for i, g := range c.list(o, "option_groups", pointer, false, 1, 100) {
		at := fmt.Sprintf("%s/option_groups/%d", pointer, i)
		if group := c.object(g, at); group != nil {
			c.label(group["label"], at+"/label", 75, true)
			c.options(group, "options", at, 1, 100, true)
		}
	}
}

// image checks an image block or element: one of image_url and slack_file, and an alternative text.
func (c *checker) image(o object, pointer, known string) {
	c.fields(o, pointer, known)
	if (o["image_url"] == nil) == (o["slack_file"] == nil) {
		c.add(pointer, "must define either image_url or slack_file")
	}
	c.link(o, "image_url", pointer, false, 3000)
	c.str(o, "alt_text", pointer, true, 1, 2000)
}
