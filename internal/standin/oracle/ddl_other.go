// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// createSequence runs CREATE SEQUENCE with its usual options.
func (d *definer) createSequence(ctx context.Context) error {
	name, i, err := d.name(2)
	if err != nil {
		return err
	}
	if err := d.may(name.Owner, "CREATE SEQUENCE", "CREATE ANY SEQUENCE"); err != nil {
		return err
	}
	if err := d.free(name); err != nil {
		return err
	}
	s := &dict.Sequence{Name: name, Min: "1", Max: "9999999999999999999999999999", Increment: "1", Cache: 20}
	for ; i < len(d.tokens); i++ {
		value, used := "", 1
		for j := i + 1; j < min(i+4, len(d.tokens)); j++ {
			if d.tokens[j].Kind == sqltext.Number {
				value, used = d.tokens[j].Text, j-i
				if d.tokens[j-1].IsOp("-") {
					value = "-" + value
				}
				break
			}
		}
		switch word := d.tokens[i].Text; word {
		case "START":
			s.Last = value
		case "INCREMENT":
			s.Increment = value
		case "MINVALUE":
			s.Min = value
		case "MAXVALUE":
			s.Max = value
		case "CACHE":
			fmt.Sscan(value, &s.Cache)
		case "NOCACHE":
			s.Cache, used = 0, 0
		case "CYCLE":
			s.Cycle, used = true, 0
		case "NOCYCLE", "ORDER", "NOORDER", "NOMINVALUE", "NOMAXVALUE":
			used = 0
		default:
			return tns.Errorf(933, "SQL command not properly ended")
		}
		i += used
	}
	if s.Last == "" {
		s.Last = s.Min
	}
	var ddl strings.Builder
	sequenceDDL(&ddl, s)
	if err := d.exec(ctx, ddl.String()); err != nil {
		return err
	}
	d.after(func() { d.session.server.catalog.addSequence(s) })
	if err := d.object(ctx, name, "SEQUENCE"); err != nil {
		return err
	}
	return d.insert(ctx, "SEQUENCES", map[string]any{"SEQUENCE_OWNER": name.Owner, "SEQUENCE_NAME": name.Name, "MIN_VALUE": s.Min,
		"MAX_VALUE": s.Max, "INCREMENT_BY": s.Increment,
		"CYCLE_FLAG": yes(s.Cycle, "Y", "N"), "ORDER_FLAG": "N", "CACHE_SIZE": s.Cache, "LAST_NUMBER": s.Last})
}

// createView runs CREATE [OR REPLACE] VIEW name [(columns)] AS query.
func (d *definer) createView(ctx context.Context, replace bool) error {
	name, i, err := d.name(map[bool]int{true: 4, false: 2}[replace])
	if err != nil {
		return err
	}
	if err := d.may(name.Owner, "CREATE VIEW", "CREATE ANY VIEW"); err != nil {
		return err
	}
	if replace && d.session.server.catalog.table(name) != nil {
		if err := d.dropRows(ctx, name, "VIEW"); err != nil {
			return err
		}
	} else if err := d.free(name); err != nil {
		return err
	}
	list := ""
	if i < len(d.tokens) && d.tokens[i].IsOp("(") {
		end := sqltext.Closing(d.tokens, i)
		var names []string
		for _, part := range sqltext.Split(d.tokens[i+1 : end]) {
			names = append(names, part[0].Text)
		}
		list, i = " ("+quoteAll(names)+")", end+1
	}
	if i+1 >= len(d.tokens) || !d.tokens[i].Is("AS") {
		return tns.Errorf(905, "missing keyword")
	}
	text := readOnlyView.ReplaceAllString(d.sql[d.tokens[i+1].Pos:], "")
	tokens, err := sqltext.Tokens(text)
	if err != nil {
		return err
	}
	statement, err := sqltext.Translate(text, tokens, d.session.names)
	if err != nil {
		return err
	}
	if err := d.exec(ctx, "CREATE VIEW "+relation(name)+list+" AS "+statement.SQL); err != nil {
		return err
	}
	if err := d.object(ctx, name, "VIEW"); err != nil {
		return err
	}
	// The catalog learns the view's columns from PostgreSQL when it is refreshed.
	d.after(func() { delete(d.session.server.catalog.tables, name) })
	return d.insert(ctx, "VIEWS", map[string]any{"OWNER": name.Owner, "VIEW_NAME": name.Name, "TEXT": text, "TEXT_LENGTH": len(text),
		"READ_ONLY": "N"})
}

