// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"strings"
	"time"
)

// databaseRules look at the whole database.
var databaseRules = []Rule{
	{Code: "FM-DMS-001", Severity: Blocks, Title: "The database does not keep its redo", Source: dmsOracle, Checks: []string{"oracle-check-archivelog-mode"},
		Why: "DMS reads changes from archived redo; without it there is no change capture.",
		Mend: Mend{onOracle, "the whole database: it is mounted and not open", "SHUTDOWN IMMEDIATE ends every session and rolls their work back",
			"in a downtime of its own, days before the load; on RDS switch automatic backups on instead"},
		find: func(in *input) []FindingObject {
			if db := in.d.Database; db == nil || db.LogMode == "" || db.LogMode == "ARCHIVELOG" {
				return nil
			}
			return onDatabase(in, in.d.Database.LogMode, "SHUTDOWN IMMEDIATE; STARTUP MOUNT; ALTER DATABASE ARCHIVELOG; ALTER DATABASE OPEN")
		}},
	{Code: "FM-DMS-003", Severity: Informs, Title: "Whether the database is ready for change capture is not known", Source: dmsOracle,
		Why: "Log mode and supplemental logging are in V$DATABASE, which was not read (an export may not have it).",
		find: func(in *input) []FindingObject {
			if db := in.d.Database; db != nil && db.LogMode != "" {
				return nil
			}
			return onDatabase(in, "", "")
		}},
	{Code: "FM-DMS-026", Severity: Informs, Title: "How DMS should read the redo", Source: dmsReaders, Checks: []string{"oracle-recommendation-cdc-method"},
		Why:  "LogMiner is the default and asks more of the source; Binary Reader copies the redo and reads it on the replication instance.",
		find: func(in *input) []FindingObject { return reader(in, false) }},
	{Code: "FM-DMS-027", Severity: Warns, Title: "LogMiner may not keep up, or can't be used", Source: dmsReaders, Checks: []string{"oracle-recommendation-cdc-method", "oracle-check-pdb-enabled"},
		Why:  "With much redo, and in a pluggable database, DMS's Binary Reader is the one to take; it needs rights of its own (CREATE ANY DIRECTORY, EXECUTE on DBMS_FILE_TRANSFER).",
		Mend: Mend{onEndpoint, "nothing", "nothing", "when the source endpoint is made"},
		find: func(in *input) []FindingObject { return reader(in, true) }},
	{Code: "FM-DMS-028", Severity: Warns, Title: "A transaction has been open for long", Source: dmsTasks,
		Why: fmt.Sprintf("At the start of a load DMS waits TransactionConsistencyTimeout (%s) for open transactions, then starts without them: their changes are lost "+
			"unless FailOnTransactionConsistencyBreached is set, which Ferryman does. Adding supplemental logging waits for them too.", consistencyTimeout),
		find: func(in *input) []FindingObject {
			db := in.d.Database
			if db == nil || db.OpenTransactions == nil || db.OpenTransactions.OldestFor < consistencyTimeout {
				return nil
			}
			return onDatabase(in, fmt.Sprintf("%d open, the oldest for %s", db.OpenTransactions.Count, db.OpenTransactions.OldestFor.Round(time.Second)), "")
		}},
	{Code: "FM-DMS-029", Severity: Informs, Title: "Container database", Source: dmsOracle, Checks: []string{"oracle-validate-cdb", "oracle-check-pdb-enabled"},
		Why: "DMS connects to the pluggable database that holds the schema, never to CDB$ROOT. Supplemental logging of the database is set in the root.",
		find: func(in *input) []FindingObject {
			if in.d.Database == nil || in.d.Database.CDB != "YES" {
				return nil
			}
			return onDatabase(in, "", "")
		}},
	{Code: "FM-DMS-030", Severity: Warns, Title: "Express Edition", Source: dmsOracle, Checks: []string{"oracle-check-cdc-support-express-edition"},
		Why: "DMS does not capture changes of Express Edition 18 and later: only a load without changes, in a downtime, is left.",
		find: func(in *input) []FindingObject {
			if in.d.Database == nil || !strings.Contains(in.d.Database.Banner, "Express Edition") {
				return nil
			}
			return onDatabase(in, in.d.Database.Banner, "")
		}},
	{Code: "FM-DMS-031", Severity: Informs, Title: "Real Application Clusters", Source: dmsOracle, Checks: []string{"oracle-check-rac"},
		Why: "Every instance writes redo of its own. The DMS user needs SELECT on GV_$TRANSACTION, and the endpoint one address that reaches all of them (SCAN).",
		find: func(in *input) []FindingObject {
			if !strings.EqualFold(in.parameter("cluster_database"), "TRUE") {
				return nil
			}
			return onDatabase(in, "", "GRANT SELECT ON SYS.GV_$TRANSACTION TO the DMS user")
		}, Mend: Mend{onOracle, "nothing", "nothing", "before the endpoint is tested"}},
	{Code: "FM-DMS-032", Severity: Informs, Title: "Redo in ASM", Source: dmsReaders, Checks: []string{"oracle-check-asm"},
		Why:  "Binary Reader then needs the asm_user, asm_server and asm_password attributes and SELECT on V_$TRANSPORTABLE_PLATFORM; LogMiner does not.",
		find: asm},
	{Code: "FM-DMS-033", Severity: Warns, Title: "Standby, or open for reading only", Source: dmsOracle,
		Why: "Supplemental logging is set on the primary, Ferryman's marker is written there, and DMS needs V_$STANDBY_LOG and V_$DATAGUARD_STATS to read from a standby.",
		find: func(in *input) []FindingObject {
			db := in.d.Database
			if db == nil || (db.Role == "" || db.Role == "PRIMARY") && (db.OpenMode == "" || db.OpenMode == "READ WRITE") {
				return nil
			}
			return onDatabase(in, strings.ToLower(db.Role+", "+db.OpenMode), "")
		}},
	{Code: "FM-DMS-051", Severity: Informs, Title: "How long archived redo is kept is not in the dictionary", Source: dmsOracle, Checks: []string{"oracle-check-archivelog-retention-rds"},
		Why:  "Redo that is purged before DMS has read it ends the task (error 122301). Keep at least 24 hours, and as long as the task may stand still.",
		Mend: Mend{onOracle, "nothing", "nothing", "before the load starts; this is how it is set on RDS, RMAN's deletion policy elsewhere"},
		find: func(in *input) []FindingObject {
			if in.d.Database == nil || in.d.Database.LogMode != "ARCHIVELOG" {
				return nil
			}
			detail := ""
			if r := in.d.Database.ArchivedLogBytesPerHour; r != nil {
				detail = "24 hours are about " + sizeWords(24*r.Average)
			}
			return onDatabase(in, detail, "exec rdsadmin.rdsadmin_util.set_configuration('archivelog retention hours', 24); COMMIT")
		}},
	{Code: "FM-DMS-055", Severity: Informs, Title: "Which copy of the archived redo DMS reads", Source: dmsOracle, Checks: []string{"oracle-zero-archive-log-dest-id"},
		Why:  "DMS reads the logs of destination 1. Where they are kept elsewhere the endpoint needs archivedLogDestId (never 0), and additionalArchivedLogDestId for a second one.",
		Mend: Mend{onOracle, "nothing: it only reads", "nothing", "before the endpoint is made"},
		find: func(in *input) []FindingObject {
			if in.d.Database == nil || in.d.Database.LogMode != "ARCHIVELOG" {
				return nil
			}
			return onDatabase(in, "", "SELECT DISTINCT DEST_ID FROM V$ARCHIVED_LOG WHERE DELETED = 'NO'")
		}},
	{Code: "FM-DMS-057", Severity: Informs, Title: "Character set that is not Unicode", Source: dmsOracle,
		Why: "Texts become UTF-8 on the way: more bytes, the same characters. Bytes that are no characters of the source's set (stored past the client's conversion) become others, or fail the load.",
		find: func(in *input) []FindingObject {
			if in.d.Database == nil || in.d.Database.CharacterSet == "" || strings.Contains(in.d.Database.CharacterSet, "UTF") {
				return nil
			}
			return onDatabase(in, in.d.Database.CharacterSet, "")
		}},
}

