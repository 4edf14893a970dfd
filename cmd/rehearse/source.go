// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/jackc/pgx/v5"
	goora "github.com/sijms/go-ora/v2"
)

// supplement is what a DBA does after the assessment: tables without a primary key must log all columns, or their changes are lost.
func (r *rehearsal) supplement(ctx context.Context) error {
	// A connector of its own: the driver behind sql.Open is shared, and not safe while first connections are made.
	db := sql.OpenDB(goora.NewConnector(r.world.oracle.URL("DBA_JO")))
	defer db.Close()
	d := r.world.schema.dict
	for _, t := range d.Tables {
		logged := slices.ContainsFunc(d.LogGroups, func(g dictionary.LogGroup) bool {
			return g.Owner == t.Owner && g.Table == t.Name && g.Kind == "ALL COLUMN LOGGING"
		})
		if d.PrimaryKey(t.Owner, t.Name) != nil || t.Temporary == "Y" || logged {
			continue
		}
		statement := fmt.Sprintf(`ALTER TABLE "%s"."%s" ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`, t.Owner, t.Name)
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
		r.out.line("%s  On Oracle, a DBA: %s", clock(time.Now()), statement)
	}
	return nil
}

// someForeignKey is a foreign key between two different tables of the schema, by its name on the target.
func (w *world) someForeignKey() string {
	d := w.schema.dict
	for _, c := range d.Constraints {
		if c.Type != "R" || c.Status != "ENABLED" {
			continue
		}
		if parent := d.Constraint(c.ROwner, c.RName); parent != nil && parent.Table != c.Table {
			return convert.TargetName(c.Name)
		}
	}
	return "none"
}

// setAside counts what is saved and not back, as the target's superuser sees it.
func (r *rehearsal) setAside(ctx context.Context) int {
	conn, err := pgx.Connect(ctx, r.world.target.URL(targetDatabase))
	if err != nil {
		return 0
	}
	defer conn.Close(ctx)
	var n int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL").Scan(&n); err != nil {
		return 0
	}
	return n
}
