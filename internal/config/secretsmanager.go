// SPDX-License-Identifier: Apache-2.0

package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"
)

var secretARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:.+$`)

func isARN(value Secret) bool { return strings.HasPrefix(value.Reveal(), "arn:") }

type secretsManager struct{ config aws.Config }

// callTime bounds one attempt of a call, which the SDK alone would let wait for ever.
const callTime = 10 * time.Second

// NewSecretsManager returns Secrets that reads AWS Secrets Manager with the SDK's default credentials, each secret in the region
// that its ARN names. It does not call AWS.
func NewSecretsManager(ctx context.Context) (Secrets, error) {
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(callTime)))
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return &secretsManager{config: cfg}, nil
}

func (s *secretsManager) Secret(ctx context.Context, arn string) (string, error) {
	parts := secretARN.FindStringSubmatch(arn)
	if parts == nil {
		return "", errors.New("this is not the ARN of a Secrets Manager secret (arn:aws:secretsmanager:<region>:<account>:secret:<name>)")
	}
	client := secretsmanager.NewFromConfig(s.config, func(o *secretsmanager.Options) { o.Region = parts[1] })
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		var missing *types.ResourceNotFoundException
		var api smithy.APIError
		switch {
		case errors.As(err, &missing):
			return "", fmt.Errorf("secret %s does not exist, or not in region %s: %w", arn, parts[1], err)
		case errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied"):
			return "", fmt.Errorf("reading secret %s is not allowed; grant secretsmanager:GetSecretValue on it (and kms:Decrypt on its key): %w", arn, err)
		}
		return "", fmt.Errorf("read secret %s: %w", arn, err)
	}
	if out.SecretString == nil {
		return "", fmt.Errorf("secret %s holds bytes; Ferryman takes text: a connection string or JSON", arn)
	}
	return *out.SecretString, nil
}

// parseSecret reads a secret's text: a connection string, or the JSON that RDS and DMS write.
func parseSecret(engine string, text Secret) (Endpoint, error) {
	if !strings.HasPrefix(strings.TrimSpace(text.Reveal()), "{") {
		return ParseURL(engine, text)
	}
	var doc struct {
		Username, Password, Host, DBName, SID string
		ServiceName                           string `json:"service_name"`
		Port                                  json.RawMessage
	}
	if err := json.Unmarshal([]byte(text.Reveal()), &doc); err != nil {
		return Endpoint{}, errors.New("the secret looks like JSON and can't be read; it needs username, password, host, port and dbname as text")
	}
	database := doc.DBName
	if engine == Oracle {
		for _, name := range []string{doc.ServiceName, doc.SID} {
			if database == "" {
				database = name
			}
		}
	}
	for key, v := range map[string]string{"username": doc.Username, "password": doc.Password, "host": doc.Host, "dbname": database} {
		if v == "" {
			return Endpoint{}, fmt.Errorf("the secret's JSON has no %s", key)
		}
	}
	u := url.URL{Scheme: engine, User: url.UserPassword(doc.Username, doc.Password), Host: doc.Host, Path: "/" + database}
	if port := strings.Trim(string(doc.Port), `"`); port != "" && port != "null" {
		if _, err := strconv.Atoi(port); err != nil {
			return Endpoint{}, errors.New("the port in the secret's JSON is no number")
		}
		u.Host = net.JoinHostPort(doc.Host, port)
	}
	return ParseURL(engine, Secret(u.String()))
}
