// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"time"
)

var errNotThere = errors.New("not written yet")

// RebuildOptions bound a rebuild.
type RebuildOptions struct {
	Jobs       int                   // objects at work at once, default 4, at most 32
	MemoryMB   int                   // maintenance_work_mem of all jobs together, default 512
	OnProgress func(RebuildProgress) // called about once a second, never at the same time twice
}

// RebuildProgress is a reading.
type RebuildProgress struct {
	At      time.Time
	Done    int
	Failed  int
	Total   int
	Running []Running
}

// Running is an object that is being brought back.
type Running struct {
	Kind    Kind
	Schema  string
	Table   string
	Name    string
	Phase   string  // PostgreSQL's name for it, such as "building index: scanning table"
	Percent float64 // of that phase, -1 where PostgreSQL does not say
	Since   time.Time
}

// Failure is an object that could not come back.
type Failure struct {
	Object Object `json:"object"`
	Error  string `json:"error"`
	// Orphans counts the rows without a parent of a foreign key, FirstKeys shows the first of them ("id=5"), Query finds them.
	Orphans   int64    `json:"orphans,omitempty"`
	FirstKeys []string `json:"first_keys,omitempty"`
	Query     string   `json:"query,omitempty"`
}

// RebuildReport is what came of bringing objects back.
type RebuildReport struct {
	Restored    []Object      `json:"restored"` // brought back now
	AlreadyBack []Object      `json:"already_back"`
	Failed      []Failure     `json:"failed"`
	Differences []Difference  `json:"differences"` // of what is back, compared with what was saved
	Took        time.Duration `json:"took"`
}

// Rebuild brings back indexes, unique and exclusion constraints and foreign keys. An object that fails is reported and kept in the
// saved list with its error, and the others go on; the error is for what stops everything (*FencedError, a lost server).
func (t *Target) Rebuild(ctx context.Context, fence Fence, opts RebuildOptions) (RebuildReport, error) {
	return RebuildReport{}, errNotThere
}

// BringBack brings triggers, NOT NULLs and identities (or those kinds of them that are given) to what they were.
func (t *Target) BringBack(ctx context.Context, fence Fence, kinds ...Kind) (RebuildReport, error) {
	return RebuildReport{}, errNotThere
}

// TryInScratch runs the statements where they leave nothing behind: in a database of its own that is dropped afterwards where the
// role may create one, else in a transaction on the target that is rolled back. Each has a savepoint, so that one that is refused
// does not stop the others.
func (t *Target) TryInScratch(ctx context.Context, statements []Statement) ([]Refusal, error) {
	return nil, errNotThere
}

// Check is one thing that Ferryman needs on the target.
type Check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Fix   string `json:"fix,omitempty"` // what to do, SQL where there is one
}

// CheckPrivileges reads what the role may do, and changes nothing.
func (t *Target) CheckPrivileges(ctx context.Context, schemas []string) ([]Check, error) {
	return nil, errNotThere
}

// RestoreOptions say what `ferryman restore` brings back.
type RestoreOptions struct {
	RebuildOptions
	// All brings triggers, NOT NULLs and identities back too: only once DMS writes no more.
	All   bool
	Actor string // who, for the audit line
}

// Restore brings back everything that any migration has set aside on this target. It needs nothing but the target.
func (t *Target) Restore(ctx context.Context, opts RestoreOptions) (RebuildReport, error) {
	return RebuildReport{}, errNotThere
}
