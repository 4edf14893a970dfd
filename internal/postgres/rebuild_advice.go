// SPDX-License-Identifier: Apache-2.0

package postgres

import "strings"

// Advice says what the reader can do about an object that could not come back, as a sentence without an end; empty where PostgreSQL's
// own words have to do. What is not back is tried again by the next run, and nothing else is.
func (f Failure) Advice() string {
	switch f.Code {
	case "53100": // disk_full
		return "The disk is full: make room on the target (a build needs room for the index and for sorting its rows)"
	case "53200": // out_of_memory
		return "The target ran out of memory: give the rebuild less of it, or fewer jobs"
	case "53400": // configuration_limit_exceeded
		return "A limit of the target's configuration was met: raise it, or give the rebuild more memory so that it sorts without files (temp_file_limit)"
	case "23505": // unique_violation
		return "Rows of " + f.Object.Schema + "." + f.Object.Table + " have the same key: see whether the source has both (two rows that are different there " +
			"may be the same here) or the load brought one twice; mend them on the source or load the table again"
	case "23P01": // exclusion_violation
		return "Two rows of " + f.Object.Schema + "." + f.Object.Table + " exclude each other: mend them on the source or load the table again"
	case "23503": // foreign_key_violation
		return "Rows refer to rows that are missing: load the missing ones, or mend those that refer to them"
	case "23502": // not_null_violation
		return "Rows have a NULL there: find why a value is missing (DMS writes LOBs after the row) and fill them in"
	case "23514": // check_violation
		return "Rows break the check: mend them on the source, or load them again"
	case "42501": // insufficient_privilege
		return "The role lacks the right that the message names: have the owner or the DBA give it, or run this as the owner"
	case "42704", "42883", "3F000": // undefined_object, undefined_function, invalid_schema_name
		return "Something that it needs is gone from the target: bring that back first"
	case "42P01", "42703": // undefined_table, undefined_column
		return "Its table or a column is gone from the target: bring that back first, or delete the object's row from ferryman.saved if it is not wanted any more"
	case "42P07", "42710": // duplicate_table, duplicate_object
		return "Something else has its name: rename or drop that"
	case "54000": // program_limit_exceeded
		return "A value is too long for an index row: see whether the source limits that column, or index an expression of it instead"
	case "57014": // query_canceled
		return "Somebody cancelled it (pg_cancel_backend, or a limit of the server)"
	}
	if strings.HasPrefix(f.Code, "08") || strings.HasPrefix(f.Code, "57P0") {
		return "The connection was lost: see whether PostgreSQL restarts"
	}
	return ""
}
