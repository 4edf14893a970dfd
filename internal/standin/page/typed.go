// SPDX-License-Identifier: Apache-2.0

package page

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

var (
	special = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	naming  = regexp.MustCompile(`[@#][a-z0-9][a-z0-9._-]*`)
)

// typed is a message as Slack's own client sends it: three characters escaped, and @names and #channels as mentions.
func (p *page) typed(text string) string {
	members, groups, channels := p.Slack.Members(), p.Slack.Groups(), p.Slack.Channels()
	return naming.ReplaceAllStringFunc(special.Replace(text), func(word string) string {
		name := word[1:]
		if word[0] == '#' {
			if i := slices.IndexFunc(channels, func(c slack.Channel) bool { return c.Name == name && !c.Private }); i >= 0 {
				return "<#" + channels[i].ID + ">"
			}
			return word
		}
		if i := slices.IndexFunc(members, func(m slack.Member) bool { return m.Name == name }); i >= 0 {
			return "<@" + members[i].ID + ">"
		}
		if i := slices.IndexFunc(groups, func(g slack.Group) bool { return g.Handle == name }); i >= 0 {
			return "<!subteam^" + groups[i].ID + ">"
		}
		return word
	})
}
