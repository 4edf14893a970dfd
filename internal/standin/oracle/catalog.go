// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/jackc/pgx/v5"
)

// catalog is what the stand-in knows about its objects. It changes only with DDL.
type catalog struct {
	mu        sync.RWMutex
	tables    map[dict.Name]*dict.Table // tables and views, those of SYS too
	sequences map[dict.Name]string
	synonyms  map[dict.Name]dict.Name
	// keys holds the names of constraints and unique indexes that PostgreSQL knows under another name.
	keys map[dict.Name]string
	// origins tells, by a relation's OID and a column's number, the Oracle type of a result column.
	origins map[uint32]map[uint16]*dict.Column
	logging map[dict.Name]*logging
	users   map[string]*User
	used    map[dict.Name]bool // names of relations in PostgreSQL that are taken
	jobs    map[dict.Name]bool
}

// logging is a table's supplemental logging.
type logging struct {
	primaryKey, all bool
	groups          map[string][]string
}

func newCatalog(users []User) *catalog {
	c := &catalog{tables: map[dict.Name]*dict.Table{}, sequences: map[dict.Name]string{}, synonyms: map[dict.Name]dict.Name{},
		keys:    map[dict.Name]string{},
		origins: map[uint32]map[uint16]*dict.Column{}, logging: map[dict.Name]*logging{}, users: map[string]*User{},
		used: map[dict.Name]bool{}, jobs: map[dict.Name]bool{}}
	for _, u := range users {
		u.Name = strings.ToUpper(u.Name)
		u.Roles, u.Privileges, u.Grants = slices.Clone(u.Roles), slices.Clone(u.Privileges), slices.Clone(u.Grants)
		if !slices.Contains(u.Privileges, "CREATE SESSION") {
			u.Privileges = append(u.Privileges, "CREATE SESSION")
		}
		c.users[u.Name] = &u
	}
	return c
}

func (c *catalog) table(name dict.Name) *dict.Table {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tables[name]
}

// relation is a name's form in PostgreSQL.
func relation(n dict.Name) string { return quote(n.Owner) + "." + quote(n.Name) }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// refresh reads which columns PostgreSQL's relations have, so that results can be described by the dictionary's types.
func (c *catalog) refresh(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname, a.atttypid, a.atttypmod
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
		AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'ora', 'dict', 'public') ORDER BY c.oid, a.attnum`)
	if err != nil {
		return fmt.Errorf("read the columns of the Oracle stand-in's tables: %w", err)
	}
	defer rows.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.origins = map[uint32]map[uint16]*dict.Column{}
	var last *dict.Table
	for rows.Next() {
		var oid, typ uint32
		var mod int32
		var number int16
		var schema, relname, column string
		if err := rows.Scan(&oid, &schema, &relname, &number, &column, &typ, &mod); err != nil {
			return err
		}
		name := dict.Name{Owner: schema, Name: relname}
		t := c.tables[name]
		if t == nil {
			t = &dict.Table{Name: name, Kind: "VIEW"}
			c.tables[name] = t
			last = t
		}
		known := t.Column(column)
		if known == nil && last == t {
			known = columnOf(column, typ, mod)
			t.Columns = append(t.Columns, known)
		}
		if c.origins[oid] == nil {
			c.origins[oid] = map[uint16]*dict.Column{}
		}
		if known != nil {
			c.origins[oid][uint16(number)] = known
		}
	}
	return rows.Err()
}

// origin returns the dictionary column that a result column comes from, nil for expressions.
func (c *catalog) origin(oid uint32, number uint16) *dict.Column {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.origins[oid][number]
}

// columnOf describes a column of which only PostgreSQL's type is known.
func columnOf(name string, typ uint32, mod int32) *dict.Column {
	c := &dict.Column{Name: name, Nullable: true, Precision: -1, Scale: dict.NoScale}
	switch typ {
	case oidNumeric, oidInt2, oidInt4, oidInt8, oidBool:
		c.DataType, c.Length = "NUMBER", 22
	case oidTimestamp:
		c.DataType, c.Length = "TIMESTAMP(6)", 11
		if mod == 0 {
			c.DataType, c.Length = "DATE", 7
		}
	case oidTimestampTZ:
		c.DataType, c.Length = "TIMESTAMP(6) WITH TIME ZONE", 13
	case oidBytea:
		c.DataType, c.Length = "RAW", 16
	case oidFloat4:
		c.DataType, c.Length = "BINARY_FLOAT", 4
	case oidFloat8:
		c.DataType, c.Length = "BINARY_DOUBLE", 8
	default:
		c.DataType, c.Length, c.CharLength, c.CharUsed = "VARCHAR2", 128, 128, "B"
		if name == "SQL_REDO" || name == "SQL_UNDO" {
			c.Length, c.CharLength = 4000, 4000
		}
	}
	return c
}

// pgName takes a name for an index or constraint of a schema that no relation has yet, within PostgreSQL's 63 bytes. Errors speak of
// it as original.
func (c *catalog) pgName(owner, name, original string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	chosen := name
	for i := 1; len(chosen) > 63 || c.used[dict.Name{Owner: owner, Name: chosen}]; i++ {
		chosen = fmt.Sprintf("%.50s$%d", name, i)
	}
	c.used[dict.Name{Owner: owner, Name: chosen}] = true
	if chosen != original {
		c.keys[dict.Name{Owner: owner, Name: chosen}] = original
	}
	return chosen
}

// keyName is the Oracle name of a constraint that PostgreSQL names.
func (c *catalog) keyName(owner, name string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if original, ok := c.keys[dict.Name{Owner: owner, Name: name}]; ok {
		return original
	}
	return name
}

var _ sqltext.Resolver = (*resolver)(nil)
