// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// applicationName is how Ferryman's sessions show in pg_stat_activity.
const applicationName = "ferryman"

// Crew opens the connections of migrations by their profiles.
type Crew struct {
	Config  *config.Config
	Secrets config.Secrets
	Store   *store.Store
	Log     *slog.Logger

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
		return nil, err
	}
	return &hands{crew: c, profile: profile, ends: ends, migration: m.Name, schemas: m.Schemas}, nil
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
}

// OpenTarget records a new migration on its target and returns what to keep of it. A target has one open migration; opening the same
// one again is no error.
func (c *Crew) OpenTarget(ctx context.Context, name, profileName string) (Opening, error) {
	profile, ends, err := c.profile(ctx, profileName)
	if err != nil {
		return Opening{}, err
	}
	target, err := postgres.Open(ctx, ends.Target.URL.Reveal(), applicationName)
	if err != nil {
		return Opening{}, problem("The target can't be used.", err)
	}
	defer target.Close()
	id, err := target.EnsureHome(ctx)
	if err != nil {
		return Opening{}, problem("Ferryman can't keep its records on the target.", err)
	}
	hash := profile.PolicyHash(ends)
	if err := target.OpenMigration(ctx, postgres.MigrationRecord{Name: name, PolicyHash: hash, Source: ends.Source.String()}); err != nil {
		return Opening{}, problem("The target can't take this migration.", err)
	}
	return Opening{
		TargetID: id, PolicyHash: hash, Schemas: profile.Source.Schemas, Channel: profile.Channel,
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

// hands are the connections of one migration in one replica.
type hands struct {
	crew      *Crew
	profile   *config.Profile
	ends      *config.Endpoints
	migration string
	schemas   []string

	src   *oracle.Source
	tgt   *postgres.Target
	fence postgres.Fence
	rows  *pgxpool.Pool
	asDMS *pgxpool.Pool
	dict  *dictionary.Dictionary
}

// source is the connection to Oracle.
func (h *hands) source(ctx context.Context) (*oracle.Source, error) {
	if h.src == nil {
		src, err := oracle.Open(ctx, h.ends.Source.URL.Reveal())
		if err != nil {
			return nil, problem("The source can't be used.", err)
		}
		h.src = src
	}
	return h.src, nil
}

// target is the connection to PostgreSQL. The first call takes the migration over: from then on nobody else can change the target.
func (h *hands) target(ctx context.Context) (*postgres.Target, error) {
	if h.tgt != nil {
		return h.tgt, nil
	}
	tgt, err := postgres.Open(ctx, h.ends.Target.URL.Reveal(), applicationName)
	if err != nil {
		return nil, problem("The target can't be used.", err)
	}
	fence, err := tgt.RaiseFence(ctx, h.migration)
	if err != nil {
		tgt.Close()
		return nil, problem("The migration can't be taken over on the target.", err)
	}
	h.tgt, h.fence = tgt, fence
	return tgt, nil
}

// dms is the client of AWS DMS.
func (h *hands) dms(ctx context.Context) (*dms.Client, error) {
	return h.crew.client(ctx, h.profile.AWS)
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

// targetRows are connections for reading many rows, apart from those that change things.
func (h *hands) targetRows(ctx context.Context) (*pgxpool.Pool, error) {
	return openPool(ctx, &h.rows, h.ends.Target)
}

// endpointUser are connections as the DMS endpoint's user, who owns DMS's control tables.
func (h *hands) endpointUser(ctx context.Context) (*pgxpool.Pool, error) {
	return openPool(ctx, &h.asDMS, h.ends.TargetDMS)
}

func openPool(ctx context.Context, pool **pgxpool.Pool, end config.Endpoint) (*pgxpool.Pool, error) {
	if *pool != nil {
		return *pool, nil
	}
	cfg, err := pgxpool.ParseConfig(end.URL.Reveal())
	if err != nil {
		return nil, fmt.Errorf("the connection string of %s can't be read", end)
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = applicationName
	p, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", end, err)
	}
	*pool = p
	return p, nil
}

// Close implements runbook.Hands.
func (h *hands) Close() {
	if h.src != nil {
		_ = h.src.Close()
	}
	if h.tgt != nil {
		h.tgt.Close()
	}
	for _, pool := range []*pgxpool.Pool{h.rows, h.asDMS} {
		if pool != nil {
			pool.Close()
		}
	}
}

// Draft implements runbook.Hands.
func (h *hands) Draft(ctx context.Context, m *store.Migration, name string, report runbook.Report) (runbook.Draft, error) {
	p, err := find(name)
	if err != nil {
		return runbook.Draft{}, err
	}
	h.dict = nil
	draft, err := p.draft(ctx, h, m, report)
	draft.Plan.Target = m.TargetID
	return draft, err
}

// Gate implements runbook.Hands.
func (h *hands) Gate(ctx context.Context, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return nil, err
	}
	return p.gate(ctx, h, m, plan)
}

// Step implements runbook.Hands.
func (h *hands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return runbook.Result{}, err
	}
	result, err := p.step(ctx, h, m, plan, step, report)
	if err == nil {
		err = h.record(ctx, plan, step)
	}
	return result, passing(err)
}

// Conclude implements runbook.Hands.
func (h *hands) Conclude(ctx context.Context, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return runbook.Result{}, err
	}
	return p.conclude(ctx, h, m, plan)
}

