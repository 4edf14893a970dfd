// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

var commandName = regexp.MustCompile(`^/[a-z0-9_-]+$`)

// ParseManifest reads an app manifest, JSON or YAML, and refuses what Slack refuses of it (sizes as in the Node SDK's manifest types).
// Tokens and ids are not in a manifest: give the App to Server.Install, or fill them in.
func ParseManifest(data []byte) (App, error) {
	var m struct {
		Metadata struct {
			Major int `yaml:"major_version"`
		} `yaml:"_metadata"`
		Display struct {
			Name, Description string
			LongDescription   string `yaml:"long_description"`
		} `yaml:"display_information"`
		Features struct {
			AppHome struct {
				Home bool `yaml:"home_tab_enabled"`
			} `yaml:"app_home"`
			BotUser struct {
				Name string `yaml:"display_name"`
			} `yaml:"bot_user"`
			Commands []struct {
				Command, Description string
				UsageHint            string `yaml:"usage_hint"`
				ShouldEscape         bool   `yaml:"should_escape"`
			} `yaml:"slash_commands"`
			Shortcuts []any
		}
		OAuth struct {
			Scopes struct{ Bot, User []string }
		} `yaml:"oauth_config"`
		Settings struct {
			SocketMode    bool `yaml:"socket_mode_enabled"`
			Interactivity struct {
				IsEnabled bool `yaml:"is_enabled"`
			}
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
		}
	}
	if err := yaml.Unmarshal(data, &m); err != nil {
		return App{}, fmt.Errorf("slack app manifest: %w", err)
	}
	var wrong []error
	limit := func(what, text string, low, high int) {
		if n := utf8.RuneCountInString(text); n < low || n > high {
			wrong = append(wrong, fmt.Errorf("%s has %d characters, must have %d to %d", what, n, low, high))
		}
	}
	most := func(what string, n, high int) {
		if n > high {
			wrong = append(wrong, fmt.Errorf("%d %s, at most %d are allowed", n, what, high))
		}
	}
	if m.Metadata.Major != 0 && m.Metadata.Major != 1 && m.Metadata.Major != 2 {
		wrong = append(wrong, fmt.Errorf("_metadata.major_version must be 1 or 2"))
	}
	limit("display_information.name", m.Display.Name, 1, 35)
	limit("display_information.description", m.Display.Description, 0, 140)
	if m.Display.LongDescription != "" {
		limit("display_information.long_description", m.Display.LongDescription, 174, 4000)
	}
	limit("features.bot_user.display_name", m.Features.BotUser.Name, 1, 80)
	most("slash commands", len(m.Features.Commands), 50)
	most("shortcuts", len(m.Features.Shortcuts), 10)
	most("events", len(m.Settings.Events.Bot), 100)
	most("scopes", len(m.OAuth.Scopes.Bot)+len(m.OAuth.Scopes.User), 255)
	app := App{
		Name: m.Display.Name, Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot, SocketMode: m.Settings.SocketMode,
		Interactivity: m.Settings.Interactivity.IsEnabled, HomeTab: m.Features.AppHome.Home,
	}
	seen := map[string]bool{}
	for _, c := range m.Features.Commands {
		limit("command "+c.Command, c.Command, 2, 32)
		limit("description of "+c.Command, c.Description, 1, 2000)
		limit("usage_hint of "+c.Command, c.UsageHint, 0, 1000)
		if !commandName.MatchString(c.Command) || seen[c.Command] {
			wrong = append(wrong, fmt.Errorf("command %q is not a name of its own", c.Command))
		}
		seen[c.Command] = true
		app.Commands = append(app.Commands, Command{
			Name: c.Command, Description: c.Description, UsageHint: c.UsageHint, ShouldEscape: c.ShouldEscape,
		})
	}
	if len(app.Commands) > 0 && !strings.Contains(" "+strings.Join(app.Scopes, " ")+" ", " commands ") {
		wrong = append(wrong, fmt.Errorf("slash commands need the bot scope commands"))
	}
	if len(wrong) > 0 {
		return App{}, fmt.Errorf("slack app manifest: %w", errors.Join(wrong...))
	}
	return app, nil
}