// drop runs DROP TABLE, VIEW, SEQUENCE or INDEX.
func (d *definer) drop(ctx context.Context, kind string) error {
	if !slices.Contains([]string{"TABLE", "VIEW", "SEQUENCE", "INDEX"}, kind) {
		return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in does not run DROP %s", kind)
	}
	name, i, err := d.name(2)
	if err != nil {
		return err
	}
	c, model := d.session.server.catalog, d.model()
	switch kind {
	case "SEQUENCE":
		c.mu.RLock()
		known := c.sequences[name] != ""
		c.mu.RUnlock()
		if !known {
			return tns.Errorf(2289, "sequence does not exist")
		}
		if err := d.may(name.Owner, "", "DROP ANY SEQUENCE"); err != nil {
			return err
		}
		if err := d.exec(ctx, "DROP SEQUENCE "+relation(name)); err != nil {
			return err
		}
		d.after(func() { delete(c.sequences, name); delete(c.used, name) })
		if err := d.exec(ctx, "DELETE FROM ora.sequences WHERE owner = $1 AND name = $2", name.Owner, name.Name); err != nil {
			return err
		}
		return d.dropRows(ctx, name, kind)
	case "INDEX":
		at := slices.IndexFunc(model.Indexes, func(x *dict.Index) bool { return x.Owner == name.Owner && x.Name == name.Name })
		if at < 0 {
			return tns.Errorf(1418, "specified index does not exist")
		}
		if err := d.may(name.Owner, "", "DROP ANY INDEX"); err != nil {
			return err
		}
		if err := d.exec(ctx, "DROP INDEX IF EXISTS "+relation(name)); err != nil {
			return tns.Errorf(2429, "cannot drop index used for enforcement of unique/primary key")
		}
		d.after(func() { model.Indexes = slices.Delete(model.Indexes, at, at+1); delete(c.used, name) })
		return d.dropRows(ctx, name, kind)
	}
	t, err := d.existing(name, "", "DROP ANY "+kind)
	if err != nil {
		return err
	}
	if t.Kind != kind {
		return noTable()
	}
	cascade := strings.Contains(wordsOf(d.tokens[i:]), "CASCADE CONSTRAINTS")
	if kind == "TABLE" && !cascade {
		for _, r := range model.Constraints {
			for _, k := range model.Constraints {
				if r.Type == "R" && r.ROwner == k.Owner && r.RName == k.Name && k.Owner == name.Owner && k.Table == name.Name &&
					(r.Owner != name.Owner || r.Table != name.Name) {
					return tns.Errorf(2449, "unique/primary keys in table referenced by foreign keys")
				}
			}
		}
	}
	if err := d.dropRows(ctx, name, kind); err != nil {
		return err
	}
	d.after(func() {
		delete(c.tables, name)
		delete(c.used, name)
		model.Remove(name)
	})
	return nil
}