// consistencyTimeout is the default of DMS's TransactionConsistencyTimeout.
const consistencyTimeout = 10 * time.Minute

// muchRedo is the redo of the busiest hour from which on Ferryman advises Binary Reader. It is a rule of thumb, not a limit of DMS.
const muchRedo = 10 << 30

// reader says how much redo there is, and, where binary is true, only what speaks for Binary Reader.
func reader(in *input, binary bool) []FindingObject {
	db := in.d.Database
	if db == nil || db.LogMode == "" {
		return nil
	}
	var why []string
	redo := "redo per hour is not known (V$ARCHIVED_LOG was not read)"
	if r := db.ArchivedLogBytesPerHour; r != nil {
		redo = fmt.Sprintf("%s of redo an hour, %s in the busiest of %d hours", sizeWords(r.Average), sizeWords(r.Peak), r.Hours)
		if r.Peak >= muchRedo {
			why = append(why, redo)
		}
	}
	if db.CDB == "YES" {
		why = append(why, "a pluggable database")
	}
	if !binary {
		advice := "LogMiner will do"
		if len(why) > 0 {
			advice = "Binary Reader is advised"
		} else if db.ArchivedLogBytesPerHour == nil {
			advice = "LogMiner is the default"
		}
		return onDatabase(in, redo+": "+advice, "")
	}
	if len(why) == 0 {
		return nil
	}
	return onDatabase(in, strings.Join(why, "; "), "useLogMinerReader=N;useBfile=Y")
}

func (in *input) parameter(name string) string {
	if in.d.Database == nil {
		return ""
	}
	return in.d.Database.Parameters[name]
}

func asm(in *input) []FindingObject {
	for _, name := range []string{"db_create_online_log_dest_1", "db_create_file_dest", "db_recovery_file_dest", "log_archive_dest_1"} {
		if value := in.parameter(name); strings.HasPrefix(strings.TrimPrefix(strings.ToUpper(value), "LOCATION="), "+") {
			return onDatabase(in, name+" is "+value, "")
		}
	}
	return nil
}

// sizeWords writes a size.
func sizeWords(n int64) string {
	switch {
	case n >= 1<<40:
		return fmt.Sprintf("%.1f TB", float64(n)/(1<<40))
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
