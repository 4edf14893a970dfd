// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// completed puts a phase's end into words; progressed its readings.
var completed = map[string]func(m *store.Migration, e runbook.Ended) (Message, error){
	"assess": assessed, "schema": schemaApplied, "prepare": prepared, "load": loaded, "rebuild": rebuilt, "replicate": replicated,
	"validate": validated, "cutover": cutOver,
}

var progressed = map[string]func(m *store.Migration, event store.Event) (Message, error){
	"assess.reading": assessReading, "assess.conversion": assessConverting, "load.progress": loadProgress, "rebuild.progress": rebuildProgress,
	"replicate.progress": replicateProgress, "validate.progress": validateProgress, "cutover.progress": cutoverProgress,
	eventDecided: decisionTold, eventScripts: scriptsTaken, runbook.EventForgot: forgot, runbook.EventAdopted: adopted, runbook.EventStripped: stripped,
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
	if line := auditLine(o); line != "" {
		message = message.with(contextBlock(line))
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
	case runbook.EventReminder:
		var ask runbook.Ask
		err := json.Unmarshal(event.Data, &ask)
		return reminder(m, ask.Request), nil, err
	case runbook.EventHolding, runbook.EventGoesOn:
		var h runbook.Held
		if err := json.Unmarshal(event.Data, &h); err != nil {
			return Message{}, nil, err
		}
		if event.Kind == runbook.EventGoesOn {
			return wentOn(m, h), nil, nil
		}
		return held(m, h), nil, nil
	case runbook.EventRetired:
		var e runbook.Retired
		err := json.Unmarshal(event.Data, &e)
		return retired(m, e), e.Files, err
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
	return message(head + "\n" + rootLine(m)).with(contextBlock(waitsFor(m))).withMenu(m)
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
		if e.Phase == "assess" {
			out = out.withMenu(m)
		}
	case runbook.EventFailed:
		out = message("❌ " + problemText(e.Problem))
		if e.Problem != nil && len(e.Problem.Log) > 0 {
			out = out.with(section("```" + Escape(strings.Join(e.Problem.Log, "\n")) + "```"))
		}
	case runbook.EventRed:
		out = gate(m, e)
	case runbook.EventVoid:
		out = voided(e)
	}
	return out.with(next(m, kind, e)...), nil
}

// next says which command comes next, and has a button for it.
func next(m *store.Migration, kind string, e runbook.Ended) []slack.Block {
	command := "`/migrate-" + e.Next + "`"
	switch {
	case e.Adopt:
		return []slack.Block{contextBlock("Adopt shows first what it finds, and changes nothing before that is confirmed."), adoptButton(m.Name)}
	case e.Next == "":
		return nil
	case e.Next != e.Phase || kind == runbook.EventComplete:
		return []slack.Block{contextBlock("Next: " + command), startButton(m.Name, e.Next, title(e.Next))}
	case kind == runbook.EventRed:
		return []slack.Block{contextBlock("Nothing was run. When they hold: " + command), startButton(m.Name, e.Next, "Try again")}
	}
	return []slack.Block{contextBlock("Then: " + command), startButton(m.Name, e.Next, "Try again")}
}

// movedShown is how many differences of two plans are told.
const movedShown = 10

// voided tells that what was approved is not what would run.
func voided(e runbook.Ended) Message {
	text := fmt.Sprintf("⚠ *The approval of %s is void*: what two people would have said yes to is not what would run now. Nothing was run.\n• %s",
		title(e.Phase), strings.Join(moved(e.Moved), "\n• "))
	if e.Next == "" {
		text += "\nThe new plan is asked for below."
	}
	return message(text)
}

// lostVoter is how the engine begins what it says of an approver who does not count any more; no step of a plan begins so.
var lostVoter = regexp.MustCompile(`^&lt;@([UW][A-Z0-9]+)&gt; does not count`)

// moved says what is different from the plan that was approved.
func moved(differences []string) []string {
	lines := few(differences, movedShown)
	for i, l := range lines {
		lines[i] = lostVoter.ReplaceAllString(l, "<@$1> does not count")
	}
	return lines
}

// problemText says what happened, what it means, and what to do.
func problemText(p *runbook.Problem) string {
	if p == nil {
		return "*It failed, and nothing more is known.*\nWhat to do: Ferryman's log has the reason."
	}
	text := bold(sentence(strings.Join(strings.Fields(p.What), " ")))
	if p.Means != "" {
		text += "\n" + keepCode(sentence(p.Means))
	}
	if p.Do != "" {
		text += "\nWhat to do: " + keepCode(sentence(p.Do))
	}
	return text
}

// sentences are those that say something, one after the other.
func sentences(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), " ")
}

// sentence has a capital and a full stop, unless it begins with a command or ends with something else that ends a sentence.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	word, _, _ := strings.Cut(text, " ")
	if strings.ToLower(word) == word && !strings.ContainsAny(word, "._/=") && !strings.HasPrefix(text, "ferryman ") {
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if !strings.ContainsAny(text[len(text)-1:], ".!?:;`)") {
		text += "."
	}
	return text
}

// bold makes one line bold but for the names in back-ticks, which stay code beside it: not every client shows code within bold.
func bold(line string) string {
	parts := strings.Split(keepCode(line), "`")
	for i, part := range parts {
		if i%2 == 1 {
			parts[i] = "`" + part + "`"
			continue
		}
		from, to := 0, len(part)
		if i > 0 {
			from = strings.IndexByte(part, ' ') + 1
		}
		if i < len(parts)-1 {
			to = strings.LastIndexByte(part, ' ')
		}
		if from < to {
			parts[i] = part[:from] + "*" + part[from:to] + "*" + part[to:]
		}
	}
	return strings.Join(parts, "")
}

// keepCode escapes a text of Ferryman's own that may quote names in back-ticks: those stay code, unless one is left open.
func keepCode(text string) string {
	if strings.Count(text, "`")%2 == 1 {
		return Escape(text)
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
