// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// describeTable writes a new table and its columns into the dictionary.
func (d *definer) describeTable(ctx context.Context, t *dict.Table) error {
	if err := d.object(ctx, t.Name, "TABLE"); err != nil {
		return err
	}
	if err := d.insert(ctx, "TABLES", map[string]any{"OWNER": t.Owner, "TABLE_NAME": t.Name.Name, "TABLESPACE_NAME": "USERS"}); err != nil {
		return err
	}
	for _, c := range t.Columns {
		if err := d.describeColumn(ctx, t, c); err != nil {
			return err
		}
	}
	return d.insert(ctx, "TAB_COMMENTS", map[string]any{"OWNER": t.Owner, "TABLE_NAME": t.Name.Name, "TABLE_TYPE": "TABLE"})
}

func (d *definer) describeColumn(ctx context.Context, t *dict.Table, c *dict.Column) error {
	row := map[string]any{"OWNER": t.Owner, "TABLE_NAME": t.Name.Name, "COLUMN_NAME": c.Name, "DATA_TYPE": c.DataType,
		"DATA_LENGTH": c.Length, "NULLABLE": yes(c.Nullable, "Y", "N"),
		"COLUMN_ID": c.ID, "INTERNAL_COLUMN_ID": c.ID, "SEGMENT_COLUMN_ID": c.ID, "DATA_DEFAULT": c.Default, "CHAR_LENGTH": c.CharLength,
		"CHAR_USED": c.CharUsed}
	if c.Precision > 0 {
		row["DATA_PRECISION"] = c.Precision
	}
	if c.Scale != dict.NoScale {
		row["DATA_SCALE"] = c.Scale
	}
	if err := d.insert(ctx, "TAB_COLS", row); err != nil {
		return err
	}
	if c.DataType == "CLOB" || c.DataType == "BLOB" || c.DataType == "NCLOB" {
		id := d.session.server.objectID.Add(1)
		err := d.insert(ctx, "LOBS", map[string]any{"OWNER": t.Owner, "TABLE_NAME": t.Name.Name, "COLUMN_NAME": c.Name,
			"SEGMENT_NAME": fmt.Sprintf("SYS_LOB%010dC%05d$$", id, c.ID),
			"INDEX_NAME":   fmt.Sprintf("SYS_IL%010dC%05d$$", id, c.ID), "TABLESPACE_NAME": "USERS", "CHUNK": 8192, "SECUREFILE": "YES",
			"IN_ROW": "YES", "PARTITIONED": "NO"})
		if err != nil {
			return err
		}
	}
	return d.insert(ctx, "COL_COMMENTS", map[string]any{"OWNER": t.Owner, "TABLE_NAME": t.Name.Name, "COLUMN_NAME": c.Name})
}

func yes(b bool, whenTrue, whenFalse string) string {
	if b {
		return whenTrue
	}
	return whenFalse
}

// addConstraint makes a constraint and writes it into the dictionary, with the index of a key.
func (d *definer) addConstraint(ctx context.Context, l *loader, c *dict.Constraint, t *dict.Table) error {
	for _, column := range c.Columns {
		if t.Column(column) == nil {
			return tns.Errorf(904, "%s: invalid identifier", quote(column))
		}
	}
	for _, k := range d.model().Constraints {
		if k.Owner == c.Owner && k.Name == c.Name {
			return tns.Errorf(2264, "name already used by an existing constraint")
		}
	}
	if !notNull.MatchString(c.Condition) {
		ddl, err := l.constraintDDL(c, t)
		if err != nil {
			return tns.Errorf(2270, "no matching unique or primary key for this column-list")
		}
		if err := d.exec(ctx, ddl); err != nil {
			return err
		}
	}
	row := map[string]any{"OWNER": c.Owner, "CONSTRAINT_NAME": c.Name, "CONSTRAINT_TYPE": c.Type, "TABLE_NAME": c.Table,
		"SEARCH_CONDITION": c.Condition, "R_OWNER": c.ROwner,
		"R_CONSTRAINT_NAME": c.RName, "DELETE_RULE": c.DeleteRule, "STATUS": "ENABLED", "DEFERRABLE": "NOT DEFERRABLE",
		"DEFERRED": "IMMEDIATE", "VALIDATED": "VALIDATED",
		"GENERATED": yes(c.Generated, "GENERATED NAME", "USER NAME")}
	if c.Type == "P" || c.Type == "U" {
		c.Index = c.Name
		row["INDEX_OWNER"], row["INDEX_NAME"] = c.Owner, c.Name
		if err := d.describeIndex(ctx, &dict.Index{Owner: c.Owner, Name: c.Name, Table: c.Table, Unique: true, Terms: terms(c.Columns)}, t,
			c.Generated); err != nil {
			return err
		}
	}
	if err := d.insert(ctx, "CONSTRAINTS", row); err != nil {
		return err
	}
	for i, column := range c.Columns {
		position := any(i + 1)
		if c.Type == "C" {
			position = nil
		}
		if err := d.insert(ctx, "CONS_COLUMNS", map[string]any{"OWNER": c.Owner, "CONSTRAINT_NAME": c.Name, "TABLE_NAME": c.Table,
			"COLUMN_NAME": column, "POSITION": position}); err != nil {
			return err
		}
	}
	return nil
}

