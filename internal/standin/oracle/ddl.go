// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/jackc/pgx/v5"
)

// definition runs one DDL statement: it commits before and after, as in Oracle. Definitions run one at a time, in a transaction of
// their own, with the dictionary's rows.
func (s *session) definition(ctx context.Context, sql string, tokens []sqltext.Token, _ []tns.Bind) (*tns.Result, error) {
	if err := s.Commit(ctx); err != nil {
		return nil, err
	}
	s.server.ddl.Lock()
	defer s.server.ddl.Unlock()
	conn, err := s.server.connect(ctx, s.server.database)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.Begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
		return nil, err
	}
	d := &definer{session: s, conn: conn, sql: sql, tokens: tokens}
	if err := d.dispatch(ctx); err != nil {
		return nil, s.oraError(err, sql, "", false)
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, s.oraError(err, sql, "", false)
	}
	s.server.catalog.mu.Lock()
	for _, apply := range d.apply {
		apply()
	}
	s.server.catalog.mu.Unlock()
	s.server.generation.Add(1)
	return &tns.Result{}, s.server.catalog.refresh(ctx, conn)
}

// definer runs one DDL statement. What it changes in the catalog is applied after the commit.
type definer struct {
	session *session
	conn    *pgx.Conn
	sql     string
	tokens  []sqltext.Token
	apply   []func()
}

func (d *definer) after(f func()) { d.apply = append(d.apply, f) }

func (d *definer) dispatch(ctx context.Context) error {
	word := func(i int) string {
		if i < len(d.tokens) && d.tokens[i].Kind == sqltext.Word {
			return d.tokens[i].Text
		}
		return ""
	}
	for _, t := range d.tokens {
		if t.IsOp(";") {
			return &tns.OraError{Code: 911, Message: "ORA-00911: invalid character", Pos: t.Pos}
		}
	}
	switch first, second := word(0), word(1); {
	case first == "CREATE" && second == "TABLE":
		return d.createTable(ctx)
	case first == "CREATE" && second == "SEQUENCE":
		return d.createSequence(ctx)
	case first == "CREATE" && (second == "INDEX" || second == "UNIQUE" && word(2) == "INDEX"):
		return d.createIndex(ctx, second == "UNIQUE")
	case first == "CREATE" && (second == "VIEW" || second == "OR" && word(3) == "VIEW"):
		return d.createView(ctx, second == "OR")
	case first == "DROP":
		return d.drop(ctx, second)
	case first == "TRUNCATE" && second == "TABLE":
		return d.truncate(ctx)
	case first == "ALTER" && second == "TABLE":
		return d.alterTable(ctx)
	case first == "ALTER" && second == "DATABASE":
		return d.alterDatabase(ctx)
	case first == "GRANT", first == "REVOKE":
		return d.grant(ctx, first == "REVOKE")
	case first == "COMMENT" && second == "ON":
		return d.comment(ctx)
	case first == "ALTER" && second == "SYSTEM":
		if !d.user().privilege("ALTER SYSTEM") {
			return tns.Errorf(1031, "insufficient privileges")
		}
		return nil
	}
	if word(0) == "CREATE" || word(0) == "ALTER" || word(0) == "DROP" {
		return tns.Errorf(3001, "unimplemented feature: this Oracle stand-in does not run %s %s", word(0), word(1))
	}
	return tns.Errorf(900, "invalid SQL statement")
}

func (d *definer) user() *User { return d.session.server.catalog.user(d.session.client.User) }

func (d *definer) model() *dict.Model { return d.session.server.model }

// exec runs a statement of PostgreSQL.
func (d *definer) exec(ctx context.Context, sql string, args ...any) error {
	_, err := d.conn.Exec(ctx, sql, args...)
	return err
}

