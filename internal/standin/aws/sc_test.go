// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// scWorld is an account with a migration project between an Oracle with the box office and a PostgreSQL.
type scWorld struct {
	*testing.T
	aws     *aws.Server
	client  *dms.Client
	project string // ARN
	source  string // resource ids of the data providers
	target  string
}

func newSCWorld(t *testing.T) *scWorld {
	t.Helper()
	from, err := oracle.Start(context.Background(), oracle.Options{Postgres: testenv.Server(t), Exports: []fs.FS{os.DirFS("../../../cmd/rehearse/boxoffice")},
		Users: []oracle.User{{Name: "SC", Password: "sc-pw", Roles: []string{"CONNECT", "SELECT_CATALOG_ROLE"}, Privileges: []string{"SELECT ANY TABLE"}}}})
	require.NoError(t, err)
	t.Cleanup(from.Close)
	to, err := url.Parse(testenv.Postgres(t))
	require.NoError(t, err)
	password, _ := to.User.Password()
	port, err := strconv.Atoi(to.Port())
	require.NoError(t, err)
	opts := fast()
	opts.Delays.Conversion = 10 * time.Millisecond
	opts.Buckets = []string{"reports"}
	opts.Secrets = map[string]string{"source": `{"username":"SC","password":"sc-pw"}`, "target": fmt.Sprintf(`{"username":%q,"password":%q}`, to.User.Username(), password)}
	w := &scWorld{T: t, aws: start(t, opts)}
	w.client = dms.NewFromConfig(config(w.aws))
	ctx := t.Context()
	source, err := w.client.CreateDataProvider(ctx, &dms.CreateDataProviderInput{DataProviderName: awssdk.String("ora"), Engine: awssdk.String("oracle"),
		Settings: &types.DataProviderSettingsMemberOracleSettings{Value: types.OracleDataProviderSettings{ServerName: awssdk.String("127.0.0.1"),
			Port: awssdk.Int32(int32(from.Port())), DatabaseName: awssdk.String("ORCL"), SslMode: types.DmsSslModeValueNone}}})
	require.NoError(t, err)
	target, err := w.client.CreateDataProvider(ctx, &dms.CreateDataProviderInput{DataProviderName: awssdk.String("pg"), Engine: awssdk.String("postgres"),
		Settings: &types.DataProviderSettingsMemberPostgreSqlSettings{Value: types.PostgreSqlDataProviderSettings{ServerName: awssdk.String(to.Hostname()),
			Port: awssdk.Int32(int32(port)), DatabaseName: awssdk.String(strings.Trim(to.Path, "/")), SslMode: types.DmsSslModeValueNone}}})
	require.NoError(t, err)
	_, err = w.client.CreateInstanceProfile(ctx, &dms.CreateInstanceProfileInput{InstanceProfileName: awssdk.String("here")})
	require.NoError(t, err)
	made, err := w.client.CreateMigrationProject(ctx, w.projectInput("box"))
	require.NoError(t, err)
	w.project = *made.MigrationProject.MigrationProjectArn
	last := func(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
	w.source, w.target = last(*source.DataProvider.DataProviderArn), last(*target.DataProvider.DataProviderArn)
	require.WithinDuration(t, time.Now(), *made.MigrationProject.MigrationProjectCreationTime, time.Minute)
	return w
}

func (w *scWorld) projectInput(name string) *dms.CreateMigrationProjectInput {
	role := awssdk.String("arn:aws:iam::123456789012:role/any")
	return &dms.CreateMigrationProjectInput{MigrationProjectName: &name, InstanceProfileIdentifier: awssdk.String("here"),
		SourceDataProviderDescriptors:         []types.DataProviderDescriptorDefinition{{DataProviderIdentifier: awssdk.String("ora"), SecretsManagerSecretId: awssdk.String(w.aws.SecretARN("source")), SecretsManagerAccessRoleArn: role}},
		TargetDataProviderDescriptors:         []types.DataProviderDescriptorDefinition{{DataProviderIdentifier: awssdk.String("pg"), SecretsManagerSecretId: awssdk.String(w.aws.SecretARN("target")), SecretsManagerAccessRoleArn: role}},
		SchemaConversionApplicationAttributes: &types.SCApplicationAttributes{S3BucketPath: awssdk.String("s3://reports"), S3BucketRoleArn: role}}
}

// rules selects a schema on a server.
func rules(server, schema string) string {
	text, _ := json.Marshal(map[string]any{"rules": []any{map[string]any{"rule-type": "selection", "rule-id": "1", "rule-name": "1", "rule-action": "explicit",
		"object-locator": map[string]string{"server-name": server, "schema-name": schema}}}})
	return string(text)
}

func (w *scWorld) importSource(schema string) (string, error) {
	out, err := w.client.StartMetadataModelImport(w.Context(), &dms.StartMetadataModelImportInput{MigrationProjectIdentifier: awssdk.String("box"),
		Origin: types.OriginTypeValueSource, SelectionRules: awssdk.String(rules(w.source, schema)), Refresh: true})
	if err != nil {
		return "", err
	}
	return *out.RequestIdentifier, nil
}

func TestTheSDKsWaiterSeesAnImportEnd(t *testing.T) {
	t.Parallel()
	w := newSCWorld(t)
	id, err := w.importSource("BOXOFFICE")
	require.NoError(t, err)
	in := &dms.DescribeMetadataModelImportsInput{MigrationProjectIdentifier: &w.project, Filters: []types.Filter{{Name: awssdk.String("request-id"), Values: []string{id}}}}
	waiter := dms.NewMetadataModelImportedWaiter(w.client, func(o *dms.MetadataModelImportedWaiterOptions) {
		o.MinDelay, o.MaxDelay = 5*time.Millisecond, 20*time.Millisecond
	})
	out, err := waiter.WaitForOutput(t.Context(), in, patience)
	require.NoError(t, err)
	require.Equal(t, "SUCCESS", *out.Requests[0].Status)

	id, err = w.importSource("NOBODY")
	require.NoError(t, err, "what a rule names is looked for when the work is done")
	in.Filters[0].Values[0] = id
	_, err = waiter.WaitForOutput(t.Context(), in, patience)
	require.Error(t, err)
	failed, err := w.client.DescribeMetadataModelImports(t.Context(), in)
	require.NoError(t, err)
	require.Contains(t, *failed.Requests[0].Error.(*types.ErrorDetailsMemberDefaultErrorDetails).Value.Message, "No objects were found")
}

func TestRequestsComeInPagesAndByStatus(t *testing.T) {
	t.Parallel()
	w := newSCWorld(t)
	for range 25 {
		_, err := w.importSource("NOBODY")
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		out, err := w.client.DescribeMetadataModelImports(context.Background(), &dms.DescribeMetadataModelImportsInput{MigrationProjectIdentifier: &w.project,
			Filters: []types.Filter{{Name: awssdk.String("status"), Values: []string{"FAILED"}}}})
		return err == nil && len(out.Requests) == 25
	}, patience, 20*time.Millisecond)
	first, err := w.client.DescribeMetadataModelImports(t.Context(), &dms.DescribeMetadataModelImportsInput{MigrationProjectIdentifier: &w.project, MaxRecords: awssdk.Int32(20)})
	require.NoError(t, err)
	require.Len(t, first.Requests, 20)
	rest, err := w.client.DescribeMetadataModelImports(t.Context(), &dms.DescribeMetadataModelImportsInput{MigrationProjectIdentifier: &w.project, MaxRecords: awssdk.Int32(20), Marker: first.Marker})
	require.NoError(t, err)
	require.Len(t, rest.Requests, 5)
	require.Nil(t, rest.Marker)
	_, err = w.client.DescribeMetadataModelImports(t.Context(), &dms.DescribeMetadataModelImportsInput{MigrationProjectIdentifier: &w.project,
		Filters: []types.Filter{{Name: awssdk.String("color"), Values: []string{"red"}}}})
	requireCode(t, err, "InvalidParameterValueException")
}

