// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	cfg := parse(t, minimal, "TARGET_URL", targetURL+"&sslpassword=hunter2")
	endpoints, err := cfg.Profiles["box-office"].Endpoints(t.Context(), nil)
	require.NoError(t, err)

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "cfg", cfg.Profiles["box-office"].Target, "e", endpoints.Target, "s", endpoints.Target.Password)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "cfg", cfg.Profiles["box-office"].Target, "e", endpoints.Target, "s", endpoints.Target.Password)
	asJSON, err := json.Marshal([]any{cfg, endpoints})
	require.NoError(t, err)
	asYAML, err := yaml.Marshal([]any{cfg.Profiles["box-office"].Target, endpoints})
	require.NoError(t, err)
	printed := log.String() + string(asJSON) + string(asYAML)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb, cfg.Profiles["box-office"].Target) + fmt.Sprintf(verb, endpoints) + fmt.Sprintf(verb, endpoints.Target.Password)
	}
	require.NotContains(t, printed, "hunter2")
	require.NotContains(t, printed, fmt.Sprintf("%x", "hunter2"))
	require.Contains(t, printed, "[redacted]")
}

type secrets map[string]string

func (s secrets) Secret(_ context.Context, arn string) (string, error) {
	if text, ok := s[arn]; ok {
		return text, nil
	}
	return "", errors.New("no such secret")
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	p := parse(t, minimal).Profiles["box-office"]
	e, err := p.Endpoints(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "ferryman@ora.internal:1522/TICKETS", e.Source.String())
	require.Equal(t, "s3cret/word", e.Source.Password.Reveal())
	require.Equal(t, "require", e.Target.Param("sslmode"))
	require.Equal(t, e.Source, e.SourceDMS)
	require.Equal(t, e.Target, e.TargetDMS)
	require.Nil(t, e.Scratch)

	const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box-AbCdEf"
	p.Target.DMSURL = arn
	_, err = p.Endpoints(t.Context(), nil)
	require.ErrorContains(t, err, "profiles.box-office.target.dms_url: it is the ARN of a secret")
	_, err = p.Endpoints(t.Context(), secrets{})
	require.ErrorContains(t, err, "profiles.box-office.target.dms_url: no such secret")
	for _, text := range []string{
		"postgres://dms:p%40ss@db:5555/tickets",
		`{"engine":"postgres","username":"dms","password":"p@ss","host":"db","port":5555,"dbname":"tickets"}`,
		`{"username":"dms","password":"p@ss","host":"db","port":"5555","dbname":"tickets"}`,
	} {
		e, err = p.Endpoints(t.Context(), secrets{arn: text})
		require.NoError(t, err)
		require.Equal(t, "dms@db:5555/tickets", e.TargetDMS.String())
		require.Equal(t, "p@ss", e.TargetDMS.Password.Reveal())
	}
	for _, text := range []string{`{"username":"dms","password":"hunter2"}`, `{"password":"hunter2`, "hunter2", `{"username":"d","password":"hunter2","host":"h","dbname":"x","port":"y"}`} {
		_, err = p.Endpoints(t.Context(), secrets{arn: text})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hunter2")
	}

	p.Target.DMSURL, p.Target.ScratchURL = "", p.Target.URL
	_, err = p.Endpoints(t.Context(), nil)
	require.ErrorContains(t, err, "it is the target itself")
}

func TestParseURLFillsInThePort(t *testing.T) {
	t.Parallel()
	e, err := config.ParseURL(config.Oracle, "oracle://u:p@h/s")
	require.NoError(t, err)
	require.Equal(t, 1521, e.Port)
	e, err = config.ParseURL(config.Postgres, "postgresql://u:p@[::1]/s")
	require.NoError(t, err)
	require.Equal(t, "u@[::1]:5432/s", e.String())
}

func TestSecretsManager(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:box-AbCdEf"
	answers := map[string]func(http.ResponseWriter){
		arn: func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"SecretString":"postgres://u:p@h/d"}`)) },
		arn + "-no": func(w http.ResponseWriter) {
			w.WriteHeader(400)
			_, _ = w.Write([]byte(`{"__type":"ResourceNotFoundException","Message":"can't find it"}`))
		},
		arn + "-denied": func(w http.ResponseWriter) {
			w.WriteHeader(400)
			_, _ = w.Write([]byte(`{"__type":"AccessDeniedException","Message":"no"}`))
		},
		arn + "-bytes": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"SecretBinary":"AAAA"}`)) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretId string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if answer, ok := answers[in.SecretId]; ok && bytes.Contains([]byte(r.Header.Get("Authorization")), []byte("eu-west-3/secretsmanager")) {
			answer(w)
			return
		}
		w.WriteHeader(400)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")

	reader, err := config.NewSecretsManager(t.Context())
	require.NoError(t, err)
	text, err := reader.Secret(t.Context(), arn)
	require.NoError(t, err)
	require.Equal(t, "postgres://u:p@h/d", text)
	for suffix, want := range map[string]string{"-no": "does not exist", "-denied": "grant secretsmanager:GetSecretValue", "-bytes": "holds bytes"} {
		_, err = reader.Secret(t.Context(), arn+suffix)
		require.ErrorContains(t, err, want)
	}
	_, err = reader.Secret(t.Context(), "arn:aws:s3:::x")
	require.ErrorContains(t, err, "not the ARN of a Secrets Manager secret")
}
