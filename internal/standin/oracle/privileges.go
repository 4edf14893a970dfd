// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// implied are the system privileges that come with a role.
var implied = map[string][]string{
	"CONNECT": {"CREATE SESSION"},
	"RESOURCE": {"CREATE TABLE", "CREATE SEQUENCE", "CREATE TRIGGER", "CREATE PROCEDURE", "CREATE TYPE", "CREATE CLUSTER",
		"CREATE OPERATOR", "CREATE INDEXTYPE"},
	"DBA": {"CREATE SESSION", "ALTER SESSION", "ALTER DATABASE", "ALTER SYSTEM", "CREATE TABLE", "CREATE ANY TABLE", "ALTER ANY TABLE",
		"DROP ANY TABLE", "SELECT ANY TABLE", "INSERT ANY TABLE",
		"UPDATE ANY TABLE", "DELETE ANY TABLE", "LOCK ANY TABLE", "CREATE SEQUENCE", "CREATE ANY SEQUENCE", "SELECT ANY SEQUENCE",
		"CREATE VIEW", "CREATE ANY INDEX", "CREATE TRIGGER", "CREATE PROCEDURE",
		"SELECT ANY DICTIONARY", "SELECT ANY TRANSACTION", "LOGMINING", "GRANT ANY PRIVILEGE", "GRANT ANY OBJECT PRIVILEGE",
		"GRANT ANY ROLE", "MANAGE SCHEDULER", "CREATE USER", "UNLIMITED TABLESPACE"},
}

var impliedRoles = map[string][]string{"DBA": {"SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"}}

// user returns what a user may do; an unknown one may do nothing.
func (c *catalog) user(name string) *User {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if u := c.users[name]; u != nil {
		copied := *u
		return &copied
	}
	return &User{Name: name}
}

func (u *User) role(name string) bool {
	return slices.Contains(u.allRoles(), name)
}

func (u *User) allRoles() []string {
	var all []string
	for _, r := range u.Roles {
		r = strings.ToUpper(r)
		all = append(all, r)
		all = append(all, impliedRoles[r]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (u *User) privilege(name string) bool { return slices.Contains(u.allPrivileges(), name) }

func (u *User) allPrivileges() []string {
	var all []string
	for _, p := range u.Privileges {
		all = append(all, strings.ToUpper(p))
	}
	for _, r := range u.allRoles() {
		all = append(all, implied[r]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (u *User) granted(privilege, owner, object string) bool {
	return slices.ContainsFunc(u.Grants, func(g Grant) bool {
		return strings.EqualFold(g.Privilege, privilege) && strings.EqualFold(g.Owner, owner) && strings.EqualFold(g.Object, object)
	})
}

// saveUsers writes who may do what to where the dictionary views read it.
func (c *catalog) saveUsers(ctx context.Context, conn *pgx.Conn, owners []string) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	batch := &pgx.Batch{}
	batch.Queue("DELETE FROM ora.user_privileges")
	batch.Queue("DELETE FROM ora.user_roles")
	batch.Queue("DELETE FROM ora.grants")
	names := append([]string{"SYS", "SYSTEM"}, owners...)
	for _, u := range c.users {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	for i, name := range slices.Compact(names) {
		batch.Queue("INSERT INTO ora.users (name, id, created) VALUES ($1, $2, '2024-01-01') ON CONFLICT DO NOTHING", name, 100+i)
	}
	for _, u := range c.users {
		batch.Queue("UPDATE ora.users SET sees_all = $2 WHERE name = $1", u.Name,
			u.role("SELECT_CATALOG_ROLE") || u.privilege("SELECT ANY DICTIONARY") || u.privilege("SELECT ANY TABLE"))
		for _, p := range u.allPrivileges() {
			batch.Queue("INSERT INTO ora.user_privileges VALUES ($1, $2)", u.Name, p)
		}
		for _, r := range u.allRoles() {
			batch.Queue("INSERT INTO ora.user_roles VALUES ($1, $2)", u.Name, r)
		}
		for _, g := range u.Grants {
			batch.Queue("INSERT INTO ora.grants VALUES ($1, upper($2), upper($3), upper($4), upper($2), 'TABLE') ON CONFLICT DO NOTHING",
				u.Name, g.Owner, g.Object, g.Privilege)
		}
	}
	return conn.SendBatch(ctx, batch).Close()
}
