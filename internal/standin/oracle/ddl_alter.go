// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// alterTable runs ALTER TABLE … ADD or DROP SUPPLEMENTAL LOG, ADD column, ADD constraint, DROP CONSTRAINT.
func (d *definer) alterTable(ctx context.Context) error {
	name, i, err := d.name(2)
	if err != nil {
		return err
	}
	t, err := d.existing(name, "ALTER", "ALTER ANY TABLE")
	if err != nil {
		return err
	}
	if t.Kind != "TABLE" {
		return noTable()
	}
	rest := d.tokens[i:]
	words := wordsOf(rest)
	switch {
	case strings.HasPrefix(words, "ADD SUPPLEMENTAL LOG"), strings.HasPrefix(words, "DROP SUPPLEMENTAL LOG"):
		return d.supplemental(ctx, t, rest)
	case strings.HasPrefix(words, "DROP CONSTRAINT ") && len(rest) > 2:
		return d.dropConstraint(ctx, t, rest[2].Text)
	case strings.HasPrefix(words, "ADD "):
		return d.addToTable(ctx, t, rest[1:])
	}
	return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in does not run ALTER TABLE %s",
		strings.Join(strings.Fields(words)[:min(2, len(rest))], " "))
}

// addToTable adds a column or a constraint.
func (d *definer) addToTable(ctx context.Context, t *dict.Table, rest []sqltext.Token) error {
	if len(rest) > 1 && rest[0].IsOp("(") {
		rest = rest[1:sqltext.Closing(rest, 0)]
	}
	if len(rest) == 0 {
		return tns.Errorf(904, "invalid identifier")
	}
	l := d.loader()
	if c, err := d.tableConstraint(t, rest); err != nil {
		return err
	} else if c != nil {
		d.after(func() { d.model().Constraints = append(d.model().Constraints, c) })
		return d.addConstraint(ctx, l, c, t)
	}
	changed := *t
	changed.Columns = slices.Clone(t.Columns)
	var constraints []*dict.Constraint
	for _, part := range sqltext.Split(rest) {
		if t.Column(part[0].Text) != nil {
			return tns.Errorf(1430, "column being added already exists in table")
		}
		made, err := d.element(&changed, part)
		if err != nil {
			return err
		}
		c := changed.Columns[len(changed.Columns)-1]
		definition := quote(c.Name) + " " + sqltext.Type(c)
		if c.Default != "" {
			text, err := sqltext.Expression(c.Default, d.session.names, "")
			if err != nil {
				return err
			}
			definition += " DEFAULT " + text
		}
		if !c.Nullable {
			definition += " NOT NULL"
		}
		if err := d.exec(ctx, "ALTER TABLE "+relation(t.Name)+" ADD COLUMN "+definition); err != nil {
			return err
		}
		if err := d.describeColumn(ctx, t, c); err != nil {
			return err
		}
		constraints = append(constraints, made...)
	}
	for _, c := range constraints {
		if err := d.addConstraint(ctx, l, c, &changed); err != nil {
			return err
		}
	}
	v := d.session.server
	check := l.beforeTrigger(&changed, l.fills()[t.Name])
	if err := d.exec(ctx, `DROP TRIGGER IF EXISTS "ora$check" ON `+relation(t.Name)+";"+check+redoTrigger(&changed,
		d.model().PrimaryKey(t.Name), v.catalog.logged(t.Name, &v.opts))); err != nil {
		return err
	}
	d.after(func() {
		v.catalog.tables[t.Name] = &changed
		d.model().Replace(&changed)
		d.model().Constraints = append(d.model().Constraints, constraints...)
	})
	return nil
}

