// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/ferryman/ferryman/internal/config"
)

// ConversionSpec is the migration project of DMS Schema Conversion that a migration wants.
type ConversionSpec struct {
	Migration string
	Tags      map[string]string
	// Existing names a project of somebody else's, by name or ARN: it must be there and is never changed. Empty: one of this migration's own.
	Existing string
	// Source and Target are the databases as Schema Conversion reaches them; only host, port and database are given to it.
	Source, Target config.Endpoint
	// SourceSecret and TargetSecret are ARNs of secrets with user and password, SecretsRole is that of the role which reads them.
	SourceSecret, TargetSecret, SecretsRole string
	// S3 is s3://bucket[/folder], S3Role the ARN of the role which reads and writes there.
	S3, S3Role string
	// Where Schema Conversion's own machine stands; empty is the account's default.
	SubnetGroup      string
	SecurityGroupIDs []string
	Public           bool
}

// Conversion is a migration project as read.
type Conversion struct {
	Name, ARN string
	// SourceID and TargetID name the two servers in selection rules: the resource ids of their data providers.
	SourceID, TargetID string
	// Bucket is where its files go.
	Bucket string
}

func (c Conversion) String() string { return "migration project " + c.Name }

// ConversionName is the name of a migration's own project; its data providers and its instance profile have the same with an ending.
func ConversionName(migration string) string { return NamesFor(migration).Instance + "-conversion" }

// EnsureConversion returns the project, made with its data providers and its instance profile where it is not there. One of Ferryman's
// own that differs from spec is a *DriftError.
func (c *Client) EnsureConversion(ctx context.Context, spec ConversionSpec) (Conversion, error) {
	name := spec.Existing
	if name == "" {
		name = ConversionName(spec.Migration)
	}
	found, err := c.findProject(ctx, name)
	if isNotFound(err) && spec.Existing == "" {
		found, err = c.createProject(ctx, name, spec)
	}
	if err != nil {
		return Conversion{}, err
	}
	conversion, err := readProject(found)
	if err != nil || spec.Existing != "" {
		return conversion, err
	}
	return conversion, c.projectDrift(ctx, found, spec)
}

func (c *Client) findProject(ctx context.Context, name string) (*types.MigrationProject, error) {
	out, err := c.dms.DescribeMigrationProjects(ctx, &api.DescribeMigrationProjectsInput{Filters: filterBy("migration-project-identifier", name)})
	if err != nil {
		return nil, wrap("DescribeMigrationProjects", "migration project "+name, err)
	}
	if len(out.MigrationProjects) == 0 {
		return nil, &NotFoundError{Operation: "DescribeMigrationProjects", Object: "migration project " + name}
	}
	return &out.MigrationProjects[0], nil
}

func readProject(p *types.MigrationProject) (Conversion, error) {
	c := Conversion{Name: aws.ToString(p.MigrationProjectName), ARN: aws.ToString(p.MigrationProjectArn)}
	lacks := func(what string) error {
		return &StateError{Operation: "DescribeMigrationProjects", Object: c.String(), Need: "a project with " + what}
	}
	if len(p.SourceDataProviderDescriptors) != 1 || len(p.TargetDataProviderDescriptors) != 1 {
		return c, lacks("one source and one target data provider")
	}
	c.SourceID = ResourceID(aws.ToString(p.SourceDataProviderDescriptors[0].DataProviderArn))
	c.TargetID = ResourceID(aws.ToString(p.TargetDataProviderDescriptors[0].DataProviderArn))
	if a := p.SchemaConversionApplicationAttributes; a != nil {
		c.Bucket, _, _ = strings.Cut(strings.TrimPrefix(aws.ToString(a.S3BucketPath), "s3://"), "/")
	}
	if c.Bucket == "" {
		return c, lacks("an S3 bucket for Schema Conversion")
	}
	return c, nil
}

func (c *Client) createProject(ctx context.Context, name string, spec ConversionSpec) (*types.MigrationProject, error) {
	source, err := c.ensureProvider(ctx, name+"-source", spec.Source, spec)
	if err != nil {
		return nil, err
	}
	target, err := c.ensureProvider(ctx, name+"-target", spec.Target, spec)
	if err != nil {
		return nil, err
	}
	if err := c.ensureProfile(ctx, name, spec); err != nil {
		return nil, err
	}
	side := func(provider *types.DataProvider, secret string) []types.DataProviderDescriptorDefinition {
		return []types.DataProviderDescriptorDefinition{{DataProviderIdentifier: provider.DataProviderArn, SecretsManagerSecretId: &secret, SecretsManagerAccessRoleArn: &spec.SecretsRole}}
	}
	out, err := c.dms.CreateMigrationProject(ctx, &api.CreateMigrationProjectInput{
		MigrationProjectName: &name, InstanceProfileIdentifier: &name, Tags: tagList(spec.Migration, spec.Tags),
		SourceDataProviderDescriptors: side(source, spec.SourceSecret), TargetDataProviderDescriptors: side(target, spec.TargetSecret),
		SchemaConversionApplicationAttributes: &types.SCApplicationAttributes{S3BucketPath: &spec.S3, S3BucketRoleArn: &spec.S3Role},
	})
	if isExists(err) {
		return c.findProject(ctx, name)
	}
	if err != nil {
		return nil, wrap("CreateMigrationProject", "migration project "+name, err)
	}
	return out.MigrationProject, nil
}

func (c *Client) ensureProvider(ctx context.Context, name string, database config.Endpoint, spec ConversionSpec) (*types.DataProvider, error) {
	found, err := c.findProvider(ctx, name)
	if !isNotFound(err) {
		return found, err
	}
	out, err := c.dms.CreateDataProvider(ctx, &api.CreateDataProviderInput{
		DataProviderName: &name, Engine: &database.Engine, Settings: providerSettings(database), Tags: tagList(spec.Migration, spec.Tags)})
	if isExists(err) {
		return c.findProvider(ctx, name)
	}
	if err != nil {
		return nil, wrap("CreateDataProvider", "data provider "+name, err)
	}
	return out.DataProvider, nil
}

func (c *Client) findProvider(ctx context.Context, name string) (*types.DataProvider, error) {
	out, err := c.dms.DescribeDataProviders(ctx, &api.DescribeDataProvidersInput{Filters: filterBy("data-provider-identifier", name)})
	if err != nil {
		return nil, wrap("DescribeDataProviders", "data provider "+name, err)
	}
	if len(out.DataProviders) == 0 {
		return nil, &NotFoundError{Operation: "DescribeDataProviders", Object: "data provider " + name}
	}
	return &out.DataProviders[0], nil
}

func providerSettings(database config.Endpoint) types.DataProviderSettings {
	port := aws.Int32(int32(database.Port))
	mode := EndpointSpec{Database: database}.sslMode()
	if database.Engine == config.Oracle {
		return &types.DataProviderSettingsMemberOracleSettings{Value: types.OracleDataProviderSettings{
			ServerName: &database.Host, Port: port, DatabaseName: &database.Database, SslMode: mode}}
	}
	return &types.DataProviderSettingsMemberPostgreSqlSettings{Value: types.PostgreSqlDataProviderSettings{
		ServerName: &database.Host, Port: port, DatabaseName: &database.Database, SslMode: mode}}
}

func (c *Client) ensureProfile(ctx context.Context, name string, spec ConversionSpec) error {
	out, err := c.dms.DescribeInstanceProfiles(ctx, &api.DescribeInstanceProfilesInput{Filters: filterBy("instance-profile-identifier", name)})
	if err = wrap("DescribeInstanceProfiles", "instance profile "+name, err); err != nil && !isNotFound(err) {
		return err
	}
	if err == nil && len(out.InstanceProfiles) > 0 {
		return nil
	}
	_, err = c.dms.CreateInstanceProfile(ctx, &api.CreateInstanceProfileInput{
		InstanceProfileName: &name, SubnetGroupIdentifier: optional(spec.SubnetGroup), VpcSecurityGroups: spec.SecurityGroupIDs,
		PubliclyAccessible: &spec.Public, Tags: tagList(spec.Migration, spec.Tags)})
	if isExists(err) {
		return nil
	}
	return wrap("CreateInstanceProfile", "instance profile "+name, err)
}

// projectDrift compares what an own project points at with what is wanted.
func (c *Client) projectDrift(ctx context.Context, p *types.MigrationProject, spec ConversionSpec) error {
	var d differences
	for _, side := range []struct {
		name, secret string
		have         types.DataProviderDescriptor
		want         config.Endpoint
	}{
		{"source", spec.SourceSecret, p.SourceDataProviderDescriptors[0], spec.Source},
		{"target", spec.TargetSecret, p.TargetDataProviderDescriptors[0], spec.Target},
	} {
		provider, err := c.findProvider(ctx, aws.ToString(side.have.DataProviderArn))
		if err != nil {
			return err
		}
		host, port, database := providerPlace(provider)
		d.compare(side.name+" host", host, side.want.Host)
		d.compare(side.name+" port", port, side.want.Port)
		d.compare(side.name+" database", database, side.want.Database)
		d.compare(side.name+" secret", aws.ToString(side.have.SecretsManagerSecretId), side.secret)
	}
	d.compare("S3 path", aws.ToString(p.SchemaConversionApplicationAttributes.S3BucketPath), spec.S3)
	return d.err(fmt.Sprintf("migration project %s", aws.ToString(p.MigrationProjectName)),
		"delete it in the DMS console with its data providers, which loses nothing of the databases, or change the profile to it")
}

func providerPlace(p *types.DataProvider) (host string, port int32, database string) {
	switch s := p.Settings.(type) {
	case *types.DataProviderSettingsMemberOracleSettings:
		return aws.ToString(s.Value.ServerName), aws.ToInt32(s.Value.Port), aws.ToString(s.Value.DatabaseName)
	case *types.DataProviderSettingsMemberPostgreSqlSettings:
		return aws.ToString(s.Value.ServerName), aws.ToInt32(s.Value.Port), aws.ToString(s.Value.DatabaseName)
	}
	return "", 0, ""
}
