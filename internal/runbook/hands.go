// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// Crew opens the connections that a migration's phases work through. internal/phases has the real one.
type Crew interface {
	// Open connects, and raises the fence on the target where the migration has one.
	Open(ctx context.Context, m *store.Migration) (Hands, error)
}

// Hands do the work of phases.
type Hands interface {
	// Draft makes a phase's plan afresh from what is there now. It changes nothing.
	Draft(ctx context.Context, m *store.Migration, phase string, report Report) (Draft, error)
	// Gate reads the facts that must hold before the phase's first step.
	Gate(ctx context.Context, m *store.Migration, plan Plan) ([]Evidence, error)
	// Consume records on the target that an approval is used up, and fails where it was before, unless by this very plan.
	Consume(ctx context.Context, m *store.Migration, request approvals.Request) error
	// Step does one step, which may have been begun before. It reports readings while it works.
	Step(ctx context.Context, m *store.Migration, plan Plan, step Step, report Report) (Result, error)
	// Conclude reads what the phase has come to, for its last message.
	Conclude(ctx context.Context, m *store.Migration, plan Plan) (Result, error)
	// Watch takes one reading of what runs between phases. stopped says that it does not run any more, and why; an error is a reading
	// that could not be taken.
	Watch(ctx context.Context, m *store.Migration, report Report) (stopped *Problem, err error)
	// Remember appends entries, which follow each other, to what the target keeps of the migration's audit chain, and keeps the
	// migration's document there. ErrForked is wrapped where they don't continue the chain that is there.
	Remember(ctx context.Context, m *store.Migration, entries []store.AuditEntry) error
	// Remembered is the last entry of the chain that the target keeps; 0 and "" where there is none.
	Remembered(ctx context.Context, m *store.Migration) (seq int64, hash string, err error)
	// Close gives the connections back.
	Close()
}

// Report tells a reading of work that goes on: it replaces the one before. headline is for the root message ("63 %").
type Report func(kind, headline string, data any)

// Draft is a phase's plan before anybody said yes.
type Draft struct {
	Plan Plan
	// TwoPeople says why the plan needs two people; empty where it does not.
	TwoPeople string
	// Summary is what the approval message tells of it; its form belongs to the phase.
	Summary any
	// Facts are kept with the migration.
	Facts map[string]any
	// Since, where it is set, says in words how this plan differs from an older one.
	Since func(old Plan) []string
}

// mostDifferences bounds how many differences of two plans are kept and told.
const mostDifferences = 40

// differences says in words how the draft's plan differs from an older one.
func (d Draft) differences(old Plan) []string {
	var words []string
	if d.Since != nil {
		words = d.Since(old)
	}
	if len(words) == 0 {
		words = old.Differences(d.Plan)
	}
	if more := len(words) - mostDifferences; more > 0 {
		words = append(words[:mostDifferences:mostDifferences], fmt.Sprintf("and %d more differences", more))
	}
	return words
}

// Result is what a step or a phase came to.
type Result struct {
	// Facts are kept with the migration for later steps and phases.
	Facts map[string]any
	// Data is what the phase's last message tells, Files its attachments.
	Data  any
	Files []File
	// Close tells that the migration is at its end.
	Close bool
	// SQL is the SHA-256 over the statements that a step ran, AWS are the ids of its requests that change something there, for the
	// audit log; both also of a step that failed.
	SQL string
	AWS []string
}

// File is an attachment of a message.
type File struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Content []byte `json:"-"`
}

// People reads, at most fifteen seconds old, who the approvers of a migration are and who the named users are.
type People interface {
	Facts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error)
	// FreshFacts reads the same from Slack now, whatever was read before: just before a first step.
	FreshFacts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error)
	// Policy is the present one of the migration's profile, with its expiry.
	Policy(ctx context.Context, m *store.Migration) (Policy, error)
}

// Policy is what of the profile rules the engine.
type Policy struct {
	Approvals approvals.Policy
	// Expires is how long a request waits.
	Expires time.Duration
	// Allowed are, by phase, the times in which it may be asked for and begun: within tells whether now is in one, which is the one
	// returned; else the next one is. A phase that is not in it is always allowed.
	Allowed map[string]func(now time.Time) (from, to time.Time, within bool)
	// MaxResumeMinutes is how long an approved plan may be resumed without asking again.
	MaxResumeMinutes int
	// Hash is compared with the migration's.
	Hash string
}

// expiry is when a request made now expires, and its window where the phase has windows. opens is not zero where the phase is not allowed
// now: then it is when it will be.
func (p Policy) expiry(phase string, now time.Time) (expires time.Time, window *approvals.Window, opens time.Time) {
	if allowed := p.Allowed[phase]; allowed != nil {
		from, to, within := allowed(now)
		if !within {
			return time.Time{}, nil, from
		}
		return to, &approvals.Window{From: from, To: to}, time.Time{}
	}
	wait := p.Expires
	if wait <= 0 {
		wait = approvals.DefaultExpiry
	}
	return now.Add(wait), nil, time.Time{}
}

// Problem is a failure in words for the thread: what happened, what it means, what to do.
type Problem struct {
	What  string `json:"what"`
	Means string `json:"means,omitempty"`
	Do    string `json:"do,omitempty"`
	// Log are lines of evidence, such as the task's own.
	Log []string `json:"log,omitempty"`
	// Err is the cause, for the log.
	Err error `json:"-"`
}

func (p *Problem) Error() string {
	text := p.What
	for _, more := range []string{p.Means, p.Do} {
		if more != "" {
			text += " " + more
		}
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Err }

// AsProblem finds the words in an error, or makes them of its text.
func AsProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return &Problem{What: err.Error(), Err: err}
}

// transient marks an error after which the same step is tried again.
type transient struct{ error }

func (t transient) Unwrap() error { return t.error }

// Transient marks an error as one that passes by itself, such as a lost connection.
func Transient(err error) error {
	if err == nil {
		return nil
	}
	return transient{err}
}

// IsTransient tells whether an error was marked by Transient.
func IsTransient(err error) bool {
	var t transient
	return errors.As(err, &t)
}

// ErrOvertaken is wrapped by what Hands return where the target's fence was raised by somebody else: nothing may be done with them
// any more, and the phase is the other's to end.
var ErrOvertaken = errors.New("another Ferryman has taken the migration over")
