// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
)

// failed is an object that did not come back. Of a foreign key that rows break it has how the key stands on the source.
type failed struct {
	postgres.Failure
	parent string // schema.table that the key refers to
	source sourceKey
	// unknown is why the source's side could not be read.
	unknown string
}

// refused tells the foreign keys that rows on the target break.
func refused(f postgres.Failure) bool {
	return f.Object.Kind == postgres.ForeignKey && f.Code == "23503"
}

// openKeys sorts what did not come back. A foreign key that the source does not enforce either stays NOT VALID, and its rows
// are looked at on both sides; all else has to come back.
func (h *hands) openKeys(ctx context.Context, list []postgres.Failure) (open []OpenKey, rest []failed, err error) {
	var d *dictionary.Dictionary
	unknown := ""
	for _, f := range list {
		out := failed{Failure: f}
		if !refused(f) {
			rest = append(rest, out)
			continue
		}
		if d == nil && unknown == "" {
			if d, err = h.dictionary(ctx, nil); err != nil {
				if passesByItself(err) || ctx.Err() != nil {
					return nil, nil, err
				}
				unknown = err.Error()
			}
		}
		out.source, out.unknown = sourceKey{state: keyUnknown}, unknown
		r, ok := f.Object.Reference()
		if ok {
			out.parent = r.RefSchema + "." + r.RefTable
		}
		if ok && d != nil {
			out.source = keyOnSource(d, f.Object.Schema, f.Object.Table, r)
		}
		if !out.source.allows() {
			rest = append(rest, out)
			continue
		}
		open = append(open, OpenKey{Schema: f.Object.Schema, Table: f.Object.Table, Name: f.Object.Name, Parent: out.parent, Whole: !r.Partitioned,
			State: out.source.state, Target: looseOnTarget(f), Source: h.looseOnSource(ctx, out.source), At: time.Now()})
	}
	return open, rest, nil
}

func looseOnTarget(f postgres.Failure) LooseRows {
	if f.Orphans == 0 { // PostgreSQL refused the key, so there is one at least
		return LooseRows{Rows: -1, Query: f.Query, Why: f.Error}
	}
	return LooseRows{Rows: f.Orphans, First: f.FirstKeys, Query: f.Query}
}

// failuresTold is how many objects that are not back are told one by one.
const failuresTold = 5

// notBack says what did not come back, what that means, and what to do about it.
func notBack(out postgres.RebuildReport, rest []failed, command string) error {
	back := len(out.Restored) + len(out.AlreadyBack)
	p := &runbook.Problem{What: fmt.Sprintf("Brought back %d of %d objects.", back, back+len(out.Failed))}
	var lines, todo, missing []string
	for i, f := range rest {
		line, do := f.words()
		if f.source.state == keyEnforced {
			missing = append(missing, fmt.Sprintf("%s (%d rows of %s refer to them)", tick(f.parent), f.Orphans, tick(f.Object.Schema+"."+f.Object.Table)))
		}
		if do != "" && !slices.Contains(todo, do) {
			todo = append(todo, do)
		}
		if i < failuresTold {
			lines = append(lines, line)
			if f.Query != "" {
				p.Log = append(p.Log, f.Query)
			}
		}
	}
	if more := len(rest) - failuresTold; more > 0 {
		lines = append(lines, fmt.Sprintf("And %d more; the errors of all are in ferryman.saved on the target.", more))
	}
	for i, diff := range out.Differences {
		if i == failuresTold {
			lines = append(lines, fmt.Sprintf("And %d more that came back different.", len(out.Differences)-failuresTold))
			break
		}
		lines = append(lines, fmt.Sprintf("%s %s came back different: it was %s, it is %s.", postgres.Kind(diff.Kind).Words(), tick(diff.Name),
			or(diff.Before, "not there"), or(diff.After, "not there")))
	}
	if len(missing) > 0 {
		p.What = fmt.Sprintf("Brought back %d of %d objects; rows are missing in %s.", back, back+len(out.Failed), some(missing))
	}
	p.Means = strings.Join(lines, "\n")
	p.Do = strings.Join(append(few(todo), "Then run "+command+" again: it does just what is left."), " ")
	return p
}

// words say why an object is not back, and what can be done.
func (f failed) words() (line, do string) {
	line = fmt.Sprintf("Not back: %s %s on %s: %s.", f.Object.Kind.Words(), tick(f.Object.Name), tick(f.Object.Schema+"."+f.Object.Table),
		strings.TrimSuffix(f.Error, "."))
	do = sentence(f.Advice())
	if !refused(f.Failure) {
		return line, do
	}
	switch {
	case f.source.state == keyEnforced:
		line += fmt.Sprintf(" On Oracle this key is enforced, so %s is missing rows that Oracle has: DMS did not load them. Replicating waits for it.",
			tick(f.parent))
		do = fmt.Sprintf("Bring the missing rows of %s: load again (/migrate-prepare, then /migrate-load), or copy them by hand.", tick(f.parent))
	case f.unknown != "":
		line += " Whether Oracle enforces this key can't be read: " + sentence(f.unknown) + " Replicating waits for it."
		do = "See that Oracle's dictionary can be read (ferryman doctor)."
	default:
		line += " Whether Oracle enforces this key is not known: its user may not read ALL_CONSTRAINTS there. Replicating waits for it."
		do = "Let Ferryman's user on Oracle read the dictionary (ferryman doctor)."
	}
	return line, do
}

// tick quotes a name as code.
func tick(name string) string { return "`" + strings.ReplaceAll(name, "`", "'") + "`" }

func few(list []string) []string { return list[:min(len(list), failuresTold)] }
