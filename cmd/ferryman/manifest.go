// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/ferryman/ferryman/bot"
	"github.com/spf13/cobra"
)

func manifestCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "manifest", Short: "Print the Slack app manifest", Args: noArguments,
		Long: "Prints the manifest with every command and scope. At api.slack.com/apps: Create New App, From a manifest.",
	}
	asJSON := c.Flags().Bool("json", false, "print JSON instead of YAML")
	c.RunE = func(c *cobra.Command, _ []string) error {
		write := bot.ManifestYAML
		if *asJSON {
			write = bot.ManifestJSON
		}
		body, err := write(bot.Manifest(bot.SlashCommands()))
		if err != nil {
			return err
		}
		_, err = c.OutOrStdout().Write(body)
		return err
	}
	return c
}
