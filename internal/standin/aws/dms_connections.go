// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/aws/engine"
)

// testTimeout bounds a connection test and a schema refresh.
const testTimeout = 20 * time.Second

type connectionKey struct{ endpoint, instance string }

type connection struct {
	EndpointArn                   string
	EndpointIdentifier            string
	LastFailureMessage            string `json:",omitempty"`
	ReplicationInstanceArn        string
	ReplicationInstanceIdentifier string
	Status                        string
}

type endpointAndInstance struct {
	EndpointArn            string `aws:"required"`
	ReplicationInstanceArn string `aws:"required"`
}

// pair finds an endpoint and an available instance. The caller holds the lock.
func (s *Server) pair(in *endpointAndInstance) (*endpoint, *instance, error) {
	e := s.endpoints[in.EndpointArn]
	if e == nil {
		return nil, nil, notFound("Endpoint %.200s not found.", in.EndpointArn)
	}
	i, err := s.availableInstance(in.ReplicationInstanceArn)
	return e, i, err
}

type connectionOutput struct{ Connection connection }

func (s *Server) testConnection(in *endpointAndInstance) (*connectionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, i, err := s.pair(in)
	if err != nil {
		return nil, err
	}
	key := connectionKey{e.arn, i.ReplicationInstanceArn}
	if running := s.connections[key]; running != nil && running.Status == "testing" {
		return nil, wrongState("A connection test of endpoint %s is already running.", e.id)
	}
	result := &connection{EndpointArn: e.arn, EndpointIdentifier: e.id, ReplicationInstanceArn: i.ReplicationInstanceArn,
		ReplicationInstanceIdentifier: i.ReplicationInstanceIdentifier, Status: "testing"}
	s.connections[key] = result
	database, err := s.database(e)
	s.running.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, testTimeout)
		defer cancel()
		least := time.After(s.opts.Delays.Connection)
		if err == nil {
			err = database.Test(ctx)
		}
		<-least
		s.mu.Lock()
		defer s.mu.Unlock()
		result.Status = "successful"
		if err != nil {
			result.Status, result.LastFailureMessage = "failed", "Test Endpoint failed: "+err.Error()
		}
	})
	return &connectionOutput{*result}, nil
}

// database is what the API needs of an endpoint's database.
type database interface {
	Test(ctx context.Context) error
	Schemas(ctx context.Context) ([]string, error)
}

func (s *Server) database(e *endpoint) (database, error) {
	if e.engine == "oracle" {
		return s.oracle(e)
	}
	return s.postgres(e)
}

// secretFields are the keys of a secret that DMS reads.
type secretFields struct {
	Username, Password, Host, DBName string
	Port                             json.Number
}

// credentials resolves an endpoint's secret, if it has one.
func (s *Server) credentials(e *endpoint) (endpoint, error) {
	resolved := *e
	id := e.secret()
	if id == "" {
		return resolved, nil
	}
	found, err := s.secrets.find(id)
	if err != nil {
		return resolved, fmt.Errorf("Application-Status: 1020912, Application-Message: Failed to build connection string Unable to find Secrets "+
			"Manager secret, Application-Detailed-Message: Failed to retrieve secret. Unable to find AWS Secrets Manager secret Arn '%s'", id)
	}
	var fields secretFields
	decoder := json.NewDecoder(strings.NewReader(found.value))
	decoder.UseNumber()
	port, portErr := int64(0), error(nil)
	if err = decoder.Decode(&fields); err == nil {
		port, portErr = fields.Port.Int64()
	}
	if err = errors.Join(err, portErr); err != nil || fields.Username == "" || fields.Password == "" || fields.Host == "" {
		return resolved, fmt.Errorf("Application-Status: 1020912, Application-Message: Failed to build connection string, "+
			"Application-Detailed-Message: Secret '%s' has not the keys username, password, host and port", id)
	}
	resolved.username, resolved.password, resolved.server, resolved.port = fields.Username, fields.Password, fields.Host, int(port)
	def(&resolved.database, fields.DBName)
	return resolved, nil
}

