// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
)

// Sources are the places to read from. Where one can't be had, the reason stands in its place.
type Sources struct {
	// Store is nil where there is no Redis; NoRedis says why.
	Store   *store.Store
	NoRedis string
	// Config is nil where there is none: without it no target is known; NoConfig says why.
	Config   *config.Config
	NoConfig string
	Secrets  config.Secrets
	// Threads is nil where Slack is not to be asked; NoSlack says why.
	Threads adopt.Threads
	NoSlack string
}

// targetTime bounds the opening of a target.
const targetTime = 20 * time.Second

// found is where a migration is kept.
type found struct {
	redis   *store.Migration
	profile string
	target  *postgres.Target
	record  postgres.MigrationRecord
	known   bool
	why     string // the target can't be read
}

func (f *found) close() {
	if f.target != nil {
		f.target.Close()
	}
}

// UnknownError tells that no place that could be read knows the migration.
type UnknownError struct{ Migration, Asked string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("nothing that could be read knows a migration %s (%s)", e.Migration, e.Asked)
}

// find looks for the migration: in Redis, and on the target of the profile that Redis names, else of the one given, else of each.
func (s *Sources) find(ctx context.Context, migration, profile string) (*found, error) {
	f := &found{profile: profile}
	asked := []string{"Redis: " + s.NoRedis}
	if s.Store != nil {
		m, err := s.Store.Load(ctx, migration)
		switch {
		case err == nil:
			f.redis = m
			if profile == "" {
				f.profile = m.Profile
			}
			asked[0] = "Redis: there"
		case errors.Is(err, store.ErrNotFound):
			asked[0] = "Redis: not there"
		default:
			s.Store, s.NoRedis = nil, err.Error()
			asked[0] = "Redis: " + s.NoRedis
		}
	}
	if s.Config == nil {
		f.why = s.NoConfig
	} else {
		profiles := []string{f.profile}
		if f.profile == "" {
			profiles = slices.Sorted(maps.Keys(s.Config.Profiles))
		}
		var answers []string
		for _, p := range profiles {
			why := s.lookOn(ctx, f, p, migration)
			if f.known {
				f.profile, f.why = p, ""
				break
			}
			answers = append(answers, "profile "+p+": "+why)
		}
		if !f.known {
			f.why = strings.Join(answers, "; ")
		}
	}
	if f.redis == nil && !f.known {
		f.close()
		return nil, &UnknownError{Migration: migration, Asked: strings.Join(append(asked, f.why), "; ")}
	}
	return f, nil
}

// lookOn looks for the migration on a profile's target, and says what it met.
func (s *Sources) lookOn(ctx context.Context, f *found, profile, migration string) (why string) {
	target, err := s.open(ctx, profile)
	if err != nil {
		return err.Error()
	}
	record, err := target.Migration(ctx, migration)
	if err != nil {
		target.Close()
		return err.Error()
	}
	f.target, f.record, f.known = target, record, true
	return ""
}

func (s *Sources) open(ctx context.Context, profile string) (*postgres.Target, error) {
	p, ok := s.Config.Profiles[profile]
	if !ok {
		return nil, errors.New("it is not in the configuration")
	}
	ctx, cancel := context.WithTimeout(ctx, targetTime)
	defer cancel()
	ends, err := p.Endpoints(ctx, s.Secrets)
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, ends.Target.URL.Reveal(), "ferryman audit")
}

