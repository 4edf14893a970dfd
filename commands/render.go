// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// completed puts a phase's end into words; progressed its readings.
var completed = map[string]func(m *store.Migration, e runbook.Ended) (Message, error){
	"assess": assessed, "schema": schemaApplied, "prepare": prepared, "load": loaded, "rebuild": rebuilt, "replicate": replicated, "validate": validated, "cutover": cutOver,
}

var progressed = map[string]func(m *store.Migration, event store.Event) (Message, error){
	"assess.reading": assessReading, "load.progress": loadProgress, "rebuild.progress": rebuildProgress,
	"replicate.progress": replicateProgress, "validate.progress": validateProgress, "cutover.progress": cutoverProgress,
}

// Render puts an event into words.
func (r *Router) Render(ctx context.Context, o store.Outgoing) (Message, error) {
	m, err := r.Store.Load(ctx, o.Migration)
	if err != nil {
		return Message{}, err
	}
	message, files, err := r.words(m, o.Event)
	if err != nil {
		return Message{}, fmt.Errorf("put %s of %s into words: %w", o.Event.Kind, o.Migration, err)
	}
	for _, f := range files {
		content, err := r.Store.File(ctx, m.Name, f.Name)
		if err != nil {
			return Message{}, err
		}
		message.Files = append(message.Files, File{Name: f.Name, Title: f.Title, Content: content})
	}
	return message, nil
}

func (r *Router) words(m *store.Migration, event store.Event) (Message, []runbook.File, error) {
	switch event.Kind {
	case runbook.EventRoot:
		return root(m), nil, nil
	case runbook.EventApproval:
		var ask runbook.Ask
		if err := json.Unmarshal(event.Data, &ask); err != nil {
			return Message{}, nil, err
		}
		return approval(m, ask)
	case runbook.EventVoid, runbook.EventRed, runbook.EventFailed, runbook.EventComplete:
		var e runbook.Ended
		if err := json.Unmarshal(event.Data, &e); err != nil {
			return Message{}, nil, err
		}
		message, err := ended(m, event.Kind, e)
		return message, e.Files, err
	}
	words, ok := progressed[event.Kind]
	if !ok {
		return Message{}, nil, fmt.Errorf("no words for it")
	}
	message, err := words(m, event)
	return message, nil, err
}

// root is the migration's message in the channel.
func root(m *store.Migration) Message {
	head := fmt.Sprintf("*%s* · %s → %s · started by <@%s>", m.Name, Escape(m.Source), Escape(m.Target), m.OpenedBy)
	return message(head + "\n" + rootLine(m)).with(contextBlock(waitsFor(m)))
}

func ended(m *store.Migration, kind string, e runbook.Ended) (Message, error) {
	var out Message
	switch kind {
	case runbook.EventComplete:
		words, ok := completed[e.Phase]
		if !ok {
			return Message{}, fmt.Errorf("no words for the end of %s", e.Phase)
		}
		var err error
		if out, err = words(m, e); err != nil {
			return Message{}, err
		}
	case runbook.EventFailed:
		out = message("❌ " + problemText(e.Problem))
		if len(e.Problem.Log) > 0 {
			out = out.with(section("```" + cut(Escape(strings.Join(e.Problem.Log, "\n"))) + "```"))
		}
		return out, nil
	case runbook.EventRed:
		return gate(m, e), nil
	case runbook.EventVoid:
		return message(fmt.Sprintf("⚠ *The approval of %s is void.* What was approved is not what would run now: %s. Nothing was run.", title(e.Phase), strings.Join(escapeAll(e.Moved), "; "))), nil
	}
	if e.Next != "" {
		out = out.with(contextBlock("Next: `/migrate-"+e.Next+"`"), nextButton(m.Name, e.Next))
	}
	return out, nil
}

func escapeAll(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Escape(w)
	}
	return out
}

// problemText says what happened, what it means, and what to do.
func problemText(p *runbook.Problem) string {
	if p == nil {
		return "It failed, and nothing more is known."
	}
	text := "*" + Escape(strings.TrimSpace(p.What)) + "*"
	if p.Means != "" {
		text += "\n" + keepCode(p.Means)
	}
	if p.Do != "" {
		text += "\nWhat to do: " + keepCode(p.Do)
	}
	return text
}

// keepCode escapes a text of Ferryman's own that may quote names in back-ticks: those stay code.
func keepCode(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// gate shows evidence, what does not hold first.
func gate(m *store.Migration, e runbook.Ended) Message {
	holds := 0
	var red, green []string
	for _, v := range e.Evidence {
		if v.Holds {
			holds++
			green = append(green, fmt.Sprintf("✔ %s (%s)", Escape(v.Name), Escape(v.Value)))
			continue
		}
		line := fmt.Sprintf("✖ *%s*: %s", Escape(v.Name), Escape(v.Value))
		if v.Fix != "" {
			line += "\n      " + Escape(v.Fix)
		}
		red = append(red, line)
	}
	head := fmt.Sprintf("*%s of %s: %d of %d hold*", title(e.Phase), m.Name, holds, len(e.Evidence))
	if len(e.Evidence) > 0 {
		head += " · read " + clock(e.Evidence[len(e.Evidence)-1].ReadAt)
	}
	again := fmt.Sprintf("Nothing was run. When they hold: `/migrate-%s`.", e.Phase)
	out := message(head, strings.Join(red, "\n"), strings.Join(green, "  "), again)
	return out.with(slack.NewActionBlock("again", slack.NewButtonBlockElement(startAction, m.Name+"/"+e.Phase, plainText("Try again"))))
}
