// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

func TestPolicyHash(t *testing.T) {
	t.Parallel()
	read := func(change func(*config.Profile)) (string, string) {
		p := parse(t, minimal).Profiles["box-office"]
		change(p)
		e, err := p.Endpoints(t.Context(), nil)
		require.NoError(t, err)
		return p.PolicyHash(e), string(p.PolicyJSON(e))
	}
	base, doc := read(func(*config.Profile) {})
	require.Equal(t, `{"approvers":{"groups":[],"users":["U0LEAD","U0SRE"]},"channel":"C0BOXOFF","expires_seconds":3600,"max_resume_seconds":14400,`+
		`"operators":{"groups":[],"users":["U0DBA"]},"quorum":2,"requester_may_approve":false,"schemas":["BOXOFFICE"],`+
		`"source":{"database":"TICKETS","host":"ora.internal","port":1522,"user":"ferryman"},"source_dms":{"database":"TICKETS","host":"ora.internal","port":1522,"user":"ferryman"},`+
		`"target":{"database":"tickets","host":"pg.internal","port":5433,"user":"ferryman"},"target_dms":{"database":"tickets","host":"pg.internal","port":5433,"user":"ferryman"},"version":1}`, doc)
	sum := sha256.Sum256([]byte(doc))
	require.Equal(t, hex.EncodeToString(sum[:]), base)

	same := map[string]func(*config.Profile){
		"a new password": func(p *config.Profile) { p.Target.URL = "postgres://ferryman:other@pg.internal:5433/tickets" },
		"another order":  func(p *config.Profile) { p.Approvers.Users = []string{"U0SRE", "U0LEAD"} },
		"the poll":       func(p *config.Profile) { p.AWS.Poll = time.Hour },
	}
	for name, change := range same {
		hash, _ := read(change)
		require.Equal(t, base, hash, name)
	}
	different := map[string]func(*config.Profile){
		"channel":   func(p *config.Profile) { p.Channel = "C0OTHER" },
		"approver":  func(p *config.Profile) { p.Approvers.Users = append(p.Approvers.Users, "U0MORE") },
		"group":     func(p *config.Profile) { p.Approvers.Groups = []string{"S0DBA"} },
		"operator":  func(p *config.Profile) { p.Operators.Users = nil },
		"requester": func(p *config.Profile) { p.Approvers.RequesterMayApprove = true },
		"host":      func(p *config.Profile) { p.Target.URL = "postgres://ferryman:hunter2@pg2.internal:5433/tickets" },
		"DMS user":  func(p *config.Profile) { p.Target.DMSURL = "postgres://dms:hunter2@pg.internal:5433/tickets" },
		"scratch":   func(p *config.Profile) { p.Target.ScratchURL = "postgres://ferryman:hunter2@pg.internal:5433/scratch" },
		"schema":    func(p *config.Profile) { p.Source.Schemas = append(p.Source.Schemas, "HR") },
		"resume":    func(p *config.Profile) { p.MaxResume = time.Hour },
	}
	seen := map[string]string{base: "unchanged"}
	for name, change := range different {
		hash, _ := read(change)
		require.Empty(t, seen[hash], name)
		seen[hash] = name
	}
}
