// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/slack-go/slack"
)

// knownFor is how long what Slack said about a person or a group is taken as true.
const knownFor = 15 * time.Second

// Person is what Slack says now, or said up to 15 seconds ago, about a user.
func (s *Slack) Person(ctx context.Context, userID string) (approvals.Person, error) {
	return cached(&s.cache, "user:"+userID, func() (approvals.Person, error) {
		us, err := s.Identity(ctx)
		if err != nil {
			return approvals.Person{}, err
		}
		var u *slack.User
		err = s.call(ctx, "users.info", func(ctx context.Context) (err error) {
			u, err = s.api.GetUserInfoContext(ctx, userID)
			return err
		})
		if err != nil {
			return approvals.Person{}, err
		}
		// On Enterprise Grid one organisation has several workspaces; Slack Connect brings other organisations.
		sameOrg := us.EnterpriseID != "" && u.Enterprise.EnterpriseID == us.EnterpriseID
		return approvals.Person{
			ID: u.ID, TeamID: u.TeamID, Name: cmp.Or(u.Profile.DisplayName, u.RealName, u.Name),
			Bot:      u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == "USLACKBOT",
			Deleted:  u.Deleted,
			Guest:    u.IsRestricted || u.IsUltraRestricted,
			External: u.IsStranger || (u.TeamID != us.TeamID && !sameOrg),
		}, nil
	})
}

// GroupMembers are the user ids of a user group's active members, as Slack said up to 15 seconds ago.
func (s *Slack) GroupMembers(ctx context.Context, groupID string) ([]string, error) {
	return cached(&s.cache, "group:"+groupID, func() (members []string, err error) {
		err = s.call(ctx, "usergroups.users.list", func(ctx context.Context) (err error) {
			members, err = s.api.GetUserGroupMembersContext(ctx, groupID)
			return err
		})
		return members, err
	})
}

// GroupName is a user group's handle, such as "db-approvers".
func (s *Slack) GroupName(ctx context.Context, groupID string) (string, error) {
	return cached(&s.cache, "group-name:"+groupID, func() (string, error) {
		var groups []slack.UserGroup
		err := s.call(ctx, "usergroups.list", func(ctx context.Context) (err error) {
			groups, err = s.api.GetUserGroupsContext(ctx)
			return err
		})
		for _, g := range groups {
			if g.ID == groupID {
				return cmp.Or(g.Handle, g.Name), nil
			}
		}
		return groupID, err
	})
}

// UserName is what people call a user.
func (s *Slack) UserName(ctx context.Context, userID string) (string, error) {
	p, err := s.Person(ctx, userID)
	return p.Name, err
}

// ChannelName is a channel's name without the "#".
func (s *Slack) ChannelName(ctx context.Context, channel string) (string, error) {
	c, err := s.channel(ctx, channel)
	if err != nil {
		return "", err
	}
	return c.Name, nil
}

// BotInChannel tells whether the bot is a member of a channel. A channel that it can't even see is one that it is not in.
func (s *Slack) BotInChannel(ctx context.Context, channel string) (bool, error) {
	c, err := s.channel(ctx, channel)
	if isCode(err, "channel_not_found") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return c.IsMember && !c.IsArchived, nil
}

func (s *Slack) channel(ctx context.Context, channel string) (*slack.Channel, error) {
	var c *slack.Channel
	err := s.call(ctx, "conversations.info", func(ctx context.Context) (err error) {
		c, err = s.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel})
		return err
	})
	return c, err
}

// cache holds answers for knownFor. It is emptied of what is old whenever it grows.
type cache struct {
	mu    *sync.Mutex
	known map[string]known
}

type known struct {
	value any
	until time.Time
}

func newCache() cache { return cache{mu: &sync.Mutex{}, known: map[string]known{}} }

// Forget drops what is known, so that the next question reaches Slack.
func (s *Slack) Forget() {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	clear(s.cache.known)
}

func cached[T any](c *cache, key string, ask func() (T, error)) (T, error) {
	c.mu.Lock()
	k, ok := c.known[key]
	c.mu.Unlock()
	if ok && time.Now().Before(k.until) {
		return k.value.(T), nil
	}
	asked := time.Now()
	value, err := ask()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) > 1000 {
		for k, v := range c.known {
			if time.Now().After(v.until) {
				delete(c.known, k)
			}
		}
	}
	c.known[key] = known{value: value, until: asked.Add(knownFor)}
	return value, nil
}
