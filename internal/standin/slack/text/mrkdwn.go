// SPDX-License-Identifier: Apache-2.0

// Package text turns Slack messages into lines for a terminal.
package text

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Options say how a message is shown.
type Options struct {
	// Name gives what to show for the id of a member, group or channel, with its @ or #. Nil shows ids.
	Name func(id string) string
	// Bold marks bold words, with terminal codes for instance. Nil leaves them as they are.
	Bold func(string) string
	// Location is the reader's time zone for dates; nil is local time.
	Location *time.Location
}

func (o Options) name(id string) string {
	if o.Name == nil {
		return id
	}
	return o.Name(id)
}

func (o Options) bold(s string) string {
	if o.Bold == nil {
		return s
	}
	return o.Bold(s)
}

var (
	special = regexp.MustCompile(`<([^<>\n]*)>`)
	emoji   = regexp.MustCompile(`:([a-z0-9_+-]+):`)
	code    = regexp.MustCompile("(?s)```.*?```|`[^`\n]+`")
	// A mark counts at the edge of a word only, so that names_with_underscores stay.
	strong = regexp.MustCompile(`(^|[\s([{"'>·:])\*([^*\s](?:[^*\n]*[^*\s])?)\*`)
	light  = regexp.MustCompile(`(^|[\s([{"'>·:])[_~]([^_~\s](?:[^_~\n]*[^_~\s])?)[_~]($|[\s)\]}"'.,;:!?…·])`)
)

// Mrkdwn shows a mrkdwn text: mentions by name, links by their label, dates in the reader's zone, bold marked, other marks taken off.
func Mrkdwn(s string, o Options) string {
	var b strings.Builder
	rest := s
	for {
		at := code.FindStringIndex(rest)
		if at == nil {
			b.WriteString(o.words(rest))
			return b.String()
		}
		b.WriteString(o.words(rest[:at[0]]))
		span := rest[at[0]:at[1]]
		if block, ok := strings.CutPrefix(span, "```"); ok {
			span = strings.Trim(strings.TrimSuffix(block, "```"), "\n")
		}
		b.WriteString(unescape(o.mentions(span)))
		rest = rest[at[1]:]
	}
}

func (o Options) words(s string) string {
	s = o.mentions(s)
	s = strong.ReplaceAllStringFunc(s, func(m string) string {
		part := strong.FindStringSubmatch(m)
		return part[1] + o.bold(part[2])
	})
	s = light.ReplaceAllString(s, "$1$2$3")
	return unescape(emojis(s))
}

func emojis(s string) string {
	return emoji.ReplaceAllStringFunc(s, func(m string) string {
		if e, ok := pictures[strings.Trim(m, ":")]; ok {
			return e
		}
		return m
	})
}

var pictures = map[string]string{
	"white_check_mark": "✅", "heavy_check_mark": "✔", "x": "❌", "heavy_multiplication_x": "✖", "warning": "⚠", "rotating_light": "🚨",
	"lock": "🔒", "unlock": "🔓", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "stopwatch": "⏱", "clock1": "🕐", "rocket": "🚀",
	"tada": "🎉", "eyes": "👀", "bell": "🔔", "no_entry": "⛔", "no_entry_sign": "🚫", "information_source": "ℹ", "arrow_right": "➡",
	"arrows_counterclockwise": "🔄", "large_green_circle": "🟢", "large_yellow_circle": "🟡", "red_circle": "🔴", "white_circle": "⚪",
	"thumbsup": "👍", "+1": "👍", "thumbsdown": "👎", "-1": "👎", "floppy_disk": "💾", "package": "📦", "mag": "🔍", "ship": "🚢", "ferry": "⛴",
}

func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// mentions replaces everything in angle brackets.
func (o Options) mentions(s string) string {
	return special.ReplaceAllStringFunc(s, func(m string) string {
		body, label, labelled := strings.Cut(m[1:len(m)-1], "|")
		switch {
		case body == "":
			return m
		case strings.HasPrefix(body, "@"), strings.HasPrefix(body, "#"):
			if name := o.name(body[1:]); name != body[1:] {
				return name
			}
			if labelled && label != "" {
				return body[:1] + label
			}
			return body
		case strings.HasPrefix(body, "!date^"):
			return o.date(body, label)
		case strings.HasPrefix(body, "!subteam^"):
			id := strings.TrimPrefix(body, "!subteam^")
			if name := o.name(id); name != id || !labelled {
				return name
			}
			return label
		case strings.HasPrefix(body, "!"):
			return "@" + body[1:]
		case labelled && label != "":
			return label
		}
		return strings.TrimPrefix(body, "mailto:")
	})
}

// date shows <!date^seconds^format^link|fallback>.
func (o Options) date(body, fallback string) string {
	parts := strings.SplitN(body, "^", 4)
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || len(parts) < 3 {
		return fallback
	}
	at := time.Unix(seconds, 0).Local()
	if o.Location != nil {
		at = at.In(o.Location)
	}
	return strings.NewReplacer(
		"{date_num}", at.Format("2006-01-02"), "{date}", at.Format("January 2, 2006"), "{date_short}", at.Format("Jan 2, 2006"),
		"{date_long}", at.Format("Monday, January 2, 2006"), "{date_pretty}", at.Format("January 2, 2006"),
		"{date_short_pretty}", at.Format("Jan 2, 2006"), "{date_long_pretty}", at.Format("Monday, January 2, 2006"),
		"{time}", at.Format("15:04"), "{time_secs}", at.Format("15:04:05"), "{ago}", at.Format("Jan 2, 15:04"),
	).Replace(parts[2])
}
