// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io/fs"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/spf13/cobra"
)

// Each stand-in can be started alone, to try any client of its protocol on it. It prints one line with its address and credentials and
// runs until it is told to stop.

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no %q", c.Name(), args[0])}
	}
	return nil
}

func slackCommand() *cobra.Command {
	var port int
	c := &cobra.Command{Use: "slack", Short: "Start the Slack stand-in alone", Args: noArguments, RunE: func(c *cobra.Command, _ []string) error {
		return slack.Serve(c.Context(), port, c.OutOrStdout(), slack.Options{})
	}}
	c.Flags().IntVar(&port, "port", 0, "the port on 127.0.0.1 (0: a free one)")
	return c
}

func oracleCommand() *cobra.Command {
	var port int
	var s settings
	c := &cobra.Command{Use: "oracle", Short: "Start the Oracle stand-in alone, with the sample schema or an export", Args: noArguments, RunE: func(c *cobra.Command, _ []string) error {
		sch, err := s.load()
		if err != nil {
			return err
		}
		backing, err := localserver.StartPostgres(c.Context(), localserver.PostgresOptions{})
		if err != nil {
			return err
		}
		defer backing.Stop()
		w := &world{schema: sch, backing: backing}
		options := w.oracleOptions(s)
		options.Port, options.Exports = port, []fs.FS{sch.export}
		server, err := oracle.Start(c.Context(), options)
		if err != nil {
			return err
		}
		defer server.Close()
		fmt.Fprintln(c.OutOrStdout(), server.URL(sch.names[0]))
		<-c.Context().Done()
		return nil
	}}
	c.Flags().IntVar(&port, "port", 0, "the port on 127.0.0.1 (0: a free one)")
	c.Flags().StringVar(&s.snapshot, "snapshot", "", "a dictionary export to serve in place of the sample schema")
	c.Flags().IntVar(&s.rows, "rows", 400, "rows to make up for a table without data")
	return c
}

func awsCommand() *cobra.Command {
	var port int
	c := &cobra.Command{Use: "aws", Short: "Start the AWS stand-in alone (DMS, Secrets Manager, CloudWatch Logs, S3 with the bucket rehearsal)", Args: noArguments, RunE: func(c *cobra.Command, _ []string) error {
		server, err := aws.Start(c.Context(), aws.Options{Port: port, Buckets: []string{conversionBucket}})
		if err != nil {
			return err
		}
		defer server.Close()
		key, secret := server.AccessKey()
		fmt.Fprintf(c.OutOrStdout(), "AWS_ENDPOINT_URL=%s AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s AWS_ACCESS_KEY_ID=%[3]s AWS_SECRET_ACCESS_KEY=%[4]s\n", server.URL(), server.Region(), key, secret)
		<-c.Context().Done()
		return nil
	}}
	c.Flags().IntVar(&port, "port", 0, "the port on 127.0.0.1 (0: a free one)")
	return c
}

func postgresCommand() *cobra.Command {
	var port int
	c := &cobra.Command{Use: "postgres", Short: "Start a real PostgreSQL with an empty target database", Args: noArguments, RunE: func(c *cobra.Command, _ []string) error {
		server, err := localserver.StartPostgres(c.Context(), localserver.PostgresOptions{Port: port})
		if err != nil {
			return err
		}
		defer server.Stop()
		w := &world{target: server}
		if err := w.prepareTarget(c.Context()); err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), server.UserURL("ferryman", ferrymanPassword, targetDatabase))
		<-c.Context().Done()
		return nil
	}}
	c.Flags().IntVar(&port, "port", 0, "the port on 127.0.0.1 (0: a free one)")
	return c
}