func TestSelectionRulesAreStrict(t *testing.T) {
	t.Parallel()
	w := newSCWorld(t)
	good := rules(w.source, "BOXOFFICE")
	for name, text := range map[string]string{
		"no JSON": "schema=BOXOFFICE", "no rule": `{"rules":[]}`, "a pattern": strings.Replace(good, "explicit", "include", 1),
		"another server": rules("elsewhere", "BOXOFFICE"), "an empty value": rules(w.source, ""), "no schema": strings.Replace(good, "schema-name", "database-name", 1),
		"no id": strings.Replace(good, `"rule-id":"1",`, "", 1), "the other side": rules(w.target, "boxoffice"),
	} {
		_, err := w.client.StartMetadataModelConversion(t.Context(), &dms.StartMetadataModelConversionInput{MigrationProjectIdentifier: &w.project, SelectionRules: &text})
		requireCode(t, err, "InvalidParameterValueException")
		require.Error(t, err, name)
	}
	_, err := w.client.StartMetadataModelConversion(t.Context(), &dms.StartMetadataModelConversionInput{MigrationProjectIdentifier: awssdk.String("none"), SelectionRules: &good})
	requireCode(t, err, "ResourceNotFoundFault")
	out, err := w.client.GetTargetSelectionRules(t.Context(), &dms.GetTargetSelectionRulesInput{MigrationProjectIdentifier: &w.project, SelectionRules: &good})
	require.NoError(t, err)
	require.JSONEq(t, rules(w.target, "boxoffice"), *out.TargetSelectionRules)
}

