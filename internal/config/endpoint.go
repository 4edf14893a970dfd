// SPDX-License-Identifier: Apache-2.0

package config

import (
	"context"
	"net/url"
)

// Engine names of an Endpoint.
const (
	Oracle   = "oracle"
	Postgres = "postgres"
)

// Endpoint is one database as one user reaches it.
type Endpoint struct {
	// Engine is Oracle or Postgres.
	Engine string
	Host   string
	Port   int
	// Database is Oracle's service name or PostgreSQL's database name.
	Database string
	User     string
	Password Secret
	// Params are the options after the question mark, such as sslmode.
	Params url.Values
	// URL is the whole connection string, as the driver takes it.
	URL Secret
}

// Endpoints are a profile's databases with every secret resolved. A URL that the file leaves out is the one it defaults to;
// Scratch alone may be nil.
type Endpoints struct {
	Source    Endpoint
	SourceDMS Endpoint
	Target    Endpoint
	TargetDMS Endpoint
	Scratch   *Endpoint
}

// Secrets reads a secret's text by its ARN.
type Secrets interface {
	Secret(ctx context.Context, arn string) (string, error)
}

// ParseURL takes a connection string apart. Errors never repeat it.
func ParseURL(engine string, raw Secret) (Endpoint, error) { panic("x") }

// String is user@host:port/database, without password and options.
func (e Endpoint) String() string { panic("x") }

// Endpoints resolves the profile's connection strings, asking secrets for those that are ARNs; secrets may be nil where none is.
// It is called again where a password may have been rotated.
func (p *Profile) Endpoints(ctx context.Context, secrets Secrets) (*Endpoints, error) { panic("x") }

// PolicyHash is the hex SHA-256 of the canonical JSON (RFC 8785) of what rules people and endpoints: channel, operators, approvers,
// quorum, times, schemas, and host, port, database and user of each endpoint. Passwords are not in it.
func (p *Profile) PolicyHash(e *Endpoints) string { panic("x") }

// Load reads and checks a configuration file. Every problem found is in the error, each with file:line:column.
func Load(path string) (*Config, error) { panic("x") }

// NewSecretsManager returns Secrets that reads AWS Secrets Manager with the SDK's default credentials, in the ARN's region.
func NewSecretsManager(ctx context.Context) (Secrets, error) { panic("x") }
