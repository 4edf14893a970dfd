// SPDX-License-Identifier: Apache-2.0

package config

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Bounds of replicas.takeover: below, a replica that only waits for the processor would count as dead; above, nobody would wait for it.
const (
	minTakeover = 2 * time.Second
	maxTakeover = 2 * time.Minute
)

// checkReplicas finds a takeover out of its bounds.
func (d *document) checkReplicas(r Replicas) {
	if r.Takeover < minTakeover || r.Takeover > maxTakeover {
		d.problem("replicas.takeover", d.nearest("replicas.takeover"), "must be between %s and %s", minTakeover, maxTakeover)
	}
}

// check finds what a schema can't express: too few people, connection strings that can't be read.
func (d *document) check(p *Profile) {
	path := child("profiles", p.Name)
	at := func(key string) (string, position) { return child(path, key), d.nearest(child(path, key)) }

	d.checkAssess(p)
	if len(p.Operators.Users)+len(p.Operators.Groups) == 0 {
		where, pos := at("operators")
		d.problem(where, pos, "names nobody; it takes users or groups, else no command could be given")
	}
	if len(p.Approvers.Groups) == 0 && len(p.Approvers.Users) < Quorum {
		where, pos := at("approvers")
		d.problem(where, pos, "it takes two people: name at least two users, or a group")
	}
	for key, length := range map[string]time.Duration{"approvals.expires": p.Approvals.Expires, "max_resume": p.MaxResume, "aws.poll": p.AWS.Poll} {
		if length <= 0 {
			where, pos := at(key)
			d.problem(where, pos, "must be longer than 0")
		}
	}
	if _, err := p.Cutover.zone(); err != nil {
		where, pos := at("cutover.time_zone")
		d.problem(where, pos, "is not a time zone that is known here; it takes a name such as Europe/Berlin, or UTC")
	}
	for _, key := range slices.Sorted(maps.Keys(p.AWS.Tags)) {
		if strings.HasPrefix(key, "aws:") || strings.HasPrefix(key, "ferryman:") {
			where, pos := at("aws.tags." + key)
			d.problem(where, pos, "tags that begin with aws: or ferryman: are taken; choose another name")
		}
	}
	for _, c := range []struct {
		key, engine string
		value       Secret
	}{
		{"source.url", Oracle, p.Source.URL}, {"source.dms_url", Oracle, p.Source.DMSURL},
		{"target.url", Postgres, p.Target.URL}, {"target.dms_url", Postgres, p.Target.DMSURL}, {"target.scratch_url", Postgres, p.Target.ScratchURL},
	} {
		if c.value == "" {
			continue
		}
		where, pos := at(c.key)
		if isARN(c.value) {
			if !secretARN.MatchString(c.value.Reveal()) {
				d.problem(where, pos, "is an ARN, but not that of a Secrets Manager secret (arn:aws:secretsmanager:<region>:<account>:secret:<name>)")
			}
			continue
		}
		if _, err := ParseURL(c.engine, c.value); err != nil {
			d.problem(where, pos, "%s", err)
		}
	}
}
