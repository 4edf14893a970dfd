// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5/pgxpool"
)

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
