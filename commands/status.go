// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var statusCommand = Spec{
	Name: "/migrate-status", Usage: named, Open: true, Description: "Every migration, its phase and what it waits for",
}

// statusLimit is how many migrations one answer shows.
const statusLimit = 20

func (r *Router) showStatus(ctx context.Context, env Envelope, a Arguments) error {
	all, err := r.Store.List(ctx)
	if err != nil {
		return err
	}
	texts, blocks, unknown := r.lostLines(ctx, env.Channel, all)
	if a.Migration != "" {
		all = slices.DeleteFunc(all, func(m *store.Migration) bool { return m.Name != a.Migration })
		if len(all) == 0 && len(texts) == 0 {
			if gone, err := r.finished(ctx, a.Migration); gone != "" || err != nil {
				return cmp.Or(err, error(Refusal(gone)))
			}
			return Refusal(sentences(fmt.Sprintf("There is no migration *%s*. `/migrate-status` lists all.", a.Migration), unknown))
		}
	}
	if len(all) == 0 && len(texts) == 0 {
		return r.answer(ctx, env, Message{Text: sentences("There is no migration yet. `/migrate-new` opens one; profiles: "+r.profiles()+".", unknown)})
	}
	slices.SortFunc(all, func(a, b *store.Migration) int {
		if a.Open() != b.Open() {
			if a.Open() {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	for i, m := range all {
		if i == statusLimit {
			blocks = append(blocks, contextBlock(fmt.Sprintf("and %d more; name one: `/migrate-status &lt;name&gt;`", len(all)-statusLimit)))
			break
		}
		text := fmt.Sprintf("*%s* in <#%s>%s\n%s\n%s", m.Name, m.Channel, r.inThread(ctx, m), rootLine(m), waitsFor(m))
		if trouble, err := r.Store.Trouble(ctx, m.Name); err == nil && trouble != "" {
			text += "\n⚠ *Its thread does not hear of it*: messages wait and are sent when this is mended. " + Escape(sentence(trouble))
		}
		most := 2
		if a.Migration != "" {
			most = decisionsShown
		}
		if decisions := decisionLines(m, most); decisions != "" {
			text += "\n" + decisions
		}
		texts = append(texts, text)
		blocks = append(blocks, section(text))
		if a.Migration != "" {
			r.bringBack(ctx, m)
		}
	}
	if unknown != "" {
		texts, blocks = append(texts, unknown), append(blocks, contextBlock(unknown))
	}
	return r.answer(ctx, env, Message{Text: strings.Join(texts, "\n\n"), Blocks: blocks})
}

// bringBack has the root message, and the request that waits, posted again if somebody deleted them: nobody else would notice, and without
// its message a request can't be decided.
func (r *Router) bringBack(ctx context.Context, m *store.Migration) {
	keys := []string{store.RootKey}
	if p := m.Phases[m.BusyPhase()]; p != nil && m.Requests[p.RequestID].Live() {
		keys = append(keys, runbook.ApprovalKey(p.RequestID))
	}
	for _, key := range keys {
		if err := r.Store.Refresh(ctx, m.Name, key); err != nil {
			r.Log.Warn("a message can't be looked after", "migration", m.Name, "key", key, "error", err)
		}
	}
}

// rootLine shows the spine with a mark for each phase.
func rootLine(m *store.Migration) string {
	var parts []string
	for _, name := range runbook.Spine() {
		p := store.Phase{}
		if stored, ok := m.Phases[name]; ok {
			p = *stored
		}
		mark := "○"
		switch p.Status {
		case store.Complete:
			mark = "✔"
		case store.Requested, store.Granted, store.Running:
			mark = "▸"
		case store.Waiting:
			mark = "🔒"
		case store.Holding:
			mark = "⏸"
		case store.Failed:
			mark = "❌"
		case store.Red, store.Refused:
			mark = "✖"
		}
		part := mark + " " + title(name)
		if p.Headline != "" {
			part += " " + Escape(p.Headline)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " · ")
}

// waitsFor says what the migration waits for, or what comes next.
func waitsFor(m *store.Migration) string {
	if !m.Open() {
		return "Finished " + day(m.ClosedAt) + "."
	}
	busy := m.BusyPhase()
	switch {
	case busy == "":
		return comesNext(m)
	case m.Phases[busy].Status == store.Holding:
		return fmt.Sprintf("%s is approved and waits for its gate, until %s: %s.", title(busy), clock(m.Requests[m.Phases[busy].RequestID].ExpiresAt),
			strings.Join(few(m.Phases[busy].Held, evidenceShown), ", "))
	case m.Phases[busy].Status != store.Waiting:
		return "Waiting for nobody."
	}
	request := m.Requests[m.Phases[busy].RequestID]
	people := "two people's"
	if request.Missing() == 1 {
		people = "one more person's"
	}
	return fmt.Sprintf("Waiting for %s approval of %s, until %s.", people, title(busy), clock(request.ExpiresAt))
}

// comesNext says what an operator is to do: mend what ended badly last, or go on.
func comesNext(m *store.Migration) string {
	last := ""
	for name, p := range m.Phases {
		if last == "" || p.EndedAt.After(m.Phases[last].EndedAt) {
			last = name
		}
	}
	if last != "" && runbook.Check(m, last) == nil {
		p, again := m.Phases[last], fmt.Sprintf("`/migrate-%s`", last)
		switch p.Status {
		case store.Failed:
			return fmt.Sprintf("%s failed: %s The thread says what to do; then %s.", title(last), Escape(sentence(p.Error)), again)
		case store.Red:
			return fmt.Sprintf("The gate of %s does not hold: the thread says what is missing. When it holds: %s.", title(last), again)
		case store.Refused:
			return fmt.Sprintf("%s was not approved, and nothing was run. %s asks anew.", title(last), again)
		}
	}
	next := runbook.Next(m)
	if next == "" {
		return "Nothing is left to do."
	}
	return fmt.Sprintf("Waiting for an operator: `/migrate-%s` is next.", next)
}