func (d *definer) dropConstraint(ctx context.Context, t *dict.Table, name string) error {
	model := d.model()
	at := slices.IndexFunc(model.Constraints, func(c *dict.Constraint) bool {
		return c.Owner == t.Owner && c.Name == name &&
			c.Table == t.Name.Name
	})
	if at < 0 {
		return tns.Errorf(2443, "Cannot drop constraint  - nonexistent constraint")
	}
	c := model.Constraints[at]
	if slices.ContainsFunc(model.Constraints, func(r *dict.Constraint) bool {
		return r.Type == "R" && r.ROwner == c.Owner &&
			r.RName == c.Name
	}) {
		return tns.Errorf(2273, "this unique/primary key is referenced by some foreign keys")
	}
	sql := fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", relation(t.Name), quote(name))
	if notNull.MatchString(c.Condition) {
		sql = fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", relation(t.Name), quote(c.Columns[0]))
	}
	if err := d.exec(ctx, sql); err != nil {
		return err
	}
	for _, view := range []string{"CONSTRAINTS", "CONS_COLUMNS"} {
		if err := d.exec(ctx, fmt.Sprintf(`DELETE FROM dict.%s WHERE "OWNER" = $1 AND "CONSTRAINT_NAME" = $2`, quote(view)), t.Owner,
			name); err != nil {
			return err
		}
	}
	d.after(func() { model.Constraints = slices.Delete(model.Constraints, at, at+1) })
	return nil
}

// grant runs GRANT and REVOKE of object privileges, system privileges and roles.
func (d *definer) grant(ctx context.Context, revoke bool) error {
	to := sqltext.Find(d.tokens, 1, map[bool]string{false: "TO", true: "FROM"}[revoke])
	on := sqltext.Find(d.tokens, 1, "ON")
	if to >= len(d.tokens)-1 || !d.tokens[to+1].Name() {
		return tns.Errorf(905, "missing keyword")
	}
	c, me := d.session.server.catalog, d.user()
	var privileges []string
	for _, part := range sqltext.Split(d.tokens[1:min(on, to)]) {
		privileges = append(privileges, wordsOf(part))
	}
	target := dict.Name{}
	if on < to {
		var err error
		if target, _, err = d.name(on + 1); err != nil {
			return err
		}
		if target.Owner != me.Name && !me.privilege("GRANT ANY OBJECT PRIVILEGE") {
			return tns.Errorf(1031, "insufficient privileges")
		}
		if target.Owner != "SYS" && c.table(target) == nil && !c.hasSequence(target) {
			return noTable()
		}
	} else if !me.privilege("GRANT ANY PRIVILEGE") {
		return tns.Errorf(1031, "insufficient privileges")
	}
	c.mu.Lock()
	before := maps.Clone(c.users)
	for _, part := range sqltext.Split(d.tokens[to+1:]) {
		u := c.users[part[0].Text]
		if u == nil {
			c.users = before
			c.mu.Unlock()
			return tns.Errorf(1917, "user or role '%s' does not exist", part[0].Text)
		}
		changed := *u
		changed.change(privileges, target, revoke)
		c.users[u.Name] = &changed
	}
	c.mu.Unlock()
	err := c.saveUsers(ctx, d.conn, nil)
	if err != nil {
		c.mu.Lock()
		c.users = before
		c.mu.Unlock()
	}
	return err
}

func (c *catalog) hasSequence(name dict.Name) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.sequences[name] != ""
}

// change adds or takes privileges: on an object, or of the system and roles.
func (u *User) change(privileges []string, target dict.Name, revoke bool) {
	u.Roles, u.Privileges, u.Grants = slices.Clone(u.Roles), slices.Clone(u.Privileges), slices.Clone(u.Grants)
	for _, p := range privileges {
		if target.Name != "" {
			all := []string{p}
			if p == "ALL" || p == "ALL PRIVILEGES" {
				all = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "ALTER", "INDEX", "REFERENCES"}
			}
			u.Grants = slices.DeleteFunc(u.Grants, func(g Grant) bool {
				return slices.Contains(all, g.Privilege) && g.Owner == target.Owner && g.Object == target.Name
			})
			for _, privilege := range all {
				if !revoke {
					u.Grants = append(u.Grants, Grant{privilege, target.Owner, target.Name})
				}
			}
			continue
		}
		u.Roles = slices.DeleteFunc(u.Roles, func(r string) bool { return r == p })
		u.Privileges = slices.DeleteFunc(u.Privileges, func(r string) bool { return r == p })
		if revoke {
			continue
		}
		if strings.Contains(p, " ") || p == "LOGMINING" {
			u.Privileges = append(u.Privileges, p)
		} else {
			u.Roles = append(u.Roles, p)
		}
	}
}
