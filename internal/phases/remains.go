// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Remains is what is known of a migration outside Redis and Slack: its profile, what its target keeps of it, and its objects at AWS.
type Remains struct {
	Opening
	Name, Profile string
	Record        postgres.MigrationRecord
	Memory        postgres.Memory
	Chain         []postgres.ChainEntry
	// Steps are the outcomes that the target has of the plan named by the document's phases, by fingerprint.
	Steps map[string][]string
	// Used are the fingerprints of the plans whose approvals were used up.
	Used []string
	// Aside counts what is set aside on the target and not back, SetAside all that ever was.
	Aside, SetAside int
	AWS             AWSRemains
	// Database names the target without secrets.
	Database string
}

// UnknownError tells that no target of the profiles that were asked knows an open migration of that name.
type UnknownError struct {
	Migration string
	// Asked says of each profile what its target answered.
	Asked []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no target knows an open migration %s (%s): there is nothing to adopt; /migrate-new opens it, --profile names another profile",
		e.Migration, strings.Join(e.Asked, "; "))
}

// remainsPatience bounds the wait for each target that is asked.
const remainsPatience = 10 * time.Second

// OpenThere is the migration that is open on a target, the profile that it was opened from as far as the target knows, and the last
// entry of its audit chain there; 0 where nothing was done for it yet.
type OpenThere struct {
	Name, Profile string
	Seq           int64
}

// OpenOn reads which migration is open on a profile's target; the zero OpenThere without one.
func (c *Crew) OpenOn(ctx context.Context, profileName string) (OpenThere, error) {
	_, ends, err := c.profile(ctx, profileName)
	if err != nil {
		return OpenThere{}, err
	}
	target, err := openWithin(ctx, ends.Target)
	if err != nil {
		return OpenThere{}, err
	}
	defer target.Close()
	record, err := target.OpenRecord(ctx)
	if err != nil || record.Name == "" {
		return OpenThere{}, err
	}
	memory, lost, err := lostOn(ctx, target, record.Name)
	if !lost {
		memory.Seq = 0
	}
	return OpenThere{Name: record.Name, Profile: record.Profile, Seq: memory.Seq}, err
}

// lostOn reads what a target remembers of a migration, and tells whether that is of one that is open there: where Redis does not know
// it, Redis has lost it. What is older than the opening is of an earlier one of that name.
func lostOn(ctx context.Context, target *postgres.Target, name string) (memory postgres.Memory, lost bool, err error) {
	record, err := target.OpenRecord(ctx)
	if err != nil {
		return memory, false, err
	}
	memory, err = target.Remembered(ctx, name)
	var absent *postgres.NoHomeError
	if errors.As(err, &absent) { // an older Ferryman kept no memory there
		err = nil
	}
	return memory, record.Name == name && memory.Doc != nil && !memory.At.Before(record.OpenedAt), err
}

// Remains reads what is left of a migration on the target of the first of the profiles whose target has it open. Errors: *UnknownError
// where none has, a *runbook.Problem where it can't be adopted from there.
func (c *Crew) Remains(ctx context.Context, name string, profiles []string) (*Remains, error) {
	unknown := &UnknownError{Migration: name}
	for _, p := range profiles {
		r, why, err := c.remains(ctx, name, p)
		if r != nil || err != nil {
			return r, err
		}
		unknown.Asked = append(unknown.Asked, "profile "+p+": "+why)
	}
	return nil, unknown
}