func find(name string) (phase, error) {
	p, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("there is no phase %q", name)
	}
	return p, nil
}

// Consume implements runbook.Hands: the row on the target is what keeps a Redis that went back in time from running a plan twice.
func (h *hands) Consume(ctx context.Context, m *store.Migration, r approvals.Request) error {
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	first, err := tgt.ConsumeApproval(ctx, h.fence, r.ID, r.Fingerprint)
	if err != nil {
		return problem("The approval can't be recorded on the target.", err)
	}
	if first {
		return nil
	}
	// Used already, and still granted in Redis: either Ferryman died between the two records and nothing was run, or Redis went back.
	var steps int
	err = tgt.InFence(ctx, h.fence, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM ferryman.step WHERE migration = $1 AND plan = $2", m.Name, r.Fingerprint).Scan(&steps)
	})
	if err != nil {
		return problem("The target's record of this plan can't be read.", err)
	}
	if steps > 0 {
		return &runbook.Problem{What: "This approval was used already: the target remembers it.", Means: "Redis may have gone back in time. Nothing was run.",
			Do: "Give the command again; two people are asked anew."}
	}
	return nil
}

// record writes a step's outcome on the target, in the fence: a replica that was overtaken learns it here at the latest.
func (h *hands) record(ctx context.Context, plan runbook.Plan, step runbook.Step) error {
	if h.tgt == nil {
		return nil
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return err
	}
	return h.tgt.InFence(ctx, h.fence, func(ctx context.Context, tx pgx.Tx) error {
		return h.tgt.RecordStep(ctx, tx, h.migration, postgres.StepOutcome{Plan: fingerprint, Step: step.ID, Outcome: postgres.Done})
	})
}

// passing marks the errors after which the same step may be tried again: lost connections, not refusals.
func passing(err error) error {
	if err == nil {
		return nil
	}
	var (
		pg          *pgconn.PgError
		connect     *pgconn.ConnectError
		unreachable *oracle.UnreachableError
		away        *postgres.UnreachableError
		network     net.Error
	)
	switch {
	case errors.As(err, &pg):
		if strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P0") {
			return runbook.Transient(err)
		}
	case errors.As(err, &connect), errors.As(err, &unreachable), errors.As(err, &away), errors.As(err, &network),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, driver.ErrBadConn), pgconn.SafeToRetry(err):
		return runbook.Transient(err)
	}
	return err
}
