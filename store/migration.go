// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
)

// SchemaVersion is the version of the documents that this program writes. A newer one is refused.
const SchemaVersion = 1

// PhaseStatus is where a phase of a migration stands.
type PhaseStatus string

// A phase is requested by a command, planned by whoever holds the migration's lease, waits for two people where its plan needs them,
// and runs. Holding is granted with a gate that does not hold just now: it is waited for until the request expires. Red means that its
// gate did not hold, refused that somebody said no or nobody in time.
const (
	NotStarted PhaseStatus = ""
	Requested  PhaseStatus = "requested"
	Waiting    PhaseStatus = "waiting"
	Granted    PhaseStatus = "granted"
	Holding    PhaseStatus = "holding"
	Running    PhaseStatus = "running"
	Complete   PhaseStatus = "complete"
	Failed     PhaseStatus = "failed"
	Red        PhaseStatus = "red"
	Refused    PhaseStatus = "refused"
)

// Busy tells whether the phase is between its command and its end.
func (s PhaseStatus) Busy() bool {
	return s == Requested || s == Waiting || s == Granted || s == Holding || s == Running
}

// Phase is one phase of a migration: its last run.
type Phase struct {
	Status PhaseStatus `json:"status"`
	// Run counts how often the phase was commanded; it is part of its messages' keys.
	Run int `json:"run"`
	// By is who commanded it, with what words after the migration's name.
	By string `json:"by,omitempty"`
	// Command is the id of that command.
	Command string            `json:"command,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
	// Fingerprint names the stored plan, RequestID the approval request for it.
	Fingerprint string `json:"fingerprint,omitempty"`
	RequestID   string `json:"request_id,omitempty"`
	// Done are the ids of the steps that ended well, in order.
	Done        []string  `json:"done,omitempty"`
	RequestedAt time.Time `json:"requested_at,omitzero"`
	StartedAt   time.Time `json:"started_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	// Held are the facts that hold a granted phase up, in words, while it is Holding.
	Held []string `json:"held,omitempty"`
	// Error is what failed, in words for the thread, without secrets.
	Error string `json:"error,omitempty"`
	// Headline is the latest short reading for the root message, such as "63 %".
	Headline string `json:"headline,omitempty"`
}

// Migration is everything Ferryman knows of one migration, kept as one document under one version.
type Migration struct {
	SchemaVersion int   `json:"schema_version"`
	Version       int64 `json:"version"`

	Name     string    `json:"name"`
	Profile  string    `json:"profile"`
	Channel  string    `json:"channel"`
	OpenedBy string    `json:"opened_by"`
	OpenedAt time.Time `json:"opened_at"`
	ClosedAt time.Time `json:"closed_at,omitzero"`

	// Schemas are the Oracle schemas; Source and Target say in words what goes where.
	Schemas []string `json:"schemas"`
	Source  string   `json:"source"`
	Target  string   `json:"target"`

	// PolicyHash is the profile's when the migration was opened, TargetID the identity of the target database, once it was read.
	PolicyHash string `json:"policy_hash"`
	TargetID   string `json:"target_id,omitempty"`

	Phases map[string]*Phase `json:"phases"`
	// Requests are the approval requests by id.
	Requests map[string]approvals.Request `json:"requests,omitempty"`
	// Facts are what phases leave for later ones, such as the task's ARN, by a name of theirs.
	Facts map[string]json.RawMessage `json:"facts,omitempty"`

	// AuditSeq and AuditHead are the last entry of the audit chain.
	AuditSeq  int64  `json:"audit_seq"`
	AuditHead string `json:"audit_head"`

	// commit is the id of the commit that wrote what was read, and Version the number that it gave it.
	commit string
}

// Open tells whether the migration is still under way.
func (m *Migration) Open() bool { return m.ClosedAt.IsZero() }

// Phase returns the phase of that name, for reading and for changing.
func (m *Migration) Phase(name string) *Phase {
	if m.Phases == nil {
		m.Phases = map[string]*Phase{}
	}
	p := m.Phases[name]
	if p == nil {
		p = &Phase{}
		m.Phases[name] = p
	}
	return p
}

// BusyPhase is the name of the phase that is between its command and its end, if any.
func (m *Migration) BusyPhase() string {
	for name, p := range m.Phases {
		if p.Status.Busy() {
			return name
		}
	}
	return ""
}

// SetFact keeps a value under a name.
func (m *Migration) SetFact(name string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if m.Facts == nil {
		m.Facts = map[string]json.RawMessage{}
	}
	m.Facts[name] = b
	return nil
}

// Fact reads a value kept by SetFact into out and tells whether there was one.
func (m *Migration) Fact(name string, out any) (bool, error) {
	b, ok := m.Facts[name]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, out)
}

// StepDone tells whether a step of the phase's plan has ended well.
func (p *Phase) StepDone(id string) bool { return slices.Contains(p.Done, id) }
