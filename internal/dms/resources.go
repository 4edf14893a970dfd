// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"time"

	"github.com/ferryman/ferryman/internal/config"
)

// Names are the identifiers of a migration's DMS objects.
type Names struct{ Instance, Source, Target, Task string }

// NamesFor derives the names from the migration's, within DMS's rules for identifiers.
func NamesFor(migration string) Names { panic("x") }

// InstanceSpec is the replication instance a migration wants.
type InstanceSpec struct {
	ID string
	// Existing means that the instance is somebody else's: it must be there and is never changed.
	Existing           bool
	Class              string
	EngineVersion      string
	StorageGB          int32
	MultiAZ            bool
	PubliclyAccessible bool
	SubnetGroup        string
	SecurityGroupIDs   []string
	Migration          string
	Tags               map[string]string
}

// Instance is a replication instance as read.
type Instance struct{ ID, ARN, Status, Class, EngineVersion string }

// EnsureInstance returns the instance, made if it is not there. It does not wait until it can be used: WaitInstance does.
func (c *Client) EnsureInstance(ctx context.Context, spec InstanceSpec) (Instance, error) { panic("x") }

// WaitInstance reads the instance until it is available.
func (c *Client) WaitInstance(ctx context.Context, id string, poll time.Duration) (Instance, error) {
	panic("x")
}

// Role is the side of an endpoint.
type Role string

// The two roles.
const (
	SourceRole Role = "source"
	TargetRole Role = "target"
)

// EndpointSpec is an endpoint a migration wants: Oracle as source, PostgreSQL as target.
type EndpointSpec struct {
	ID        string
	Role      Role
	Database  config.Endpoint
	FullLOB   bool
	Migration string
	Tags      map[string]string
}

// Endpoint is an endpoint as read.
type Endpoint struct{ ID, ARN, Status, Engine, Host, Database, User string }

// EnsureEndpoint returns the endpoint, made if it is not there. One that is there and differs is a *DriftError; UpdateEndpoint
// brings it in line. A changed password can't be seen: a failing TestConnection shows it.
func (c *Client) EnsureEndpoint(ctx context.Context, spec EndpointSpec) (Endpoint, error) { panic("x") }

// UpdateEndpoint sets every property of an endpoint, its password too.
func (c *Client) UpdateEndpoint(ctx context.Context, spec EndpointSpec) (Endpoint, error) { panic("x") }

// TestConnection has the instance connect to the endpoint and waits for the outcome: nil, or a *ConnectionError.
func (c *Client) TestConnection(ctx context.Context, instanceARN, endpointARN string, poll time.Duration) error {
	panic("x")
}

// RefreshSchemas has DMS read the endpoint's schemas again and waits for the end.
func (c *Client) RefreshSchemas(ctx context.Context, instanceARN, endpointARN string, poll time.Duration) error {
	panic("x")
}
