// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"fmt"
	"sync"
)

// faults holds what a rehearsal or a test has broken on purpose, and counts calls.
type faults struct {
	mu        sync.Mutex
	denied    map[string]bool
	throttled map[string]int
	tables    map[string]bool
	calls     map[string]int
	effects   map[string]int
	hold      chan struct{} // closed on release; nil: not held
}

// DenyOperation makes the IAM policy refuse an operation, such as "StartReplicationTask", until AllowOperation.
func (s *Server) DenyOperation(name string) { s.faults.set(&s.faults.denied, name, true) }

// AllowOperation takes DenyOperation back.
func (s *Server) AllowOperation(name string) { s.faults.set(&s.faults.denied, name, false) }

// FailTable makes the full load of a source table fail after its first rows, until MendTable.
func (s *Server) FailTable(schema, table string) {
	s.faults.set(&s.faults.tables, schema+"."+table, true)
}

// MendTable takes FailTable back.
func (s *Server) MendTable(schema, table string) {
	s.faults.set(&s.faults.tables, schema+"."+table, false)
}

// Throttle makes the next n calls of an operation end with ThrottlingException.
func (s *Server) Throttle(name string, n int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.throttled == nil {
		s.faults.throttled = map[string]int{}
	}
	s.faults.throttled[name] = n
}

// Calls counts the authenticated calls of an operation, whatever came of them.
func (s *Server) Calls(name string) int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.calls[name]
}

// Effects counts the calls of an operation that reached the service: neither denied nor throttled.
func (s *Server) Effects(name string) int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.effects[name]
}

// HoldLoad stops the rows of every full load where they are until ReleaseLoad; tasks stay running.
func (s *Server) HoldLoad() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.hold == nil {
		s.faults.hold = make(chan struct{})
	}
}

// ReleaseLoad lets the rows go on.
func (s *Server) ReleaseLoad() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.hold != nil {
		close(s.faults.hold)
		s.faults.hold = nil
	}
}

func (f *faults) set(where *map[string]bool, name string, value bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *where == nil {
		*where = map[string]bool{}
	}
	(*where)[name] = value
}

// before counts a call and answers what stands in its way.
func (f *faults) before(name, caller string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls, f.effects = map[string]int{}, map[string]int{}
	}
	f.calls[name]++
	if f.denied[name] {
		return fault("AccessDeniedException", "User: %s is not authorized to perform: dms:%s because no identity-based policy allows the dms:%s action",
			caller, name, name)
	}
	if f.throttled[name] > 0 {
		f.throttled[name]--
		return fault("ThrottlingException", "Rate exceeded")
	}
	return nil
}

func (f *faults) effect(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.effects[name]++
}

// table answers the error that a table's load is to fail with.
func (f *faults) table(schema, table string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tables[schema+"."+table] {
		return fmt.Errorf("failed to load data from csv file of table '%s'.'%s'", schema, table)
	}
	return nil
}

// held returns a channel that closes when the load may go on, nil when it may now.
func (f *faults) held() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hold
}
