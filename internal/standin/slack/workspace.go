// SPDX-License-Identifier: Apache-2.0

package slack

import "slices"

// MemberKind says what sort of account a member has.
type MemberKind string

// Kinds of accounts. A Guest is a multi-channel guest (is_restricted), a SingleChannelGuest is_restricted and is_ultra_restricted.
// A Stranger belongs to another organisation and is here by a Slack Connect channel: their team_id is another one.
const (
	Regular            MemberKind = "regular"
	Guest              MemberKind = "guest"
	SingleChannelGuest MemberKind = "single_channel_guest"
	Deactivated        MemberKind = "deactivated"
	BotMember          MemberKind = "bot"
	Stranger           MemberKind = "stranger"
)

// Member is one account. Name is the @name, RealName what clients show. TeamID is empty for the workspace's own people.
type Member struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	RealName string     `json:"real_name"`
	Kind     MemberKind `json:"kind"`
	TeamID   string     `json:"team_id,omitempty"`
	TZ       string     `json:"tz,omitempty"`
	Admin    bool       `json:"admin,omitempty"`
}

// Channel is a public or private channel, or a direct message between the app and a person (IM).
type Channel struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Private  bool     `json:"private,omitempty"`
	IM       bool     `json:"im,omitempty"`
	Archived bool     `json:"archived,omitempty"`
	Shared   bool     `json:"shared,omitempty"`
	Topic    string   `json:"topic,omitempty"`
	Members  []string `json:"members"`
}

// Group is a user group, mentioned as @handle. A disabled group keeps its members and notifies nobody.
type Group struct {
	ID       string   `json:"id"`
	Handle   string   `json:"handle"`
	Name     string   `json:"name"`
	Members  []string `json:"members"`
	Disabled bool     `json:"disabled,omitempty"`
}

// Command is a slash command of the app's manifest. With ShouldEscape, @name and #channel in its text arrive as <@U…> and <#C…>.
type Command struct {
	Name         string `json:"command"`
	Description  string `json:"description"`
	UsageHint    string `json:"usage_hint,omitempty"`
	ShouldEscape bool   `json:"should_escape,omitempty"`
}

// App is the one app that is installed in the workspace.
type App struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	BotID    string    `json:"bot_id"`
	BotUser  string    `json:"bot_user"`
	BotToken string    `json:"-"`
	AppToken string    `json:"-"`
	Scopes   []string  `json:"scopes"`
	Commands []Command `json:"commands"`
	Events   []string  `json:"events"`
	// SocketMode, Interactivity and HomeTab are the manifest's switches.
	SocketMode    bool `json:"socket_mode"`
	Interactivity bool `json:"interactivity"`
	HomeTab       bool `json:"home_tab"`
}

// Workspace is what a Server starts from. FreePlan makes usergroups.* answer plan_upgrade_required.
type Workspace struct {
	TeamID   string
	Domain   string
	Name     string
	FreePlan bool
	Members  []Member
	Channels []Channel
	Groups   []Group
	App      App
}

// Identifiers of DefaultWorkspace.
const (
	DBA        = "U000000DBA"
	Lead       = "U00000LEAD"
	OnCall     = "U00ONCALL0"
	GuestID    = "U0000GUEST"
	FormerID   = "U000FORMER"
	StrangerID = "U0STRANGER"
	BotUserID  = "U00FERRYBT"

	Migrations = "C0MIGRATNS"
	General    = "C0GENERAL0"
	Vault      = "C00PRIVATE"

	Approvers = "S0APPROVER"

	DefaultBotToken = "xoxb-100000000001-100000000002-rehearsal"
	DefaultAppToken = "xapp-1-A0FERRYMAN-100000000003-rehearsal"
)

// DefaultScopes are the bot scopes of DefaultWorkspace's app.
func DefaultScopes() []string {
	return []string{
		"app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:read", "files:write",
		"groups:history", "groups:read", "im:history", "im:read", "im:write", "pins:write", "reactions:write", "team:read",
		"usergroups:read", "users:read",
	}
}

// DefaultWorkspace has three colleagues (dba, lead, oncall), a guest, someone who left, someone of another organisation, the group
// @db-approvers (lead and oncall), and the app's bot user, who is in #migrations but neither in #general nor in the private #vault.
func DefaultWorkspace(commands ...string) Workspace {
	if len(commands) == 0 {
		for _, phase := range []string{
			"new", "assess", "offload", "schema", "prepare", "load", "rebuild", "replicate", "validate", "cutover", "fallback", "status", "help",
		} {
			commands = append(commands, "/migrate-"+phase)
		}
	}
	app := App{
		ID: "A0FERRYMAN", Name: "Ferryman", BotID: "B0FERRYMAN", BotUser: BotUserID, BotToken: DefaultBotToken, AppToken: DefaultAppToken,
		Scopes: DefaultScopes(), Events: []string{"app_home_opened", "app_mention"},
		SocketMode: true, Interactivity: true, HomeTab: true,
	}
	for _, name := range commands {
		app.Commands = append(app.Commands, Command{Name: name, Description: name[1:]})
	}
	people := []string{DBA, Lead, OnCall}
	return Workspace{
		TeamID: "T0TICKETS0", Domain: "tickets", Name: "Tickets", App: app,
		Members: []Member{
			{ID: DBA, Name: "dba", RealName: "Dana Baker", Kind: Regular, TZ: "Europe/Berlin"},
			{ID: Lead, Name: "lead", RealName: "Lea Dahl", Kind: Regular, TZ: "Europe/Berlin", Admin: true},
			{ID: OnCall, Name: "oncall", RealName: "Onno Calle", Kind: Regular, TZ: "America/New_York"},
			{ID: GuestID, Name: "guest", RealName: "Gus Estes", Kind: Guest},
			{ID: FormerID, Name: "former", RealName: "Fay Ormer", Kind: Deactivated},
			{ID: StrangerID, Name: "partner", RealName: "Pat Ner", Kind: Stranger, TeamID: "T0PARTNER0"},
			{ID: BotUserID, Name: "ferryman", RealName: "Ferryman", Kind: BotMember},
		},
		Channels: []Channel{
			{ID: Migrations, Name: "migrations", Shared: true, Members: append(slices.Clone(people), GuestID, StrangerID, FormerID, BotUserID)},
			{ID: General, Name: "general", Members: append(slices.Clone(people), GuestID)},
			{ID: Vault, Name: "vault", Private: true, Members: slices.Clone(people)},
		},
		Groups: []Group{{ID: Approvers, Handle: "db-approvers", Name: "Database approvers", Members: []string{Lead, OnCall}}},
	}
}
