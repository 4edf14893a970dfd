// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// Passwords of the rehearsal's databases; they are nobody's secret.
const (
	ferrymanPassword = "ferryman-pw"
	dmsPassword      = "dms-pw"
	ownerPassword    = "owner-pw"
	dbaPassword      = "dba-pw"
	scratchPassword  = "scratch-pw"
	targetDatabase   = "tickets"
)

// world is everything outside ferryman: the workspace, both databases, AWS, and Redis.
type world struct {
	schema   schema
	dir      string
	slack    *slack.Server
	oracle   *oracle.Server
	aws      *aws.Server
	target   *localserver.Postgres
	backing  *localserver.Postgres
	redisURL string
	redis    redisServers
	// note is what the reader should know about the world, such as which Redis it has.
	note    string
	closers []func()
}

// startWorld starts all of it. The caller closes it.
func startWorld(ctx context.Context, s settings, limits *slack.Limits) (w *world, err error) {
	sch, err := s.load()
	if err != nil {
		return nil, err
	}
	w = &world{schema: sch}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "ferryman-rehearsal-"); err != nil {
		return w, err
	}
	w.closers = append(w.closers, func() { _ = os.RemoveAll(w.dir) })
	servers, serving := errgroup.WithContext(ctx)
	servers.Go(func() (err error) {
		w.target, err = localserver.StartPostgres(serving, localserver.PostgresOptions{})
		return err
	})
	servers.Go(func() (err error) {
		w.backing, err = localserver.StartPostgres(serving, localserver.PostgresOptions{})
		return err
	})
	err = servers.Wait()
	for _, p := range []*localserver.Postgres{w.target, w.backing} {
		if p != nil {
			w.closers = append(w.closers, p.Stop)
		}
	}
	if err != nil {
		return w, err
	}
	if err := w.startRedis(ctx, s.redis); err != nil {
		return w, err
	}
	if err := w.prepareScratch(ctx); err != nil {
		return w, err
	}
	if err := w.prepareTarget(ctx); err != nil {
		return w, err
	}
	if w.oracle, err = oracle.Start(ctx, w.oracleOptions(s)); err != nil {
		return w, fmt.Errorf("start the Oracle stand-in: %w", err)
	}
	w.closers = append(w.closers, w.oracle.Close)
	if w.aws, err = aws.Start(ctx, aws.Options{LoadRowsPerSecond: loadPace, Buckets: []string{conversionBucket}, Secrets: conversionSecrets}); err != nil {
		return w, fmt.Errorf("start the AWS stand-in: %w", err)
	}
	w.closers = append(w.closers, w.aws.Close)
	workspace := slack.DefaultWorkspace()
	workspace.App.Events = append(workspace.App.Events, "message.channels", "message.groups") // as the app's manifest has it
	w.slack = slack.New(slack.Options{Workspace: workspace, Limits: limits})
	if err := w.slack.Start("127.0.0.1:0"); err != nil {
		return w, fmt.Errorf("start the Slack stand-in: %w", err)
	}
	w.closers = append(w.closers, w.slack.Close)
	return w, nil
}

// conversionBucket is where Schema Conversion puts its reports, conversionSecrets are what it connects with.
const conversionBucket = "rehearsal"

var conversionSecrets = map[string]string{
	"source": fmt.Sprintf(`{"username":"FERRYMAN","password":%q}`, ferrymanPassword),
	"target": fmt.Sprintf(`{"username":"ferryman","password":%q}`, ferrymanPassword),
}

// byAWS is the part of the profile with which AWS assesses.
const byAWS = `    assess:
      engine: dms
      dms:
        s3: s3://%s/ferryman
        s3_role_arn: arn:aws:iam::123456789012:role/schema-conversion-s3
        secrets_role_arn: arn:aws:iam::123456789012:role/schema-conversion-secrets
        source_secret: %s
        target_secret: %s
`

// loadPace bounds the load in rows a second, so that it can be watched, and broken in its middle.
const loadPace = 1200

// scratchDatabase is where the conversion and people's scripts are tried: on another server than the target's.
const scratchDatabase = "scratch"

// prepareScratch makes what a DBA makes for it.
func (w *world) prepareScratch(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, w.backing.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the scratch database's server: %w", err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{
		"CREATE ROLE scratch LOGIN CREATEDB CREATEROLE PASSWORD '" + scratchPassword + "'",
		"CREATE DATABASE " + scratchDatabase + " OWNER scratch",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("prepare the scratch database: %w", err)
		}
	}
	return nil
}

