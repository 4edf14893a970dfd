// SPDX-License-Identifier: Apache-2.0

package tns

// maxCursors is OPEN_CURSORS.
const maxCursors = 1000

// cursor is a statement that a client has parsed, with what it has to remember for further executions and fetches.
type cursor struct {
	id      uint64
	sql     string
	plsql   bool
	names   []string    // of its binds
	binds   []valueType // as the client last described them
	outOnly []bool      // binds told to be only OUT: a re-execution leaves their values out
	defines []valueType // how the client wants the columns, nil for as they are
	columns []Column
	rows    Rows // nil before the first execution and after the last row
	fetched int64
}

func (c *cursor) closeRows() {
	if c.rows != nil {
		c.rows.Close()
		c.rows = nil
	}
}

// cursorSet holds a connection's open cursors.
type cursorSet struct {
	open map[uint64]*cursor
	last uint64
}

// prepare gives the cursor for a newly parsed statement: that with the id if the client names one, else a new one.
func (s *cursorSet) prepare(id uint64, sql string) (*cursor, error) {
	if s.open == nil {
		s.open = map[uint64]*cursor{}
	}
	if old := s.open[id]; old != nil {
		old.closeRows()
	} else {
		if len(s.open) >= maxCursors {
			return nil, Errorf(1000, "maximum open cursors exceeded")
		}
		for id = s.last%0x7FFF + 1; s.open[id] != nil; {
			id = id%0x7FFF + 1
		}
		s.last = id
	}
	plsql, names := bindNames(sql)
	s.open[id] = &cursor{id: id, sql: sql, plsql: plsql, names: names}
	return s.open[id], nil
}

func (s *cursorSet) get(id uint64) (*cursor, error) {
	if c := s.open[id]; c != nil {
		return c, nil
	}
	return nil, Errorf(1001, "invalid cursor")
}

func (s *cursorSet) close(id uint64) {
	if c := s.open[id]; c != nil {
		c.closeRows()
		delete(s.open, id)
	}
}

func (s *cursorSet) closeAll() {
	for id := range s.open {
		s.close(id)
	}
}