func (s *Server) oracle(e *endpoint) (*engine.Oracle, error) {
	r, err := s.credentials(e)
	return &engine.Oracle{Host: r.server, Port: r.port, Service: r.database, User: r.username, Password: r.password, TLS: r.mode != "none",
		FailOnLOBTruncation: r.flag("FailTasksOnLobTruncation"), AddSupplementalLogging: r.flag("AddSupplementalLogging")}, err
}

func (s *Server) postgres(e *endpoint) (*engine.Postgres, error) {
	r, err := s.credentials(e)
	script := r.text("AfterConnectScript")
	def(&script, r.attribute("afterConnectScript"))
	return &engine.Postgres{Host: r.server, Port: r.port, Database: r.database, User: r.username, Password: r.password, SSLMode: r.mode,
		AfterConnectScript: script}, err
}

type describeConnectionsOutput struct {
	Connections []connection
	Marker      string `json:",omitempty"`
}

func (s *Server) describeConnections(in *describe) (*describeConnectionsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := matches(sorted(s.connections, func(c *connection) string { return c.EndpointIdentifier + c.ReplicationInstanceIdentifier }),
		in.Filters, map[string]func(*connection) string{
			"endpoint-arn":             func(c *connection) string { return c.EndpointArn },
			"replication-instance-arn": func(c *connection) string { return c.ReplicationInstanceArn },
		})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && len(in.Filters) > 0 {
		return nil, notFound("No Connections found matching filter %s", in.Filters[0].Name)
	}
	some, next, err := page(all, in.Marker, in.MaxRecords, usualBounds)
	out := &describeConnectionsOutput{Connections: []connection{}, Marker: next}
	for _, c := range some {
		out.Connections = append(out.Connections, *c)
	}
	return out, err
}

// refresh is the last look at an endpoint's schemas.
type refresh struct {
	EndpointArn            string
	LastFailureMessage     string `json:",omitempty"`
	LastRefreshDate        epoch  `json:",omitzero"`
	ReplicationInstanceArn string
	Status                 string

	schemas []string
}

type refreshOutput struct{ RefreshSchemasStatus refresh }

func (s *Server) refreshSchemas(in *endpointAndInstance) (*refreshOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, i, err := s.pair(in)
	if err != nil {
		return nil, err
	}
	if old := s.refreshes[e.arn]; old != nil && old.Status == "refreshing" {
		return nil, wrongState("The schemas of endpoint %s are already being refreshed.", e.id)
	}
	result := &refresh{EndpointArn: e.arn, ReplicationInstanceArn: i.ReplicationInstanceArn, Status: "refreshing"}
	s.refreshes[e.arn] = result
	database, err := s.database(e)
	s.running.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, testTimeout)
		defer cancel()
		least := time.After(s.opts.Delays.Connection)
		var schemas []string
		if err == nil {
			schemas, err = database.Schemas(ctx)
		}
		<-least
		s.mu.Lock()
		defer s.mu.Unlock()
		result.LastRefreshDate, result.schemas, result.Status = now(), schemas, "successful"
		if err != nil {
			result.Status, result.LastFailureMessage = "failed", err.Error()
		}
	})
	return &refreshOutput{*result}, nil
}

func (s *Server) describeRefresh(in *endpointARN) (*refreshOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.refreshes[in.EndpointArn]
	if found == nil {
		return nil, notFound("No schema refresh of endpoint %.200s found.", in.EndpointArn)
	}
	return &refreshOutput{*found}, nil
}

type describeSchemasInput struct {
	EndpointArn string `aws:"required"`
	Marker      string
	MaxRecords  *int
}

type describeSchemasOutput struct {
	Marker  string `json:",omitempty"`
	Schemas []string
}

func (s *Server) describeSchemas(in *describeSchemasInput) (*describeSchemasOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.endpoints[in.EndpointArn] == nil {
		return nil, notFound("Endpoint %.200s not found.", in.EndpointArn)
	}
	found := s.refreshes[in.EndpointArn]
	if found == nil || found.Status != "successful" {
		return nil, wrongState("The schemas of the endpoint have not been refreshed successfully.")
	}
	out := &describeSchemasOutput{}
	var err error
	out.Schemas, out.Marker, err = page(slices.Clone(found.schemas), in.Marker, in.MaxRecords, usualBounds)
	return out, err
}
