// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// The action ids of the button that offers to rebuild a migration that Redis has lost, and of the one that does it after what was found
// was shown.
const (
	adoptAction   = "migration.adopt"
	adoptGoAction = "migration.adopt.go"
)

// adoptPatience bounds the looking: somebody waits.
const adoptPatience = 2 * time.Minute

// adopt shows an operator what is left of a migration, and rebuilds it when that was confirmed.
func (r *Router) adopt(ctx context.Context, env Envelope) error {
	name, digest, _ := strings.Cut(env.Value, "/")
	if !migrationName.MatchString(name) || r.Adopter == nil {
		return Refusal("That button names no migration of mine.")
	}
	profiles, err := r.adoptable(ctx, env, name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, adoptPatience)
	defer cancel()
	f, err := r.Adopter.Survey(ctx, name, "", profiles...)
	if err != nil {
		return adoptRefused(name, err)
	}
	if env.ActionID != adoptGoAction || f.Digest() != digest {
		again := ""
		if env.ActionID == adoptGoAction {
			again = "Something changed since: nothing was done yet. This is what there is now.\n"
		}
		return r.answer(ctx, env, surveyed(f, again))
	}
	m, err := r.Adopter.Adopt(ctx, f, env.User, env.ID)
	if errors.Is(err, store.ErrSeen) {
		return nil
	}
	if err != nil {
		return adoptRefused(name, err)
	}
	return r.answer(ctx, env, Message{Text: fmt.Sprintf("*%s* is adopted%s.", m.Name, r.inThread(ctx, m))})
}

// adoptable are the profiles in which a person may adopt from a channel: those of which they are an operator.
func (r *Router) adoptable(ctx context.Context, env Envelope, name string) ([]string, error) {
	var all, mine []string
	m, err := r.Store.Load(ctx, name)
	switch {
	case err == nil && m.Channel != env.Channel:
		return nil, Refusal(fmt.Sprintf("*%s* lives in <#%s>. Press the button there.", m.Name, m.Channel))
	case err == nil:
		all = []string{m.Profile}
	case errors.Is(err, store.ErrNotFound):
		all = r.profilesIn(env.Channel)
	default:
		return nil, err
	}
	if len(all) == 0 {
		return nil, Refusal("No profile of the configuration belongs in this channel, so nothing can be adopted here.")
	}
	for _, p := range all {
		refusal, err := r.People.MayCommand(ctx, p, env.User)
		if err != nil {
			return nil, err
		}
		if refusal == "" {
			mine = append(mine, p)
		}
	}
	if len(mine) == 0 {
		return nil, r.operator(ctx, env, all[0])
	}
	return mine, nil
}

