// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/slack-go/slack"
)

// BotScopes are the scopes that the bot token needs, and why.
var BotScopes = map[string]string{
	"chat:write":       "post and edit the thread, answer people",
	"commands":         "take the slash commands",
	"files:write":      "put plans, scripts and reports into the thread",
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
	const named = "[migration]"
	command := func(name, hint, description string) slack.ManifestSlashCommand {
		return slack.ManifestSlashCommand{Command: "/migrate-" + name, UsageHint: hint, Description: description}
	}
	return []slack.ManifestSlashCommand{
		command("new", "profile [name]", "Open a migration from a profile of the configuration"),
		command("assess", named, "Inventory of the Oracle schema: what converts by itself, what needs hands, and how long"),
		command("offload", named+" [key=value …]", "Move chosen LOB columns to S3 or DynamoDB"),
		command("schema", named, "Convert the schema, show it and apply it to the target"),
		command("prepare", named, "Save and drop foreign keys and indexes, turn triggers off, move sequences ahead (two people)"),
		command("load", named, "Load the tables through AWS DMS and follow it"),
		command("rebuild", named, "Bring indexes and foreign keys back and prove that they are the same"),
		command("replicate", named, "Let the changes flow and watch how far behind the target is"),
		command("validate", named, "Compare row counts and checksums of both sides"),
		command("cutover", named, "Check the gate, prove that the last change arrived, switch over (two people)"),
		command("fallback", named, "The way back (two people)"),
		command("status", named, "Every migration, its phase and what it waits for"),
		command("help", "", "What can be done next, here, by you"),
	}
}

// Manifest is the Slack app with these commands.
func Manifest(commands []slack.ManifestSlashCommand) slack.Manifest {
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
			SlashCommands: commands,
		},
		Settings: slack.Settings{
			Interactivity:     &slack.Interactivity{IsEnabled: true},
			SocketModeEnabled: true,
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
