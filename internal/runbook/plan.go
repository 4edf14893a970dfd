// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gowebpki/jcs"
)

// PlanFormat is the version of plan.json. A plan of another version voids its approval.
const PlanFormat = 1

// Plan is exactly what a phase will do, in order. What moves by itself is in it as a rule, never as a reading.
type Plan struct {
	FormatVersion int    `json:"format_version"`
	Migration     string `json:"migration"`
	Phase         string `json:"phase"`
	// Run counts the phase's commands: the same work commanded again is another plan, with approvals of its own.
	Run int `json:"run"`
	// Asked is when the command was given. Run alone would repeat where Redis was lost and the migration opened anew, and what the
	// target remembers of an older plan would count for this one.
	Asked time.Time `json:"asked"`
	// Target is the identity of the target database, kept in its schema ferryman.
	Target string `json:"target"`
	// Policy is the hash of the profile's policy.
	Policy string `json:"policy"`
	// Decisions and Overrules are what people decided beforehand, in words.
	Decisions []string `json:"decisions"`
	Overrules []string `json:"overrules"`
	Steps     []Step   `json:"steps"`
}

// Step is one entry of a plan. It can be run again without harm.
type Step struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Object names what the step is about, Why says why it is in the plan.
	Object string `json:"object,omitempty"`
	Why    string `json:"why,omitempty"`
	// SQL are the statements it runs, where it runs statements.
	SQL []string `json:"sql,omitempty"`
	// Args are what else determines it; their form belongs to its kind.
	Args json.RawMessage `json:"args,omitempty"`
	// Looks tells that the step changes nothing: where only such steps are left, an approved plan may be resumed at any time.
	Looks bool `json:"looks,omitempty"`
}

// Bytes is the plan as RFC 8785 has it: what is stored, shown as plan.json, and hashed.
func (p Plan) Bytes() ([]byte, error) {
	if p.Decisions == nil {
		p.Decisions = []string{}
	}
	if p.Overrules == nil {
		p.Overrules = []string{}
	}
	if p.Steps == nil {
		p.Steps = []Step{}
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write the plan of %s: %w", p.Phase, err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("write the plan of %s by RFC 8785: %w", p.Phase, err)
	}
	return canonical, nil
}

// Fingerprint is the SHA-256 of Bytes, in hex: what sha256sum prints of plan.json.
func (p Plan) Fingerprint() (string, error) {
	b, err := p.Bytes()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// ParsePlan reads a stored plan. Another format version is an error: the phase must be planned again.
func ParsePlan(b []byte) (Plan, error) {
	var p Plan
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("read a stored plan: %w", err)
	}
	if p.FormatVersion != PlanFormat {
		return p, fmt.Errorf("the stored plan has format version %d, this Ferryman writes %d: give the command again", p.FormatVersion, PlanFormat)
	}
	return p, nil
}

// Script is the plan's statements as a file to read, made from the plan. Steps without statements appear as comments.
func (p Plan) Script(fingerprint string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %s of %s, plan %s\n-- Made from plan.json, whose sha256sum is the fingerprint. To be read; Ferryman runs the plan itself.\n", Title(p.Phase), p.Migration, fingerprint)
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "\n-- %s: %s", s.ID, oneLine(s.Kind))
		if s.Object != "" {
			fmt.Fprintf(&b, " %s", oneLine(s.Object))
		}
		if s.Why != "" {
			fmt.Fprintf(&b, " (%s)", oneLine(s.Why))
		}
		b.WriteByte('\n')
		for _, sql := range s.SQL {
			b.WriteString(strings.TrimRight(strings.TrimSpace(sql), ";"))
			b.WriteString(";\n")
		}
	}
	return b.String()
}

// oneLine keeps a name from ending its comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x2028 || r == 0x2029 || r == 0x85 {
			return ' '
		}
		return r
	}, s)
}

// Differences says in words what another plan has that this one has not, and the other way round.
func (p Plan) Differences(other Plan) []string {
	var words []string
	if p.Target != other.Target {
		words = append(words, "the target is another database")
	}
	if p.Policy != other.Policy {
		words = append(words, "the profile's policy was changed")
	}
	old := map[string]Step{}
	for _, s := range p.Steps {
		old[s.what()] = s
	}
	for _, s := range other.Steps {
		was, there := old[s.what()]
		delete(old, s.what())
		s.ID = was.ID // numbers of steps move with those before them
		switch {
		case !there:
			words = append(words, fmt.Sprintf("%s was added since", s.words()))
		case !was.same(s):
			words = append(words, fmt.Sprintf("%s was changed since", s.words()))
		}
	}
	for _, s := range p.Steps {
		if _, gone := old[s.what()]; gone {
			words = append(words, fmt.Sprintf("%s is gone since", s.words()))
		}
	}
	said, says := slices.Concat(p.Decisions, p.Overrules), slices.Concat(other.Decisions, other.Overrules)
	for _, d := range says {
		if !slices.Contains(said, d) {
			words = append(words, "said since: "+strings.TrimSuffix(d, "."))
		}
	}
	for _, d := range said {
		if !slices.Contains(says, d) {
			words = append(words, "not said any more: "+strings.TrimSuffix(d, "."))
		}
	}
	if len(words) == 0 && !slices.EqualFunc(p.Steps, other.Steps, Step.same) {
		words = append(words, "the order of the steps changed")
	}
	return words
}

// same tells whether two steps do the same. A stored plan has its arguments in another order and spacing than one that was just made.
func (s Step) same(other Step) bool {
	canonical := func(s Step) string {
		raw, err := json.Marshal(s)
		if err == nil {
			raw, err = jcs.Transform(raw)
		}
		if err != nil {
			return err.Error() + s.ID
		}
		return string(raw)
	}
	return canonical(s) == canonical(other)
}

// what tells the same step of two plans: what it does to what.
func (s Step) what() string {
	if s.Object == "" {
		return s.ID
	}
	return s.Kind + " " + s.Object
}

func (s Step) words() string {
	kind := strings.NewReplacer("_", " ", ".", " ").Replace(s.Kind)
	if s.Object == "" {
		return kind
	}
	return kind + " " + s.Object
}

// Evidence is a fact that a gate looked at.
type Evidence struct {
	// Name says what must hold, in words: "no application session".
	Name  string `json:"name"`
	Holds bool   `json:"holds"`
	// Query is the query or call that was made, Value what it answered, in words.
	Query  string    `json:"query"`
	Value  string    `json:"value"`
	ReadAt time.Time `json:"read_at"`
	// Record tells that ReadAt is when what is looked at was recorded, such as a validation; that the record stands was read now.
	Record bool `json:"record,omitempty"`
	// Fix says what to do where it does not hold.
	Fix string `json:"fix,omitempty"`
}

// Holds tells whether every piece of evidence holds.
func Holds(evidence []Evidence) bool {
	for _, e := range evidence {
		if !e.Holds {
			return false
		}
	}
	return true
}
