// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

func archiveLog(in *input) *Finding {
	if db := in.d.Database; db == nil || db.LogMode == "" || db.LogMode == "ARCHIVELOG" {
		return nil
	}
	return &Finding{Code: "FM-DMS-001", Severity: Blocks, Title: "The database does not keep its redo", Source: dmsOracle,
		Why: "DMS reads changes from archived redo; without it there is no change capture.",
		Objects: []FindingObject{{Object: database(in), Detail: in.d.Database.LogMode, Fix: "ALTER DATABASE ARCHIVELOG",
			Lock: "the database must be mounted and not open"}}}
}

func minimalLogging(in *input) *Finding {
	if db := in.d.Database; db == nil || db.SupplementalMin == "" || db.SupplementalMin == "YES" || db.SupplementalMin == "IMPLICIT" {
		return nil
	}
	return &Finding{Code: "FM-DMS-002", Severity: Blocks, Title: "Minimal supplemental logging is off", Source: dmsOracle,
		Why: "Without it the redo does not say which row a change is for.",
		Objects: []FindingObject{{Object: database(in), Detail: in.d.Database.SupplementalMin, Fix: "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA",
			Lock: "it waits until every open transaction has ended"}}}
}

func databaseUnknown(in *input) *Finding {
	if db := in.d.Database; db != nil && db.LogMode != "" {
		return nil
	}
	return &Finding{Code: "FM-DMS-003", Severity: Informs, Title: "Whether the database is ready for change capture is not known",
		Source:  dmsOracle,
		Why:     "Log mode and supplemental logging are in V$DATABASE, which was not read (an export does not have it).",
		Objects: []FindingObject{{Object: database(in)}}}
}

const logLock = "it waits for open transactions on the table and locks it for a moment"

// loggingFix is what a table without a primary key needs: a group of the columns of its alphabetically first unique index, which is the
// one that DMS takes, or else all columns.
func loggingFix(in *input, t *dictionary.Table) string {
	var unique []string
	for _, i := range in.d.IndexesOf(t.Owner, t.Name) {
		if i.Uniqueness == "UNIQUE" && i.Type == "NORMAL" {
			unique = append(unique, i.Name)
		}
	}
	if len(unique) == 0 {
		return "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS"
	}
	slices.Sort(unique)
	var cols []string
	for _, c := range in.d.IndexColumns(t.Owner, unique[0]) {
		cols = append(cols, quoteOracle(c.Column))
	}
	return "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " ADD SUPPLEMENTAL LOG GROUP FERRYMAN_LOG (" + strings.Join(cols, ", ") + ") ALWAYS"
}

// databaseLogs says whether the whole database logs what is asked for.
func databaseLogs(in *input, all bool) bool {
	db := in.d.Database
	return db != nil && (db.SupplementalAll == "YES" || !all && db.SupplementalPK == "YES")
}

func noKeyNoLogging(in *input) *Finding {
	if !in.d.Knows("ALL_LOG_GROUPS") || databaseLogs(in, true) {
		return nil
	}
	f := &Finding{Code: "FM-DMS-004", Severity: Blocks, Title: "No primary key and no full supplemental logging", Source: dmsOracle,
		Why: "Updates and deletes of these tables can't be told apart in the redo: they would be lost."}
	for _, t := range in.tables() {
		level := in.d.LoggingOf(t.Owner, t.Name)
		if !in.hasKey(t) && level != "all" && level != "log group" {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Fix: loggingFix(in, t), Lock: logLock})
		}
	}
	return f
}

func noKeyLoggingUnknown(in *input) *Finding {
	if in.d.Knows("ALL_LOG_GROUPS") || databaseLogs(in, true) {
		return nil
	}
	f := &Finding{Code: "FM-DMS-005", Severity: Warns, Title: "No primary key, and supplemental logging is not known", Source: dmsOracle,
		Why: "Such tables need all their columns logged, or their changes are lost; ALL_LOG_GROUPS was not read."}
	for _, t := range in.tables() {
		if !in.hasKey(t) {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Fix: loggingFix(in, t), Lock: logLock})
		}
	}
	return f
}

func keyNoLogging(in *input) *Finding {
	if !in.d.Knows("ALL_LOG_GROUPS") || databaseLogs(in, false) {
		return nil
	}
	f := &Finding{Code: "FM-DMS-006", Severity: Blocks, Title: "Primary key without supplemental logging", Source: dmsOracle,
		Why: "The redo of an update does not hold the key, so the row is not found on the target. DMS can add it by itself if its user may ALTER the table."}
	for _, t := range in.tables() {
		if in.hasKey(t) && in.d.LoggingOf(t.Owner, t.Name) == "none" {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Lock: logLock,
				Fix: "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " ADD SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS"})
		}
	}
	return f
}

func noKey(in *input) *Finding {
	f := &Finding{Code: "FM-DMS-007", Severity: Warns, Title: "No primary key", Source: dmsPractices,
		Why: "DMS can't validate these tables, finds a row for an update by reading the whole table, and a repeated change leaves duplicates."}
	for _, t := range in.tables() {
		if !in.hasKey(t) {
			detail := "rows are not counted"
			if t.NumRows != nil {
				detail = number(*t.NumRows) + " rows"
			}
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Detail: detail})
		}
	}
	return f
}

func lobWithoutKey(in *input) *Finding {
	f := Finding{Code: "FM-DMS-008", Severity: Blocks, Title: "LOB in a table without a primary key", Source: dmsLobs,
		Why: "DMS fetches LOBs by the row's key; without one they are not carried."}
	return columnFinding(in, f, func(t *dictionary.Table, c *dictionary.Column) (string, bool) {
		return c.Name, isLob(c) && !in.hasKey(t)
	})
}

func jobs(in *input) *Finding {
	f := &Finding{Code: "FM-ORA-004", Severity: Warns, Title: "Scheduler job that is switched on", Source: oraReference,
		Why: "It may write to the schema in the middle of the cutover; the gate of the cutover looks at it again."}
	for _, j := range in.d.SchedulerJobs {
		if j.Enabled == "TRUE" {
			f.Objects = append(f.Objects, FindingObject{Object: object(j.Owner, "JOB", j.Name), Detail: j.Interval,
				Fix: "exec dbms_scheduler.disable('" + strings.ReplaceAll(j.Owner+"."+j.Name, "'", "''") + "')"})
		}
	}
	return f
}

func invalid(in *input) *Finding {
	f := &Finding{Code: "FM-ORA-001", Severity: Informs, Title: "Object is invalid on Oracle", Source: oraReference,
		Why: "It does not compile there, so nobody can be using it as it is."}
	for _, o := range in.d.Objects {
		if o.Status == "INVALID" && in.d.InScope(o.Owner) {
			f.Objects = append(f.Objects, FindingObject{Object: object(o.Owner, o.Type, o.Name)})
		}
	}
	return f
}

func offConstraints(in *input) *Finding {
	f := &Finding{Code: "FM-ORA-002", Severity: Warns, Title: "Constraint that Oracle does not enforce for all rows", Source: oraReference,
		Why: "Rows may be there that break it."}
	for _, k := range in.d.Constraints {
		if t := in.d.Table(k.Owner, k.Table); t != nil && (k.Status == "DISABLED" || k.Validated == "NOT VALIDATED") {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t),
				Detail: k.Name + ": " + strings.ToLower(cmp.Or(k.Status, "?")+", "+cmp.Or(k.Validated, "?"))})
		}
	}
	return f
}
