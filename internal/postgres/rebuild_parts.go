// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strings"
)

// part is a statement among those that bring an object back which can be run ahead of the others, in a transaction of its own: an index
// of one table, or the foreign key of one. It is read from the statement, for that is what is saved.
type part struct {
	index      bool // else a foreign key
	table      tableName
	name       string
	sql        string
	tablespace string // the SET LOCAL before it, empty without
	definition string // what the catalog prints of it once it is there
	refers     tableName
	validated  bool // of a foreign key: not added NOT VALID to stay so
}

// partsOf reads the statements that bring an object back. In the list are nil where a statement is no part.
func partsOf(create []string) []*part {
	parts := make([]*part, len(create))
	tablespace := ""
	for i, sql := range create {
		switch {
		case sql == "SET LOCAL default_tablespace = ''":
			tablespace = ""
		case strings.HasPrefix(sql, "SET LOCAL default_tablespace = "):
			tablespace = sql
		default:
			p := indexPart(sql)
			if p == nil {
				p = keyPart(sql)
			}
			if p != nil {
				p.sql, p.tablespace = sql, tablespace
				parts[i] = p
			}
		}
	}
	return parts
}

// indexPart reads CREATE INDEX as pg_get_indexdef prints it. One ON ONLY a partitioned table has nothing in it, and is no part.
func indexPart(sql string) *part {
	rest, ok := strings.CutPrefix(sql, "CREATE UNIQUE INDEX ")
	if !ok {
		rest, ok = strings.CutPrefix(sql, "CREATE INDEX ")
	}
	if !ok {
		return nil
	}
	p := &part{index: true, definition: sql}
	if p.name, rest, ok = cutName(rest); !ok {
		return nil
	}
	if rest, ok = strings.CutPrefix(rest, " ON "); !ok || strings.HasPrefix(rest, "ONLY ") {
		return nil
	}
	if p.table, rest, ok = cutTable(rest); !ok || !strings.HasPrefix(rest, " USING ") {
		return nil
	}
	return p
}

// keyPart reads ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY.
func keyPart(sql string) *part {
	rest, ok := strings.CutPrefix(sql, "ALTER TABLE ")
	if !ok {
		return nil
	}
	p := &part{}
	if p.table, rest, ok = cutTable(rest); !ok {
		return nil
	}
	if rest, ok = strings.CutPrefix(rest, " ADD CONSTRAINT "); !ok {
		return nil
	}
	if p.name, rest, ok = cutName(rest); !ok || !strings.HasPrefix(rest, " FOREIGN KEY (") {
		return nil
	}
	p.definition = strings.TrimSuffix(rest[1:], " NOT VALID")
	p.validated = p.definition == rest[1:] && !strings.HasSuffix(rest, " NOT ENFORCED")
	// The columns before REFERENCES are names, quoted or plain.
	for rest = rest[1:]; rest != ""; {
		if after, ok := strings.CutPrefix(rest, " REFERENCES "); ok {
			p.refers, _, ok = cutTable(after)
			if !ok {
				return nil
			}
			return p
		}
		if rest[0] == '"' {
			if _, rest, ok = cutName(rest); !ok {
				return nil
			}
		} else {
			rest = rest[1:]
		}
	}
	return nil
}

// cutTable reads schema.table.
func cutTable(s string) (t tableName, rest string, ok bool) {
	if t.schema, s, ok = cutName(s); !ok || !strings.HasPrefix(s, ".") {
		return t, s, false
	}
	t.table, rest, ok = cutName(s[1:])
	return t, rest, ok
}

// cutName reads an identifier as PostgreSQL prints it: plain, or in quotes with quotes doubled.
func cutName(s string) (name, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexFunc(s, func(r rune) bool {
			return r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
		})
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return strings.ReplaceAll(s[1:i], `""`, `"`), s[i+1:], true
	}
	return "", s, false
}
