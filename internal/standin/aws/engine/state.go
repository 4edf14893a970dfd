// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Table states and validation states, as the API shows them.
const (
	tableBefore    = "Before load"
	tableLoading   = "Full load"
	tableCompleted = "Table completed"
	tableCancelled = "Table cancelled"
	tableError     = "Table error"
	tableReloading = "Table is being reloaded"

	validationOff        = "Not enabled"
	validationPending    = "Pending validation"
	validationAgain      = "Pending revalidation"
	validationDone       = "Validated"
	validationMismatched = "Mismatched records"
	validationNoKey      = "No primary key"
	validationTableError = "Table error"
	validationFailed     = "Error"
)

// TableName names a table on the source.
type TableName struct{ Schema, Table string }

// Counts are changes by kind.
type Counts struct{ Inserts, Updates, Deletes, DDLs int64 }

func (c *Counts) add(o operation, n int64) {
	switch o {
	case insertRow:
		c.Inserts += n
	case updateRow:
		c.Updates += n
	case deleteRow:
		c.Deletes += n
	case truncateTable:
		c.DDLs += n
	}
}

// Validation is how far the comparison of a table's rows on both sides is.
type Validation struct {
	State           string
	Details         string
	Pending, Failed int64 // records
}

// TableStatistics is what is known of one table of a task.
type TableStatistics struct {
	TableName
	State                           string
	LoadedRows                      int64
	LoadStarted, LoadEnded, Updated time.Time
	Reloaded                        bool
	Captured, Applied               Counts
	Validation                      Validation
	estimate                        int64  // rows on the source, as its dictionary says
	snapshotSCN                     uint64 // the full load saw all commits up to this
	tolerantTo                      uint64 // changes up to this SCN may be on the target already
	tries                           int    // looks at the rows that found a difference, since the last change
}

// State is what a task knows from run to run. It is safe for use by several goroutines.
type State struct {
	mu                        sync.Mutex
	tables                    map[TableName]*TableStatistics
	loadStarted, loadFinished time.Time
	applied                   uint64 // all commits up to this SCN are on the target
	low                       uint64 // what commits after applied began at this SCN or later
	captured                  uint64 // all commits up to this SCN have been read
	reloads, validations      []TableName
}

// NewState is the state of a task that never ran.
func NewState() *State { return &State{tables: map[TableName]*TableStatistics{}} }

// Prepare makes the state ready for a run, before it begins: all but a resumed one forget what was.
func (s *State) Prepare(mode Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reloads, s.validations = nil, nil
	if mode != Resume {
		clear(s.tables)
		s.loadStarted, s.loadFinished, s.applied, s.low, s.captured = time.Time{}, time.Time{}, 0, 0, 0
	}
}

// Checkpoint is where a later task could go on, empty before anything was captured.
func (s *State) Checkpoint() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.applied == 0 {
		return ""
	}
	return checkpoint(s.applied)
}

// Tables returns all tables' statistics by schema and name.
func (s *State) Tables() []TableStatistics {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]TableStatistics, 0, len(s.tables))
	for _, t := range s.tables {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b TableStatistics) int {
		return strings.Compare(a.Schema+"\x00"+a.Table, b.Schema+"\x00"+b.Table)
	})
	return all
}

// Has says whether the task has a table.
func (s *State) Has(name TableName) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables[name] != nil
}

// RequestReload asks the running task to load tables again.
func (s *State) RequestReload(tables []TableName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range tables {
		s.tables[name].State = tableReloading
	}
	s.reloads = append(s.reloads, tables...)
}

// RequestValidation asks the running task to validate tables again.
func (s *State) RequestValidation(tables []TableName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range tables {
		if v := &s.tables[name].Validation; v.State != validationNoKey {
			v.State = validationAgain
		}
	}
}

func (s *State) takeReloads() []TableName {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.reloads
	s.reloads = nil
	return taken
}

// change changes a table's statistics under the lock.
func (s *State) change(name TableName, f func(*TableStatistics)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[name]
	if t == nil {
		t = &TableStatistics{TableName: name, State: tableBefore, Validation: Validation{State: validationOff}}
		s.tables[name] = t
	}
	f(t)
}

func (s *State) get(name TableName) TableStatistics {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.tables[name]
}

// Progress is how far the full load is. Percent is of the rows that the source's dictionary says there are, 100 once no table is left.
type Progress struct {
	LoadStarted, LoadFinished        time.Time
	Percent                          int
	Errored, Loaded, Loading, Queued int
}

// Progress counts the tables by state.
func (s *State) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := Progress{LoadStarted: s.loadStarted, LoadFinished: s.loadFinished}
	var rows, estimate int64
	for _, t := range s.tables {
		weight := max(t.estimate, 1)
		estimate += weight
		switch t.State {
		case tableBefore:
			p.Queued++
		case tableLoading, tableReloading:
			p.Loading++
			rows += min(t.LoadedRows, weight)
		case tableCompleted:
			p.Loaded++
			rows += weight
		case tableCancelled:
			rows += min(t.LoadedRows, weight)
		case tableError:
			p.Errored++
			rows += weight
		}
	}
	switch {
	case !s.loadFinished.IsZero():
		p.Percent = 100
	case estimate > 0:
		p.Percent = int(min(rows*100/estimate, 99))
	}
	return p
}

func (s *State) positions() (applied, low, captured uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.applied, s.low, s.captured
}

func (s *State) setApplied(scn uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.applied = max(s.applied, scn)
}

func (s *State) setLow(scn uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.low = scn
}

func (s *State) setCaptured(scn uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.captured = max(s.captured, scn)
}
