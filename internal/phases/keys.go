// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// OpenKey is a foreign key that stays NOT VALID on the target: rows break it, and on the source they may.
type OpenKey struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Name   string `json:"name"`
	Parent string `json:"parent"` // schema.table
	// Whole is false where only the keys of partitions are there: PostgreSQL has no NOT VALID key on a partitioned table.
	Whole bool `json:"whole"`
	// State is how the key stands on the source: "DISABLED", "ENABLE NOVALIDATE", or "not there".
	State  string    `json:"state"`
	Target LooseRows `json:"target"`
	Source LooseRows `json:"source"`
	At     time.Time `json:"at"`
}

// LooseRows are the rows of one side that refer to nothing.
type LooseRows struct {
	Rows  int64    `json:"rows"` // -1 unknown
	First []string `json:"first,omitempty"`
	Query string   `json:"query,omitempty"`
	Why   string   `json:"why,omitempty"` // of what is unknown
}

// sourceKey is how a foreign key of the target stands on the source.
type sourceKey struct {
	// state is one of the words of OpenKey.State, or keyEnforced, or keyUnknown.
	state string
	// rows are how the source's rows are looked at; nil where a table or column of it is not there.
	rows *oracle.Reference
}

const (
	keyEnforced = "enforced"
	keyUnknown  = "unknown"
	keyDisabled = "DISABLED"
	keyOldRows  = "ENABLE NOVALIDATE"
	keyAbsent   = "not there"
)

// allows tells whether rows of the source may break the key.
func (k sourceKey) allows() bool { return k.state != keyEnforced && k.state != keyUnknown }

// keyOnSource finds a foreign key of the target on the source: by its tables and columns, for keys without a name of their own are
// called otherwise there.
func keyOnSource(d *dictionary.Dictionary, schema, table string, r postgres.Reference) sourceKey {
	if !d.Knows("ALL_CONSTRAINTS") || !d.Knows("ALL_CONS_COLUMNS") {
		return sourceKey{state: keyUnknown}
	}
	found := sourceKey{state: keyAbsent}
	child := sourceTable(d, schema, table)
	if child == nil {
		return found
	}
	columns := sourceColumns(d, child, r.Columns)
	if columns == nil {
		return found
	}
	if parent := sourceTable(d, r.RefSchema, r.RefTable); parent != nil {
		found.rows = &oracle.Reference{Schema: child.Owner, Table: child.Name, ParentSchema: parent.Owner, ParentTable: parent.Name,
			Columns: columns, ParentColumns: sourceColumns(d, parent, r.RefColumns)}
		if found.rows.ParentColumns == nil {
			found.rows = nil
		} else if pk := d.PrimaryKey(child.Owner, child.Name); pk != nil {
			found.rows.Key = d.ConstraintColumns(pk.Owner, pk.Name)
		}
	}
	for _, c := range d.ConstraintsOf(child.Owner, child.Name) {
		if c.Type != "R" || !sameReference(d, c, columns, r) {
			continue
		}
		switch state := keyState(c); {
		case state == keyEnforced:
			found.state = keyEnforced
			return found
		case found.state == keyAbsent || state == keyOldRows:
			found.state = state
		}
	}
	return found
}

func keyState(c *dictionary.Constraint) string {
	switch {
	case c.Status != "ENABLED":
		return keyDisabled
	case c.Validated == "NOT VALIDATED":
		return keyOldRows
	}
	return keyEnforced
}

// sameReference tells whether a constraint of the source refers from the same columns to the same, in whatever order. Of a table in a
// schema that is not migrated the dictionary has nothing: then its schema decides.
func sameReference(d *dictionary.Dictionary, c *dictionary.Constraint, columns []string, r postgres.Reference) bool {
	from, onto := d.ConstraintColumns(c.Owner, c.Name), []string(nil)
	to := d.Constraint(c.ROwner, c.RName)
	if to != nil {
		onto = d.ConstraintColumns(to.Owner, to.Name)
	}
	switch {
	case len(from) != len(columns), to != nil && len(onto) != len(from), convert.TargetName(c.ROwner) != r.RefSchema,
		to != nil && convert.TargetName(to.Table) != r.RefTable:
		return false
	}
	for i, column := range columns {
		at := slices.Index(from, column)
		if at < 0 || to != nil && convert.TargetName(onto[at]) != r.RefColumns[i] {
			return false
		}
	}
	return true
}

func sourceTable(d *dictionary.Dictionary, schema, table string) *dictionary.Table {
	for i := range d.Tables {
		if t := &d.Tables[i]; convert.TargetName(t.Name) == table && convert.TargetName(t.Owner) == schema {
			return t
		}
	}
	return nil
}

// sourceColumns are the source's names of a table's columns, nil where one is not there.
func sourceColumns(d *dictionary.Dictionary, t *dictionary.Table, target []string) []string {
	var names []string
	for _, want := range target {
		for _, c := range d.ColumnsOf(t.Owner, t.Name) {
			if convert.TargetName(c.Name) == want {
				names = append(names, c.Name)
				break
			}
		}
	}
	if len(names) != len(target) {
		return nil
	}
	return names
}

const (
	// looseTime bounds the counting of rows on the source: it reads two tables of a database that is in use.
	looseTime  = 30 * time.Second
	looseShown = 3
)

// looseOnSource counts the source's rows that refer to nothing. What can't be read is unknown, and why.
func (h *hands) looseOnSource(ctx context.Context, key sourceKey) LooseRows {
	if key.rows == nil {
		return LooseRows{Rows: -1, Why: "its tables and columns are not all on Oracle"}
	}
	out := LooseRows{Rows: -1, Query: key.rows.Query()}
	src, err := h.source(ctx)
	if err == nil {
		bounded, cancel := context.WithTimeoutCause(ctx, looseTime, fmt.Errorf("counting took longer than %s", looseTime))
		defer cancel()
		out.Rows, out.First, err = src.Orphans(bounded, *key.rows, looseShown)
	}
	if err != nil {
		out.Rows, out.Why = -1, err.Error()
	}
	return out
}
