// SPDX-License-Identifier: Apache-2.0

package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gowebpki/jcs"
)

// Quorum is how many people's yes a request takes. No configuration changes it.
const Quorum = 2

type policy struct {
	Version             int             `json:"version"`
	Channel             string          `json:"channel"`
	Quorum              int             `json:"quorum"`
	Operators           people          `json:"operators"`
	Approvers           people          `json:"approvers"`
	RequesterMayApprove bool            `json:"requester_may_approve"`
	ExpiresSeconds      int64           `json:"expires_seconds"`
	MaxResumeSeconds    int64           `json:"max_resume_seconds"`
	Schemas             []string        `json:"schemas"`
	Source              policyEndpoint  `json:"source"`
	SourceDMS           policyEndpoint  `json:"source_dms"`
	Target              policyEndpoint  `json:"target"`
	TargetDMS           policyEndpoint  `json:"target_dms"`
	Scratch             *policyEndpoint `json:"scratch,omitempty"`
}

type people struct {
	Users  []string `json:"users"`
	Groups []string `json:"groups"`
}

type policyEndpoint struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Database string `json:"database"`
	User     string `json:"user"`
}

// PolicyJSON is the canonical JSON (RFC 8785) of what rules people and endpoints: channel, operators, approvers, quorum, times,
// schemas, and host, port, database and user of each endpoint. Passwords are not in it; the order of lists in the file does not
// matter.
func (p *Profile) PolicyJSON(e *Endpoints) []byte {
	endpoint := func(e Endpoint) policyEndpoint { return policyEndpoint{e.Host, e.Port, e.Database, e.User} }
	doc := policy{
		Version: 1, Channel: p.Channel, Quorum: Quorum,
		Operators:           people{sorted(p.Operators.Users), sorted(p.Operators.Groups)},
		Approvers:           people{sorted(p.Approvers.Users), sorted(p.Approvers.Groups)},
		RequesterMayApprove: p.Approvers.RequesterMayApprove,
		ExpiresSeconds:      int64(p.Approvals.Expires.Seconds()), MaxResumeSeconds: int64(p.MaxResume.Seconds()),
		Schemas: sorted(p.Source.Schemas),
		Source:  endpoint(e.Source), SourceDMS: endpoint(e.SourceDMS), Target: endpoint(e.Target), TargetDMS: endpoint(e.TargetDMS),
	}
	if e.Scratch != nil {
		scratch := endpoint(*e.Scratch)
		doc.Scratch = &scratch
	}
	raw, err := json.Marshal(doc)
	if err == nil {
		raw, err = jcs.Transform(raw)
	}
	if err != nil {
		panic(fmt.Sprintf("policy of profile %s has no JSON: %v", p.Name, err)) // texts and numbers always have one
	}
	return raw
}

// PolicyHash is the hex SHA-256 of PolicyJSON.
func (p *Profile) PolicyHash(e *Endpoints) string {
	sum := sha256.Sum256(p.PolicyJSON(e))
	return hex.EncodeToString(sum[:])
}

func sorted(list []string) []string {
	result := append([]string{}, list...)
	slices.Sort(result)
	return result
}
