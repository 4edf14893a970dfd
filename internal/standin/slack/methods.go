// SPDX-License-Identifier: Apache-2.0

package slack

type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	anyToken
)

// method is one Web API method. Any one of scopes is enough; methods that need another scope for private channels or direct
// messages check that themselves.
type method struct {
	token      tokenKind
	scopes     []string
	tier       Tier
	perChannel bool
	required   []string
	run        func(*call) (object, *apiError)
}

// methods and their tiers are those of docs.slack.dev/reference/methods; apps.connections.open and usergroups.* as the page of facts
// has them.
var methods map[string]method

func init() {
	readers := []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	history := []string{"channels:history", "groups:history", "im:history", "mpim:history"}
	methods = map[string]method{
		"auth.test":             {token: anyToken, tier: Special, run: authTest},
		"apps.connections.open": {token: appToken, scopes: []string{"connections:write"}, tier: Tier3, run: openConnection},

		"chat.postMessage":   {scopes: []string{"chat:write"}, tier: PerChannel, perChannel: true, required: []string{"channel"}, run: postMessage},
		"chat.update":        {scopes: []string{"chat:write"}, tier: Tier3, required: []string{"channel", "ts"}, run: updateMessage},
		"chat.postEphemeral": {scopes: []string{"chat:write"}, tier: Tier4, required: []string{"channel", "user"}, run: postEphemeral},
		"chat.delete":        {scopes: []string{"chat:write"}, tier: Tier3, required: []string{"channel", "ts"}, run: deleteMessage},
		"chat.getPermalink":  {tier: Special, required: []string{"channel", "message_ts"}, run: getPermalink},

		"conversations.info":    {scopes: readers, tier: Tier3, required: []string{"channel"}, run: conversationInfo},
		"conversations.list":    {scopes: readers, tier: Tier2, run: conversationList},
		"conversations.members": {scopes: readers, tier: Tier4, required: []string{"channel"}, run: conversationMembers},
		"conversations.join":    {scopes: []string{"channels:join"}, tier: Tier3, required: []string{"channel"}, run: conversationJoin},
		"conversations.open":    {scopes: []string{"im:write"}, tier: Tier3, required: []string{"users"}, run: conversationOpen},
		"conversations.history": {scopes: history, tier: Tier3, required: []string{"channel"}, run: conversationHistory},
		"conversations.replies": {scopes: history, tier: Tier3, required: []string{"channel", "ts"}, run: conversationReplies},

		"users.info":            {scopes: []string{"users:read"}, tier: Tier4, required: []string{"user"}, run: userInfo},
		"users.list":            {scopes: []string{"users:read"}, tier: Tier2, run: userList},
		"team.info":             {scopes: []string{"team:read"}, tier: Tier3, run: teamInfo},
		"usergroups.list":       {scopes: []string{"usergroups:read"}, tier: Tier2, run: usergroupList},
		"usergroups.users.list": {scopes: []string{"usergroups:read"}, tier: Tier2, required: []string{"usergroup"}, run: usergroupUsers},

		"views.open":    {tier: Tier4, required: []string{"trigger_id", "view"}, run: viewOpen},
		"views.push":    {tier: Tier4, required: []string{"trigger_id", "view"}, run: viewPush},
		"views.update":  {tier: Tier4, required: []string{"view"}, run: viewUpdate},
		"views.publish": {tier: Tier4, required: []string{"user_id", "view"}, run: viewPublish},

		"files.getUploadURLExternal":   {scopes: []string{"files:write"}, tier: Tier4, required: []string{"filename", "length"}, run: getUploadURL},
		"files.completeUploadExternal": {scopes: []string{"files:write"}, tier: Tier4, required: []string{"files"}, run: completeUpload},
		"files.info":                   {scopes: []string{"files:read"}, tier: Tier4, required: []string{"file"}, run: fileInfo},

		"reactions.add": {scopes: []string{"reactions:write"}, tier: Tier3, required: []string{"name", "channel", "timestamp"}, run: reactionAdd},
		"pins.add":      {scopes: []string{"pins:write"}, tier: Tier2, required: []string{"channel", "timestamp"}, run: pinAdd},
	}
}
