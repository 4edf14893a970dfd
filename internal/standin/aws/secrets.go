// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/google/uuid"
)

var secretsOperations = map[string]handler{
	"GetSecretValue": operation((*Server).getSecretValue),
	"DescribeSecret": operation((*Server).describeSecret),
}

// secretStore holds the account's secrets; they don't change while the server runs.
type secretStore struct {
	byName map[string]*secret
}

type secret struct {
	name, arn, value, version string
	created                   time.Time
}

func newSecretStore(opts Options) *secretStore {
	store := &secretStore{byName: map[string]*secret{}}
	for name, value := range opts.Secrets {
		sum := sha256.Sum256([]byte(name))
		suffix := base32.StdEncoding.EncodeToString(sum[:])[:6]
		store.byName[name] = &secret{
			name: name, value: value, version: uuid.NewSHA1(uuid.NameSpaceOID, sum[:]).String(), created: time.Now(),
			arn: "arn:aws:secretsmanager:" + opts.Region + ":" + opts.Account + ":secret:" + name + "-" + suffix,
		}
	}
	return store
}

// find takes a name, a whole ARN, or an ARN without its random suffix.
func (s *secretStore) find(id string) (*secret, error) {
	if found, ok := s.byName[id]; ok {
		return found, nil
	}
	for _, candidate := range s.byName {
		if candidate.arn == id || strings.TrimSuffix(candidate.arn, candidate.arn[len(candidate.arn)-7:]) == id {
			return candidate, nil
		}
	}
	return nil, fault("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

// SecretARN returns the ARN of a secret of Options.Secrets, empty when there is none of that name.
func (s *Server) SecretARN(name string) string {
	if found, ok := s.secrets.byName[name]; ok {
		return found.arn
	}
	return ""
}

type secretInput struct {
	SecretID     string `json:"SecretId" aws:"required"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}

type secretValue struct {
	ARN           string
	CreatedDate   epoch
	Name          string
	SecretString  string
	VersionID     string `json:"VersionId"`
	VersionStages []string
}

func (s *Server) getSecretValue(in *secretInput) (*secretValue, error) {
	found, err := s.secrets.find(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.VersionStage != "" && in.VersionStage != "AWSCURRENT" {
		return nil, fault("ResourceNotFoundException",
			"Secrets Manager can't find the specified secret value for staging label: %s", in.VersionStage)
	}
	if in.VersionID != "" && in.VersionID != found.version {
		return nil, fault("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: %s", in.VersionID)
	}
	return &secretValue{ARN: found.arn, CreatedDate: epoch(found.created), Name: found.name, SecretString: found.value,
		VersionID: found.version, VersionStages: []string{"AWSCURRENT"}}, nil
}

type secretDescription struct {
	ARN                string
	Name               string
	CreatedDate        epoch
	LastChangedDate    epoch
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages"`
}

func (s *Server) describeSecret(in *secretInput) (*secretDescription, error) {
	found, err := s.secrets.find(in.SecretID)
	if err != nil {
		return nil, err
	}
	return &secretDescription{ARN: found.arn, Name: found.name, CreatedDate: epoch(found.created), LastChangedDate: epoch(found.created),
		VersionIDsToStages: map[string][]string{found.version: {"AWSCURRENT"}}}, nil
}
