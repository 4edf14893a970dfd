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

// supplemental runs ALTER TABLE … ADD|DROP SUPPLEMENTAL LOG DATA (kinds) COLUMNS and … LOG GROUP name (columns) [ALWAYS].
func (d *definer) supplemental(ctx context.Context, t *dict.Table, tokens []sqltext.Token) error {
	add := tokens[0].Is("ADD")
	c := d.session.server.catalog
	c.mu.RLock()
	changed := logging{groups: map[string][]string{}}
	if now := c.logging[t.Name]; now != nil {
		changed.primaryKey, changed.all = now.primaryKey, now.all
		for name, columns := range now.groups {
			changed.groups[name] = slices.Clone(columns)
		}
	}
	c.mu.RUnlock()
	words := wordsOf(tokens)
	switch {
	case strings.Contains(words, "LOG GROUP") && len(tokens) > 4:
		group := tokens[4].Text
		if !add {
			if changed.groups[group] == nil {
				return tns.Errorf(32586, "multiple specification of a supplemental logging attribute or group %s does not exist", group)
			}
			delete(changed.groups, group)
			if err := d.dropGroup(ctx, t, group); err != nil {
				return err
			}
			break
		}
		if len(tokens) < 7 || !tokens[5].IsOp("(") {
			return tns.Errorf(906, "missing left parenthesis")
		}
		var columns []string
		for _, part := range sqltext.Split(tokens[6:sqltext.Closing(tokens, 5)]) {
			if t.Column(part[0].Text) == nil {
				return tns.Errorf(904, "%s: invalid identifier", quote(part[0].Text))
			}
			columns = append(columns, part[0].Text)
		}
		always := yes(strings.HasSuffix(words, "ALWAYS"), "ALWAYS", "CONDITIONAL")
		if always == "ALWAYS" {
			changed.groups[group] = columns
		}
		if err := d.addGroup(ctx, t, group, "USER LOG GROUP", always, columns); err != nil {
			return err
		}
	case strings.Contains(words, "LOG DATA ( "):
		for _, kind := range []struct {
			words, name string
			into        *bool
		}{{"PRIMARY KEY", "PRIMARY KEY LOGGING", &changed.primaryKey}, {"ALL", "ALL COLUMN LOGGING", &changed.all}, {"UNIQUE",
			"UNIQUE KEY LOGGING", nil}, {"FOREIGN KEY", "FOREIGN KEY LOGGING", nil}} {
			if !strings.Contains(words, kind.words) {
				continue
			}
			if kind.into != nil && *kind.into == add {
				if add {
					return tns.Errorf(32588, "supplemental logging attribute %s exists", strings.ToLower(strings.TrimSuffix(kind.name, " LOGGING")))
				}
				return tns.Errorf(32587, "Cannot drop nonexistent %s supplemental logging", strings.ToLower(kind.words))
			}
			if kind.into != nil {
				*kind.into = add
			}
			err := d.exec(ctx, `DELETE FROM dict."LOG_GROUPS" WHERE "OWNER" = $1 AND "TABLE_NAME" = $2 AND "LOG_GROUP_TYPE" = $3`, t.Owner,
				t.Name.Name, kind.name)
			if err == nil && add {
				err = d.addGroup(ctx, t, fmt.Sprintf("SYS_C%07d", d.session.server.objectID.Add(1)), kind.name, "ALWAYS", nil)
			}
			if err != nil {
				return err
			}
		}
	default:
		return tns.Errorf(905, "missing keyword")
	}
	d.after(func() { c.logging[t.Name] = &changed })
	opts := &d.session.server.opts
	return d.relog(ctx, []*dict.Table{t}, func(*dict.Table) *logging {
		return &logging{primaryKey: changed.primaryKey || opts.SupplementalLogPK, all: changed.all || opts.SupplementalLogAll,
			groups: changed.groups}
	})
}

func (d *definer) addGroup(ctx context.Context, t *dict.Table, group, kind, always string, columns []string) error {
	err := d.insert(ctx, "LOG_GROUPS", map[string]any{"OWNER": t.Owner, "LOG_GROUP_NAME": group, "TABLE_NAME": t.Name.Name,
		"LOG_GROUP_TYPE": kind, "ALWAYS": always,
		"GENERATED": yes(kind == "USER LOG GROUP", "USER NAME", "GENERATED NAME")})
	for i, column := range columns {
		if err == nil {
			err = d.insert(ctx, "LOG_GROUP_COLUMNS", map[string]any{"OWNER": t.Owner, "LOG_GROUP_NAME": group, "TABLE_NAME": t.Name.Name,
				"COLUMN_NAME": column, "POSITION": i + 1, "LOGGING_PROPERTY": "LOG"})
		}
	}
	return err
}

