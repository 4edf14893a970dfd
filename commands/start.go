// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// start commands a phase: it is written down, and the engine does it. Values are the key=value words that were typed with it.
func (r *Router) start(ctx context.Context, env Envelope, m *store.Migration, phase string, values map[string]string) error {
	if err := r.operator(ctx, env, m.Profile); err != nil {
		var refusal Refusal
		if errors.As(err, &refusal) {
			err = &uncounted{refusal, notOperator}
		}
		return r.noted(ctx, env, m.Name, phase, "", err)
	}
	after, err := r.Store.Update(ctx, m.Name, func(m *store.Migration, now time.Time) (store.Change, error) {
		if err := runbook.Check(m, phase); err != nil {
			return store.Change{}, err
		}
		if err := r.allowedNow(m, phase, now); err != nil {
			return store.Change{}, err
		}
		if err := typed(m, phase, values); err != nil {
			return store.Change{}, err
		}
		p := m.Phase(phase)
		*p = store.Phase{Status: store.Requested, Run: p.Run + 1, By: env.User, Command: env.ID, RequestedAt: now, StartedAt: p.StartedAt}
		return store.Change{
			CommandID: env.ID,
			Audit:     []store.Audit{{What: "command", Who: env.User, Phase: phase, Outcome: "taken"}},
			Outgoing:  []store.Outgoing{runbook.Root(m, now)},
		}, nil
	})
	var illegal *runbook.NotLegalError
	var outside *uncounted
	switch {
	case errors.Is(err, store.ErrSeen):
		return r.answeredBefore(ctx, env, m.Name, phase, nil)
	case errors.As(err, &illegal):
		// Delivered again, a command is not legal because it was taken the first time; then it is answered as it was then.
		refusal := Refusal(notLegal(illegal))
		seen, err := r.Store.Seen(ctx, m.Name, env.ID)
		if err != nil {
			return err
		}
		if seen {
			return r.answeredBefore(ctx, env, m.Name, phase, refusal)
		}
		if err := r.noted(ctx, env, m.Name, phase, "", &uncounted{refusal, notLegalNow}); err != nil {
			return err
		}
		return refusal
	case errors.As(err, &outside):
		if taken, err := r.Store.Seen(ctx, m.Name, env.ID); err != nil || taken {
			return err
		}
		return r.noted(ctx, env, m.Name, phase, "", err)
	case err != nil:
		return err
	}
	return r.underWay(ctx, env, after, phase)
}

// answeredBefore answers a command that is delivered again as it was answered the first time. refusal is nil where it would be legal by now:
// a replica that slept with it in its hands finds that, when another has refused it.
func (r *Router) answeredBefore(ctx context.Context, env Envelope, migration, phase string, refusal error) error {
	m, err := r.Store.Load(ctx, migration)
	if err != nil {
		return err
	}
	if m.Phase(phase).Command == env.ID {
		return r.underWay(ctx, env, m, phase)
	}
	return refusal
}

// allowedNow refuses a cutover outside the windows of its profile, and says when the next one begins.
func (r *Router) allowedNow(m *store.Migration, phase string, now time.Time) error {
	profile, err := r.People.profile(m.Profile)
	if err != nil || phase != "cutover" || len(profile.Cutover.Windows) == 0 {
		return err
	}
	from, to, within := profile.Cutover.Window(now)
	if within {
		return nil
	}
	return &uncounted{Refusal(fmt.Sprintf("A cutover of *%s* is not allowed at this time, by the windows of profile *%s*. Nothing was done. The next window: %s – %s.",
		m.Name, Escape(m.Profile), day(from), day(to))), notAllowedNow}
}

func (r *Router) underWay(ctx context.Context, env Envelope, m *store.Migration, phase string) error {
	return r.answer(ctx, env, Message{Text: fmt.Sprintf("%s of *%s* is under way%s.", runbook.Title(phase), m.Name, r.inThread(ctx, m))})
}

func notLegal(e *runbook.NotLegalError) string {
	why := Escape(e.Why)
	if len(e.Legal) == 0 {
		return why + " Nothing was done; `/migrate-status` shows where things stand."
	}
	commands := make([]string, len(e.Legal))
	for i, p := range e.Legal {
		commands[i] = "`/migrate-" + p + "`"
	}
	return why + " Nothing was done. You can now: " + strings.Join(commands, ", ") + "."
}

// inThread is a link to the migration's thread, as the end of a sentence, where there is one yet.
func (r *Router) inThread(ctx context.Context, m *store.Migration) string {
	root, ok, err := r.Store.PostedMessage(ctx, m.Name, store.RootKey)
	if err != nil || !ok {
		return ": see the thread"
	}
	link, err := r.Slack.Permalink(ctx, root.Channel, root.TS)
	if err != nil {
		return ": see the thread"
	}
	return fmt.Sprintf(", in <%s|the thread>", link)
}
