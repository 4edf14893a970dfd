// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/rows"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
)

// feeds tells which columns sequences fill: by triggers, and by defaults such as identities have.
func (l *loader) feeds() map[dict.Name]rows.Feed {
	feeds := map[dict.Name]rows.Feed{}
	for _, t := range l.model.Tables {
		for _, c := range t.Columns {
			tokens, err := sqltext.Tokens(c.Default)
			if n := len(tokens); err == nil && n >= 3 && tokens[n-1].Is("NEXTVAL") {
				sequence := dict.Name{Owner: t.Owner, Name: tokens[n-3].Text}
				if n >= 5 {
					sequence.Owner = tokens[n-5].Text
				}
				feeds[t.Name] = rows.Feed{Column: c.Name, Sequence: sequence}
			}
		}
	}
	for _, t := range l.model.Triggers {
		if f, ok := readFill(t); ok && t.Enabled {
			sequence := dict.Name{Owner: f.owner, Name: f.sequence}
			if f.owner == "" {
				sequence.Owner = t.Owner
			}
			feeds[dict.Name{Owner: t.TableOwner, Name: t.Table}] = rows.Feed{Column: f.column, Sequence: sequence}
		}
	}
	return feeds
}

// drop takes out rows that were made up and break a check that the maker of rows does not understand, and then the children that have
// lost their parents. It runs before foreign keys are there.
func (l *loader) drop(ctx context.Context) error {
	dropped := int64(0)
	for _, c := range l.model.Constraints {
		name := dict.Name{Owner: c.Owner, Name: c.Table}
		if c.Type != "C" || !c.Enabled || !l.made[name] || notNull.MatchString(c.Condition) {
			continue
		}
		condition, err := sqltext.Expression(c.Condition, l.system(c.Owner), "")
		if err != nil {
			continue
		}
		if tag, err := l.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE (%s) IS FALSE", relation(name), condition)); err == nil {
			dropped += tag.RowsAffected()
		}
	}
	for dropped > 0 {
		dropped = 0
		for _, c := range l.model.Constraints {
			name := dict.Name{Owner: c.Owner, Name: c.Table}
			parent := l.parent(c)
			if c.Type != "R" || !c.Enabled || !l.made[name] || parent == nil {
				continue
			}
			var given, same []string
			for i, column := range c.Columns {
				given = append(given, "c."+quote(column)+" IS NOT NULL")
				same = append(same, "p."+quote(parent.Columns[i])+" = c."+quote(column))
			}
			tag, err := l.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)", relation(name),
				strings.Join(given, " AND "),
				relation(dict.Name{Owner: parent.Owner, Name: parent.Table}), strings.Join(same, " AND ")))
			if err != nil {
				return fmt.Errorf("take out rows of %s that have no parent: %w", name, err)
			}
			dropped += tag.RowsAffected()
		}
	}
	return nil
}

// parent finds the key that a foreign key refers to.
func (l *loader) parent(c *dict.Constraint) *dict.Constraint {
	for _, k := range l.model.Constraints {
		if k.Owner == c.ROwner && k.Name == c.RName && len(k.Columns) == len(c.Columns) && l.model.Table(dict.Name{Owner: k.Owner,
			Name: k.Table}) != nil {
			return k
		}
	}
	return nil
}

// analyze sets the statistics of the tables whose rows were made up.
func (l *loader) analyze(ctx context.Context) error {
	for name := range l.made {
		if _, err := l.conn.Exec(ctx, fmt.Sprintf(`UPDATE dict."TABLES" SET "NUM_ROWS" = n, "BLOCKS" = 5 + floor(n / 40), "LAST_ANALYZED" = ora.sysdate()
			FROM (SELECT count(*) AS n FROM %s) q WHERE "OWNER" = %s AND "TABLE_NAME" = %s`, relation(name), literal(name.Owner), literal(name.Name))); err != nil {
			return fmt.Errorf("count the rows of %s: %w", name, err)
		}
	}
	return nil
}
