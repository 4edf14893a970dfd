// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Schemas is what commands need to know of the source, and to have scripts tried; phases has it.
type Schemas interface {
	// Propose holds a filled form against the source: what is decided by it, or what is wrong, by field.
	Propose(ctx context.Context, m *store.Migration, kind string, fields map[string]string) (convert.Decisions, map[string]string, error)
	// ScriptsAt reads the scripts of a folder in S3.
	ScriptsAt(ctx context.Context, m *store.Migration, folder string) ([]phases.GivenScript, error)
	// TakeScripts tries scripts in the scratch database, and keeps nothing.
	TakeScripts(ctx context.Context, m *store.Migration, given []phases.GivenScript) ([]phases.TriedScript, error)
}

// eventDecided tells of decisions that were made or taken back.
const eventDecided = "decision.made"

// decision is what eventDecided tells.
type decision struct {
	By    string    `json:"by"`
	Why   string    `json:"why"`
	Made  []string  `json:"made,omitempty"`
	Gone  []string  `json:"gone,omitempty"`
	Waits string    `json:"waits,omitempty"`
	At    time.Time `json:"at"`
}

const decisionsShown = 10

func decisionTold(_ *store.Migration, event store.Event) (Message, error) {
	var d decision
	if err := json.Unmarshal(event.Data, &d); err != nil {
		return Message{}, err
	}
	what, list := "decided", d.Made
	if len(d.Gone) > 0 {
		what, list = "took back", d.Gone
	}
	text := fmt.Sprintf("*<@%s> %s*: %s.\nWhy: %s", Escape(d.By), what, strings.Join(few(list, decisionsShown), "; "), Escape(d.Why))
	means := "Conversion, the DMS task's mapping and the comparisons obey it. It can be taken back until prepare has begun. " +
		"Next: `/migrate-assess` shows what it changes, `/migrate-schema` applies it."
	if len(d.Gone) > 0 {
		means = "Next: `/migrate-assess` shows what it changes, `/migrate-schema` applies it."
	}
	if d.Waits != "" {
		means = fmt.Sprintf("*The plan of %s that waits is void by it*: it is made anew, and two people are asked again. ", Escape(title(d.Waits))) + means
	}
	return message(text).with(contextBlock(means)), nil
}

// decisionLines are a migration's decisions, for its status.
func decisionLines(m *store.Migration, most int) string {
	d, err := phases.Decided(m)
	if err != nil {
		return ""
	}
	all := phases.List(d)
	if len(all) == 0 {
		return ""
	}
	var lines []string
	for _, x := range all[:min(len(all), most)] {
		lines = append(lines, fmt.Sprintf("• %s, by <@%s>", Escape(x.Words), Escape(x.By)))
	}
	if more := len(all) - most; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("Decided (%d):\n", len(all)) + strings.Join(lines, "\n")
}

// mayDecide refuses who may not decide, and when nobody may.
func (r *Router) mayDecide(ctx context.Context, env Envelope, m *store.Migration) error {
	if err := r.operator(ctx, env, m.Profile); err != nil {
		var refusal Refusal
		if errors.As(err, &refusal) {
			return &uncounted{refusal, notOperator}
		}
		return err
	}
	return decidable(m)
}

func decidable(m *store.Migration) error {
	if why := phases.MayDecide(m); why != "" {
		return &uncounted{Refusal("That can't be decided now. " + Escape(why) + " Nothing was done."), notLegalNow}
	}
	return nil
}

// decide carries out a filled form.
func (r *Router) decide(ctx context.Context, env Envelope) error {
	kind, name := strings.TrimPrefix(env.CallbackID, decisionView), env.PrivateMetadata
	m, err := r.Store.Load(ctx, name)
	if err != nil {
		return err
	}
	err = r.mayDecide(ctx, env, m)
	switch {
	case err != nil:
	case kind == phases.DecideScripts:
		err = r.scriptsFromS3(ctx, env, m)
	default:
		err = r.decideNow(ctx, env, m, kind)
	}
	return r.tellFiller(ctx, env, m, r.noted(ctx, env, m.Name, "", kind, err))
}

// tellFiller answers who filled a form, which has no channel of its own, where its button is.
func (r *Router) tellFiller(ctx context.Context, env Envelope, m *store.Migration, err error) error {
	var refusal Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	env.Channel = m.Channel
	if root, ok, err := r.Store.PostedMessage(ctx, m.Name, store.RootKey); err == nil && ok {
		env.ThreadTS = root.TS
	}
	return r.answer(ctx, env, Message{Text: refusal.ForUser()})
}

func (r *Router) decideNow(ctx context.Context, env Envelope, m *store.Migration, kind string) error {
	fields := env.Fields
	why := reasonOf(fields[phases.FieldWhy])
	var more convert.Decisions
	if kind == phases.DecideTakeBack {
		if why == "" {
			return Refusal("That wasn't done: a reason is needed.")
		}
	} else {
		found, wrong, err := r.Schemas.Propose(ctx, m, kind, fields)
		if err != nil {
			r.Log.Error("decide", "migration", m.Name, "error", err)
			return Refusal("That wasn't done. " + problemText(runbook.AsProblem(err)))
		}
		for _, what := range wrong {
			return Refusal("That wasn't done: " + Escape(what))
		}
		more = found
	}
	event := decision{By: env.User, Why: why}
	return r.keepDecisions(ctx, env, m.Name, &event, func(d convert.Decisions, now time.Time) convert.Decisions {
		if kind == phases.DecideTakeBack {
			left, gone := phases.TakeBack(d, strings.Split(fields[phases.FieldTaken], ","))
			event.Gone = nil
			for _, x := range gone {
				event.Gone = append(event.Gone, x.Words)
			}
			return left
		}
		event.Made = nil
		for _, x := range phases.List(more) {
			event.Made = append(event.Made, x.Words)
		}
		return phases.Add(d, more, env.User, why, now)
	})
}

// keepDecisions changes a migration's decisions and tells the thread.
func (r *Router) keepDecisions(ctx context.Context, env Envelope, name string, event *decision, change func(convert.Decisions, time.Time) convert.Decisions) error {
	_, err := r.Store.Update(ctx, name, func(m *store.Migration, now time.Time) (store.Change, error) {
		if err := decidable(m); err != nil {
			return store.Change{}, err
		}
		d, err := phases.Decided(m)
		if err != nil {
			return store.Change{}, err
		}
		if err := phases.Decide(m, change(d, now)); err != nil {
			return store.Change{}, err
		}
		if len(event.Made)+len(event.Gone) == 0 {
			return store.Change{}, Refusal("That wasn't done: what was chosen does not stand any more.")
		}
		event.At, event.Waits = now, m.BusyPhase()
		told, err := runbook.NewEvent(eventDecided, now, event)
		if err != nil {
			return store.Change{}, err
		}
		outcome := "decided: " + strings.Join(event.Made, "; ")
		if len(event.Gone) > 0 {
			outcome = "taken back: " + strings.Join(event.Gone, "; ")
		}
		return store.Change{
			CommandID: env.ID,
			Audit:     []store.Audit{{What: "decision", Who: env.User, Object: event.Why, Outcome: clip(outcome, 2000)}},
			Outgoing:  []store.Outgoing{runbook.Tell(m, "decision:"+env.ID, store.Urgent, told), runbook.Root(m, now)},
		}, nil
	})
	if errors.Is(err, store.ErrSeen) {
		return nil
	}
	return err
}

func reasonOf(reason string) string {
	return clip(strings.TrimSpace(reason), reasonLimit)
}

func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
