// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// limitLOB cuts a LOB to LobMaxSize in limited mode: bytes of a BLOB, characters of a CLOB. What then follows depends on the endpoint
// and the task's settings.
func (r *run) limitLOB(t *table, c column, value any) (any, error) {
	settings := r.Settings.TargetMetadata
	limit := settings.LobMaxSize * 1024
	if settings.FullLobMode {
		return value, nil
	}
	cut, truncated := cutLOB(value, limit)
	if !truncated {
		return value, nil
	}
	message := fmt.Sprintf("The value of column '%s' in table '%s.%s' was truncated to length %d", c.name, t.Schema, t.Table, limit)
	r.warn("SOURCE_UNLOAD", "%s", message)
	switch policy := r.Settings.ErrorBehavior.DataTruncationErrorPolicy; {
	case r.Source.FailOnLOBTruncation || policy == "STOP_TASK":
		return nil, fatal{message}
	case policy == "SUSPEND_TABLE":
		return nil, onSource(fmt.Errorf("%s", message))
	}
	return cut, nil
}

// cutLOB cuts a value to a number of bytes or characters.
func cutLOB(value any, limit int) (cut any, truncated bool) {
	switch v := value.(type) {
	case []byte:
		if len(v) > limit {
			return v[:limit], true
		}
	case string:
		if len(v) > limit && utf8.RuneCountInString(v) > limit {
			return string([]rune(v)[:limit]), true
		}
	}
	return value, false
}

// lobLoader writes the LOBs of a batch after its rows, as full LOB mode does: rows are inserted with NULL and updated by their key.
// In limited mode it does nothing.
type lobLoader struct {
	r       *run
	t       *table
	active  bool
	key     []int // positions of the key's columns
	updates []lobUpdate
	told    bool
}

type lobUpdate struct {
	column int
	value  string
	key    []*string
}

func newLOBLoader(r *run, t *table) *lobLoader {
	l := &lobLoader{r: r, t: t, active: r.Settings.TargetMetadata.FullLobMode}
	for _, name := range t.key {
		for i, c := range t.columns {
			if c.name == name {
				l.key = append(l.key, i)
			}
		}
	}
	return l
}

// take keeps a row's LOBs for later and leaves NULL in their place.
func (l *lobLoader) take(values []*string) error {
	if !l.active {
		return nil
	}
	for i, c := range l.t.columns {
		if !c.kind.lob() || values[i] == nil {
			continue
		}
		if len(l.key) == 0 {
			if !l.told {
				l.r.warn("SOURCE_UNLOAD", "Table '%s'.'%s' has no primary key: its LOB columns are not loaded in full LOB mode", l.t.Schema, l.t.Table)
				l.told = true
			}
			values[i] = nil
			continue
		}
		update := lobUpdate{column: i, value: *values[i]}
		for _, k := range l.key {
			update.key = append(update.key, values[k])
		}
		l.updates = append(l.updates, update)
		values[i] = nil
	}
	return nil
}

func (l *lobLoader) flush(ctx context.Context, conn *pgx.Conn) error {
	for _, u := range l.updates {
		var where []string
		params := [][]byte{[]byte(u.value)}
		for i, k := range l.key {
			where = append(where, fmt.Sprintf("%s = $%d", pgx.Identifier{l.t.columns[k].target}.Sanitize(), i+2))
			params = append(params, []byte(*u.key[i]))
		}
		query := fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s", l.t.target(),
			pgx.Identifier{l.t.columns[u.column].target}.Sanitize(), strings.Join(where, " AND "))
		if err := conn.PgConn().ExecParams(ctx, query, params, nil, nil, nil).Read().Err; err != nil {
			return err
		}
	}
	l.updates = nil
	return nil
}
