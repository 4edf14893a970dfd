// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"strings"
	"time"
)

// AuthError tells that the server was reached and refused the user, the password, the database or the way of connecting.
type AuthError struct {
	Server string // host:port
	Role   string
	Reason string // PostgreSQL's own words
}

func (e *AuthError) Error() string {
	return fmt.Sprintf("PostgreSQL at %s does not let role %q in: %s; check the user, the password and the database in the target's "+
		"connection string, and pg_hba.conf", e.Server, e.Role, e.Reason)
}

// UnreachableError tells that no PostgreSQL answered.
type UnreachableError struct {
	Server string // host:port
	Reason string
	Err    error // of a session that was lost
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("PostgreSQL at %s can't be reached: %s; check the host, the port, the network path and TLS", e.Server, e.Reason)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// PoolerError tells that something between here and PostgreSQL hands out its connections.
type PoolerError struct {
	Server string // host:port
}

func (e *PoolerError) Error() string {
	return fmt.Sprintf("a connection pooler answers at %s: locks, session settings and the ending of own old sessions need a direct "+
		"connection; give the server's own address", e.Server)
}

// VersionError tells that the server, or the schema "ferryman" on it, is of a version that this program does not work with.
type VersionError struct {
	What string // "PostgreSQL" or `schema "ferryman"`
	Has  string
	Want string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s on the target has version %s, and this Ferryman works with %s", e.What, e.Has, e.Want)
}

// PrivilegeError tells which right the role lacks, and the statement that gives it.
type PrivilegeError struct {
	Role   string
	Cannot string // such as `create schema "ferryman"`
	Fix    string // SQL for the DBA
}

func (e *PrivilegeError) Error() string {
	return fmt.Sprintf("role %q can't %s on the target; have its DBA run: %s", e.Role, e.Cannot, e.Fix)
}

// NoHomeError tells that Ferryman has never been here: there is no schema "ferryman" with its tables in it.
type NoHomeError struct{}

func (*NoHomeError) Error() string {
	return `the target has no schema "ferryman": no migration was ever opened on it`
}

// NoMigrationError tells that no migration of that name was opened on this target.
type NoMigrationError struct {
	Migration string
}

func (e *NoMigrationError) Error() string {
	return fmt.Sprintf("migration %s is not open on this target", e.Migration)
}

// AlreadyOpenError tells that another migration is open on the target, which has at most one.
type AlreadyOpenError struct {
	Migration string // the one that is open
	OpenedAt  time.Time
}

func (e *AlreadyOpenError) Error() string {
	return fmt.Sprintf("the target already has an open migration, %s (since %s); a target has one at a time",
		e.Migration, e.OpenedAt.UTC().Format("2006-01-02 15:04 MST"))
}

// PolicyChangedError tells that a migration is open on the target with another policy or another source than now given.
type PolicyChangedError struct {
	Migration string
	What      string // "policy" or "source"
	Recorded  string
	Given     string
}

func (e *PolicyChangedError) Error() string {
	return fmt.Sprintf("migration %s is open on the target with another %s (%s, now %s); put the profile back as it was, or close the migration first",
		e.Migration, e.What, e.Recorded, e.Given)
}

// FencedError tells that another replica has taken the migration over: whoever gets it must stop, and nothing of its transaction
// was kept.
type FencedError struct {
	Migration string
	Mine      int64
	Now       int64
}

func (e *FencedError) Error() string {
	return fmt.Sprintf("another Ferryman has taken migration %s over (fence %d, mine was %d): stopped before changing anything", e.Migration, e.Now, e.Mine)
}

// Holder is a session, or something else, that stood in the way of a lock.
type Holder struct {
	PID             int32     `json:"pid"` // 0 for a prepared transaction
	Role            string    `json:"role"`
	ApplicationName string    `json:"application_name"`
	State           string    `json:"state"`          // empty where it is not shown to this role
	Since           time.Time `json:"since,omitzero"` // start of its transaction; zero where it is not shown to this role
	// Process says what it is where it is no client's session, such as "autovacuum: VACUUM app.ticket (to prevent wraparound)".
	Process string `json:"process,omitempty"`
}

func (h Holder) String() string {
	switch {
	case h.PID == 0:
		return h.Process
	case h.Process != "":
		return fmt.Sprintf("server process %d (%s)", h.PID, h.Process)
	}
	name := h.ApplicationName
	if name == "" {
		name = "no application name"
	}
	doing := "; what it does is shown to members of pg_read_all_stats"
	if !h.Since.IsZero() {
		doing = fmt.Sprintf(", %s, in a transaction since %s", h.State, h.Since.UTC().Format("15:04:05 MST"))
	}
	return fmt.Sprintf("session %d (%s, role %s%s)", h.PID, name, h.Role, doing)
}

// LockedError tells that a lock was not to be had in time, and who held it when last seen.
type LockedError struct {
	Waited  time.Duration
	Holders []Holder
	Err     error
}

func (e *LockedError) Error() string {
	who := "a session that was gone when asked for"
	if len(e.Holders) > 0 {
		names := make([]string, len(e.Holders))
		for i, h := range e.Holders {
			names[i] = h.String()
		}
		who = strings.Join(names, ", ")
	}
	return fmt.Sprintf("a lock was not to be had within %s; it is held by %s; end that session or try again later", e.Waited.Round(time.Second), who)
}

func (e *LockedError) Unwrap() error { return e.Err }

// ChangedError tells that an object is not what the plan says: nothing of the transaction that found it was kept.
type ChangedError struct {
	Kind    Kind
	Schema  string
	Table   string
	Name    string
	Planned string
	Found   string // empty where the object is gone
}

func (e *ChangedError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("%s %s of %s.%s is gone since the plan was made", e.Kind.Words(), e.Name, e.Schema, e.Table)
	}
	return fmt.Sprintf("%s %s of %s.%s is not as planned: planned %q, found %q", e.Kind.Words(), e.Name, e.Schema, e.Table, e.Planned, e.Found)
}

// StatementError is PostgreSQL's refusal of one statement.
type StatementError struct {
	Refusal
	Err error
}

func (e *StatementError) Error() string {
	what := e.Object
	if what == "" {
		what = fmt.Sprintf("statement %d", e.Index+1)
	}
	return fmt.Sprintf("PostgreSQL refused %s: %s", what, e.Words())
}

func (e *StatementError) Unwrap() error { return e.Err }

// SequenceRangeError tells that a sequence can't hold a value that it must be past.
type SequenceRangeError struct {
	Schema, Name string
	Needed       string
	Bound        string
}

func (e *SequenceRangeError) Error() string {
	return fmt.Sprintf("sequence %s.%s must go on at %s, and its bound is %s; widen it with ALTER SEQUENCE (and its type, where that is too small)",
		e.Schema, e.Name, e.Needed, e.Bound)
}