// name reads [owner.]name at i; the owner is the current schema where there is none.
func (d *definer) name(i int) (dict.Name, int, error) {
	if i >= len(d.tokens) || !d.tokens[i].Name() {
		return dict.Name{}, i, tns.Errorf(903, "invalid table name")
	}
	n := dict.Name{Owner: d.session.names.schema, Name: d.tokens[i].Text}
	i++
	if i+1 < len(d.tokens) && d.tokens[i].IsOp(".") && d.tokens[i+1].Name() {
		n.Owner, n.Name = n.Name, d.tokens[i+1].Text
		i += 2
	}
	if len(n.Name) > 63 {
		return n, i, tns.Errorf(972, "identifier is too long")
	}
	return n, i, nil
}

// may checks that the user may create or change something in a schema.
func (d *definer) may(owner, privilege, any string) error {
	u := d.user()
	if owner == u.Name && (privilege == "" || u.privilege(privilege)) || u.privilege(any) {
		return nil
	}
	return tns.Errorf(1031, "insufficient privileges")
}

// free checks that a name is not taken.
func (d *definer) free(name dict.Name) error {
	c := d.session.server.catalog
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.schemaKnown(name.Owner) {
		return tns.Errorf(1918, "user '%s' does not exist", name.Owner)
	}
	if c.tables[name] != nil || c.sequences[name] != "" || c.synonyms[name].Name != "" {
		return tns.Errorf(955, "name is already used by an existing object")
	}
	return nil
}

// existing finds a table that the user may change.
func (d *definer) existing(name dict.Name, privilege, any string) (*dict.Table, error) {
	t := d.session.server.catalog.table(name)
	if t == nil {
		return nil, noTable()
	}
	u := d.user()
	if name.Owner != u.Name && !u.privilege(any) && !(privilege != "" && u.granted(privilege, name.Owner, name.Name)) {
		if d.session.names.allowed(name, "SELECT") != nil {
			return nil, noTable()
		}
		return nil, tns.Errorf(1031, "insufficient privileges")
	}
	return t, nil
}

// schemaKnown says whether there is a user of this name. The caller holds the lock.
func (c *catalog) schemaKnown(owner string) bool {
	if c.users[owner] != nil {
		return true
	}
	for name := range c.tables {
		if name.Owner == owner {
			return true
		}
	}
	return false
}

func (c *catalog) schemaExists(owner string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.schemaKnown(owner)
}

// insert adds a row to a table of the dictionary; columns that are not named take their defaults.
func (d *definer) insert(ctx context.Context, view string, row map[string]any) error {
	at := slices.IndexFunc(dict.Views(), func(v *dict.View) bool { return v.Name == view })
	for column, value := range dict.Views()[at].Defaults {
		if _, ok := row[column]; !ok {
			row[column] = value
		}
	}
	var columns []string
	var values []any
	marks := ""
	for _, column := range keysOf(row) {
		value := row[column]
		if text, ok := value.(string); ok && text == "" {
			value = nil
		}
		columns = append(columns, column)
		values = append(values, value)
		if len(values) > 1 {
			marks += ", "
		}
		marks += fmt.Sprintf("$%d", len(values))
	}
	return d.exec(ctx, fmt.Sprintf("INSERT INTO dict.%s (%s) VALUES (%s)", quote(view), quoteAll(columns), marks), values...)
}

// object adds or renews a row of ALL_OBJECTS.
func (d *definer) object(ctx context.Context, name dict.Name, kind string) error {
	id := d.session.server.objectID.Add(1)
	return d.exec(ctx, `INSERT INTO dict."OBJECTS" ("OWNER", "OBJECT_NAME", "OBJECT_ID", "DATA_OBJECT_ID", "OBJECT_TYPE", "CREATED",
		"LAST_DDL_TIME", "TIMESTAMP", "STATUS", "TEMPORARY", "GENERATED",
		"SECONDARY", "SHARING", "ORACLE_MAINTAINED")
		VALUES ($1, $2, $3, $3, $4, ora.sysdate(), ora.sysdate(), to_char(clock_timestamp(), 'YYYY-MM-DD:HH24:MI:SS'), 'VALID', 'N', 'N', 'N', 'NONE', 'N')`,
		name.Owner, name.Name, id, kind)
}
