// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// action is the entry of a block_actions payload for one element, and the state of all fields of the view, if there is one.
func (s *Server) action(block, element Block, value any, v *View) (action, state object, err error) {
	id, _ := element["action_id"].(string)
	blockID, _ := block["block_id"].(string)
	action = object{"action_id": id, "block_id": blockID, "type": element["type"], "action_ts": s.nextTS()}
	state = object{}
	if v != nil {
		state = v.values(nil)
	}
	if element["type"] == "button" {
		for _, key := range []string{"text", "value", "style", "url", "confirm"} {
			if element[key] != nil {
				action[key] = element[key]
			}
		}
		return action, state, nil
	}
	chosen, err := fieldValue(element, value)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(action, chosen)
	inner, _ := state[blockID].(object)
	if inner = maps.Clone(inner); inner == nil {
		inner = object{}
	}
	inner[id], state[blockID] = chosen, inner
	return action, state, nil
}

// values are the fields of a view by block and action, with what was given, else with what they start from.
func (v *View) values(given map[string]any) object {
	out := object{}
	for _, b := range v.Blocks {
		for _, e := range elements(b) {
			if e["type"] == "button" || e["type"] == "overflow" {
				continue
			}
			blockID, _ := b["block_id"].(string)
			id, _ := e["action_id"].(string)
			value, ok := given[blockID]
			if !ok {
				value, ok = given[id]
			}
			field := initial(e)
			if ok {
				if chosen, err := fieldValue(e, value); err == nil {
					field = chosen
				}
			}
			inner, _ := out[blockID].(object)
			if inner == nil {
				inner = object{}
			}
			inner[id], out[blockID] = field, inner
		}
	}
	return out
}

// keys are the names in state of each element's value: what it starts from, and what is chosen.
var keys = map[string][2]string{
	"plain_text_input": {"initial_value", "value"}, "email_text_input": {"initial_value", "value"}, "url_text_input": {"initial_value", "value"},
	"number_input": {"initial_value", "value"}, "static_select": {"initial_option", "selected_option"},
	"radio_buttons": {"initial_option", "selected_option"}, "overflow": {"", "selected_option"},
	"checkboxes": {"initial_options", "selected_options"}, "multi_static_select": {"initial_options", "selected_options"},
	"users_select": {"initial_user", "selected_user"}, "multi_users_select": {"initial_users", "selected_users"},
	"channels_select": {"initial_channel", "selected_channel"}, "multi_channels_select": {"initial_channels", "selected_channels"},
	"conversations_select":       {"initial_conversation", "selected_conversation"},
	"multi_conversations_select": {"initial_conversations", "selected_conversations"},
	"datepicker":                 {"initial_date", "selected_date"}, "timepicker": {"initial_time", "selected_time"},
	"datetimepicker": {"initial_date_time", "selected_date_time"},
}

func initial(e Block) object {
	kind, _ := e["type"].(string)
	k := keys[kind]
	value := e[k[0]]
	if value == nil && strings.HasSuffix(k[1], "s") {
		value = []any{}
	}
	return object{"type": kind, k[1]: value}
}

// fieldValue is the state of an element once value was chosen or typed: a string, or a list of strings where several may be chosen.
func fieldValue(e Block, value any) (object, error) {
	kind, _ := e["type"].(string)
	k, known := keys[kind]
	if !known {
		return nil, fmt.Errorf("%w: nobody can fill a %s here", ErrNoElement, kind)
	}
	var list []string
	switch v := value.(type) {
	case string:
		list = []string{v}
	case []string:
		list = v
	case nil:
	default:
		return nil, fmt.Errorf("%w: a %s takes strings, not %T", ErrNoElement, kind, value)
	}
	several := strings.HasSuffix(k[1], "s")
	if len(list) > 1 && !several {
		return nil, fmt.Errorf("%w: a %s takes one value", ErrNoElement, kind)
	}
	chosen := []any{}
	for _, text := range list {
		switch k[1] {
		case "selected_option", "selected_options":
			o := option(e, text)
			if o == nil {
				return nil, fmt.Errorf("%w: no option %q", ErrNoElement, text)
			}
			chosen = append(chosen, o)
		case "selected_date_time":
			chosen = append(chosen, json.Number(text))
		default:
			chosen = append(chosen, text)
		}
	}
	switch {
	case several:
		return object{"type": kind, k[1]: chosen}, nil
	case len(chosen) == 0 || chosen[0] == "":
		return object{"type": kind, k[1]: nil}, nil
	}
	return object{"type": kind, k[1]: chosen[0]}, nil
}

// option finds a choice by its value or its label.
func option(e Block, want string) object {
	lists := [][]any{}
	if list, ok := e["options"].([]any); ok {
		lists = append(lists, list)
	}
	groups, _ := e["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(object)
		list, _ := group["options"].([]any)
		lists = append(lists, list)
	}
	for _, list := range lists {
		for _, v := range list {
			o, _ := v.(object)
			text, _ := o["text"].(object)
			if o["value"] == want || text["text"] == want {
				return o
			}
		}
	}
	return nil
}

// complaints are what the client itself says about a filled form, by block, before anything is sent.
func (v *View) complaints(values object) map[string]string {
	out := map[string]string{}
	for _, b := range v.Blocks {
		e, _ := b["element"].(object)
		if b["type"] != "input" || e == nil {
			continue
		}
		blockID, _ := b["block_id"].(string)
		id, _ := e["action_id"].(string)
		kind, _ := e["type"].(string)
		inner, _ := values[blockID].(object)
		field, _ := inner[id].(object)
		value := field[keys[kind][1]]
		list, isList := value.([]any)
		if value == nil || isList && len(list) == 0 {
			if b["optional"] != true {
				out[blockID] = "Please complete this required field."
			}
			continue
		}
		if text, ok := value.(string); ok {
			if words := complaint(e, kind, text); words != "" {
				out[blockID] = words
			}
		}
	}
	return out
}

func complaint(e Block, kind, text string) string {
	bound := func(key string) (int, bool) {
		n, ok := e[key].(json.Number)
		i, err := n.Int64()
		return int(i), ok && err == nil
	}
	n := utf8.RuneCountInString(text)
	low, hasLow := bound("min_length")
	high, hasHigh := bound("max_length")
	switch {
	case hasLow && n < low:
		return fmt.Sprintf("Please enter at least %d characters.", low)
	case hasHigh && n > high || kind == "plain_text_input" && n > 3000:
		return "This is too long."
	case kind == "email_text_input":
		if _, err := mail.ParseAddress(text); err != nil {
			return "Please enter a valid email address."
		}
	case kind == "url_text_input":
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
			return "Please enter a valid URL."
		}
	case kind == "number_input":
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return "Please enter a number."
		}
	}
	return ""
}
