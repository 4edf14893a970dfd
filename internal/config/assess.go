// SPDX-License-Identifier: Apache-2.0

package config

// checkAssess finds what engine dms lacks.
func (d *document) checkAssess(p *Profile) {
	a := p.Assess
	if a.Engine != EngineDMS {
		return
	}
	need := func(key, value, what string) {
		if value == "" {
			path := child(child("profiles", p.Name), "assess.dms."+key)
			d.problem(path, d.nearest(path), "is missing: engine dms needs %s", what)
		}
	}
	if a.DMS.Project != "" { // has all of it
		return
	}
	need("s3", a.DMS.S3, "the bucket in which Schema Conversion keeps its reports")
	need("s3_role_arn", a.DMS.S3RoleARN, "the role by which Schema Conversion reads and writes the bucket")
	need("secrets_role_arn", a.DMS.SecretsRoleARN, "the role by which Schema Conversion reads the secrets")
	need("source_secret", p.SourceSecret(), "a secret with the source's username and password")
	need("target_secret", p.TargetSecret(), "a secret with the target's username and password")
}

// SourceSecret is the ARN of the secret that Schema Conversion reads the source with; empty where there is none.
func (p *Profile) SourceSecret() string {
	return firstARN(p.Assess.DMS.SourceSecret, p.Source.DMSURL, p.Source.URL)
}

// TargetSecret is the ARN of the secret that Schema Conversion reaches the target with; empty where there is none.
func (p *Profile) TargetSecret() string {
	return firstARN(p.Assess.DMS.TargetSecret, p.Target.URL)
}

func firstARN(named string, urls ...Secret) string {
	if named != "" {
		return named
	}
	for _, u := range urls {
		if isARN(u) {
			return u.Reveal()
		}
	}
	return ""
}
