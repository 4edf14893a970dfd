// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/jackc/pgx/v5/pgxpool"
)

// hands are the connections of one migration in one replica.
type hands struct {
	crew      *Crew
	profile   *config.Profile
	ends      *config.Endpoints
	migration string
	targetID  string
	schemas   []string

	src   *oracle.Source
	tgt   *postgres.Target
	fence postgres.Fence
	rows  *pgxpool.Pool
	asDMS *pgxpool.Pool
	dict  *dictionary.Dictionary
	// dictAt is when the reading of dict ended.
	dictAt time.Time
	// decided is what people decided for the migration, as it was when the engine last asked for something.
	decided convert.Decisions
	// numbers is what was measured of NUMBER columns, where conversions follow it.
	numbers []dictionary.MeasuredNumber
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
	tgt, err := openTarget(ctx, h.ends.Target)
	if err != nil {
		return nil, problem("The target can't be used.", err)
	}
	if err := h.sameTarget(ctx, tgt); err != nil {
		tgt.Close()
		return nil, err
	}
	if _, err := tgt.EnsureHome(ctx); err != nil { // an older Ferryman's lacks what this one keeps there
		tgt.Close()
		return nil, problem("Ferryman can't keep its records on the target.", err)
	}
	fence, err := tgt.RaiseFenceWhile(ctx, h.migration, runbook.StillLeads)
	if err != nil {
		tgt.Close()
		return nil, problem("The migration can't be taken over on the target.", err)
	}
	h.tgt, h.fence = tgt, fence
	return tgt, nil
}

// connectTime bounds the opening of a connection; a server that only swallows packets would take minutes.
const connectTime = 20 * time.Second

func openTarget(ctx context.Context, end config.Endpoint) (*postgres.Target, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	return postgres.Open(ctx, end.URL.Reveal(), applicationName)
}

// sameTarget refuses another database than the one that the migration was opened on: its name may lead elsewhere by now.
func (h *hands) sameTarget(ctx context.Context, tgt *postgres.Target) error {
	id, err := tgt.Identity(ctx)
	if err != nil {
		return problem("Which database the target is can't be read.", err)
	}
	if h.targetID != "" && id != h.targetID {
		return &runbook.Problem{What: "The target is another database than the one that " + h.migration + " was opened on.",
			Means: "Its identity is " + id + ", not " + h.targetID + ". Nothing was changed on it.", Do: "See where the target's address leads now."}
	}
	return nil
}

// dms is the client of AWS DMS.
func (h *hands) dms(ctx context.Context) (*dms.Client, error) {
	return h.crew.client(ctx, h.profile.AWS)
}

// targetRows are connections for reading many rows, apart from those that change things.
func (h *hands) targetRows(ctx context.Context) (*pgxpool.Pool, error) {
	return openPool(ctx, &h.rows, h.ends.Target)
}

// endpointUser are connections as the DMS endpoint's user, who owns DMS's control tables.
func (h *hands) endpointUser(ctx context.Context) (*pgxpool.Pool, error) {
	return openPool(ctx, &h.asDMS, h.ends.TargetDMS)
}

// connectTimeout bounds the wait for a server that accepts a connection and says nothing.
const connectTimeout = 15 * time.Second

func openPool(ctx context.Context, pool **pgxpool.Pool, end config.Endpoint) (*pgxpool.Pool, error) {
	if *pool != nil {
		return *pool, nil
	}
	cfg, err := pgxpool.ParseConfig(end.URL.Reveal())
	if err != nil {
		return nil, fmt.Errorf("the connection string of %s can't be read", end)
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = applicationName
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
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
