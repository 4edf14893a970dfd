// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/spf13/cobra"
)

// environment is what the bot is told by variables.
type environment struct {
	appToken, botToken, apiURL, redisURL string
}

// readEnvironment reads the variables and names those that are missing.
func readEnvironment() (environment, error) {
	e := environment{appToken: os.Getenv("SLACK_APP_TOKEN"), botToken: os.Getenv("SLACK_BOT_TOKEN"), apiURL: os.Getenv("SLACK_API_URL"), redisURL: os.Getenv("REDIS_URL")}
	var missing []string
	for _, v := range []struct{ name, value string }{{"SLACK_APP_TOKEN", e.appToken}, {"SLACK_BOT_TOKEN", e.botToken}, {"REDIS_URL", e.redisURL}} {
		if v.value == "" {
			missing = append(missing, v.name)
		}
	}
	if len(missing) > 0 {
		return e, usageError{fmt.Errorf("set %s in the environment (ferryman --help names all variables)", strings.Join(missing, ", "))}
	}
	return e, nil
}

// configFlag adds --config to a command.
func configFlag(c *cobra.Command) *string {
	return c.Flags().String("config", "", "the configuration file (default: $FERRYMAN_CONFIG, else ferryman.yaml)")
}

func loadConfig(path string) (*config.Config, error) {
	if path == "" {
		path = os.Getenv("FERRYMAN_CONFIG")
	}
	if path == "" {
		path = "ferryman.yaml"
	}
	return config.Load(path)
}

// secrets reads Secrets Manager when a profile names a secret, and not before: without one no AWS credentials are needed for it.
type secrets struct{ manager config.Secrets }

func (s *secrets) Secret(ctx context.Context, arn string) (string, error) {
	if s.manager == nil {
		m, err := config.NewSecretsManager(ctx)
		if err != nil {
			return "", err
		}
		s.manager = m
	}
	return s.manager.Secret(ctx, arn)
}

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }
