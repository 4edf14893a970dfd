// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/ferryman/ferryman/internal/config"
)

// Role is the side of an endpoint.
type Role string

// The two roles.
const (
	SourceRole Role = "source"
	TargetRole Role = "target"
)

// EndpointSpec is an endpoint a migration wants. Oracle is read with LogMiner, DMS adds no supplemental logging by itself, and a
// large object longer than the task's limit fails the task rather than being cut.
type EndpointSpec struct {
	ID        string
	Role      Role
	Database  config.Endpoint
	Migration string
	Tags      map[string]string
}

// Endpoint is an endpoint as read.
type Endpoint struct {
	ID, ARN, Status, Engine string
	Role                    Role
	Host                    string
	Port                    int
	Database, User, SSLMode string
}

// FindEndpoint reads an endpoint by its identifier; a *NotFoundError where there is none.
func (c *Client) FindEndpoint(ctx context.Context, id string) (Endpoint, error) {
	e, err := c.findEndpoint(ctx, id)
	if err != nil {
		return Endpoint{}, err
	}
	return readEndpoint(e), nil
}

func (c *Client) findEndpoint(ctx context.Context, id string) (*types.Endpoint, error) {
	out, err := c.dms.DescribeEndpoints(ctx, &api.DescribeEndpointsInput{Filters: filterBy("endpoint-id", id)})
	if err != nil {
		return nil, wrap("DescribeEndpoints", "endpoint "+id, err)
	}
	if len(out.Endpoints) == 0 {
		return nil, &NotFoundError{Operation: "DescribeEndpoints", Object: "endpoint " + id}
	}
	return &out.Endpoints[0], nil
}

func readEndpoint(e *types.Endpoint) Endpoint {
	return Endpoint{
		ID: aws.ToString(e.EndpointIdentifier), ARN: aws.ToString(e.EndpointArn), Status: aws.ToString(e.Status), Engine: aws.ToString(e.EngineName),
		Role: Role(strings.ToLower(string(e.EndpointType))), Host: aws.ToString(e.ServerName), Port: int(aws.ToInt32(e.Port)),
		Database: aws.ToString(e.DatabaseName), User: aws.ToString(e.Username), SSLMode: string(e.SslMode),
	}
}

// EnsureEndpoint returns the endpoint, made if it is not there. One that is there and differs is a *DriftError; UpdateEndpoint
// brings it in line. A changed password can't be seen: a failing TestConnection shows it.
func (c *Client) EnsureEndpoint(ctx context.Context, spec EndpointSpec) (Endpoint, error) {
	found, err := c.findEndpoint(ctx, spec.ID)
	if isNotFound(err) {
		oracle, postgres := spec.settings()
		out, createErr := c.dms.CreateEndpoint(ctx, &api.CreateEndpointInput{
			EndpointIdentifier: &spec.ID, EndpointType: types.ReplicationEndpointTypeValue(spec.Role), EngineName: &spec.Database.Engine,
			ServerName: &spec.Database.Host, Port: aws.Int32(int32(spec.Database.Port)), DatabaseName: &spec.Database.Database,
			Username: &spec.Database.User, Password: aws.String(spec.Database.Password.Reveal()), SslMode: spec.sslMode(),
			OracleSettings: oracle, PostgreSQLSettings: postgres, Tags: tagList(spec.Migration, spec.Tags),
		})
		if createErr == nil {
			return readEndpoint(out.Endpoint), nil
		}
		if !isExists(createErr) {
			return Endpoint{}, wrap("CreateEndpoint", "endpoint "+spec.ID, createErr)
		}
		found, err = c.findEndpoint(ctx, spec.ID)
	}
	if err != nil {
		return Endpoint{}, err
	}
	return readEndpoint(found), spec.drift(found).err("endpoint "+spec.ID, "plan the change of the endpoint, or change the profile to it")
}

// UpdateEndpoint sets every property of an endpoint that is there, its password too.
func (c *Client) UpdateEndpoint(ctx context.Context, spec EndpointSpec) (Endpoint, error) {
	found, err := c.findEndpoint(ctx, spec.ID)
	if err != nil {
		return Endpoint{}, err
	}
	oracle, postgres := spec.settings()
	out, err := c.dms.ModifyEndpoint(ctx, &api.ModifyEndpointInput{
		EndpointArn: found.EndpointArn, EndpointType: types.ReplicationEndpointTypeValue(spec.Role), EngineName: &spec.Database.Engine,
		ServerName: &spec.Database.Host, Port: aws.Int32(int32(spec.Database.Port)), DatabaseName: &spec.Database.Database,
		Username: &spec.Database.User, Password: aws.String(spec.Database.Password.Reveal()), SslMode: spec.sslMode(),
		OracleSettings: oracle, PostgreSQLSettings: postgres,
	})
	if err != nil {
		return Endpoint{}, wrap("ModifyEndpoint", "endpoint "+spec.ID, err)
	}
	return readEndpoint(out.Endpoint), nil
}

func (s EndpointSpec) settings() (*types.OracleSettings, *types.PostgreSQLSettings) {
	if s.Database.Engine == config.Oracle {
		return &types.OracleSettings{AddSupplementalLogging: aws.Bool(false), UseLogminerReader: aws.Bool(true),
			FailTasksOnLobTruncation: aws.Bool(true)}, nil
	}
	return nil, nil
}

// sslMode is DMS's word for the connection string's. What pgx does without sslmode, to try TLS and do without, DMS can't: none.
func (s EndpointSpec) sslMode() types.DmsSslModeValue {
	if s.Database.Engine == config.Postgres {
		switch s.Database.Param("sslmode") {
		case "require":
			return types.DmsSslModeValueRequire
		case "verify-ca":
			return types.DmsSslModeValueVerifyCa
		case "verify-full":
			return types.DmsSslModeValueVerifyFull
		}
	}
	return types.DmsSslModeValueNone
}

func (s EndpointSpec) drift(found *types.Endpoint) differences {
	have := readEndpoint(found)
	var d differences
	d.compare("role", have.Role, s.Role)
	d.compare("engine", have.Engine, s.Database.Engine)
	d.compare("host", have.Host, s.Database.Host)
	d.compare("port", have.Port, s.Database.Port)
	d.compare("database", have.Database, s.Database.Database)
	d.compare("user", have.User, s.Database.User)
	d.compare("SSL mode", have.SSLMode, string(s.sslMode()))
	if oracle := found.OracleSettings; s.Database.Engine == config.Oracle && oracle != nil {
		d.compare("addSupplementalLogging", aws.ToBool(oracle.AddSupplementalLogging), false)
		d.compare("failTasksOnLobTruncation", aws.ToBool(oracle.FailTasksOnLobTruncation), true)
	}
	return d
}
