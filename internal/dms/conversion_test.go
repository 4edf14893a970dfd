// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// conversionWorld is an Oracle with the box office, a PostgreSQL, and an account with their secrets and a bucket.
type conversionWorld struct {
	client *dms.Client
	server *aws.Server
	spec   dms.ConversionSpec
	target *pgx.Conn
}

var (
	schemas = []string{"BOXOFFICE"}
	scope   = dms.ConversionScope{Schemas: schemas}
)

func newConversionWorld(t *testing.T) *conversionWorld {
	t.Helper()
	source, err := oracle.Start(context.Background(), oracle.Options{Postgres: testenv.Server(t), Exports: []fs.FS{os.DirFS("../../cmd/rehearse/boxoffice")},
		Users: []oracle.User{{Name: "SC", Password: "sc-pw", Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE"}, Privileges: []string{"SELECT ANY TABLE"}}}})
	require.NoError(t, err)
	t.Cleanup(source.Close)
	targetURL := testenv.Postgres(t)
	target, err := config.ParseURL(config.Postgres, config.Secret(targetURL))
	require.NoError(t, err)
	from, err := config.ParseURL(config.Oracle, config.Secret(source.URL("SC")))
	require.NoError(t, err)
	secret := func(user, password string) string {
		return fmt.Sprintf(`{"username":%q,"password":%q}`, user, password)
	}

	w := &conversionWorld{}
	opts := aws.Options{Buckets: []string{"reports"}, Secrets: map[string]string{
		"source": secret("SC", "sc-pw"), "target": secret(target.User, target.Password.Reveal()), "wrong": secret("SC", "nope")}}
	w.client, w.server = accountWith(t, opts)
	w.target, err = pgx.Connect(t.Context(), targetURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.target.Close(context.Background()) })
	w.spec = dms.ConversionSpec{Migration: "box", Tags: map[string]string{"team": "x"}, Source: from, Target: target,
		SourceSecret: w.server.SecretARN("source"), TargetSecret: w.server.SecretARN("target"), SecretsRole: "arn:aws:iam::123456789012:role/secrets",
		S3: "s3://reports/ferryman", S3Role: "arn:aws:iam::123456789012:role/s3"}
	return w
}

// run goes one step with a guard that is read just before.
func (w *conversionWorld) run(t *testing.T, p dms.Conversion, step dms.ConversionStep, progress func(dms.ConversionRequest)) (dms.ConversionRequest, error) {
	t.Helper()
	guard, err := w.client.GuardConversion(t.Context(), p, step)
	require.NoError(t, err)
	return w.client.RunConversion(t.Context(), p, step, scope, "box", guard, progress)
}

func TestSchemaConversionGoesTheWholeWay(t *testing.T) {
	w := newConversionWorld(t)
	ctx, notes := ledger.New(t.Context())
	p, err := w.client.EnsureConversion(ctx, w.spec)
	require.NoError(t, err)
	require.Equal(t, "ferryman-box-conversion", p.Name)
	require.Len(t, notes.Requests(), 4, "two data providers, a profile, a project; AWS's ids of these calls")
	again, err := w.client.EnsureConversion(ctx, w.spec)
	require.NoError(t, err)
	require.Equal(t, p, again)
	require.Len(t, notes.Requests(), 4, "nothing was left to make")
	theirs := dms.ConversionSpec{Migration: "other", Existing: p.Name}
	same, err := w.client.EnsureConversion(ctx, theirs)
	require.NoError(t, err, "a project that is named is taken as it is")
	require.Equal(t, p, same)

	var seen []string
	for _, step := range []dms.ConversionStep{dms.ConversionImport, dms.ConversionAssess} {
		_, err = w.run(t, p, step, func(r dms.ConversionRequest) { seen = append(seen, r.Status+" "+r.Doing) })
		require.NoError(t, err)
	}
	require.Contains(t, seen, "IN_PROGRESS LOADING_METADATA")
	require.Contains(t, seen, "IN_PROGRESS ANALYZING")

	place, err := w.client.ExportAssessment(ctx, p, scope, "box-report")
	require.NoError(t, err)
	require.Equal(t, "s3://reports/ferryman/ferryman-box-conversion/box-report.zip", place.String())
	content, err := w.client.FetchObject(ctx, place, 1<<20)
	require.NoError(t, err)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	report, err := sct.Read(archive)
	require.NoError(t, err, "what the stand-in writes is in the tools' own format")
	require.Equal(t, schemas, report.Schemas)
	require.Positive(t, report.Totals.Objects)
	require.NotEmpty(t, report.Actions)
	require.Equal(t, report.Totals.Objects, report.Totals.Converted+report.Totals.Action)
	_, err = w.client.FetchObject(ctx, place, 100)
	require.ErrorContains(t, err, "has more than 100 bytes")

	_, err = w.run(t, p, dms.ConversionApply, nil)
	var failed *dms.ConversionError
	require.ErrorAs(t, err, &failed, "nothing is converted yet")
	require.Contains(t, failed.Message, "No objects were found")
	_, err = w.run(t, p, dms.ConversionConvert, nil)
	require.NoError(t, err)
	script, err := w.run(t, p, dms.ConversionScript, nil)
	require.NoError(t, err)
	require.Equal(t, "s3://reports/ferryman/ferryman-box-conversion/box.zip", script.Script.String(), "a script's key is its whole path")
	content, err = w.client.FetchObject(ctx, script.Script, 1<<20)
	require.NoError(t, err)
	archive, err = zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	f, err := archive.Open("box.sql")
	require.NoError(t, err)
	sql, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Contains(t, string(sql), `"boxoffice"."ticket"`)

	for range 2 {
		_, err = w.run(t, p, dms.ConversionApply, nil)
		require.NoError(t, err)
	}
	var tables int
	require.NoError(t, w.target.QueryRow(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = 'boxoffice'").Scan(&tables))
	require.Positive(t, tables)
	require.Equal(t, 3, w.server.Effects("StartMetadataModelExportToTarget"))
}

func TestARepeatedStepIsFollowedAndSeveralAreAskedAbout(t *testing.T) {
	w := newConversionWorld(t)
	p, err := w.client.EnsureConversion(t.Context(), w.spec)
	require.NoError(t, err)
	guard, err := w.client.GuardConversion(t.Context(), p, dms.ConversionConvert)
	require.NoError(t, err)
	first, err := w.client.RunConversion(t.Context(), p, dms.ConversionConvert, scope, "", guard, nil)
	require.NoError(t, err)
	same, err := w.client.RunConversion(t.Context(), p, dms.ConversionConvert, scope, "", guard, nil)
	require.NoError(t, err)
	require.Equal(t, first.ID, same.ID, "the same guard: the request that came since is that of the first try")
	require.Equal(t, 1, w.server.Effects("StartMetadataModelConversion"))

	later, err := w.client.GuardConversion(t.Context(), p, dms.ConversionConvert)
	require.NoError(t, err)
	_, err = w.client.RunConversion(t.Context(), p, dms.ConversionConvert, scope, "", later, nil)
	require.NoError(t, err)
	require.Equal(t, 2, w.server.Effects("StartMetadataModelConversion"))
	_, err = w.client.RunConversion(t.Context(), p, dms.ConversionConvert, scope, "", guard, nil)
	var unsure *dms.UnsureError
	require.ErrorAs(t, err, &unsure, "two came since: which is ours can't be told")
	require.Equal(t, 2, w.server.Effects("StartMetadataModelConversion"))

	w.server.Throttle("StartMetadataModelAssessment", 1)
	_, err = w.run(t, p, dms.ConversionAssess, nil)
	require.ErrorContains(t, err, "AWS answers too many calls", "a start is never repeated by the SDK")
	require.Equal(t, 1, w.server.Calls("StartMetadataModelAssessment"))
}

func TestWhatSchemaConversionLacksIsSaid(t *testing.T) {
	w := newConversionWorld(t)
	spec := w.spec
	spec.Existing = "somebody-elses"
	_, err := w.client.EnsureConversion(t.Context(), spec)
	var missing *dms.NotFoundError
	require.ErrorAs(t, err, &missing, "a project that is named is never made")

	spec = w.spec
	spec.S3 = "s3://nowhere"
	_, err = w.client.EnsureConversion(t.Context(), spec)
	require.ErrorContains(t, err, "Check the bucket in assess.dms.s3")

	spec = w.spec
	spec.Migration, spec.SourceSecret = "wrong", w.server.SecretARN("wrong")
	p, err := w.client.EnsureConversion(t.Context(), spec)
	require.NoError(t, err)
	_, err = w.run(t, p, dms.ConversionImport, nil)
	require.ErrorContains(t, err, "The credentials in the secret SOURCE are not valid")
	require.ErrorContains(t, err, "Check username and password in the secret that it names")
	require.NotContains(t, err.Error(), "nope")

	spec.SourceSecret = w.server.SecretARN("source")
	_, err = w.client.EnsureConversion(t.Context(), spec)
	var drift *dms.DriftError
	require.ErrorAs(t, err, &drift)
	require.Contains(t, drift.Error(), "source secret is ")

	away := w.spec
	away.Migration = "away"
	u, err := url.Parse("oracle://x:y@127.0.0.1:1/FREE")
	require.NoError(t, err)
	away.Source.Port, err = strconv.Atoi(u.Port())
	require.NoError(t, err)
	p, err = w.client.EnsureConversion(t.Context(), away)
	require.NoError(t, err)
	_, err = w.run(t, p, dms.ConversionImport, nil)
	require.ErrorContains(t, err, "Could not connect to the source database")

	own, err := w.client.EnsureConversion(t.Context(), w.spec)
	require.NoError(t, err)
	guard, err := w.client.GuardConversion(t.Context(), own, dms.ConversionAssess)
	require.NoError(t, err)
	_, err = w.client.RunConversion(t.Context(), own, dms.ConversionAssess, dms.ConversionScope{Schemas: []string{"NOBODY"}}, "", guard, nil)
	require.ErrorContains(t, err, "Check the names in source.schemas")
	_, err = w.client.ExportAssessment(t.Context(), own, scope, "x")
	require.ErrorAs(t, err, &missing)

	w.server.DenyOperation("StartMetadataModelConversion")
	_, err = w.run(t, own, dms.ConversionConvert, nil)
	var denied *dms.DeniedError
	require.ErrorAs(t, err, &denied)
	require.Equal(t, "dms:StartMetadataModelConversion", denied.Action)
}

func TestScriptsOfPeopleAreReadFromAFolder(t *testing.T) {
	c, server := accountWith(t, aws.Options{Buckets: []string{"scripts"}})
	for name, sql := range map[string]string{"box/a.sql": "SELECT 1", "box/deep/B.SQL": "SELECT 2", "box/readme.md": "x", "boxes/c.sql": "SELECT 3"} {
		require.NoError(t, server.PutObject("scripts", name, []byte(sql)))
	}
	list, err := c.ListScripts(t.Context(), "s3://scripts/box")
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "a.sql", list[0].Name)
	require.Equal(t, "SELECT 1", string(list[0].SQL))
	require.NotEmpty(t, list[0].ETag)
	require.WithinDuration(t, time.Now(), list[0].Modified, time.Minute)
	require.Equal(t, "deep/B.SQL", list[1].Name)
	require.Equal(t, "s3://scripts/box/deep/B.SQL", list[1].Object.String())

	list, err = c.ListScripts(t.Context(), "s3://scripts/none/")
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = c.ListScripts(t.Context(), "s3://others/")
	var missing *dms.NotFoundError
	require.ErrorAs(t, err, &missing)
	_, err = c.ListScripts(t.Context(), "/tmp/scripts")
	require.ErrorContains(t, err, "has the form s3://bucket/folder")
	require.NoError(t, server.PutObject("scripts", "big/x.sql", []byte(strings.Repeat("x", 1<<20+1))))
	_, err = c.ListScripts(t.Context(), "s3://scripts/big")
	require.ErrorContains(t, err, "at most 1048576 are taken")
	server.DenyOperation("ListObjectsV2")
	_, err = c.ListScripts(t.Context(), "s3://scripts/box")
	var denied *dms.DeniedError
	require.ErrorAs(t, err, &denied)
	require.Equal(t, "s3:ListBucket", denied.Action)
}
