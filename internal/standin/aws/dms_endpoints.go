// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"maps"
	"slices"
	"strings"
)

// endpoint is where a database is and who connects to it.
type endpoint struct {
	arn, id                  string
	kind, engine             string // source or target; oracle, postgres or aurora-postgresql
	server, database         string
	port                     int
	username, password, mode string
	extra                    string // extra connection attributes
	kms                      string
	settings                 map[string]any // OracleSettings or PostgreSQLSettings as given
}

// endpointFields are the members that create and modify share.
type endpointFields struct {
	DatabaseName              string
	EndpointType              string
	EngineName                string
	ExtraConnectionAttributes string
	KmsKeyID                  string `json:"KmsKeyId"`
	OracleSettings            map[string]any
	Password                  string
	Port                      *int
	PostgreSQLSettings        map[string]any
	ServerName                string
	SslMode                   string
	Username                  string
}

type createEndpointInput struct {
	endpointFields
	EndpointIdentifier string `aws:"required"`
	ResourceIdentifier string
	Tags               []tag
}

type shownEndpoint struct {
	DatabaseName              string `json:",omitempty"`
	EndpointArn               string
	EndpointIdentifier        string
	EndpointType              string
	EngineDisplayName         string
	EngineName                string
	ExtraConnectionAttributes string `json:",omitempty"`
	KmsKeyID                  string `json:"KmsKeyId"`
	OracleSettings            map[string]any
	Port                      int `json:",omitempty"`
	PostgreSQLSettings        map[string]any
	ServerName                string `json:",omitempty"`
	SslMode                   string
	Status                    string
	Username                  string `json:",omitempty"`
}

type endpointOutput struct{ Endpoint shownEndpoint }

var engines = map[string]struct {
	shown, settings string
	kinds           []string
	port            int
}{
	"oracle":            {"Oracle", "OracleSettings", []string{"source"}, 1521},
	"postgres":          {"PostgreSQL", "PostgreSQLSettings", []string{"target"}, 5432},
	"aurora-postgresql": {"Amazon Aurora PostgreSQL", "PostgreSQLSettings", []string{"target"}, 5432},
}

