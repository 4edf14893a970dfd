// SPDX-License-Identifier: Apache-2.0

// Package oracle is a stand-in for an Oracle database. It speaks Oracle's protocol (package tns), serves a dictionary export with its
// data or with rows made up from the dictionary, and lets a private PostgreSQL database do the work.
//
// What a client sees is Oracle's: names in upper case, ” as NULL, Oracle's types, error numbers and dictionary views, statements
// that fail without ending their transaction, DDL that commits, LogMiner's view of the changes with COMMIT_SCNs that rise, and snapshots
// (SET TRANSACTION READ ONLY) that agree with CURRENT_SCN.
//
// What it does not do:
//   - PL/SQL is not run, apart from blocks of calls and plain statements that it knows; of the export's triggers only those that fill
//     a column from a sequence work. Server.Notes lists what was left out of an export.
//   - ROWIDs change with each update, and those in the redo are made from the row's key.
//   - All rows of a transaction have the SCN at which the transaction began in V$LOGMNR_CONTENTS; START_LOGMNR's STARTSCN
//     keeps transactions by their COMMIT_SCN. SQL_REDO is one row however long it is. TRUNCATE is a row with OPERATION = 'DDL'.
//   - Times have microseconds; a TIMESTAMP WITH TIME ZONE keeps the instant and not the zone. The difference of two TIMESTAMPs is a
//     number of days, as it is for DATEs.
//   - ALL_TAB_MODIFICATIONS has only what the export says. A temporary table's rows are seen by every session.
//   - Who has SELECT_CATALOG_ROLE, SELECT ANY DICTIONARY or SELECT ANY TABLE sees every object in the ALL_ views.
package oracle