func terms(columns []string) []dict.IndexTerm {
	var all []dict.IndexTerm
	for _, c := range columns {
		all = append(all, dict.IndexTerm{Column: c})
	}
	return all
}

// describeIndex writes an index into the dictionary.
func (d *definer) describeIndex(ctx context.Context, x *dict.Index, t *dict.Table, generated bool) error {
	if err := d.object(ctx, dict.Name{Owner: x.Owner, Name: x.Name}, "INDEX"); err != nil {
		return err
	}
	err := d.insert(ctx, "INDEXES", map[string]any{"OWNER": x.Owner, "INDEX_NAME": x.Name, "INDEX_TYPE": "NORMAL", "TABLE_OWNER": t.Owner,
		"TABLE_NAME": t.Name.Name, "TABLE_TYPE": "TABLE",
		"UNIQUENESS": yes(x.Unique, "UNIQUE", "NONUNIQUE"), "TABLESPACE_NAME": "USERS", "STATUS": "VALID", "PARTITIONED": "NO",
		"TEMPORARY": "N", "GENERATED": yes(generated, "Y", "N"),
		"SECONDARY": "N", "VISIBILITY": "VISIBLE"})
	for i, term := range x.Terms {
		if err != nil {
			return err
		}
		row := map[string]any{"INDEX_OWNER": x.Owner, "INDEX_NAME": x.Name, "TABLE_OWNER": t.Owner, "TABLE_NAME": t.Name.Name,
			"COLUMN_NAME": term.Column, "COLUMN_POSITION": i + 1, "DESCEND": "ASC"}
		if c := t.Column(term.Column); c != nil {
			row["COLUMN_LENGTH"], row["CHAR_LENGTH"] = c.Length, c.CharLength
		}
		err = d.insert(ctx, "IND_COLUMNS", row)
	}
	return err
}

// createIndex runs CREATE [UNIQUE] INDEX name ON table (columns).
func (d *definer) createIndex(ctx context.Context, unique bool) error {
	name, i, err := d.name(map[bool]int{true: 3, false: 2}[unique])
	if err != nil {
		return err
	}
	if i >= len(d.tokens) || !d.tokens[i].Is("ON") {
		return tns.Errorf(969, "missing ON keyword")
	}
	table, i, err := d.name(i + 1)
	if err != nil {
		return err
	}
	t, err := d.existing(table, "INDEX", "CREATE ANY INDEX")
	if err != nil {
		return err
	}
	if i >= len(d.tokens) || !d.tokens[i].IsOp("(") {
		return tns.Errorf(906, "missing left parenthesis")
	}
	x := &dict.Index{Owner: name.Owner, Name: name.Name, Table: table.Name, Unique: unique}
	for _, part := range sqltext.Split(d.tokens[i+1 : sqltext.Closing(d.tokens, i)]) {
		if len(part) == 0 || !part[0].Name() || len(part) > 2 || t.Column(part[0].Text) == nil {
			return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in indexes columns only")
		}
		x.Terms = append(x.Terms, dict.IndexTerm{Column: part[0].Text})
	}
	for _, other := range d.model().Indexes {
		if other.Owner == x.Owner && other.Name == x.Name {
			return tns.Errorf(955, "name is already used by an existing object")
		}
	}
	var columns []string
	for _, term := range x.Terms {
		columns = append(columns, term.Column)
	}
	kind := strings.TrimSpace(yes(unique, "UNIQUE", ""))
	c := d.session.server.catalog
	if err := d.exec(ctx, fmt.Sprintf("CREATE %s INDEX %s ON %s (%s)", kind, quote(c.pgName(x.Owner, x.Name, x.Name)), relation(t.Name),
		quoteAll(columns))); err != nil {
		return err
	}
	d.after(func() { d.model().Indexes = append(d.model().Indexes, x) })
	return d.describeIndex(ctx, x, t, false)
}
