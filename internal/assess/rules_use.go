// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// useRules are about what is broken, switched off, unused, or still running.
var useRules = []Rule{
	{Code: "FM-ORA-001", Severity: Informs, Title: "Object is invalid on Oracle", Source: oraReference,
		Why:  "It does not compile there, so nobody can be using it as it is.",
		find: invalid},
	{Code: "FM-ORA-002", Severity: Warns, Title: "Constraint that Oracle does not enforce for all rows", Source: oraReference,
		Why:  "Rows may be there that break it.",
		Mend: Mend{onOracle, "nothing that changes wait for: it reads all rows of the table", "nothing", "before the load, in a quiet hour; the rows that break it must be mended first"},
		find: offConstraints},
	{Code: "FM-ORA-003", Severity: Informs, Title: "Table that was empty when it was analysed", Source: oraReference,
		Why: "It may not be needed on the target.",
		table: func(_ *input, t *dictionary.Table) (FindingObject, bool) {
			return FindingObject{Detail: "analysed " + t.LastAnalyzed.Format("2006-01-02")}, t.NumRows != nil && *t.NumRows == 0
		}},
	{Code: "FM-ORA-004", Severity: Warns, Title: "Scheduler job that is switched on", Source: oraReference,
		Why:  "It may write to the schema in the middle of the cutover; the gate of the cutover looks at it again.",
		Mend: Mend{onOracle, "nothing", "nothing: a run that is under way goes on", "just before the cutover; or sooner, for good"},
		find: func(in *input) (out []FindingObject) {
			for _, j := range in.d.SchedulerJobs {
				if j.Enabled == "TRUE" {
					out = append(out, FindingObject{Object: object(j.Owner, "JOB", j.Name), Detail: j.Interval,
						Fix: "exec dbms_scheduler.disable(" + literalOracle(quoteOracle(j.Owner, j.Name)) + ")"})
				}
			}
			return out
		}},
	{Code: "FM-ORA-005", Severity: Informs, Title: "Table without evidence of use", Source: oraReference,
		Why: "Ask before it is left out: what only reads it leaves no trace here.",
		find: func(in *input) (out []FindingObject) {
			for _, u := range in.usage {
				if u.Use == NoEvidence {
					out = append(out, FindingObject{Object: convert.Object{Owner: u.Owner, Type: "TABLE", Name: u.Table}, Detail: u.Evidence})
				}
			}
			return out
		}},
	{Code: "FM-ORA-006", Severity: Informs, Title: "Object in the recycle bin", Source: oraReference,
		Why:  "It was dropped and still takes space. Ferryman leaves it out.",
		Mend: Mend{onOracle, "nothing that is in use", "nothing", "any time; it can't be taken back"},
		find: func(in *input) (out []FindingObject) {
			for _, o := range in.d.Objects {
				if strings.HasPrefix(o.Name, "BIN$") && in.d.InScope(o.Owner) && o.Type == "TABLE" {
					out = append(out, FindingObject{Object: object(o.Owner, o.Type, o.Name), Fix: "PURGE TABLE " + quoteOracle(o.Owner, o.Name)})
				}
			}
			return out
		}},
	{Code: "FM-ORA-007", Severity: Warns, Title: "Job of DBMS_JOB that is not broken", Source: oraReference,
		Why:  "It may write to the schema in the middle of the cutover.",
		Mend: Mend{onOracle, "nothing", "nothing: a run that is under way goes on", "just before the cutover, as the job's owner, and COMMIT"},
		find: func(in *input) (out []FindingObject) {
			for _, j := range in.d.Jobs {
				if j.Broken != "Y" {
					out = append(out, FindingObject{Object: object(j.Owner, "JOB", fmt.Sprint(j.Number)), Detail: j.Interval,
						Fix: fmt.Sprintf("exec dbms_job.broken(%d, TRUE)", j.Number)})
				}
			}
			return out
		}},
	{Code: "FM-ORA-008", Severity: Informs, Title: "Index without evidence of use", Source: oraReference,
		Why:  "An index that nobody searches need not be built on the target. Those behind keys and foreign keys' columns do other work.",
		find: unusedIndexes},
}

func invalid(in *input) (out []FindingObject) {
	type unit struct{ owner, kind, name string }
	first := map[unit]*dictionary.CodeError{}
	for i := range in.d.Errors {
		e := &in.d.Errors[i]
		if u := (unit{e.Owner, e.Type, e.Name}); e.Attribute != "WARNING" && (first[u] == nil || e.Sequence < first[u].Sequence) {
			first[u] = e
		}
	}
	for _, o := range in.d.Objects {
		if o.Status != "INVALID" || !in.d.InScope(o.Owner) {
			continue
		}
		f := FindingObject{Object: object(o.Owner, o.Type, o.Name)}
		if e := first[unit{o.Owner, o.Type, o.Name}]; e != nil {
			f.Detail = fmt.Sprintf("line %d: %s", e.Line, strings.TrimSpace(e.Text))
		}
		out = append(out, f)
	}
	return out
}

func offConstraints(in *input) (out []FindingObject) {
	for _, k := range in.d.Constraints {
		if t := in.d.Table(k.Owner, k.Table); t != nil && (k.Status == "DISABLED" || k.Validated == "NOT VALIDATED") {
			out = append(out, FindingObject{Object: tableObject(t), Subject: k.Name,
				Detail: k.Name + ": " + strings.ToLower(cmp.Or(k.Status, "?")+", "+cmp.Or(k.Validated, "?")),
				Fix:    "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " MODIFY CONSTRAINT " + quoteOracle(k.Name) + " ENABLE VALIDATE"})
		}
	}
	return out
}

// unusedIndexes lists indexes of no key of which Oracle saw no use. Nothing is said where it counted nothing at all.
func unusedIndexes(in *input) (out []FindingObject) {
	d := in.d
	if !d.Knows("DBA_INDEX_USAGE") || len(d.IndexUsage) == 0 {
		return nil
	}
	seen := map[dictionary.Name]bool{}
	for _, u := range d.IndexUsage {
		seen[dictionary.Name{Owner: u.Owner, Name: u.Index}] = count(u.Accesses) > 0
	}
	for _, m := range d.MonitoredIndex {
		if m.Used == "YES" {
			seen[dictionary.Name{Owner: m.Owner, Name: m.Index}] = true
		}
	}
	for _, k := range d.Constraints {
		if k.IndexName != "" {
			seen[dictionary.Name{Owner: cmp.Or(k.IndexOwner, k.Owner), Name: k.IndexName}] = true
		}
	}
	since := "since its statistics began"
	if d.Database != nil && !d.Database.StartedAt.IsZero() {
		since = "since the instance started on " + d.Database.StartedAt.Format("2006-01-02")
	}
	for _, i := range d.Indexes {
		if !seen[dictionary.Name{Owner: i.Owner, Name: i.Name}] && i.Type != "LOB" && !strings.HasPrefix(i.Type, "IOT") && i.Uniqueness != "UNIQUE" {
			out = append(out, FindingObject{Object: object(i.Owner, "INDEX", i.Name), Detail: "of " + i.Table + ": no use seen " + since + " (DBA_INDEX_USAGE)"})
		}
	}
	return out
}
