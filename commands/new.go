// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var newCommand = Spec{
	Name: "/migrate-new", Usage: "<name> [profile=<profile>]", Keys: []string{"profile"},
	Description: "Open a migration from a profile of the configuration (the profile of the same name, unless you say which)",
}

// openMigration opens a migration: on the target first, which has one open migration at most, then in Redis with its root message.
func (r *Router) openMigration(ctx context.Context, env Envelope, a Arguments) error {
	if a.Migration == "" {
		return Refusal(fmt.Sprintf("How is it to be called? %s. Profiles: %s.", newCommand.form(), r.profiles()))
	}
	profileName := a.Values["profile"]
	if profileName == "" {
		profileName = a.Migration
	}
	profile, ok := r.Config.Profiles[profileName]
	if !ok {
		return Refusal(fmt.Sprintf("There is no profile *%s*. There are: %s. Say which: `/migrate-new %s profile=…`.", shortly(profileName),
			r.profiles(), a.Migration))
	}
	if profile.Channel != env.Channel {
		return Refusal(fmt.Sprintf("Profile *%s* belongs in <#%s>. Type it there.", Escape(profileName), profile.Channel))
	}
	if err := r.operator(ctx, env, profileName); err != nil {
		return err
	}
	in, err := r.Slack.BotInChannel(ctx, profile.Channel)
	if err != nil {
		return slackSilent(err)
	}
	if !in {
		return Refusal("I am not in this channel, so I could not post here. Type `/invite @Ferryman`, then the command again.")
	}
	if m, err := r.Store.Load(ctx, a.Migration); err == nil {
		// Delivered again, the command that opened it is answered as it was then, once that it opened it can't be lost any more.
		ours, err := r.Store.Seen(ctx, m.Name, env.ID)
		if err != nil {
			return err
		}
		if ours {
			return r.opened(ctx, env, m)
		}
		return r.alreadyThere(ctx, env, m)
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if lost, err := r.lostOne(ctx, env, a.Migration, profileName); lost || err != nil {
		return err
	}
	opening, err := r.openTarget(ctx, a.Migration, profileName, env.User)
	if err != nil {
		r.Log.Error("open a migration", "migration", a.Migration, "error", err)
		return Refusal("*" + a.Migration + "* was not opened. " + problemText(runbook.AsProblem(err)))
	}
	now, err := r.Store.Now(ctx)
	if err != nil {
		return err
	}
	m := &store.Migration{
		Name: a.Migration, Profile: profileName, Channel: profile.Channel, OpenedBy: env.User, OpenedAt: now, Schemas: opening.Schemas,
		Source: opening.Source, Target: opening.Target, PolicyHash: opening.PolicyHash, TargetID: opening.TargetID,
		Phases: map[string]*store.Phase{}, AuditSeq: opening.AuditSeq, AuditHead: opening.AuditHead,
	}
	root := runbook.Root(m, now)
	root.Priority = store.Urgent
	m, err = r.Store.Create(ctx, m, store.Change{
		CommandID: env.ID, Outgoing: []store.Outgoing{root},
		Audit: []store.Audit{{What: "command", Who: env.User, Object: "open from profile " + profileName, Outcome: "opened"}},
	})
	switch {
	case errors.Is(err, store.ErrSeen):
		return nil
	case errors.Is(err, store.ErrExists):
		if m, err = r.Store.Load(ctx, a.Migration); err != nil {
			return err
		}
		return r.alreadyThere(ctx, env, m)
	case err != nil:
		return err
	}
	return r.opened(ctx, env, m)
}

func (r *Router) opened(ctx context.Context, env Envelope, m *store.Migration) error {
	if err := r.waitPosted(ctx, m.Name, store.RootKey, rootLooks); err != nil {
		return err
	}
	return r.answer(ctx, env, Message{Text: fmt.Sprintf("*%s* is open%s. Next: `/migrate-assess`.", m.Name, r.inThread(ctx, m))})
}

// rootLooks is how often the root message is looked for before who opened is answered, a second and a half in all. They are counted: a
// time would be over when a machine that stalled goes on, and nothing was posted meanwhile.
const rootLooks = 30

// targetPatience is how long opening on the target may take: somebody waits for the answer.
const targetPatience = 20 * time.Second

func (r *Router) openTarget(ctx context.Context, name, profile, by string) (phases.Opening, error) {
	ctx, cancel := context.WithTimeout(ctx, targetPatience)
	defer cancel()
	return r.Opener.OpenTarget(ctx, name, profile, by)
}

func (r *Router) alreadyThere(ctx context.Context, env Envelope, m *store.Migration) error {
	if m.OpenedBy == env.User && m.Open() && m.Channel == env.Channel {
		return Refusal(fmt.Sprintf("*%s* is open already%s.", m.Name, r.inThread(ctx, m)))
	}
	return Refusal(fmt.Sprintf("A migration called *%s* is there already (opened by <@%s>, in <#%s>). Choose another name.", m.Name,
		m.OpenedBy, m.Channel))
}

// waitPosted gives a message so many looks, or until ctx ends, to be there, so that an answer can link to it, or a click on it count.
func (r *Router) waitPosted(ctx context.Context, migration, key string, looks int) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for look := 1; ; look++ {
		_, ok, err := r.Store.PostedMessage(ctx, migration, key)
		switch {
		case ok || ctx.Err() != nil:
			return nil
		case err == nil && look >= looks:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *Router) profiles() string {
	names := slices.Sorted(maps.Keys(r.Config.Profiles))
	for i, n := range names {
		names[i] = "*" + Escape(n) + "*"
	}
	return strings.Join(names, ", ")
}
