// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
)

// Slack is what commands need of Slack; package bot has it.
type Slack interface {
	// Respond answers a command or a click by its response_url, to the person alone.
	Respond(ctx context.Context, responseURL string, m Message) error
	Ephemeral(ctx context.Context, channel, user, threadTS string, m Message) error
	// Notice posts a message of which no outbox knows, in a thread where threadTS is not empty; its metadata is that of o.
	Notice(ctx context.Context, channel, threadTS string, o store.Outgoing, m Message) error
	Permalink(ctx context.Context, channel, ts string) (string, error)
	// Person and GroupMembers were read at most age ago, or anew where age is zero. They wait for a turn in Slack's limits until ctx ends.
	// Who is not known to Slack has no ID.
	Person(ctx context.Context, userID string, age time.Duration) (approvals.Person, Read, error)
	GroupMembers(ctx context.Context, groupID string, age time.Duration) ([]string, Read, error)
	BotInChannel(ctx context.Context, channel string) (bool, error)
}

// Read is when something was read from Slack: by Redis's clock, and how long before it was returned.
type Read struct {
	At  time.Time
	Age time.Duration
}

// Opener records a new migration on its target.
type Opener interface {
	OpenTarget(ctx context.Context, migration, profile, by string) (phases.Opening, error)
}

// Router carries out what people do in Slack, and puts events into words.
type Router struct {
	Store  *store.Store
	Config *config.Config
	Slack  Slack
	People *People
	Opener Opener
	// Schemas knows the source, and tries people's scripts.
	Schemas Schemas
	// Files reads what people dropped into a thread.
	Files Files
	// Adopter rebuilds migrations that Redis has lost.
	Adopter *adopt.Adopter
	Log     *slog.Logger
	// OnRefused, where it is set, is told why a click on a request did not count.
	OnRefused func(reason string)
}

// Handle carries out one envelope. It may be called more than once for the same one.
func (r *Router) Handle(ctx context.Context, env Envelope) error {
	switch env.Type {
	case SlashCommand:
		return r.command(ctx, env)
	case BlockAction:
		return r.action(ctx, env)
	case ViewSubmission:
		if strings.HasPrefix(env.CallbackID, decisionView) {
			return r.decide(ctx, env)
		}
		return r.submitted(ctx, env)
	case FilesShared:
		return r.scriptsShared(ctx, env)
	}
	return fmt.Errorf("an envelope of type %q is not for the commands", env.Type)
}

func (r *Router) command(ctx context.Context, env Envelope) error {
	spec, ok := findCommand(env.Command)
	if !ok {
		return Refusal(fmt.Sprintf("`%s` is not one of mine. `/migrate-help` lists them.", Escape(env.Command)))
	}
	a, err := Parse(spec, env.Text)
	if err != nil {
		return err
	}
	switch spec.Name {
	case newCommand.Name:
		return r.openMigration(ctx, env, a)
	case statusCommand.Name:
		return r.showStatus(ctx, env, a)
	case helpCommand.Name:
		return r.showHelp(ctx, env, a)
	}
	m, err := r.resolve(ctx, env.Channel, a.Migration)
	if err != nil {
		return err
	}
	return r.start(ctx, env, m, spec.Phase, a.Values)
}

func (r *Router) action(ctx context.Context, env Envelope) error {
	switch env.ActionID {
	case approveAction, rejectAction, withdrawAction:
		return r.click(ctx, env)
	case decideAction:
		return r.menuChosen(ctx, env)
	case adoptAction, adoptGoAction:
		return r.adopt(ctx, env)
	case startAction:
		name, phase, _ := strings.Cut(env.Value, "/")
		m, err := r.resolve(ctx, env.Channel, name)
		if err != nil {
			return err
		}
		return r.start(ctx, env, m, phase, nil)
	}
	// A link button, or one of a message that an older version posted: nothing to do.
	return nil
}

// resolve finds the migration that is meant: the one named, else the channel's only open one. A migration is commanded from its own
// channel alone.
func (r *Router) resolve(ctx context.Context, channel, name string) (*store.Migration, error) {
	all, err := r.Store.List(ctx)
	if err != nil {
		return nil, err
	}
	var here []*store.Migration
	for _, m := range all {
		if m.Name == name {
			if m.Channel != channel {
				return nil, Refusal(fmt.Sprintf("*%s* lives in <#%s>. Type the command there.", m.Name, m.Channel))
			}
			return m, nil
		}
		if m.Channel == channel && m.Open() {
			here = append(here, m)
		}
	}
	names := make([]string, len(here))
	for i, m := range here {
		names[i] = "*" + m.Name + "*"
	}
	slices.Sort(names)
	var unknown string
	if name != "" || len(here) == 0 {
		var lost []string
		if lost, unknown = r.lostHere(ctx, channel, all); slices.Contains(lost, name) || name == "" && len(lost) > 0 {
			return nil, Refusal(fmt.Sprintf("*%s* is open on its target, and Redis does not know it: Redis was wiped or set back. Nothing was done. `/migrate-status` has the button that adopts it.",
				strings.Join(lost, "*, *")))
		}
	}
	if gone, err := r.finished(ctx, name); gone != "" || err != nil {
		return nil, cmp.Or(err, error(Refusal(gone)))
	}
	switch {
	case name != "" && len(here) == 0:
		return nil, Refusal(sentences(fmt.Sprintf("There is no migration *%s*, and none is open in this channel. `/migrate-new` opens one.", Escape(name)), unknown))
	case name != "":
		return nil, Refusal(sentences(fmt.Sprintf("There is no migration *%s*. Open in this channel: %s.", Escape(name), strings.Join(names, ", ")), unknown))
	case len(here) == 0:
		return nil, Refusal(sentences("No migration is open in this channel. `/migrate-new` opens one; `/migrate-status` lists all.", unknown))
	case len(here) > 1:
		return nil, Refusal(fmt.Sprintf("Several migrations are open in this channel, so name one: %s.", strings.Join(names, ", ")))
	}
	return here[0], nil
}

// answer tells the person who did something, and nobody else.
func (r *Router) answer(ctx context.Context, env Envelope, m Message) error {
	if env.ResponseURL != "" {
		return r.Slack.Respond(ctx, env.ResponseURL, m)
	}
	return r.Slack.Ephemeral(ctx, env.Channel, env.User, env.ThreadTS, m)
}

// operator refuses who is not one of the profile's operators.
func (r *Router) operator(ctx context.Context, env Envelope, profile string) error {
	refusal, err := r.People.MayCommand(ctx, profile, env.User)
	if err != nil {
		return err
	}
	switch refusal {
	case "":
		return nil
	case approvals.NotApprover:
		return Refusal(fmt.Sprintf("Only the operators of profile *%s* may do that, and you are not one of them. Nothing was done. They are: %s.",
			Escape(profile), r.People.operatorNames(profile)))
	}
	return Refusal(fmt.Sprintf("Only operators may do that, and you don't count as one: %s. Nothing was done.", refusal.Words()))
}
