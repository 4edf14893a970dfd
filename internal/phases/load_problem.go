// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// taskProblem says what stopped the task, with the lines of its log that tell why.
func (h *hands) taskProblem(ctx context.Context, client *dms.Client, m *store.Migration, task dms.TaskStatus, verdict dms.Verdict) *runbook.Problem {
	p := &loadProblem{runbook.Problem{What: capital(sentence(verdict.Reason)), Do: capital(sentence(verdict.Advice))}}
	const lines = 5
	since := task.Stats.FreshStart
	if since.IsZero() {
		since = time.Now().Add(-time.Hour)
	}
	log, err := client.TaskLog(ctx, dms.LogQuery{InstanceID: fact(m, "dms_instance_id"), TaskResourceID: task.ResourceID, Since: since, Limit: lines})
	switch {
	case err != nil:
		p.Log = []string{"The task's log can't be read: " + err.Error()}
	case log.Note != "":
		p.Log = []string{log.Note}
	}
	for _, l := range log.Lines {
		p.Log = append(p.Log, fmt.Sprintf("%s [%s] %s: %s", l.At.UTC().Format("15:04:05"), l.Component, l.Severity, l.Text))
		p.explain(l.Text)
	}
	return &p.Problem
}

// refusals are what PostgreSQL's refusals of DMS's rows mean, by SQLSTATE, and what to do about them.
var refusals = map[string]struct{ means, do string }{
	"23503": {"A foreign key is in place on the target, and DMS loads tables in no order that it could hold.",
		"Take the key out of prepare.keep in the profile (or find who made it), run /migrate-prepare again, which saves and drops it, then /migrate-load, which empties the tables and loads them again."},
	"23502": {"A NOT NULL on the target refuses a row; DMS writes LOBs as NULL first.", "Run /migrate-prepare again, which sets NOT NULLs of LOBs aside, then /migrate-load."},
	"23505": {"A row with the same key is on the target already.", "Run /migrate-load again: it empties the tables first."},
	"P0001": {"A trigger is on on the target and refuses the row.", "Run /migrate-prepare again, which disables triggers, then /migrate-load."},
	"42501": {"The endpoint's user lacks a right on the target.", "ferryman doctor says which; give it, then run /migrate-load again."},
	"53100": {"The target's disk is full.", "Make room, then run /migrate-load again."},
}

var sqlState = regexp.MustCompile(`SqlState: ([0-9A-Z]{5})`)

// loadProblem is a problem whose cause may be told by a line of the task's log.
type loadProblem struct{ runbook.Problem }

// explain says in plain words what a line of the log means, the first that is understood.
func (p *loadProblem) explain(line string) {
	found := sqlState.FindStringSubmatch(line)
	if found == nil || p.Means != "" {
		return
	}
	if r, ok := refusals[found[1]]; ok {
		p.Means, p.Do = r.means, r.do
	}
}

// capital begins a sentence.
func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if r == utf8.RuneError || strings.HasPrefix(text, "/") {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}