func (d *definer) dropGroup(ctx context.Context, t *dict.Table, group string) error {
	err := d.exec(ctx, `DELETE FROM dict."LOG_GROUPS" WHERE "OWNER" = $1 AND "LOG_GROUP_NAME" = $2`, t.Owner, group)
	if err == nil {
		err = d.exec(ctx, `DELETE FROM dict."LOG_GROUP_COLUMNS" WHERE "OWNER" = $1 AND "LOG_GROUP_NAME" = $2`, t.Owner, group)
	}
	return err
}

// relog writes the redo functions of tables anew.
func (d *definer) relog(ctx context.Context, tables []*dict.Table, logged func(*dict.Table) *logging) error {
	for _, t := range tables {
		if t.Temporary {
			continue
		}
		if err := d.exec(ctx, redoTrigger(t, d.model().PrimaryKey(t.Name), logged(t))); err != nil {
			return err
		}
	}
	return nil
}

// alterDatabase runs ALTER DATABASE ADD|DROP SUPPLEMENTAL LOG DATA [(PRIMARY KEY|ALL) COLUMNS] and ARCHIVELOG|NOARCHIVELOG.
func (d *definer) alterDatabase(ctx context.Context) error {
	if !d.user().privilege("ALTER DATABASE") {
		return tns.Errorf(1031, "insufficient privileges")
	}
	words := wordsOf(d.tokens)
	v := d.session.server
	changed := v.opts // only definitions change it, and they run one at a time
	relog := func() error {
		d.after(func() {
			v.opts.SupplementalLogPK, v.opts.SupplementalLogAll = changed.SupplementalLogPK, changed.SupplementalLogAll
		})
		return d.relog(ctx, d.model().Tables, func(t *dict.Table) *logging { return v.catalog.logged(t.Name, &changed) })
	}
	add := strings.Contains(words, "ADD SUPPLEMENTAL LOG DATA")
	switch {
	case strings.HasSuffix(words, " NOARCHIVELOG"), strings.HasSuffix(words, " ARCHIVELOG"):
		return d.exec(ctx, "UPDATE ora.database SET log_mode = $1", d.tokens[len(d.tokens)-1].Text)
	case !add && !strings.Contains(words, "DROP SUPPLEMENTAL LOG DATA"):
		return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in does not run %s", words)
	case strings.Contains(words, "( PRIMARY KEY"):
		if err := d.exec(ctx, "UPDATE ora.database SET pk = $1", add); err != nil {
			return err
		}
		changed.SupplementalLogPK = add
		return relog()
	case strings.Contains(words, "( ALL )"):
		if err := d.exec(ctx, "UPDATE ora.database SET all_columns = $1", add); err != nil {
			return err
		}
		changed.SupplementalLogAll = add
		return relog()
	}
	return d.exec(ctx, "UPDATE ora.database SET minimal = $1", add)
}

// logGroups takes over the supplemental logging that an export says its tables have.
func (l *loader) logGroups() {
	group := map[string][]string{}
	l.export.Relations["LOG_GROUP_COLUMNS"].Each(func(get func(string) string) {
		key := get("OWNER") + "." + get("LOG_GROUP_NAME")
		group[key] = append(group[key], get("COLUMN_NAME"))
	})
	l.export.Relations["LOG_GROUPS"].Each(func(get func(string) string) {
		name := dict.Name{Owner: get("OWNER"), Name: get("TABLE_NAME")}
		if l.catalog.logging[name] == nil {
			l.catalog.logging[name] = &logging{groups: map[string][]string{}}
		}
		mine := l.catalog.logging[name]
		switch get("LOG_GROUP_TYPE") {
		case "PRIMARY KEY LOGGING":
			mine.primaryKey = true
		case "ALL COLUMN LOGGING":
			mine.all = true
		case "USER LOG GROUP":
			if get("ALWAYS") == "ALWAYS" {
				mine.groups[get("LOG_GROUP_NAME")] = group[get("OWNER")+"."+get("LOG_GROUP_NAME")]
			}
		}
	})
}
