// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"regexp"
	"strings"
)

type object = map[string]any

// Message is what a message shows: its blocks, or its text where it has none.
func Message(fallback string, blocks []object, o Options) string {
	if len(blocks) == 0 {
		return Mrkdwn(fallback, o)
	}
	var parts []string
	for _, b := range blocks {
		if shown := o.block(b); shown != "" {
			parts = append(parts, shown)
		}
	}
	return strings.Join(parts, "\n")
}

func (o Options) block(b object) string {
	switch b["type"] {
	case "header":
		return o.bold(o.text(b["text"]))
	case "section":
		return o.section(b)
	case "context":
		return o.elements(b["elements"], " · ")
	case "divider":
		return strings.Repeat("─", 40)
	case "actions", "context_actions":
		return o.elements(b["elements"], " ")
	case "input":
		hint := ""
		if h := o.text(b["hint"]); h != "" {
			hint = "  (" + h + ")"
		}
		return o.text(b["label"]) + ": " + o.element(b["element"]) + hint
	case "image":
		alt, _ := b["alt_text"].(string)
		return "[image: " + alt + "]"
	case "markdown":
		s, _ := b["text"].(string)
		return o.markdown(s)
	case "rich_text":
		return o.rich(b["elements"])
	case "table", "data_table":
		return o.table(b)
	case "plan":
		return o.plan(b)
	case "task_card":
		return o.task(b)
	}
	return fmt.Sprintf("[%v]", b["type"])
}

func (o Options) section(b object) string {
	var lines []string
	if s := o.text(b["text"]); s != "" {
		lines = append(lines, s)
	}
	fields, _ := b["fields"].([]any)
	for _, f := range fields {
		lines = append(lines, strings.ReplaceAll(o.text(f), "\n", ": "))
	}
	shown := strings.Join(lines, "\n")
	if e, ok := b["accessory"].(object); ok && e["type"] != "image" {
		shown += " " + o.element(e)
	}
	return shown
}

// text shows a text object.
func (o Options) text(v any) string {
	t, _ := v.(object)
	s, _ := t["text"].(string)
	if t["type"] == "plain_text" {
		return emojis(s)
	}
	return Mrkdwn(s, o)
}

func (o Options) elements(v any, between string) string {
	list, _ := v.([]any)
	var shown []string
	for _, e := range list {
		if s := o.element(e); s != "" {
			shown = append(shown, s)
		}
	}
	return strings.Join(shown, between)
}

// element shows a button as [label], a choice as ‹what it starts from›, a field as an empty line to write on.
func (o Options) element(v any) string {
	e, _ := v.(object)
	kind, _ := e["type"].(string)
	switch kind {
	case "mrkdwn", "plain_text":
		return o.text(e)
	case "button", "workflow_button", "icon_button":
		return "[" + o.text(e["text"]) + "]"
	case "image":
		return ""
	case "overflow":
		return "[⋯]"
	case "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input":
		if s, ok := e["initial_value"].(string); ok && s != "" {
			return s
		}
		return "________"
	case "checkboxes", "radio_buttons":
		list, _ := e["options"].([]any)
		var shown []string
		for _, each := range list {
			option, _ := each.(object)
			shown = append(shown, "○ "+o.text(option["text"]))
		}
		return strings.Join(shown, "  ")
	}
	if option, ok := e["initial_option"].(object); ok {
		return "‹" + o.text(option["text"]) + "›"
	}
	for _, key := range []string{"initial_user", "initial_channel", "initial_conversation"} {
		if id, ok := e[key].(string); ok {
			return "‹" + o.name(id) + "›"
		}
	}
	return "‹" + o.text(e["placeholder"]) + "›"
}

var (
	doubleStar = regexp.MustCompile(`\*\*([^*\n]+)\*\*`)
	mdLink     = regexp.MustCompile(`\[([^\]\n]+)\]\([^)\n]+\)`)
	mdHeading  = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
)

func (o Options) markdown(s string) string {
	s = mdLink.ReplaceAllString(s, "$1")
	s = doubleStar.ReplaceAllStringFunc(s, func(m string) string { return o.bold(strings.Trim(m, "*")) })
	return mdHeading.ReplaceAllStringFunc(s, func(m string) string { return o.bold(strings.TrimLeft(m, "# ")) })
}

// plan shows tasks the way the root message does: done, under way, to come, failed.
func (o Options) plan(b object) string {
	title, _ := b["title"].(string)
	lines := []string{o.bold(title)}
	tasks, _ := b["tasks"].([]any)
	for _, t := range tasks {
		if task, ok := t.(object); ok {
			lines = append(lines, "  "+strings.ReplaceAll(o.task(task), "\n", "\n  "))
		}
	}
	return strings.Join(lines, "\n")
}

func (o Options) task(b object) string {
	sign := map[any]string{"complete": "✔", "in_progress": "▸", "error": "✖"}[b["status"]]
	if sign == "" {
		sign = "○"
	}
	title, _ := b["title"].(string)
	shown := sign + " " + title
	for _, key := range []string{"details", "output"} {
		if rich, ok := b[key].(object); ok {
			if s := o.rich(rich["elements"]); s != "" {
				shown += "\n  " + strings.ReplaceAll(s, "\n", "\n  ")
			}
		}
	}
	return shown
}