// remains reads what one profile's target has; nil with the reason where it has nothing of the migration.
func (c *Crew) remains(ctx context.Context, name, profileName string) (*Remains, string, error) {
	profile, ends, err := c.profile(ctx, profileName)
	if err != nil {
		return nil, strings.TrimSuffix(runbook.AsProblem(err).What, "."), nil
	}
	target, err := openWithin(ctx, ends.Target)
	if err != nil {
		return nil, err.Error(), nil
	}
	defer target.Close()
	r := &Remains{Name: name, Profile: profileName, Database: ends.Target.String()}
	if r.TargetID, err = target.Identity(ctx); err != nil {
		var absent *postgres.NoHomeError
		if errors.As(err, &absent) {
			return nil, "no migration was ever opened on its target", nil
		}
		return nil, "", problem("What the target keeps can't be read.", err)
	}
	open, err := target.OpenRecord(ctx)
	if err != nil {
		return nil, "", problem("What the target keeps can't be read.", err)
	}
	r.Record, err = target.Migration(ctx, name)
	var absent *postgres.NoMigrationError
	switch {
	case errors.As(err, &absent) && open.Name == "":
		return nil, "no migration is open on its target", nil
	case errors.As(err, &absent):
		return nil, "its target belongs to " + open.Name, nil
	case err != nil:
		return nil, "", problem("What the target keeps can't be read.", err)
	case r.Record.Profile != "" && r.Record.Profile != profileName:
		return nil, "there it was opened from profile " + r.Record.Profile, nil
	case open.Name != "" && open.Name != name:
		return nil, "", &runbook.Problem{What: fmt.Sprintf("The target belongs to another migration: %s.", open.Name),
			Means: fmt.Sprintf("%s was closed there at %s.", name, stamp(r.Record.ClosedAt)), Do: "Adopt " + open.Name + ", if it is that one that Redis lost."}
	}
	return r, "", c.readRemains(ctx, r, profile, ends, target)
}

func openWithin(ctx context.Context, end config.Endpoint) (*postgres.Target, error) {
	ctx, cancel := context.WithTimeout(ctx, remainsPatience)
	defer cancel()
	return postgres.Open(ctx, end.URL.Reveal(), applicationName)
}

// readRemains reads the rest of what the target has, and AWS.
func (c *Crew) readRemains(ctx context.Context, r *Remains, profile *config.Profile, ends *config.Endpoints, target *postgres.Target) error {
	r.Opening.PolicyHash, r.Opening.Schemas, r.Opening.Channel = profile.PolicyHash(ends), profile.Source.Schemas, profile.Channel
	var err error
	var absent *postgres.NoHomeError
	if r.Memory, err = target.Remembered(ctx, r.Name); err != nil && !errors.As(err, &absent) { // an older Ferryman kept no memory there
		return problem("What the target remembers can't be read.", err)
	}
	if r.Chain, err = target.Chain(ctx, r.Name); err != nil && !errors.As(err, &absent) {
		return problem("The audit chain on the target can't be read.", err)
	}
	if r.Steps, r.Used, err = target.Executed(ctx, r.Name); err != nil {
		return problem("The target's record of steps can't be read.", err)
	}
	saved, err := target.Saved(ctx, r.Name)
	if err != nil {
		return problem("What was set aside can't be read.", err)
	}
	r.SetAside = len(saved)
	r.Aside = len(slices.DeleteFunc(saved, func(o postgres.SavedObject) bool { return o.RestoredAt != nil }))
	if r.Record.PolicyHash != r.PolicyHash {
		return &runbook.Problem{What: fmt.Sprintf("Profile %s was changed after %s was opened from it.", r.Profile, r.Name),
			Means: "People, times or databases would not be those that were agreed on.", Do: "Put the profile back as it was and restart Ferryman, then adopt again."}
	}
	r.AWS = c.awsRemains(ctx, r.Name, profile)
	return nil
}

func stamp(t *time.Time) string {
	if t == nil {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04 MST")
}

// Kept implements runbook.Keeper.
func (c *Crew) Kept(ctx context.Context, m *store.Migration) (seq int64, hash string, err error) {
	_, ends, err := c.profile(ctx, m.Profile)
	if err != nil {
		return 0, "", err
	}
	target, err := openWithin(ctx, ends.Target)
	if err != nil {
		return 0, "", err
	}
	defer target.Close()
	id, err := target.Identity(ctx)
	if err != nil {
		return 0, "", err
	}
	if m.TargetID != "" && id != m.TargetID {
		return 0, "", fmt.Errorf("the target is another database than the one that %s was opened on", m.Name)
	}
	memory, err := target.Remembered(ctx, m.Name)
	return memory.Seq, memory.Hash, err
}
