// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Files reads what people shared in Slack.
type Files interface {
	// Download reads a file of at most most bytes; a longer one is an error.
	Download(ctx context.Context, fileID string, most int) ([]byte, error)
}

// eventScripts tells what became of scripts that somebody gave.
const eventScripts = "scripts.given"

type scriptsGiven struct {
	By    string               `json:"by"`
	Tried []phases.TriedScript `json:"tried"`
	Waits string               `json:"waits,omitempty"`
}

const (
	scriptsShown = 10
	makesShown   = 3
)

func scriptsTaken(_ *store.Migration, event store.Event) (Message, error) {
	var g scriptsGiven
	if err := json.Unmarshal(event.Data, &g); err != nil {
		return Message{}, err
	}
	var lines []string
	taken := 0
	for i, t := range g.Tried {
		if t.Refused == "" {
			taken++
		}
		if i >= scriptsShown {
			continue
		}
		lines = append(lines, scriptLine(t))
	}
	if more := len(g.Tried) - scriptsShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	head := fmt.Sprintf("*<@%s> gave %s*: %d taken, %d refused.", Escape(g.By), several(len(g.Tried), "script", "scripts"), taken, len(g.Tried)-taken)
	means := "Nothing was taken. Mend it and drop it here again."
	if taken > 0 {
		means = "Each taken was run in a scratch database, made its object and changed nothing else there; from now on it stands in the place of what Ferryman made for that object. " +
			"Next: `/migrate-assess` shows what it resolves; `/migrate-schema` applies it, with two people."
	}
	if taken > 0 && g.Waits != "" {
		means = fmt.Sprintf("*The plan of %s that waits is void by it*: it is made anew, and two people are asked again. ", Escape(title(g.Waits))) + means
	}
	return message(head + "\n" + strings.Join(lines, "\n")).with(contextBlock(means)), nil
}

func scriptLine(t phases.TriedScript) string {
	what := "`" + Escape(t.Name) + "`"
	if t.Object.Name != "" {
		what += fmt.Sprintf(" for %s `%s`", Escape(strings.ToLower(t.Object.Type)), Escape(t.Object.Owner+"."+t.Object.Name))
	}
	if t.Refused != "" {
		if t.Line > 0 {
			what += fmt.Sprintf(", line %d", t.Line)
		}
		return cut("✖ "+what+": "+Escape(t.Refused), 600)
	}
	line := "✔ " + what + ": " + strings.Join(few(t.Makes, makesShown), ", ")
	if t.Instead != "" {
		line += fmt.Sprintf("; instead of the script by <@%s>", Escape(t.Instead))
	}
	return cut(line, 600)
}

// scriptsShared takes the scripts that an operator dropped into a migration's thread. Other files, and other threads, are nobody's matter.
func (r *Router) scriptsShared(ctx context.Context, env Envelope) error {
	files := slices.DeleteFunc(slices.Clone(env.Files), func(f SharedFile) bool {
		ext := strings.ToLower(path.Ext(f.Name))
		return ext != ".sql" && ext != ".zip"
	})
	if len(files) == 0 || env.ThreadTS == "" {
		return nil
	}
	m, err := r.ofThread(ctx, env.Channel, env.ThreadTS)
	if err != nil || m == nil {
		return err
	}
	if seen, err := r.Store.Seen(ctx, m.Name, env.ID); err != nil || seen {
		return err
	}
	err = r.mayDecide(ctx, env, m)
	if err == nil {
		err = r.takeScripts(ctx, env, m, files)
	}
	return r.noted(ctx, env, m.Name, "", files[0].Name, err)
}

// ofThread is the open migration of a thread, or nil.
func (r *Router) ofThread(ctx context.Context, channel, ts string) (*store.Migration, error) {
	all, err := r.Store.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.Channel != channel || !m.Open() {
			continue
		}
		root, ok, err := r.Store.PostedMessage(ctx, m.Name, store.RootKey)
		if err != nil {
			return nil, err
		}
		if ok && root.TS == ts {
			return m, nil
		}
	}
	return nil, nil
}

