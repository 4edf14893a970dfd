// SPDX-License-Identifier: Apache-2.0

package text

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// table shows rows with columns in line; numbers and columns set to the right stand to the right.
func (o Options) table(b object) string {
	rows, _ := b["rows"].([]any)
	var cells [][]string
	var widths []int
	for _, r := range rows {
		list, _ := r.([]any)
		var line []string
		for i, c := range list {
			s := strings.ReplaceAll(o.cell(c), "\n", " ")
			line = append(line, s)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(s))
		}
		cells = append(cells, line)
	}
	right := alignedRight(b, rows, len(widths))
	var lines []string
	if caption, ok := b["caption"].(string); ok {
		lines = append(lines, o.bold(caption))
	}
	for i, line := range cells {
		for j, s := range line {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(s))
			if right[j] {
				line[j] = pad + s
			} else {
				line[j] = s + pad
			}
		}
		shown := strings.TrimRight(strings.Join(line, "  "), " ")
		if i == 0 {
			shown = o.bold(shown)
		}
		lines = append(lines, shown)
	}
	return strings.Join(lines, "\n")
}

func alignedRight(b object, rows []any, columns int) []bool {
	right := make([]bool, columns)
	for i := range right {
		right[i] = len(rows) > 1
		for _, r := range rows[min(1, len(rows)):] {
			list, _ := r.([]any)
			if i >= len(list) {
				continue
			}
			if c, _ := list[i].(object); c["type"] != "raw_number" {
				right[i] = false
			}
		}
	}
	settings, _ := b["column_settings"].([]any)
	for i, v := range settings {
		if set, ok := v.(object); ok && i < columns && set["align"] == "right" {
			right[i] = true
		}
	}
	return right
}

func (o Options) cell(v any) string {
	c, _ := v.(object)
	if s, ok := c["text"].(string); ok && s != "" {
		return emojis(s)
	}
	switch c["type"] {
	case "raw_number":
		if n, ok := c["value"].(json.Number); ok {
			return n.String()
		}
		return fmt.Sprint(c["value"])
	case "rich_text":
		return o.rich(c["elements"])
	case "action_cell":
		return o.element(c["element"])
	}
	return ""
}

// rich shows the elements of a rich_text block.
func (o Options) rich(v any) string {
	list, _ := v.([]any)
	var lines []string
	for _, each := range list {
		e, _ := each.(object)
		switch e["type"] {
		case "rich_text_list":
			items, _ := e["elements"].([]any)
			for i, item := range items {
				section, _ := item.(object)
				sign := "• "
				if e["style"] == "ordered" {
					sign = fmt.Sprintf("%d. ", i+1)
				}
				lines = append(lines, sign+o.leaves(section["elements"]))
			}
		case "rich_text_quote":
			lines = append(lines, "> "+o.leaves(e["elements"]))
		default:
			lines = append(lines, strings.TrimRight(o.leaves(e["elements"]), "\n"))
		}
	}
	return strings.Join(lines, "\n")
}

func (o Options) leaves(v any) string {
	list, _ := v.([]any)
	var b strings.Builder
	for _, each := range list {
		e, _ := each.(object)
		str := func(key string) string { s, _ := e[key].(string); return s }
		style, _ := e["style"].(object)
		switch e["type"] {
		case "text":
			s := str("text")
			if style["code"] == true {
				s = "`" + s + "`"
			}
			if style["bold"] == true {
				s = o.bold(s)
			}
			b.WriteString(s)
		case "link":
			if s := str("text"); s != "" {
				b.WriteString(s)
			} else {
				b.WriteString(str("url"))
			}
		case "user":
			b.WriteString(o.name(str("user_id")))
		case "usergroup":
			b.WriteString(o.name(str("usergroup_id")))
		case "channel":
			b.WriteString(o.name(str("channel_id")))
		case "emoji":
			b.WriteString(emojis(":" + str("name") + ":"))
		case "broadcast":
			b.WriteString("@" + str("range"))
		case "date":
			b.WriteString(o.date(fmt.Sprintf("!date^%v^%s", e["timestamp"], str("format")), str("fallback")))
		}
	}
	return b.String()
}
