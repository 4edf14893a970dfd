// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	maxFailures = 1000 // TableFailureMaxCount
	// A difference while changes arrive may be a change on its way: it counts when it is seen so often with no change in between.
	confirmations = 3
)

// validateAll compares the tables whose validation is due, row by row.
func (r *run) validateAll(ctx context.Context) error {
	if !r.Settings.ValidationSettings.EnableValidation {
		return nil
	}
	var conn *pgx.Conn
	for _, t := range r.tables {
		known := r.state.get(t.TableName)
		if known.State != tableCompleted || known.Validation.State != validationPending && known.Validation.State != validationAgain {
			continue
		}
		if conn == nil {
			var err error
			if conn, err = r.Target.connect(ctx); err != nil {
				return err
			}
			defer conn.Close(ctx)
			if err := r.createControl(ctx, conn, "awsdms_validation_failures_v1"); err != nil {
				return fatal{fmt.Sprintf("Failed to create the control table: %s", odbcMessage(err, "HY000", 0))}
			}
		}
		if err := r.validate(ctx, conn, t); err != nil {
			if targetLost(err) || isLost(err) || ctx.Err() != nil {
				return err
			}
			r.error("VALIDATOR_EXT", "Validation of table '%s'.'%s' failed: %s", t.Schema, t.Table, err)
			r.state.change(t.TableName, func(s *TableStatistics) {
				s.Validation = Validation{State: validationFailed, Details: err.Error()}
			})
		}
	}
	return nil
}

type digest [16]byte

type difference struct{ key, kind string }

func (r *run) validate(ctx context.Context, conn *pgx.Conn, t *table) error {
	differences, err := r.differences(ctx, conn, t)
	if err != nil {
		return err
	}
	if len(differences) == 0 {
		r.state.change(t.TableName, func(s *TableStatistics) {
			s.Validation, s.tries, s.Updated = Validation{State: validationDone}, 0, time.Now()
		})
		return nil
	}
	tries := 0
	r.state.change(t.TableName, func(s *TableStatistics) {
		s.tries++
		tries, s.Validation.Pending = s.tries, int64(len(differences))
	})
	if r.captures() && tries < confirmations {
		return nil
	}
	r.warn("VALIDATOR_EXT", "Table '%s'.'%s' has %d mismatched record(s)", t.Schema, t.Table, len(differences))
	for _, d := range differences[:min(len(differences), maxFailures)] {
		if _, err := conn.Exec(ctx, "INSERT INTO "+r.control("awsdms_validation_failures_v1")+" VALUES ($1,$2,$3,$4,'Row',$5,$6,NULL)",
			r.Name, t.targetSchema, t.targetTable, time.Now().UTC(), d.key, d.kind); err != nil {
			return err
		}
	}
	r.state.change(t.TableName, func(s *TableStatistics) {
		s.Validation = Validation{State: validationMismatched, Failed: int64(len(differences)),
			Details: fmt.Sprintf("%d record(s) differ; see awsdms_validation_failures_v1", len(differences))}
		s.Updated = time.Now()
	})
	return nil
}

// differences reads both sides whole and compares them by primary key.
func (r *run) differences(ctx context.Context, conn *pgx.Conn, t *table) ([]difference, error) {
	source := map[string]digest{}
	rows, err := r.source.QueryContext(calm(ctx), t.selectAll())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	scanned, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range scanned {
		into[i] = &scanned[i]
	}
	limit := r.Settings.TargetMetadata.LobMaxSize * 1024
	values := make([]*string, len(t.columns))
	for rows.Next() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, c := range t.columns {
			value := scanned[i]
			if c.kind.lob() && !r.Settings.TargetMetadata.FullLobMode {
				value, _ = cutLOB(value, limit)
			}
			if values[i], err = c.text(value); err != nil {
				return nil, err
			}
		}
		key, sum := r.digest(t, values)
		source[key] = sum
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = pgx.Identifier{c.target}.Sanitize() + "::text"
	}
	target, err := conn.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+t.target())
	if err != nil {
		return nil, err
	}
	defer target.Close()
	var found []difference
	for i := range into {
		into[i] = &values[i]
	}
	for target.Next() {
		if err := target.Scan(into...); err != nil {
			return nil, err
		}
		key, sum := r.digest(t, values)
		expected, there := source[key]
		delete(source, key)
		switch {
		case !there:
			found = append(found, difference{key, "MISSING_SOURCE"})
		case expected != sum:
			found = append(found, difference{key, "RECORD_DIFF"})
		}
	}
	for key := range source {
		found = append(found, difference{key, "MISSING_TARGET"})
	}
	return found, target.Err()
}

// digest returns a row's key, readable, and a hash of the whole row.
func (r *run) digest(t *table, values []*string) (string, digest) {
	h := sha256.New()
	key := make([]string, len(t.key))
	for i, c := range t.columns {
		if r.Settings.ValidationSettings.SkipLobColumns && c.kind.lob() {
			continue
		}
		text := "\x00"
		if values[i] != nil {
			text = c.canonical(*values[i])
		}
		fmt.Fprintf(h, "%d:%s", len(text), text)
		for k, name := range t.key {
			if name == c.name {
				key[k] = text
			}
		}
	}
	return strings.Join(key, ","), digest(h.Sum(nil)[:16])
}

// canonical brings the texts that both sides have for a value into one form, by the column's type on the source.
func (c column) canonical(text string) string {
	switch c.kind {
	case numberKind, floatKind:
		switch text {
		case "true", "t":
			return "1"
		case "false", "f":
			return "0"
		}
		if c.kind == floatKind || strings.ContainsAny(text, "eE") {
			if f, err := strconv.ParseFloat(text, 64); err == nil {
				return strconv.FormatFloat(f, 'g', 15, 64)
			}
		}
		if exact, ok := new(big.Rat).SetString(text); ok {
			return exact.RatString()
		}
	case dateKind, zonedKind:
		for _, layout := range []string{"2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999",
			"2006-01-02"} {
			if at, err := time.Parse(layout, text); err == nil {
				return at.UTC().Round(time.Microsecond).Format("2006-01-02 15:04:05.999999")
			}
		}
	case charKind:
		return strings.TrimRight(text, " ")
	}
	return text
}