func TestPartsOfAProjectAreKeptWhileItUsesThem(t *testing.T) {
	t.Parallel()
	w := newSCWorld(t)
	ctx := t.Context()
	_, err := w.client.DeleteDataProvider(ctx, &dms.DeleteDataProviderInput{DataProviderIdentifier: awssdk.String("ora")})
	requireCode(t, err, "InvalidResourceStateFault")
	_, err = w.client.DeleteInstanceProfile(ctx, &dms.DeleteInstanceProfileInput{InstanceProfileIdentifier: awssdk.String("here")})
	requireCode(t, err, "InvalidResourceStateFault")
	_, err = w.client.CreateMigrationProject(ctx, w.projectInput("box"))
	requireCode(t, err, "ResourceAlreadyExistsFault")
	wrong := w.projectInput("other")
	wrong.SourceDataProviderDescriptors, wrong.TargetDataProviderDescriptors = wrong.TargetDataProviderDescriptors, wrong.SourceDataProviderDescriptors
	_, err = w.client.CreateMigrationProject(ctx, wrong)
	requireCode(t, err, "InvalidParameterCombinationException")
	for i := range 9 {
		_, err = w.client.CreateMigrationProject(ctx, w.projectInput(fmt.Sprintf("p%d", i)))
		require.NoError(t, err)
	}
	_, err = w.client.CreateMigrationProject(ctx, w.projectInput("eleventh"))
	requireCode(t, err, "ResourceQuotaExceededFault")
	_, err = w.client.DescribeMigrationProjects(ctx, &dms.DescribeMigrationProjectsInput{Filters: []types.Filter{{Name: awssdk.String("migration-project-identifier"), Values: []string{"none"}}}})
	requireCode(t, err, "ResourceNotFoundFault")
	_, err = w.client.ExportMetadataModelAssessment(ctx, &dms.ExportMetadataModelAssessmentInput{MigrationProjectIdentifier: &w.project, SelectionRules: awssdk.String(rules(w.source, "BOXOFFICE"))})
	requireCode(t, err, "ResourceNotFoundFault")
	_, err = w.client.DeleteMigrationProject(ctx, &dms.DeleteMigrationProjectInput{MigrationProjectIdentifier: &w.project})
	require.NoError(t, err)
}

func TestTheCommandLineConverts(t *testing.T) {
	t.Parallel()
	w := newSCWorld(t)
	run := commandLine(t, w.aws)
	require.Contains(t, string(run("dms", "describe-migration-projects", "--filters", "Name=migration-project-identifier,Values=box")), `"S3BucketPath": "s3://reports"`)
	source := rules(w.source, "BOXOFFICE")
	run("dms", "start-metadata-model-assessment", "--migration-project-identifier", "box", "--selection-rules", source)
	require.Eventually(t, func() bool {
		return bytes.Contains(run("dms", "describe-metadata-model-assessments", "--migration-project-identifier", "box"), []byte(`"SUCCESS"`))
	}, patience, 200*time.Millisecond)
	out := run("dms", "export-metadata-model-assessment", "--migration-project-identifier", "box", "--selection-rules", source, "--file-name", "report", "--assessment-report-types", "csv")
	require.Contains(t, string(out), `"S3ObjectKey": "box/report.zip"`)
	require.True(t, bytes.HasPrefix(run("s3", "cp", "s3://reports/box/report.zip", "-"), []byte("PK")))
}