// dropRows drops a table or view and takes an object out of the dictionary.
func (d *definer) dropRows(ctx context.Context, name dict.Name, kind string) error {
	if kind == "TABLE" || kind == "VIEW" {
		if err := d.exec(ctx, "DROP "+kind+" "+relation(name)+" CASCADE"); err != nil {
			return err
		}
	}
	if kind == "TABLE" {
		if err := d.exec(ctx, `DELETE FROM dict."OBJECTS" WHERE "OBJECT_TYPE" = 'INDEX' AND ("OWNER", "OBJECT_NAME") IN
			(SELECT "OWNER", "INDEX_NAME" FROM dict."INDEXES"
			WHERE "TABLE_OWNER" = $1 AND "TABLE_NAME" = $2)`, name.Owner, name.Name); err != nil {
			return err
		}
	}
	for _, v := range dict.Views() {
		owner, object := v.OwnerColumn, v.ObjectColumn
		if v.Name == "TAB_COLUMNS" {
			continue
		}
		where := fmt.Sprintf("%s = $1 AND %s = $2", quote(owner), quote(object))
		if v.Name == "OBJECTS" {
			where += ` AND "OBJECT_TYPE" = ` + literal(kind)
		}
		if kind == "TABLE" && slices.ContainsFunc(v.Columns, func(c dict.Column) bool { return c.Name == "TABLE_OWNER" }) &&
			v.Name != "SYNONYMS" {
			where = "(" + where + `) OR ("TABLE_OWNER" = $1 AND "TABLE_NAME" = $2)`
		}
		if err := d.exec(ctx, "DELETE FROM dict."+quote(v.Name)+" WHERE "+where, name.Owner, name.Name); err != nil {
			return err
		}
	}
	return nil
}

// truncate runs TRUNCATE TABLE.
func (d *definer) truncate(ctx context.Context) error {
	name, _, err := d.name(2)
	if err != nil {
		return err
	}
	t, err := d.existing(name, "", "DROP ANY TABLE")
	if err != nil {
		return err
	}
	if err := d.exec(ctx, "TRUNCATE TABLE "+relation(t.Name)); err != nil {
		return err
	}
	return d.exec(ctx, "SELECT ora.log_change($1, $2, 'DDL', NULL, $3), ora.assign_scn()", name.Owner, name.Name,
		fmt.Sprintf("truncate table %s;", relation(name)))
}

// comment runs COMMENT ON TABLE|COLUMN … IS '…'.
func (d *definer) comment(ctx context.Context) error {
	last := d.tokens[len(d.tokens)-1]
	if len(d.tokens) < 6 || last.Kind != sqltext.String {
		return tns.Errorf(922, "missing or invalid option")
	}
	if d.tokens[2].Is("TABLE") {
		name, _, err := d.name(3)
		if err != nil {
			return err
		}
		if _, err := d.existing(name, "ALTER", "COMMENT ANY TABLE"); err != nil {
			return err
		}
		return d.exec(ctx, `UPDATE dict."TAB_COMMENTS" SET "COMMENTS" = nullif($3, '') WHERE "OWNER" = $1 AND "TABLE_NAME" = $2`, name.Owner,
			name.Name, last.Text)
	}
	var parts []string
	for i := 3; i < len(d.tokens) && d.tokens[i].Name(); i += 2 {
		parts = append(parts, d.tokens[i].Text)
		if !d.tokens[i+1].IsOp(".") {
			break
		}
	}
	if !d.tokens[2].Is("COLUMN") || len(parts) < 2 {
		return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in comments tables and columns only")
	}
	name := dict.Name{Owner: d.session.names.schema, Name: parts[len(parts)-2]}
	if len(parts) > 2 {
		name.Owner = parts[0]
	}
	t, err := d.existing(name, "ALTER", "COMMENT ANY TABLE")
	if err != nil {
		return err
	}
	if t.Column(parts[len(parts)-1]) == nil {
		return tns.Errorf(904, "%s: invalid identifier", quote(parts[len(parts)-1]))
	}
	return d.exec(ctx, `UPDATE dict."COL_COMMENTS" SET "COMMENTS" = nullif($4, '')
		WHERE "OWNER" = $1 AND "TABLE_NAME" = $2 AND "COLUMN_NAME" = $3`, name.Owner, name.Name, parts[len(parts)-1], last.Text)
}
