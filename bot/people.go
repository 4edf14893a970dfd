// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// Share gives the client the store by which all replicas share what Slack says about people. New does it.
func (s *Slack) Share(db *store.Store, limits Limits) {
	s.store, s.limits = db, limits.orSlacks()
}

// Forget takes nothing as known that was read before now by this machine's clock, so that the next question reaches Slack.
func (s *Slack) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgotten = time.Now()
}

// Person is what Slack says about a user, at most age ago by Redis's clock, read once for all replicas; with age zero it is read anew.
// A user whom Slack does not know has no ID in it, and is nobody.
func (s *Slack) Person(ctx context.Context, userID string, age time.Duration) (approvals.Person, commands.Read, error) {
	var p approvals.Person
	if !slackID.MatchString(userID) {
		return p, commands.Read{}, fmt.Errorf("read who %q is: that is no user id of Slack's", cut(userID, 50))
	}
	value, read, err := s.read(ctx, reading{"user:" + userID, methodPerson, s.limits.Person, func(ctx context.Context) ([]byte, error) {
		p, err := s.askPerson(ctx, userID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(p)
	}}, age)
	if err != nil {
		return p, read, err
	}
	if err := json.Unmarshal(value, &p); err != nil || (p.ID != "" && p.ID != userID) {
		return approvals.Person{}, read, fmt.Errorf("what Redis has of user %s is not what Slack said of them", userID)
	}
	return p, read, nil
}

func (s *Slack) askPerson(ctx context.Context, userID string) (approvals.Person, error) {
	us, err := s.Identity(ctx)
	if err != nil {
		return approvals.Person{}, err
	}
	u, err := s.api.GetUserInfoContext(ctx, userID)
	if isCode(err, "user_not_found", "user_not_visible") {
		return approvals.Person{}, nil
	}
	if err != nil {
		return approvals.Person{}, err
	}
	if u.ID != userID {
		return approvals.Person{}, fmt.Errorf("asked about user %s, Slack answered about %q", userID, cut(u.ID, 50))
	}
	// On Enterprise Grid one organisation has several workspaces; Slack Connect brings other organisations.
	sameOrg := us.EnterpriseID != "" && u.Enterprise.EnterpriseID == us.EnterpriseID
	return approvals.Person{
		ID: u.ID, TeamID: u.TeamID, Name: cut(cmp.Or(u.Profile.DisplayName, u.RealName, u.Name), 200),
		Bot:      u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == "USLACKBOT",
		Deleted:  u.Deleted,
		Guest:    u.IsRestricted || u.IsUltraRestricted,
		External: u.IsStranger || (u.TeamID != us.TeamID && !sameOrg),
	}, nil
}

// GroupMembers are the user ids of a user group's active members, as Slack said at most age ago; with age zero they are read anew.
func (s *Slack) GroupMembers(ctx context.Context, groupID string, age time.Duration) ([]string, commands.Read, error) {
	if !slackID.MatchString(groupID) {
		return nil, commands.Read{}, fmt.Errorf("read who is in %q: that is no user group's id: see the profile; ids begin with S", cut(groupID, 50))
	}
	value, read, err := s.read(ctx, reading{"group:" + groupID, methodGroup, s.limits.Group, func(ctx context.Context) ([]byte, error) {
		members, err := s.api.GetUserGroupMembersContext(ctx, groupID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(slices.DeleteFunc(members, func(id string) bool { return !slackID.MatchString(id) }))
	}}, age)
	if err != nil {
		return nil, read, err
	}
	var members []string
	if err := json.Unmarshal(value, &members); err != nil {
		return nil, read, fmt.Errorf("what Redis has of group %s is not what Slack said of it", groupID)
	}
	return members, read, nil
}

// BotInChannel tells whether the bot is a member of a channel. A channel that it can't even see is one that it is not in.
func (s *Slack) BotInChannel(ctx context.Context, channel string) (bool, error) {
	var c *slack.Channel
	err := s.call(ctx, "conversations.info", func(ctx context.Context) (err error) {
		c, err = s.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel})
		return err
	})
	if isCode(err, "channel_not_found") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return c.IsMember && !c.IsArchived, nil
}