func (s *Server) createEndpoint(in *createEndpointInput) (*endpointOutput, error) {
	if err := checkIdentifier("EndpointIdentifier", in.EndpointIdentifier, 255); err != nil {
		return nil, err
	}
	if in.EndpointType == "" || in.EngineName == "" {
		return nil, fault("ValidationException", "1 validation error detected: EndpointType and EngineName must not be null")
	}
	if in.EndpointType != "source" && in.EndpointType != "target" {
		return nil, badValue("EndpointType must be source or target, is %.40s", in.EndpointType)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := strings.ToLower(in.EndpointIdentifier)
	for _, other := range s.endpoints {
		if other.id == id {
			return nil, exists("Endpoint %s already exists.", id)
		}
	}
	arn, err := s.newARN("endpoint", in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	created := &endpoint{arn: arn, id: id, kind: in.EndpointType, mode: "none", settings: map[string]any{},
		kms: "arn:aws:kms:" + s.opts.Region + ":" + s.opts.Account + ":key/00000000-0000-4000-8000-000000000000"}
	if err := created.change(in.endpointFields); err != nil {
		return nil, err
	}
	if err := s.tag(arn, in.Tags); err != nil {
		return nil, err
	}
	s.endpoints[arn] = created
	return &endpointOutput{created.shown()}, nil
}

// change lays new values over the endpoint, and leaves it as it was when they don't fit together.
func (e *endpoint) change(in endpointFields) error {
	next := *e
	next.settings = maps.Clone(e.settings)
	replace(&next.engine, in.EngineName)
	engine, ok := engines[next.engine]
	if !ok {
		return badValue("Engine %.40q is not served here. Engines are oracle (source), postgres and aurora-postgresql (target).", next.engine)
	}
	if !slices.Contains(engine.kinds, next.kind) {
		return badValue("Engine %s is served here as %s only.", next.engine, engine.kinds[0])
	}
	if next.engine == "oracle" && in.PostgreSQLSettings != nil || next.engine != "oracle" && in.OracleSettings != nil {
		return badCombination("The endpoint settings are not those of engine %s.", next.engine)
	}
	given := in.OracleSettings
	if in.PostgreSQLSettings != nil {
		given = in.PostgreSQLSettings
	}
	for key, value := range given {
		if value != nil {
			next.settings[key] = value
		}
	}
	replace(&next.server, in.ServerName)
	replace(&next.database, in.DatabaseName)
	replace(&next.username, in.Username)
	replace(&next.password, in.Password)
	replace(&next.extra, in.ExtraConnectionAttributes)
	replace(&next.kms, in.KmsKeyID)
	replace(&next.mode, in.SslMode)
	set(&next.port, in.Port)
	// the engine's own settings may carry the same things
	replace(&next.server, next.text("ServerName"))
	replace(&next.database, next.text("DatabaseName"))
	replace(&next.username, next.text("Username"))
	replace(&next.password, next.text("Password"))
	if port, ok := next.settings["Port"].(float64); ok {
		next.port = int(port)
	}
	delete(next.settings, "Password")
	if !slices.Contains([]string{"none", "require", "verify-ca", "verify-full"}, next.mode) {
		return badValue("SslMode %.40q is not one of none, require, verify-ca, verify-full.", next.mode)
	}
	if next.secret() != "" {
		if next.text("SecretsManagerAccessRoleArn") == "" {
			return badCombination("SecretsManagerAccessRoleArn must be given with SecretsManagerSecretId.")
		}
		if next.server != "" || next.username != "" || next.password != "" || next.port != 0 {
			return badCombination("Credentials can be given in clear text or as a Secrets Manager secret, not both: " +
				"UserName, Password, ServerName and Port can't be used with SecretsManagerSecretId.")
		}
	} else {
		if next.server == "" || next.username == "" || next.password == "" {
			return badCombination("ServerName, Username and Password, or a Secrets Manager secret, must be given.")
		}
		def(&next.port, engine.port)
	}
	if next.port < 0 || next.port > 65535 {
		return badValue("Port %d is not between 1 and 65535.", next.port)
	}
	*e = next
	return nil
}

// text is a string among the engine's settings.
func (e *endpoint) text(key string) string {
	value, _ := e.settings[key].(string)
	return value
}

// flag is a boolean among the engine's settings or the extra connection attributes, whose names begin in lower case.
func (e *endpoint) flag(key string) bool {
	if value, ok := e.settings[key].(bool); ok {
		return value
	}
	value := strings.ToLower(e.attribute(strings.ToLower(key[:1]) + key[1:]))
	return value == "true" || value == "y"
}

func (e *endpoint) attribute(key string) string {
	for part := range strings.SplitSeq(e.extra, ";") {
		if name, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(name), key) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (e *endpoint) secret() string { return e.text("SecretsManagerSecretId") }

// shown is the endpoint without its password.
func (e *endpoint) shown() shownEndpoint {
	out := shownEndpoint{
		DatabaseName: e.database, EndpointArn: e.arn, EndpointIdentifier: e.id, EndpointType: strings.ToUpper(e.kind),
		EngineDisplayName: engines[e.engine].shown, EngineName: e.engine, ExtraConnectionAttributes: e.extra, KmsKeyID: e.kms,
		Port: e.port, ServerName: e.server, SslMode: e.mode, Status: "active", Username: e.username,
	}
	settings := maps.Clone(e.settings)
	for key, value := range map[string]string{"ServerName": e.server, "DatabaseName": e.database, "Username": e.username} {
		if value != "" {
			settings[key] = value
		}
	}
	if e.port != 0 {
		settings["Port"] = e.port
	}
	if e.engine == "oracle" {
		out.OracleSettings = settings
	} else {
		out.PostgreSQLSettings = settings
	}
	return out
}
