// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
)

const dropTries = 4 // each of which PostgreSQL gives other sessions 5 s to end

// dropScratch drops a scratch database and ends the role's own sessions in it. Not WITH (FORCE), which refuses a role that is no superuser with
// 42501 whenever autovacuum happens to be there; DROP DATABASE alone ends autovacuum by itself (PostgreSQL's CountOtherDBBackends).
func (t *Target) dropScratch(ctx context.Context, name string) error {
	ctx = context.WithoutCancel(ctx)
	var err error
	for range dropTries {
		if _, err = t.pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = $1 AND pid <> pg_backend_pid() AND pg_has_role(usesysid, 'USAGE')`, name); err != nil {
			break
		}
		if _, err = t.pool.Exec(ctx, "DROP DATABASE IF EXISTS "+ident(name)); sqlState(err) != "55006" {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("drop scratch database %s (it is of no use to anybody): %w", name, err)
	}
	return nil
}
