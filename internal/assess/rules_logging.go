// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// addLogging is about every statement that adds supplemental logging to a table.
var addLogging = Mend{onOracle, "the table, exclusively, for a moment; meanwhile its changes queue behind it",
	"every transaction that is open on the table, and on a live Oracle every open transaction of the database before its redo is complete",
	"before the load starts, in a quiet hour; look at V$TRANSACTION first"}

// loggingRules are about supplemental logging and keys.
var loggingRules = []Rule{
	{Code: "FM-DMS-002", Severity: Blocks, Title: "Minimal supplemental logging is off", Source: dmsOracle, Checks: []string{"oracle-supplemental-db-level"},
		Why: "Without it the redo does not say which row a change is for.",
		Mend: Mend{onOracle, "nothing for long, but it invalidates the shared pool's cursors", "every transaction that is open in the database, however long",
			"before the load starts, in a quiet hour; look at V$TRANSACTION first"},
		find: func(in *input) []FindingObject {
			if db := in.d.Database; db == nil || db.SupplementalMin == "" || db.SupplementalMin == "YES" || db.SupplementalMin == "IMPLICIT" {
				return nil
			}
			return onDatabase(in, in.d.Database.SupplementalMin, "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA")
		}},
	{Code: "FM-DMS-004", Severity: Blocks, Title: "No primary key and no full supplemental logging", Source: dmsOracle, Mend: addLogging,
		Checks: []string{"oracle-validate-supplemental-logging-all-columns"},
		Why:    "Updates and deletes of these tables can't be told apart in the redo: they would be lost.",
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			level := in.loggingOf(t)
			if !in.d.Knows("ALL_LOG_GROUPS") || databaseLogs(in, true) || in.hasKey(t) || level == "all" || level == "log group" {
				return FindingObject{}, false
			}
			return FindingObject{Fix: loggingFix(in, t)}, true
		}},
	{Code: "FM-DMS-005", Severity: Warns, Title: "No primary key, and supplemental logging is not known", Source: dmsOracle, Mend: addLogging,
		Checks: []string{"oracle-validate-supplemental-logging-all-columns"},
		Why:    "Such tables need all their columns logged, or their changes are lost; ALL_LOG_GROUPS was not read.",
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			if in.d.Knows("ALL_LOG_GROUPS") || databaseLogs(in, true) || in.hasKey(t) {
				return FindingObject{}, false
			}
			return FindingObject{Fix: loggingFix(in, t)}, true
		}},
	{Code: "FM-DMS-006", Severity: Blocks, Title: "Primary key without supplemental logging", Source: dmsOracle, Mend: addLogging,
		Checks: []string{"oracle-validate-supplemental-logging-for-pk"},
		Why:    "The redo of an update does not hold the key, so the row is not found on the target. DMS can add it by itself if its user may ALTER the table.",
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			if !in.d.Knows("ALL_LOG_GROUPS") || databaseLogs(in, false) || !in.hasKey(t) || in.loggingOf(t) != "" {
				return FindingObject{}, false
			}
			return FindingObject{Fix: "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " ADD SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS"}, true
		}},
	{Code: "FM-DMS-007", Severity: Warns, Title: "No primary key", Source: dmsPractices,
		Checks: []string{"table-with-no-primary-key-or-unique-constraint", "target-table-has-unique-key-or-primary-key-for-cdc"},
		Why:    "DMS can't validate these tables, finds a row for an update by reading the whole table, and a repeated change leaves duplicates.",
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			return FindingObject{Detail: rowsOf(t)}, !in.hasKey(t)
		}},
	{Code: "FM-DMS-034", Severity: Warns, Title: "NOLOGGING table", Source: dmsOracle,
		Why:  "What is loaded into it by direct path (INSERT with APPEND, SQL*Loader) is not in the redo, and does not arrive.",
		Mend: Mend{onOracle, "the table, for a moment", "open transactions on the table", "before the load starts"},
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			if t.Logging != "NO" || in.d.Database != nil && in.d.Database.ForceLogging == "YES" {
				return FindingObject{}, false
			}
			return FindingObject{Fix: "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " LOGGING"}, true
		}},
	{Code: "FM-DMS-047", Severity: Warns, Title: "Primary key that Oracle does not enforce", Source: dmsOracle, Checks: []string{"oracle-check-pk-validity"},
		Why:  "Rows may be there twice, or without a key; the target's key then refuses them.",
		Mend: Mend{onOracle, "the table against changes, while all its rows are read", "open transactions on the table", "before the load starts, in a quiet hour"},
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			k := in.d.PrimaryKey(t.Owner, t.Name)
			if k == nil || k.Status != "DISABLED" && k.Validated != "NOT VALIDATED" {
				return FindingObject{}, false
			}
			return FindingObject{Subject: k.Name, Detail: k.Name + ": " + strings.ToLower(k.Status+", "+k.Validated),
				Fix: "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " MODIFY CONSTRAINT " + quoteOracle(k.Name) + " ENABLE VALIDATE"}, true
		}},
	{Code: "FM-DMS-046", Severity: Informs, Title: "Primary key and another unique constraint", Source: dmsTasks,
		Why: "DMS refuses batch apply for such a target table. Ferryman does not use batch apply; leave it off.",
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			if !in.hasKey(t) {
				return FindingObject{}, false
			}
			for _, k := range in.d.ConstraintsOf(t.Owner, t.Name) {
				if k.Type == "U" && k.Status != "DISABLED" {
					return FindingObject{Subject: k.Name, Detail: k.Name}, true
				}
			}
			return FindingObject{}, false
		}},
}

func (in *input) loggingOf(t *dictionary.Table) string {
	return in.logging[dictionary.Name{Owner: t.Owner, Name: t.Name}]
}

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