// Names are the migrations that are known anywhere; missed says which places could not be asked.
func (s *Sources) Names(ctx context.Context) (names, missed []string) {
	all := map[string]bool{}
	if s.Store != nil {
		list, err := s.Store.List(ctx)
		if err != nil {
			s.Store, s.NoRedis = nil, err.Error()
		}
		for _, m := range list {
			all[m.Name] = true
		}
	}
	if s.Store == nil {
		missed = append(missed, "Redis: "+s.NoRedis)
	}
	if s.Config == nil {
		return slices.Sorted(maps.Keys(all)), append(missed, "the targets: "+s.NoConfig)
	}
	for _, p := range slices.Sorted(maps.Keys(s.Config.Profiles)) {
		target, err := s.open(ctx, p)
		if err != nil {
			missed = append(missed, "the target of profile "+p+": "+err.Error())
			continue
		}
		there, err := target.MigrationNames(ctx)
		target.Close()
		var absent *postgres.NoHomeError
		if err != nil && !errors.As(err, &absent) {
			missed = append(missed, "the target of profile "+p+": "+err.Error())
		}
		for _, name := range there {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), missed
}

// Read reads everything of a migration. The thread is read first and Redis last. Error: *UnknownError.
func (s *Sources) Read(ctx context.Context, migration, profile string) (Evidence, error) {
	f, err := s.find(ctx, migration, profile)
	if err != nil {
		return Evidence{}, err
	}
	defer f.close()
	v := Evidence{Migration: migration}
	v.Heads, v.ThreadUnread = s.heads(ctx, f, migration)
	v.Target = readTarget(ctx, f, migration)
	v.Redis = s.readRedis(ctx, migration)
	return v, nil
}

// heads are those that the messages of the thread name.
func (s *Sources) heads(ctx context.Context, f *found, migration string) (heads []Head, unread string) {
	if s.Threads == nil {
		return nil, s.NoSlack
	}
	channel, since := f.record.Channel, f.record.OpenedAt
	if f.redis != nil {
		channel, since = f.redis.Channel, f.redis.OpenedAt
	}
	if channel == "" && s.Config != nil && s.Config.Profiles[f.profile] != nil {
		channel = s.Config.Profiles[f.profile].Channel
	}
	thread, err := s.Threads.Thread(ctx, channel, migration, since.Add(-time.Hour))
	switch {
	case err != nil:
		return nil, err.Error()
	case thread.Root == "":
		return nil, "there is no message of " + migration + " in channel " + channel
	}
	for _, m := range thread.Messages {
		if m.AuditSeq > 0 {
			heads = append(heads, Head{Seq: m.AuditSeq, Hash: m.AuditHead, TS: m.TS, Key: m.Key})
		}
	}
	return heads, ""
}

func readTarget(ctx context.Context, f *found, migration string) Copy {
	if !f.known {
		return Copy{Unread: f.why}
	}
	rows, err := f.target.Chain(ctx, migration)
	var absent *postgres.NoHomeError
	if errors.As(err, &absent) {
		return Copy{Unread: "it keeps no chain: an older Ferryman made its tables, and this one has not worked on it yet"}
	}
	if err != nil {
		return Copy{Unread: err.Error()}
	}
	memory, err := f.target.Remembered(ctx, migration)
	if err != nil {
		return Copy{Unread: err.Error()}
	}
	c := Copy{Known: true, Open: f.record.ClosedAt == nil, Rows: rows, Lines: make([]string, len(rows))}
	for i, row := range rows {
		c.Lines[i] = row.Entry
	}
	var doc struct {
		Seq  int64  `json:"audit_seq"`
		Head string `json:"audit_head"`
	}
	if memory.Doc != nil && json.Unmarshal(memory.Doc, &doc) == nil {
		c.EndSeq, c.EndHash = doc.Seq, doc.Head
	}
	return c
}

// settled is how often Redis is read again while entries are being written.
const settled = 20

// readRedis reads the document and the list; where the document moved on meanwhile, both are read again.
func (s *Sources) readRedis(ctx context.Context, migration string) Copy {
	if s.Store == nil {
		return Copy{Unread: s.NoRedis}
	}
	for range settled {
		before, err := s.Store.Load(ctx, migration)
		if errors.Is(err, store.ErrNotFound) {
			return Copy{}
		}
		if err != nil {
			return Copy{Unread: err.Error()}
		}
		lines, err := s.Store.AuditLines(ctx, migration, 0)
		if err != nil {
			return Copy{Unread: err.Error()}
		}
		after, err := s.Store.Load(ctx, migration)
		if err == nil && after.AuditSeq == before.AuditSeq {
			return Copy{Known: true, Open: after.Open(), Lines: lines, Exactly: true, EndSeq: after.AuditSeq, EndHash: after.AuditHead}
		}
	}
	return Copy{Unread: "it is being written to without a pause: try again"}
}
