// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"encoding/json"
	"fmt"

	"github.com/ferryman/ferryman/commands"
	"github.com/goccy/go-yaml"
	"github.com/slack-go/slack"
)

// BotScopes are the scopes that the bot token needs, and why.
var BotScopes = map[string]string{
	"chat:write":       "post and edit the thread, answer people",
	"commands":         "take the slash commands",
	"files:write":      "put plans, scripts and reports into the thread",
	"files:read":       "read the scripts that operators drop into a migration's thread",
	"users:read":       "tell members from guests, bots, strangers and those who left",
	"usergroups:read":  "know who is in the groups that a profile names",
	"channels:read":    "see whether it is in a profile's channel",
	"groups:read":      "the same for private channels",
	"channels:history": "look whether a message whose sending broke off has arrived",
	"groups:history":   "the same for private channels",
}

// AppScope is the scope that the app-level token needs.
const AppScope = "connections:write"

// SlashCommands are the commands of the runbook, in its order.
func SlashCommands() []slack.ManifestSlashCommand {
	var all []slack.ManifestSlashCommand
	for _, c := range commands.All() {
		all = append(all, slack.ManifestSlashCommand{Command: c.Name, UsageHint: c.Usage, Description: c.Description})
	}
	return all
}

// Manifest is the Slack app with these commands.
func Manifest(slashCommands []slack.ManifestSlashCommand) slack.Manifest {
	manifest := slack.Manifest{
		Metadata: slack.ManifestMetadata{MajorVersion: 1, MinorVersion: 1},
		Display: slack.Display{
			Name:        "Ferryman",
			Description: "Takes an Oracle schema to PostgreSQL through AWS DMS, phase by phase, in one thread",
			LongDescription: "Ferryman takes an Oracle schema to PostgreSQL through AWS DMS. Every phase is a slash command, every step that " +
				"can't be taken back waits for two people, and everything that happened, who said yes to it and what exactly ran is in " +
				"the thread of its channel and in an audit log.",
			BackgroundColor: "#1d3a4c",
		},
		Features: slack.Features{
			BotUser:       slack.BotUser{DisplayName: "Ferryman", AlwaysOnline: true},
			AppHome:       slack.AppHome{MessagesTabEnabled: true, MessagesTabReadOnlyEnabled: true},
			SlashCommands: slashCommands,
		},
		Settings: slack.Settings{
			Interactivity:      &slack.Interactivity{IsEnabled: true},
			SocketModeEnabled:  true,
			EventSubscriptions: &slack.EventSubscriptions{BotEvents: []string{"message.channels", "message.groups"}},
		},
	}
	manifest.OAuthConfig.Scopes.Bot = sortedScopes()
	return manifest
}

// ManifestYAML is what `ferryman manifest` prints, one of the two forms that Slack's page takes.
func ManifestYAML(m slack.Manifest) ([]byte, error) {
	body, err := yaml.MarshalWithOptions(m, yaml.OmitEmpty(), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write the Slack app manifest: %w", err)
	}
	return body, nil
}

// ManifestJSON is the other form.
func ManifestJSON(m slack.Manifest) ([]byte, error) {
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the Slack app manifest: %w", err)
	}
	return append(body, '\n'), nil
}
