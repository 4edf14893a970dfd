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

// members are the named users and the members of the named groups, each once.
func (p *People) members(ctx context.Context, users, groups []string) ([]string, error) {
	all := slices.Clone(users)
	for _, g := range groups {
		members, err := p.Slack.GroupMembers(ctx, g)
		if err != nil {
			return nil, err
		}
		all = append(all, members...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (p *People) persons(ctx context.Context, users []string) (map[string]approvals.Person, error) {
	people := map[string]approvals.Person{}
	for _, u := range users {
		person, err := p.Slack.Person(ctx, u)
		if err != nil {
			return nil, err
		}
		people[u] = person
	}
	return people, nil
}

// MayCommand tells whether a user is one of a profile's operators.
func (p *People) MayCommand(ctx context.Context, profileName, user string) (approvals.Refusal, error) {
	profile, err := p.profile(profileName)
	if err != nil {
		return "", err
	}
	operators, err := p.members(ctx, profile.Operators.Users, profile.Operators.Groups)
	if err != nil {
		return "", slackSilent(err)
	}
	people, err := p.persons(ctx, []string{user})
	if err != nil {
		return "", slackSilent(err)
	}
	return approvals.MayCommand(user, p.Team, people, operators), nil
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
	profile, err := p.profile(m.Profile)
	if err != nil {
		return approvals.Facts{}, err
	}
	approvers, err := p.members(ctx, profile.Approvers.Users, profile.Approvers.Groups)
	if err != nil {
		return approvals.Facts{}, err
	}
	people, err := p.persons(ctx, users)
	if err != nil {
		return approvals.Facts{}, err
	}
	return approvals.Facts{People: people, ApproversNow: approvers, RequesterMayApprove: profile.Approvers.RequesterMayApprove}, nil
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
	return runbook.Policy{
		Approvals: approvals.Policy{Users: profile.Approvers.Users, Groups: profile.Approvers.Groups,
			RequesterMayApprove: profile.Approvers.RequesterMayApprove, Team: p.Team},
		Hash: hash, ExpiresMinutes: int(profile.Approvals.Expires / time.Minute), MaxResumeMinutes: int(profile.MaxResume / time.Minute),
	}, nil
}
