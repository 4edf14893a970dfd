// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Adopter rebuilds migrations in Redis.
type Adopter struct {
	Store *store.Store
	Crew  *phases.Crew
	// Threads is nil where Slack can't be asked: the bot looks for the thread before it sends the next message.
	Threads Threads
	Log     *slog.Logger
	// LostWithin bounds the look for lost migrations, 1.5 s unless given.
	LostWithin time.Duration
}

// Findings are what is known of a lost migration and what is to be done with it, in words.
type Findings struct {
	Migration string   `json:"migration"`
	Profile   string   `json:"profile"`
	Found     []string `json:"found"`
	// Disagree says where two sources contradict each other, Will what an adoption does, Missing what could not be found or looked up.
	Disagree []string `json:"disagreements"`
	Will     []string `json:"will"`
	Missing  []string `json:"missing"`

	remains *phases.Remains
	redis   *store.Migration
	thread  *Thread
	channel string
	// decided is what becomes of phases, of Will.
	decided []string
}

// NotBehindError tells that Redis knows all that the target knows.
type NotBehindError struct{ Migration string }

func (e *NotBehindError) Error() string {
	return fmt.Sprintf("Redis knows everything of %s that the target remembers: there is nothing to adopt", e.Migration)
}

// Digest stands for what was found and what is to be done: an adoption that was confirmed is of that and nothing else.
func (f *Findings) Digest() string {
	task := ""
	if t := f.remains.AWS.Task; t != nil {
		task = t.Status
	}
	body, _ := json.Marshal([]any{f.Migration, f.Profile, f.channel, f.remains.Memory.Hash, f.redis != nil, task, f.decided})
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// Survey reads what is left of a migration and changes nothing. profiles are those to look in, in order: all of the configuration's where
// there are none; channel is where its thread is, the profile's where it is empty. Errors: *NotBehindError, *phases.UnknownError, and
// *runbook.Problem where it can't be adopted.
func (a *Adopter) Survey(ctx context.Context, name, channel string, profiles ...string) (*Findings, error) {
	redis, err := a.Store.Load(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if len(profiles) == 0 {
		profiles = a.candidates(name, redis)
	}
	remains, err := a.Crew.Remains(ctx, name, profiles)
	if err != nil {
		return nil, err
	}
	f := &Findings{Migration: name, Profile: remains.Profile, Found: []string{}, Disagree: []string{}, Will: []string{}, Missing: []string{},
		remains: remains, redis: redis, channel: channel}
	if remains.Memory.Seq == 0 || remains.Memory.Doc == nil || remains.Record.ClosedAt == nil && remains.Memory.At.Before(remains.Record.OpenedAt) {
		return nil, &runbook.Problem{What: fmt.Sprintf("The target knows that %s is open, and nothing else of it.", name),
			Means: "Nothing was run yet that would be lost.", Do: "Open it again in its channel: /migrate-new " + name + " profile=" + remains.Profile}
	}
	if err := a.behind(ctx, f); err != nil {
		return nil, err
	}
	doc, err := f.document()
	if err != nil {
		return nil, err
	}
	if f.channel == "" {
		f.channel = doc.Channel
	}
	var threadErr error = errNoSlack
	if a.Threads != nil {
		var thread *Thread
		if thread, threadErr = a.Threads.Thread(ctx, f.channel, name, remains.Record.OpenedAt.Add(-time.Hour)); threadErr == nil {
			f.thread = thread
		}
	}
	if _, err := f.rebuild(time.Time{}); err != nil {
		return nil, err
	}
	f.decided = f.Will
	f.say(doc, threadErr)
	return f, nil
}

var errNoSlack = errors.New("there is no SLACK_BOT_TOKEN here")

// candidates are the profiles to look in: the one that Redis names, else that of the migration's name, then the others.
func (a *Adopter) candidates(name string, redis *store.Migration) []string {
	if redis != nil {
		return []string{redis.Profile}
	}
	all := slices.Sorted(maps.Keys(a.Crew.Config.Profiles))
	if i := slices.Index(all, name); i > 0 {
		all = slices.Insert(slices.Delete(all, i, i+1), 0, name)
	}
	return all
}

// behind refuses where the chain in Redis has the target's last entry: then Redis has lost nothing.
func (a *Adopter) behind(ctx context.Context, f *Findings) error {
	if f.redis == nil {
		return nil
	}
	has, err := a.has(ctx, f.redis, f.remains.Memory.Seq, f.remains.Memory.Hash)
	if err == nil && has {
		err = &NotBehindError{Migration: f.Migration}
	}
	return err
}

// document is the migration's document as the target remembers it.
func (f *Findings) document() (*store.Migration, error) {
	var m store.Migration
	if err := json.Unmarshal(f.remains.Memory.Doc, &m); err != nil {
		return nil, &runbook.Problem{What: "The document of " + f.Migration + " on the target can't be read.", Means: err.Error(), Err: err}
	}
	switch {
	case m.SchemaVersion > store.SchemaVersion:
		return nil, &store.NewerError{Migration: f.Migration, Found: m.SchemaVersion}
	case m.Name != f.Migration || m.Profile != f.Profile || m.PolicyHash != f.remains.PolicyHash:
		return nil, &runbook.Problem{What: "The document on the target is not of " + f.Migration + " from profile " + f.Profile + ".",
			Means: fmt.Sprintf("It is of %s, from profile %s, or of another policy.", m.Name, m.Profile), Do: "See who wrote to table ferryman.state on the target."}
	case m.TargetID != "" && m.TargetID != f.remains.TargetID:
		return nil, &runbook.Problem{What: "The target is another database than the one that " + f.Migration + " was opened on.",
			Means: "Its identity is " + f.remains.TargetID + ", not " + m.TargetID + ".", Do: "See where the target's address leads now."}
	}
	runbook.ForgetRequests(&m)
	return &m, nil
}