// prepareTarget makes what a DBA makes beforehand: the database, its owner, and the user of the DMS endpoint.
func (w *world) prepareTarget(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, w.target.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the target: %w", err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{
		"CREATE ROLE ferryman LOGIN CREATEDB PASSWORD '" + ferrymanPassword + "'",
		"CREATE ROLE dms LOGIN PASSWORD '" + dmsPassword + "'",
		"CREATE DATABASE " + targetDatabase + " OWNER ferryman",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("prepare the target: %w", err)
		}
	}
	return nil
}

func (w *world) oracleOptions(s settings) oracle.Options {
	users := []oracle.User{
		{Name: "FERRYMAN", Password: ferrymanPassword, Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE"}, Privileges: []string{"CREATE SESSION", "CREATE TABLE", "SELECT ANY TABLE", "UNLIMITED TABLESPACE"}},
		{Name: "DMS", Password: dmsPassword, Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"}, Privileges: []string{"CREATE SESSION", "SELECT ANY TABLE", "SELECT ANY DICTIONARY", "SELECT ANY TRANSACTION", "LOGMINING"}},
		{Name: "DBA_JO", Password: dbaPassword, Roles: []string{"DBA"}},
	}
	for _, name := range w.schema.names {
		users = append(users, oracle.User{Name: name, Password: ownerPassword, Roles: []string{"CONNECT", "RESOURCE"}, Privileges: []string{"CREATE SESSION"}})
	}
	return oracle.Options{Postgres: w.backing, Exports: fsList(w.schema), Users: users, Service: "ORCLPDB1", Rows: s.rows, Seed: 7, SupplementalLog: true, SupplementalLogPK: true}
}

// configure writes ferryman's configuration and returns its path.
func (w *world) configure(s settings) (string, error) {
	keep := ""
	if s.keepForeignKey != "" {
		keep = fmt.Sprintf("    prepare: { keep: [%q] }\n", "*."+s.keepForeignKey)
	}
	schemas := ""
	for i, n := range w.schema.names {
		if i > 0 {
			schemas += ", "
		}
		schemas += n
	}
	assess := ""
	if s.engine == "dms" {
		assess = fmt.Sprintf(byAWS, conversionBucket, w.aws.SecretARN("source"), w.aws.SecretARN("target"))
	}
	scratch := `, scratch_url: "${SCRATCH_URL}"`
	if s.crashes.on {
		scratch = "" // what is done in scratch databases is then among the target's writes, which are watched
	}
	text := fmt.Sprintf(`profiles:
  %s:
    channel: %s
    source: { url: "${ORACLE_URL}", dms_url: "${ORACLE_DMS_URL}", schemas: [%s] }
    target: { url: "${TARGET_URL}", dms_url: "${TARGET_DMS_URL}"%s }
    aws: { region: %s, poll: 1s, lob: { mode: limited, max_kb: 64 } }
    operators: { users: [%s] }
    approvers: { groups: [%s] }
    sequences: { gap: 1000 }
    rebuild: { jobs: 2 }
    cutover: { max_latency: 5s }
%s%s`, w.schema.name, slack.Migrations, schemas, scratch, w.aws.Region(), slack.DBA, slack.Approvers, keep, assess)
	if s.crashes.on {
		text += fmt.Sprintf("replicas: { takeover: %s }\n", s.crashes.takeover)
	}
	if w.redis.inside {
		text += "redis: { durability: asserted }\n"
	}
	path := filepath.Join(w.dir, "ferryman.yaml")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// environment is all that ferryman is told.
func (w *world) environment(config string) []string {
	key, secret := w.aws.AccessKey()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir,
		"FERRYMAN_CONFIG=" + config, "REDIS_URL=" + w.redisURL,
		"SLACK_API_URL=" + w.slack.APIURL(), "SLACK_BOT_TOKEN=" + w.slack.BotToken(), "SLACK_APP_TOKEN=" + w.slack.AppToken(),
		"AWS_ENDPOINT_URL=" + w.aws.URL(), "AWS_REGION=" + w.aws.Region(), "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_EC2_METADATA_DISABLED=true",
		"ORACLE_URL=" + w.oracle.URL("FERRYMAN"), "ORACLE_DMS_URL=" + w.oracle.URL("DMS"),
		"TARGET_URL=" + w.target.UserURL("ferryman", ferrymanPassword, targetDatabase), "TARGET_DMS_URL=" + w.target.UserURL("dms", dmsPassword, targetDatabase),
		"SCRATCH_URL=" + w.backing.UserURL("scratch", scratchPassword, scratchDatabase),
	}
}

// close ends everything, the last started first.
func (w *world) close() {
	for i := len(w.closers) - 1; i >= 0; i-- {
		w.closers[i]()
	}
	w.closers = nil
}

// say prints a line of the rehearsal itself.
func say(out io.Writer, format string, a ...any) { fmt.Fprintf(out, format+"\n", a...) }