// profilesIn are the names of the profiles that belong in a channel.
func (r *Router) profilesIn(channel string) []string {
	var names []string
	for name, p := range r.Config.Profiles {
		if p.Channel == channel {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func adoptRefused(name string, err error) error {
	var behind *adopt.NotBehindError
	if errors.As(err, &behind) {
		return Refusal(fmt.Sprintf("Redis knows everything of *%s* that its target remembers: there is nothing to adopt.", name))
	}
	if errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return Refusal(fmt.Sprintf("*%s* was not adopted. %s", name, problemText(runbook.AsProblem(err))))
}

// surveyed shows what is left of a migration, with the button that goes on.
func surveyed(f *adopt.Findings, first string) Message {
	head := fmt.Sprintf("%s*%s, from profile %s: what is left of it*", first, f.Migration, Escape(f.Profile))
	out := message(head, listOf("Found", f.Found), listOf("⚠ Where they disagree", f.Disagree), listOf("Not found", f.Missing), listOf("What Adopt will do", f.Will))
	button := slack.NewButtonBlockElement(adoptGoAction, f.Migration+"/"+f.Digest(), plainText("Adopt "+f.Migration)).WithStyle(slack.StylePrimary)
	return out.with(contextBlock("Nothing was changed yet."), slack.NewActionBlock("adopt", button))
}

// listed bounds a list in a message.
const listedLines = 15

func listOf(head string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	shown := make([]string, 0, len(lines))
	for i, l := range lines {
		if i == listedLines {
			shown = append(shown, fmt.Sprintf("and %d more", len(lines)-listedLines))
			break
		}
		shown = append(shown, keepCode(sentence(l)))
	}
	return fmt.Sprintf("*%s*\n• %s", head, strings.Join(shown, "\n• "))
}

// slackUser is the form of a user's id.
var slackUser = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)

// adopted tells the thread that its migration was rebuilt.
func adopted(m *store.Migration, event store.Event) (Message, error) {
	var a adopt.Adopted
	if err := json.Unmarshal(event.Data, &a); err != nil {
		return Message{}, err
	}
	who := Escape(a.By)
	if slackUser.MatchString(a.By) {
		who = "<@" + a.By + ">"
	}
	head := fmt.Sprintf("*%s was adopted by %s*: Redis had lost it, or was set back. It was rebuilt from its target, AWS and this thread.", m.Name, who)
	out := message(head, listOf("What was done", a.Will), listOf("⚠ Where they disagreed", a.Disagree), listOf("Not found", a.Missing))
	if a.Next == "" {
		return out, nil
	}
	return out.with(contextBlock("Next: `/migrate-"+a.Next+"`"), startButton(m.Name, a.Next, title(a.Next))), nil
}

// stripped is a message whose buttons are of no use any more: its words stay.
func stripped(_ *store.Migration, event store.Event) (Message, error) {
	var s adopt.Stripped
	if err := json.Unmarshal(event.Data, &s); err != nil {
		return Message{}, err
	}
	why := "*The migration was adopted since*; what is below was before."
	if s.Approval {
		why = "✖ *This request is void*: Redis was lost or set back meanwhile, and approvals do not survive that. What is below was before; giving the command again asks two people anew."
	}
	out := message(why)
	var blocks slack.Blocks
	if len(s.Blocks) > 0 {
		if err := json.Unmarshal(s.Blocks, &blocks); err != nil {
			return Message{}, err
		}
	}
	for _, b := range blocks.BlockSet {
		if b.BlockType() != slack.MBTAction {
			out.Blocks = append(out.Blocks, b)
		}
	}
	out.Text += "\n" + s.Text
	return out, nil
}

func adoptButton(migration string) slack.Block {
	return slack.NewActionBlock("adopt", slack.NewButtonBlockElement(adoptAction, migration, plainText("Adopt…")))
}

// lostHere are the open migrations on the targets of a channel's profiles that Redis does not know, and what is to be said where a target
// could not be asked.
func (r *Router) lostHere(ctx context.Context, channel string, known []*store.Migration) (names []string, unknown string) {
	if r.Adopter == nil {
		return nil, ""
	}
	var ask []string
	for _, p := range r.profilesIn(channel) {
		if !slices.ContainsFunc(known, func(m *store.Migration) bool { return m.Profile == p && m.Open() }) {
			ask = append(ask, p)
		}
	}
	names, unasked := r.Adopter.Lost(ctx, ask, known)
	if len(unasked) > 0 {
		unknown = fmt.Sprintf("The target of profile *%s* could not be asked whether a migration is open there that Redis does not know.", strings.Join(unasked, "*, *"))
	}
	return names, unknown
}

// lostOne tells whether a migration that is to be opened is open on its target and lost in Redis, and then answers with the way on.
func (r *Router) lostOne(ctx context.Context, env Envelope, name, profile string) (bool, error) {
	if r.Adopter == nil {
		return false, nil
	}
	look, cancel := context.WithTimeout(ctx, targetPatience)
	defer cancel()
	seq, err := r.Adopter.Remembers(look, name, profile)
	if err != nil || seq == 0 {
		return false, nil // opening it meets the same error, and words it
	}
	text := fmt.Sprintf("*%s* is open on the target already, with %d audit entries, and Redis does not know it: Redis was wiped or set back. It was not opened anew, because that would forget what was done and approved.",
		name, seq)
	how := "Adopt shows first what it finds, and changes nothing before that is confirmed. On the command line: `ferryman adopt " + name + " --profile " + profile + "`."
	return true, r.answer(ctx, env, message(text).with(contextBlock(how), adoptButton(name)))
}

// lostLines tells of each migration of a channel that is open on its target and that Redis does not know.
func (r *Router) lostLines(ctx context.Context, channel string, known []*store.Migration) (texts []string, blocks []slack.Block, unknown string) {
	lost, unknown := r.lostHere(ctx, channel, known)
	for _, name := range lost {
		text := fmt.Sprintf("⚠ *%s* is open on its target, and Redis does not know it: Redis was wiped or set back. Nothing goes on until an operator adopts it.", name)
		texts = append(texts, text)
		blocks = append(blocks, section(text), adoptButton(name))
	}
	return texts, blocks, unknown
}
