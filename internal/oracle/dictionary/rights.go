// SPDX-License-Identifier: Apache-2.0

package dictionary

import "time"

// TabPriv is a row of ALL_TAB_PRIVS: a right on an object that was granted. DBA_TAB_PRIVS calls the owner OWNER.
type TabPriv struct {
	Grantor   string `ora:"GRANTOR"`
	Grantee   string `ora:"GRANTEE"`
	Owner     string `ora:"TABLE_SCHEMA" dba:"OWNER"`
	Table     string `ora:"TABLE_NAME"`
	Privilege string `ora:"PRIVILEGE"`
	Grantable string `ora:"GRANTABLE"`
	Type      string `ora:"TYPE"` // of the object: TABLE, SEQUENCE, PACKAGE, …
}

// ColPriv is a row of ALL_COL_PRIVS: a right on one column.
type ColPriv struct {
	Grantor   string `ora:"GRANTOR"`
	Grantee   string `ora:"GRANTEE"`
	Owner     string `ora:"TABLE_SCHEMA" dba:"OWNER"`
	Table     string `ora:"TABLE_NAME"`
	Column    string `ora:"COLUMN_NAME"`
	Privilege string `ora:"PRIVILEGE"`
	Grantable string `ora:"GRANTABLE"`
}

// Policy is a row of ALL_POLICIES: a policy of row level security (VPD) on an object.
type Policy struct {
	Owner         string `ora:"OBJECT_OWNER"`
	Object        string `ora:"OBJECT_NAME"`
	Group         string `ora:"POLICY_GROUP"`
	Name          string `ora:"POLICY_NAME"`
	FunctionOwner string `ora:"PF_OWNER"`
	Package       string `ora:"PACKAGE"`
	Function      string `ora:"FUNCTION"`
	Select        string `ora:"SEL"` // YES or NO, as the next three
	Insert        string `ora:"INS"`
	Update        string `ora:"UPD"`
	Delete        string `ora:"DEL"`
	Enabled       string `ora:"ENABLE"`
}

// CodeError is a row of ALL_ERRORS: what Oracle says about code that is invalid.
type CodeError struct {
	Owner     string `ora:"OWNER"`
	Name      string `ora:"NAME"`
	Type      string `ora:"TYPE"`
	Sequence  int64  `ora:"SEQUENCE"`
	Line      int64  `ora:"LINE"`
	Position  int64  `ora:"POSITION"`
	Text      string `ora:"TEXT"`
	Attribute string `ora:"ATTRIBUTE"` // ERROR or WARNING
}

// Procedure is a row of ALL_PROCEDURES: a procedure or function, alone (Procedure is "") or in a package or type.
type Procedure struct {
	Owner         string `ora:"OWNER"`
	Object        string `ora:"OBJECT_NAME"`
	Procedure     string `ora:"PROCEDURE_NAME"`
	Subprogram    *int64 `ora:"SUBPROGRAM_ID"`
	Overload      string `ora:"OVERLOAD"`
	Type          string `ora:"OBJECT_TYPE"`
	Aggregate     string `ora:"AGGREGATE"`
	Pipelined     string `ora:"PIPELINED"`
	Deterministic string `ora:"DETERMINISTIC"`
	AuthID        string `ora:"AUTHID"` // DEFINER or CURRENT_USER
}

// Job is a row of ALL_JOBS: a job of DBMS_JOB, which the Scheduler replaced.
type Job struct {
	Number   int64     `ora:"JOB"`
	LogUser  string    `ora:"LOG_USER"`
	Owner    string    `ora:"SCHEMA_USER"`
	LastDate time.Time `ora:"LAST_DATE"`
	NextDate time.Time `ora:"NEXT_DATE"`
	Broken   string    `ora:"BROKEN"` // Y or N
	Interval string    `ora:"INTERVAL"`
	Failures *int64    `ora:"FAILURES"`
	What     string    `ora:"WHAT"`
}
