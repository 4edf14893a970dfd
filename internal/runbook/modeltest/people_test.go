// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
)

// The people of a world, its two groups, and where it all happens.
const (
	team      = "T0MODEL"
	channel   = "C0MODEL"
	elsewhere = "C0OTHER"
	groupOne  = "S0ONE"
	groupTwo  = "S0TWO"
	opsGroup  = "S0OPS"

	dba      = "U0DBA"
	deputy   = "U0DEPUTY"
	ann      = "U0ANN"
	ben      = "U0BEN"
	cleo     = "U0CLEO"
	dora     = "U0DORA"
	newcomer = "U0NEW"
	outsider = "U0OUT"
	guest    = "U0GUEST"
	robot    = "U0BOT"
	former   = "U0FORMER"
	partner  = "U0PARTNER"
)

// everybody is who may click; the first are those whose word is most often worth something.
var everybody = []string{ann, ben, cleo, dora, dba, deputy, newcomer, outsider, guest, robot, former, partner}

// people is who everybody is and who is in which group, through time.
type people struct {
	persons map[string]*history[approvals.Person]
	groups  map[string]*history[[]string]
	away    history[bool]
}

func newPeople(from time.Time) *people {
	p := &people{persons: map[string]*history[approvals.Person]{}, groups: map[string]*history[[]string]{}}
	for _, id := range everybody {
		person := approvals.Person{ID: id, TeamID: team, Guest: id == guest, Bot: id == robot, Deleted: id == former}
		if id == partner {
			person.TeamID, person.External = "T0PARTNER", true
		}
		p.persons[id] = &history[approvals.Person]{}
		p.persons[id].set(from, person)
	}
	// Guests, bots and those who left are in a group: being named there is not enough.
	for group, members := range map[string][]string{
		groupOne: {ann, ben, dba, guest, robot, former, partner}, groupTwo: {ben, cleo}, opsGroup: {deputy, robot},
	} {
		p.groups[group] = &history[[]string]{}
		p.groups[group].set(from, members)
	}
	p.away.set(from, false)
	return p
}

// slack is Slack as one replica sees it.
type slack struct {
	w    *world
	wire *wire
}

var _ commands.Slack = (*slack)(nil)

var errSlackAway = errors.New("no answer from Slack")

// read says as of when a reading is, and fails while Slack is away. One that may be old is often as old as it may be: other replicas have
// read it, and it is shared.
func (s *slack) read(age time.Duration) (commands.Read, error) {
	if err := s.wire.pass(); err != nil {
		return commands.Read{}, err
	}
	now := s.w.now()
	if s.w.people.away.at(now) {
		return commands.Read{}, errSlackAway
	}
	at := now
	if age > 0 {
		s.w.mu.Lock()
		switch s.w.dice.IntN(6) {
		case 0:
			at = now.Add(-age)
		case 1:
			at = now.Add(-time.Duration(s.w.dice.Int64N(int64(age))))
		case 2:
			at = now.Add(-time.Duration(s.w.dice.Int64N(int64(age / 500))))
		}
		s.w.mu.Unlock()
	}
	return commands.Read{At: at, Age: now.Sub(at)}, nil
}

// Person implements commands.Slack.
func (s *slack) Person(_ context.Context, id string, age time.Duration) (approvals.Person, commands.Read, error) {
	read, err := s.read(age)
	if err != nil {
		return approvals.Person{}, read, err
	}
	known, ok := s.w.people.persons[id]
	if !ok {
		return approvals.Person{}, read, nil
	}
	return known.at(read.At), read, s.wire.pass()
}

// GroupMembers implements commands.Slack.
func (s *slack) GroupMembers(_ context.Context, id string, age time.Duration) ([]string, commands.Read, error) {
	read, err := s.read(age)
	if err != nil {
		return nil, read, err
	}
	members, ok := s.w.people.groups[id]
	if !ok {
		return nil, read, errors.New("no_such_subteam")
	}
	return slices.Clone(members.at(read.At)), read, s.wire.pass()
}

// Respond implements commands.Slack; the response_url here is who clicked.
func (s *slack) Respond(_ context.Context, responseURL string, m commands.Message) error {
	return s.tell(responseURL, m)
}

// Ephemeral implements commands.Slack.
func (s *slack) Ephemeral(_ context.Context, _, user, _ string, m commands.Message) error {
	return s.tell(user, m)
}

func (s *slack) tell(user string, m commands.Message) error {
	if err := s.wire.pass(); err != nil {
		return err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.told[user] = append(s.w.told[user], m.Text)
	return nil
}

// Notice implements commands.Slack.
func (s *slack) Notice(context.Context, string, string, store.Outgoing, commands.Message) error {
	return s.wire.pass()
}

// Permalink implements commands.Slack.
func (s *slack) Permalink(context.Context, string, string) (string, error) {
	return "https://model.slack.com/thread", s.wire.pass()
}

// BotInChannel implements commands.Slack.
func (s *slack) BotInChannel(context.Context, string) (bool, error) { return true, s.wire.pass() }

// rights are what the rules ask of a person at some time between two, by the policy of a profile.
type rights struct {
	w        *world
	from, to time.Time
}

// human tells whether somebody was a person of the workspace at any moment of the time.
func (r rights) human(user string) bool {
	person, ok := r.w.people.persons[user]
	return ok && person.ever(r.from, r.to, func(p approvals.Person) bool {
		return !p.Bot && !p.Deleted && !p.Guest && !p.External && p.TeamID == team
	})
}

// listed tells whether somebody was one of the users, or in one of the groups, at any moment of the time.
func (r rights) listed(user string, users, groups []string) bool {
	if slices.Contains(users, user) {
		return true
	}
	return slices.ContainsFunc(groups, func(group string) bool {
		members, ok := r.w.people.groups[group]
		return ok && members.ever(r.from, r.to, func(m []string) bool { return slices.Contains(m, user) })
	})
}
