// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// applicationName is how Ferryman's sessions show in pg_stat_activity.
const applicationName = "ferryman"

// Crew opens the connections of migrations by their profiles.
type Crew struct {
	Config  *config.Config
	Secrets config.Secrets
	Store   *store.Store
	Log     *slog.Logger
	// Name says what a person is called, for reports; nil, an error or "" leaves the id.
	Name func(ctx context.Context, userID string) (string, error)

	mu      sync.Mutex
	regions map[string]*dms.Client
}

var _ runbook.Crew = (*Crew)(nil)

// phase is what a file of this package implements.
type phase interface {
	draft(ctx context.Context, h *hands, m *store.Migration, report runbook.Report) (runbook.Draft, error)
	gate(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error)
	step(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error)
	conclude(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) (runbook.Result, error)
}

var all = map[string]phase{
	"assess": assessPhase{}, "schema": schemaPhase{}, "prepare": preparePhase{}, "load": loadPhase{},
	"rebuild": rebuildPhase{}, "replicate": replicatePhase{}, "validate": validatePhase{}, "cutover": cutoverPhase{},
}

// Open implements runbook.Crew. Databases are connected to when a phase first needs them.
func (c *Crew) Open(ctx context.Context, m *store.Migration) (runbook.Hands, error) {
	profile, ends, err := c.profile(ctx, m.Profile)
	if err != nil {
		return nil, passing(err)
	}
	return &hands{crew: c, profile: profile, ends: ends, migration: m.Name, targetID: m.TargetID, schemas: m.Schemas}, nil
}

func (c *Crew) profile(ctx context.Context, name string) (*config.Profile, *config.Endpoints, error) {
	profile, ok := c.Config.Profiles[name]
	if !ok {
		return nil, nil, &runbook.Problem{What: fmt.Sprintf("There is no profile %q in the configuration any more.", name), Do: "Put it back and restart Ferryman."}
	}
	ends, err := profile.Endpoints(ctx, c.Secrets)
	if err != nil {
		return nil, nil, &runbook.Problem{What: "The profile's connections can't be read: " + err.Error() + ".", Err: err}
	}
	return profile, ends, nil
}

// PolicyHash is the present hash of a profile's policy.
func (c *Crew) PolicyHash(ctx context.Context, profile string) (string, error) {
	p, ends, err := c.profile(ctx, profile)
	if err != nil {
		return "", err
	}
	return p.PolicyHash(ends), nil
}

// Opening is what a new migration starts from.
type Opening struct {
	TargetID, PolicyHash, Source, Target string
	Schemas                              []string
	Channel                              string
	// AuditSeq and AuditHead are the end of the audit chain that the target has of an earlier migration of that name: it is gone on with.
	AuditSeq  int64
	AuditHead string
}

// OpenTarget records a new migration, which by opens, on its target and returns what to keep of it. A target has one open migration;
// opening the same one again is no error, unless something was done for it already: then Redis lost it, and it is to be adopted.
func (c *Crew) OpenTarget(ctx context.Context, name, profileName, by string) (Opening, error) {
	profile, ends, err := c.profile(ctx, profileName)
	if err != nil {
		return Opening{}, err
	}
	target, err := openTarget(ctx, ends.Target)
	if err != nil {
		return Opening{}, problem("The target can't be used.", err)
	}
	defer target.Close()
	id, err := target.EnsureHome(ctx)
	if err != nil {
		return Opening{}, problem("Ferryman can't keep its records on the target.", err)
	}
	memory, lost, err := lostOn(ctx, target, name)
	if err != nil {
		return Opening{}, problem("What the target remembers can't be read.", err)
	}
	if lost {
		return Opening{}, (&runbook.ForgotError{Migration: name, TargetSeq: memory.Seq}).Problem()
	}
	hash := profile.PolicyHash(ends)
	record := postgres.MigrationRecord{Name: name, PolicyHash: hash, Source: ends.Source.String(), Profile: profileName, Channel: profile.Channel, OpenedBy: by}
	if err := target.OpenMigration(ctx, record); err != nil {
		return Opening{}, problem("The target can't take this migration.", err)
	}
	return Opening{
		TargetID: id, PolicyHash: hash, Schemas: profile.Source.Schemas, Channel: profile.Channel, AuditSeq: memory.Seq, AuditHead: memory.Hash,
		Source: "Oracle " + strings.Join(profile.Source.Schemas, ", "), Target: "PostgreSQL " + ends.Target.Database,
	}, nil
}

// problem puts what failed before an error's own words, which name the object and say what to do.
func problem(what string, err error) error {
	return &runbook.Problem{What: what, Means: sentence(err.Error()), Err: err}
}

func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// client is the one client of a region: it keeps the account's rate of calls for all migrations together.
func (c *Crew) client(ctx context.Context, aws config.AWS) (*dms.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.regions[aws.Region]; ok {
		return client, nil
	}
	client, err := dms.Open(ctx, dms.Options{Region: aws.Region, Poll: aws.Poll})
	if err != nil {
		return nil, problem("AWS can't be used.", err)
	}
	if c.regions == nil {
		c.regions = map[string]*dms.Client{}
	}
	c.regions[aws.Region] = client
	return client, nil
}
