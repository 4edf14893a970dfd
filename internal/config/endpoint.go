// SPDX-License-Identifier: Apache-2.0

package config

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
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
	// params are the options after the question mark; some drivers take secrets there.
	params url.Values
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
func ParseURL(engine string, raw Secret) (Endpoint, error) {
	form, port := "oracle://user:password@host:port/service", 1521
	if engine == Postgres {
		form, port = "postgres://user:password@host:port/database", 5432
	}
	wrong := func(what string) (Endpoint, error) {
		return Endpoint{}, fmt.Errorf("the connection string %s; its form is %s (in a password, / ? # @ : and %% are written "+
			"%%2F %%3F %%23 %%40 %%3A %%25)", what, form)
	}
	u, err := url.Parse(strings.TrimSpace(raw.Reveal()))
	if err != nil {
		return wrong("can't be read") // err repeats parts of the password
	}
	if u.Scheme != engine && (engine != Postgres || u.Scheme != "postgresql") {
		return wrong("does not begin with " + engine + "://")
	}
	password, _ := u.User.Password()
	e := Endpoint{Engine: engine, Host: u.Hostname(), Port: port, Database: strings.TrimPrefix(u.Path, "/"), User: u.User.Username(),
		Password: Secret(password), params: u.Query(), URL: Secret(strings.TrimSpace(raw.Reveal()))}
	switch {
	case e.Host == "":
		return wrong("names no host")
	case strings.Contains(u.Host, ","):
		return wrong("names several hosts; Ferryman and DMS take one")
	case e.User == "":
		return wrong("names no user")
	case password == "":
		return wrong("has no password")
	case strings.ContainsAny(e.Database, "/@:"):
		return wrong("has a path that is no name, such as that of a second address") // which would have its password shown as the name
	case e.Database == "" && engine == Oracle:
		return wrong("names no service")
	case e.Database == "":
		return wrong("names no database")
	}
	if text := u.Port(); text != "" {
		if e.Port, err = strconv.Atoi(text); err != nil || e.Port < 1 || e.Port > 65535 {
			return wrong("has no good port")
		}
	}
	return e, nil
}

// Param is an option of the connection string, such as sslmode; empty where it is not there.
func (e Endpoint) Param(name string) string { return e.params.Get(name) }

// Format shows String for every verb of package fmt: the fields hold secrets.
func (e Endpoint) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.String())) }

// String is user@host:port/database, without password and options.
func (e Endpoint) String() string {
	return fmt.Sprintf("%s@%s/%s", e.User, net.JoinHostPort(e.Host, strconv.Itoa(e.Port)), e.Database)
}

// Endpoints resolves the profile's connection strings, asking secrets for those that are ARNs; secrets may be nil where none is.
// It is called again where a password may have been rotated.
func (p *Profile) Endpoints(ctx context.Context, secrets Secrets) (*Endpoints, error) {
	result := &Endpoints{}
	resolve := func(key, engine string, value, fallback Secret, into *Endpoint) error {
		if value == "" {
			value = fallback
		}
		e, err := p.endpoint(ctx, engine, value, secrets)
		if err != nil {
			return fmt.Errorf("profiles.%s.%s: %w", p.Name, key, err)
		}
		*into = e
		return nil
	}
	err := errors.Join(
		resolve("source.url", Oracle, p.Source.URL, "", &result.Source),
		resolve("source.dms_url", Oracle, p.Source.DMSURL, p.Source.URL, &result.SourceDMS),
		resolve("target.url", Postgres, p.Target.URL, "", &result.Target),
		resolve("target.dms_url", Postgres, p.Target.DMSURL, p.Target.URL, &result.TargetDMS),
	)
	if p.Target.ScratchURL != "" {
		result.Scratch = &Endpoint{}
		err = errors.Join(err, resolve("target.scratch_url", Postgres, p.Target.ScratchURL, "", result.Scratch))
	}
	if err != nil {
		return nil, err
	}
	if s := result.Scratch; s != nil && s.Host == result.Target.Host && s.Port == result.Target.Port && s.Database == result.Target.Database {
		return nil, fmt.Errorf("profiles.%s.target.scratch_url: it is the target itself; scripts are tried there, so it must be another database", p.Name)
	}
	return result, nil
}

func (p *Profile) endpoint(ctx context.Context, engine string, value Secret, secrets Secrets) (Endpoint, error) {
	if !isARN(value) {
		return ParseURL(engine, value)
	}
	if secrets == nil {
		return Endpoint{}, errors.New("it is the ARN of a secret, and this command does not read AWS Secrets Manager")
	}
	text, err := secrets.Secret(ctx, value.Reveal())
	if err != nil {
		return Endpoint{}, err
	}
	return parseSecret(engine, Secret(text))
}
