// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
)

// thread adds the channel's messages: those that tell what happened with their final words, in their order; those that show figures by
// key alone, for what they show, and when they first do, depends on the clock.
func (r *rehearsal) thread(e *ending, m *store.Migration) {
	requests := map[string]string{}
	for id, request := range m.Requests {
		requests[id] = request.Phase
	}
	// Slack shares files in its own time, one before the other or the other way round.
	defer func() { slices.Sort(e.lists["files in the thread"]) }()
	for _, message := range r.world.slack.Messages(slack.Migrations) {
		if len(message.Files) > 0 {
			for _, f := range message.Files {
				e.lists["files in the thread"] = append(e.lists["files in the thread"], alike(f.Name))
			}
			continue
		}
		key, _ := messageKey(message)
		if key == "" {
			continue
		}
		if id, ok := strings.CutPrefix(key, "approval:"); ok {
			key = "approval of " + requests[id]
		}
		if !told.MatchString(key) {
			e.lists["messages with figures"] = append(e.lists["messages with figures"], key)
			continue
		}
		e.lists["messages of the thread"] = append(e.lists["messages of the thread"], key+": "+alike(r.world.slack.RenderText(message)))
	}
}

// told are the keys of messages that tell what happened; all others show figures.
var told = regexp.MustCompile(`^root$|^approval of |:end\b|:void\b`)

var (
	hexNumber = regexp.MustCompile(`\b[0-9a-f]{12,64}\b`)
	number    = regexp.MustCompile(`\d[\d,.:]*`)
	size      = regexp.MustCompile(`#\s?[kMGT]?B\b`)
	length    = regexp.MustCompile(`#\s?(ms|s|min|h)\b( #\s?(ms|s|min)\b)*`)
	// Which table is the largest of those that could be purged depends on what the application has written by then; what a comparison met on the rows that changed while it read, and how far behind the target is on the moment.
	changing = regexp.MustCompile(`\d+ tables? (was|were) changing while .*? when the source is quiet\.|DMS's own validation: [^\n]*|, \d+ (was|were) changing and (is|are) compared again| (less than )?[\d.]+ s behind|\d+ (tables?|columns?) (holds?|could) [^\n]*?, first of all \x60[^\x60]*\x60\.`)
	random   = regexp.MustCompile(`\b[a-z2-7]{26}\b|\b[A-Z2-7]{26}\b`)
)

// alike is a text without what differs from one run to the next.
func alike(text string) string {
	text = changing.ReplaceAllString(text, "")
	text = random.ReplaceAllString(text, "#")
	text = hexNumber.ReplaceAllString(text, "#")
	text = number.ReplaceAllString(text, "#")
	text = length.ReplaceAllString(text, "#")
	text = size.ReplaceAllString(text, "#")
	return strings.Join(strings.Fields(text), " ")
}
