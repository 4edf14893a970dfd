// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"time"
)

var errNotThere = errors.New("not written yet")

// ReadCatalog reads the schemas in one snapshot. A schema that does not exist has nothing in it.
func (t *Target) ReadCatalog(ctx context.Context, schemas []string) (*Catalog, error) {
	return nil, errNotThere
}

// Definitions lists the catalog's objects of the kinds (all without any), ordered.
func (c *Catalog) Definitions(kinds ...string) []Definition { return nil }

// Differences compares two lists of definitions; nil is "the same".
func Differences(before, after []Definition) []Difference { return nil }

// PlanSetAside chooses what goes and what stays.
func PlanSetAside(cat *Catalog, opts SetAsideOptions) (SetAside, error) {
	return SetAside{}, errNotThere
}

// Batches are the transactions that set the objects aside, in order: foreign keys first, table by table.
func (s SetAside) Batches() []Batch { return nil }

// SetAsideObjects sets objects of one table aside in one transaction: fence, lock, comparison with the plan, saved row, drop or
// disable, the step's outcome. What is aside already is left so. Errors: *ChangedError, *FencedError, *LockedError.
func (t *Target) SetAsideObjects(ctx context.Context, fence Fence, plan, step string, objects []Object) error {
	return errNotThere
}

// SavedObject is an object that was set aside.
type SavedObject struct {
	Object
	Migration  string     `json:"migration"`
	DroppedAt  time.Time  `json:"dropped_at"`
	RestoredAt *time.Time `json:"restored_at,omitempty"`
	Error      string     `json:"error,omitempty"` // why it could not come back, the last time it was tried
}

// Saved lists what was set aside, also what is back. An empty migration means all.
func (t *Target) Saved(ctx context.Context, migration string) ([]SavedObject, error) {
	return nil, errNotThere
}

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

// ListTriggers reads the users' triggers of the schemas and their state.
func (t *Target) ListTriggers(ctx context.Context, schemas []string) ([]TriggerInfo, error) {
	return nil, errNotThere
}

// ReadSequences reads the sequences of the schemas.
func (t *Target) ReadSequences(ctx context.Context, schemas []string) ([]Sequence, error) {
	return nil, errNotThere
}

// SequenceTarget says where a sequence has to be.
type SequenceTarget struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	// AtLeast is the next value that the source would give out (Oracle's LAST_NUMBER), a decimal number of any length; empty
	// without a source.
	AtLeast string `json:"at_least,omitempty"`
	// Gap is how many increments beyond that and beyond the columns' values to go.
	Gap int64 `json:"gap"`
	// Columns that are filled from it, besides the one that owns it.
	Columns []ColumnName `json:"columns,omitempty"`
}

// SequenceOutcome is the next value before and after, as decimal numbers. Note tells what could not be done as asked.
type SequenceOutcome struct {
	Was  string `json:"was"`
	Now  string `json:"now"`
	Note string `json:"note,omitempty"`
}

// AdvanceSequence moves a sequence ahead, never back: its next value becomes the furthest, in the direction of its increment, of
// where it is, and of the source's next value and the columns' values plus the gap. Errors: *SequenceRangeError, *FencedError.
func (t *Target) AdvanceSequence(ctx context.Context, fence Fence, plan, step string, target SequenceTarget) (SequenceOutcome, error) {
	return SequenceOutcome{}, errNotThere
}

// Statement is one SQL statement and the object it is for, which messages name.
type Statement struct {
	Object string `json:"object"`
	SQL    string `json:"sql"`
}

// Refusal is PostgreSQL's answer to a statement that it did not take.
type Refusal struct {
	Index   int    `json:"index"` // of the statement in the list
	Object  string `json:"object"`
	Code    string `json:"code"` // SQLSTATE
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
	// Position is where in the statement, in characters from 1; 0 is unknown.
	Position int `json:"position,omitempty"`
}

// Words is the refusal in one line.
func (r Refusal) Words() string { return r.Message }

// Apply runs the statements, in order, one at a time by the extended protocol, in one transaction with the step's outcome. A step
// that is recorded as done is not run again. Errors: *StatementError, *FencedError, *LockedError.
func (t *Target) Apply(ctx context.Context, fence Fence, plan, step string, statements []Statement) error {
	return errNotThere
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