func (r *Router) takeScripts(ctx context.Context, env Envelope, m *store.Migration, files []SharedFile) error {
	var given []phases.GivenScript
	for _, f := range files {
		if f.Size > phases.MaxScripts {
			return Refusal(fmt.Sprintf("`%s` was not taken: it is larger than %d kB. Nothing was done.", Escape(f.Name), phases.MaxScripts>>10))
		}
		content, err := r.Files.Download(ctx, f.ID, phases.MaxScripts)
		if err != nil {
			r.Log.Error("read a script from Slack", "migration", m.Name, "file", f.ID, "error", err)
			return Refusal(fmt.Sprintf("`%s` was not taken: it can't be read from Slack (%s). Nothing was done; drop it once more.", Escape(f.Name), Escape(err.Error())))
		}
		list, err := phases.ScriptsIn(f.Name, content)
		if err != nil {
			return Refusal("That was not taken: " + Escape(err.Error()) + ". Nothing was done.")
		}
		given = append(given, list...)
	}
	return r.tryScripts(ctx, env, m, given)
}

// scriptsFromS3 takes the scripts of a folder that somebody named.
func (r *Router) scriptsFromS3(ctx context.Context, env Envelope, m *store.Migration) error {
	given, err := r.Schemas.ScriptsAt(ctx, m, env.Fields[phases.FieldFolder])
	if err != nil {
		r.Log.Error("read scripts from S3", "migration", m.Name, "error", err)
		return Refusal("No script was taken. " + problemText(runbook.AsProblem(err)))
	}
	return r.tryScripts(ctx, env, m, given)
}

// tryScripts has scripts tried, and keeps those that are taken.
func (r *Router) tryScripts(ctx context.Context, env Envelope, m *store.Migration, given []phases.GivenScript) error {
	tried, err := r.Schemas.TakeScripts(ctx, m, given)
	if err != nil {
		r.Log.Error("try scripts", "migration", m.Name, "error", err)
		return Refusal("The scripts were not taken. " + problemText(runbook.AsProblem(err)))
	}
	for i, t := range tried {
		if t.Refused == "" {
			if err := r.Store.PutFile(ctx, m.Name, phases.ScriptFile(t.SHA256), []byte(given[i].SQL)); err != nil {
				return err
			}
		}
		tried[i].Makes = t.Makes[:min(len(t.Makes), makesShown+1)]
	}
	return r.keepScripts(ctx, env, m.Name, tried)
}

func (r *Router) keepScripts(ctx context.Context, env Envelope, name string, tried []phases.TriedScript) error {
	_, err := r.Store.Update(ctx, name, func(m *store.Migration, now time.Time) (store.Change, error) {
		if err := decidable(m); err != nil {
			return store.Change{}, err
		}
		var d convert.Decisions
		d, err := phases.Decided(m)
		if err != nil {
			return store.Change{}, err
		}
		if err := phases.Decide(m, phases.KeepScripts(d, tried, env.User, now)); err != nil {
			return store.Change{}, err
		}
		told, err := runbook.NewEvent(eventScripts, now, scriptsGiven{By: env.User, Tried: tried, Waits: m.BusyPhase()})
		if err != nil {
			return store.Change{}, err
		}
		change := store.Change{CommandID: env.ID, Outgoing: []store.Outgoing{runbook.Tell(m, "scripts:"+env.ID, store.Urgent, told), runbook.Root(m, now)}}
		for _, t := range tried {
			outcome := "taken, SHA-256 " + t.SHA256
			if t.Refused != "" {
				outcome = "refused: " + clip(t.Refused, 300)
			}
			change.Audit = append(change.Audit, store.Audit{What: "script", Who: env.User, Object: clip(t.Name, 200), Outcome: outcome})
		}
		return change, nil
	})
	if errors.Is(err, store.ErrSeen) {
		return nil
	}
	return err
}
