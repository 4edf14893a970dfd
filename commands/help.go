// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

var helpCommand = Spec{
	Name: "/migrate-help", Usage: named, Open: true, Description: "What can be done next, here, by you",
}

// showHelp says for each open migration of the channel what can be done now, and whether by the person who asks.
func (r *Router) showHelp(ctx context.Context, env Envelope, a Arguments) error {
	all, err := r.Store.List(ctx)
	if err != nil {
		return err
	}
	var blocks []slack.Block
	var texts []string
	add := func(text string) {
		texts = append(texts, text)
		blocks = append(blocks, section(text))
	}
	slices.SortFunc(all, func(a, b *store.Migration) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range all {
		if m.Channel != env.Channel || !m.Open() || a.Migration != "" && m.Name != a.Migration {
			continue
		}
		if len(blocks) < statusLimit {
			add(r.helpFor(ctx, env, m))
		}
	}
	switch {
	case len(blocks) == 0 && a.Migration != "":
		add(fmt.Sprintf("No migration *%s* is open in this channel. `/migrate-status` lists all.", a.Migration))
	case len(blocks) == 0:
		add("No migration is open in this channel. " + newCommand.form() + " opens one; profiles of this channel: " + r.profilesOf(env.Channel) + ".")
	}
	var lines []string
	for _, s := range All() {
		lines = append(lines, s.form()+" "+s.Description)
	}
	add(strings.Join(lines, "\n"))
	return r.answer(ctx, env, Message{Text: strings.Join(texts, "\n"), Blocks: blocks})
}

func (r *Router) helpFor(ctx context.Context, env Envelope, m *store.Migration) string {
	text := fmt.Sprintf("*%s*: %s", m.Name, waitsFor(m))
	refusal, err := r.People.MayCommand(ctx, m.Profile, env.User)
	switch {
	case err != nil:
		text += "\nSlack does not say just now whether you may command it."
	case refusal != "":
		text += "\nYou may look, not command: operators are " + r.People.operatorNames(m.Profile) + "."
	default:
		var can []string
		for _, p := range runbook.Legal(m) {
			can = append(can, "`/migrate-"+p+"`")
		}
		if len(can) > 0 {
			text += "\nYou can now: " + strings.Join(can, ", ") + "."
		}
	}
	if p := m.BusyPhase(); p != "" && m.Phases[p].Status == store.Waiting {
		text += fmt.Sprintf("\nApprovers decide%s.", r.inThread(ctx, m))
	}
	return text
}

func (r *Router) profilesOf(channel string) string {
	var names []string
	for name, p := range r.Config.Profiles {
		if p.Channel == channel {
			names = append(names, "*"+Escape(name)+"*")
		}
	}
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
