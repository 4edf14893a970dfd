// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// PolicyHasher gives the present hash of a profile's policy.
type PolicyHasher interface {
	PolicyHash(ctx context.Context, profile string) (string, error)
}

// People answers who may command and who may approve, by the profiles and Slack. What Slack does not answer counts for nobody.
type People struct {
	Slack  Slack
	Config *config.Config
	Hasher PolicyHasher
	// Team is the workspace that Ferryman serves.
	Team string
}

var _ runbook.People = (*People)(nil)

func (p *People) profile(name string) (*config.Profile, error) {
	profile, ok := p.Config.Profiles[name]
	if !ok {
		return nil, &NoProfileError{Profile: name}
	}
	return profile, nil
}

// NoProfileError is a migration whose profile is not in the configuration any more.
type NoProfileError struct{ Profile string }

func (e *NoProfileError) Error() string {
	return fmt.Sprintf("the configuration has no profile %q any more: put it back and restart Ferryman", e.Profile)
}

// ForUser is what the person is told.
func (e *NoProfileError) ForUser() string {
	return fmt.Sprintf("That wasn't done: the configuration has no profile *%s* any more, and without it nobody may command. Whoever runs Ferryman can put it back.",
		Escape(e.Profile))
}

// peoplePatience is how long a click or a command waits for its turn in Slack's limits.
const peoplePatience = time.Minute

// readMargin is how long before readings are too old they are taken once more: deciding by them takes a moment.
const readMargin = 3 * time.Second

// readings are what is read of people for one decision.
type readings struct {
	slack Slack
	age   time.Duration

	members map[string][]string
	people  map[string]approvals.Person
	// oldest is when the first of them was taken, and until when it may be decided by all of them, by this machine's clock.
	oldest, until time.Time
}

func (r *readings) note(read Read) {
	if r.oldest.IsZero() || read.At.Before(r.oldest) {
		r.oldest = read.At
	}
	if until := time.Now().Add(approvals.FactsFor - read.Age); r.until.IsZero() || until.Before(r.until) {
		r.until = until
	}
}

// groups reads the members of groups, each once.
func (r *readings) groups(ctx context.Context, ids ...string) error {
	for _, g := range ids {
		if _, known := r.members[g]; known {
			continue
		}
		members, read, err := r.slack.GroupMembers(ctx, g, r.age)
		if err != nil {
			return err
		}
		r.note(read)
		r.members[g] = members
	}
	return nil
}

func (r *readings) persons(ctx context.Context, users []string) error {
	for _, u := range users {
		person, read, err := r.slack.Person(ctx, u, r.age)
		if err != nil {
			return err
		}
		r.note(read)
		if person.ID == u {
			r.people[u] = person
		}
	}
	return nil
}

// named are users and the members of groups, each once.
func (r *readings) named(users, groups []string) []string {
	all := slices.Clone(users)
	for _, g := range groups {
		all = append(all, r.members[g]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// read reads who is in some groups, and who some users are. Where it had to wait so long that what was read first has become too old, it
// reads that again.
func (p *People) read(ctx context.Context, groups, users []string, age time.Duration) (*readings, error) {
	ctx, cancel := context.WithTimeout(ctx, peoplePatience)
	defer cancel()
	for {
		r := &readings{slack: p.Slack, age: age, members: map[string][]string{}, people: map[string]approvals.Person{}}
		if err := r.groups(ctx, groups...); err != nil {
			return nil, err
		}
		if err := r.persons(ctx, users); err != nil {
			return nil, err
		}
		if r.oldest.IsZero() || time.Until(r.until) > readMargin {
			return r, nil
		}
		age = approvals.FactsFor - 2*readMargin // What was read until now was read anew, if that was asked for.
	}
}

// MayCommand tells whether a user is one of a profile's operators.
func (p *People) MayCommand(ctx context.Context, profileName, user string) (approvals.Refusal, error) {
	profile, err := p.profile(profileName)
	if err != nil {
		return "", err
	}
	r, err := p.read(ctx, profile.Operators.Groups, []string{user}, approvals.FactsFor)
	if err != nil {
		return "", slackSilent(err)
	}
	return approvals.MayCommand(user, p.Team, r.people, r.named(profile.Operators.Users, profile.Operators.Groups)), nil
}

// slackSilent is the refusal where Slack can't be asked: nobody counts then.
func slackSilent(err error) error {
	var gone *NoProfileError
	if errors.As(err, &gone) {
		return err
	}
	return Refusal(fmt.Sprintf("That wasn't done: Slack does not say who you are just now, and without that nobody counts. Try again in a minute. (%s)",
		Escape(err.Error())))
}

func (p *People) operatorNames(profileName string) string {
	profile, err := p.profile(profileName)
	if err != nil {
		return "nobody"
	}
	return mentions(profile.Operators.Users, profile.Operators.Groups)
}

func mentions(users, groups []string) string {
	var names []string
	for _, g := range groups {
		names = append(names, "<!subteam^"+g+">")
	}
	for _, u := range users {
		names = append(names, "<@"+u+">")
	}
	return strings.Join(names, ", ")
}

// Facts implements runbook.People.
func (p *People) Facts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error) {
	return p.facts(ctx, m, users, approvals.FactsFor)
}

// FreshFacts implements runbook.People.
func (p *People) FreshFacts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error) {
	return p.facts(ctx, m, users, 0)
}

func (p *People) facts(ctx context.Context, m *store.Migration, users []string, age time.Duration) (approvals.Facts, error) {
	profile, err := p.profile(m.Profile)
	if err != nil {
		return approvals.Facts{}, err
	}
	groups := slices.Concat(profile.Approvers.Groups, profile.Operators.Groups)
	for _, request := range m.Requests {
		if request.Live() {
			groups = append(groups, request.Policy.Groups...)
		}
	}
	r, err := p.read(ctx, groups, users, age)
	if err != nil {
		return approvals.Facts{}, err
	}
	return approvals.Facts{
		ReadAt: r.oldest, People: r.people, Groups: r.members,
		ApproversNow: r.named(profile.Approvers.Users, profile.Approvers.Groups),
		OperatorsNow: r.named(profile.Operators.Users, profile.Operators.Groups), RequesterMayApprove: profile.Approvers.RequesterMayApprove,
	}, nil
}

// Policy implements runbook.People.
func (p *People) Policy(ctx context.Context, m *store.Migration) (runbook.Policy, error) {
	profile, err := p.profile(m.Profile)
	if err != nil {
		return runbook.Policy{}, err
	}
	hash, err := p.Hasher.PolicyHash(ctx, m.Profile)
	if err != nil {
		return runbook.Policy{}, err
	}
	policy := runbook.Policy{
		Approvals: approvals.Policy{Users: profile.Approvers.Users, Groups: profile.Approvers.Groups,
			RequesterMayApprove: profile.Approvers.RequesterMayApprove, Team: p.Team},
		Hash: hash, Expires: profile.Approvals.Expires, MaxResumeMinutes: int(profile.MaxResume / time.Minute),
	}
	if len(profile.Cutover.Windows) > 0 {
		policy.Allowed = map[string]func(time.Time) (time.Time, time.Time, bool){"cutover": profile.Cutover.Window}
	}
	return policy, nil
}
