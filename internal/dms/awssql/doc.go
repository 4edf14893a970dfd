// SPDX-License-Identifier: Apache-2.0

// Package awssql makes a conversion of the SQL that AWS DMS Schema Conversion exports: its statements, each with the object of the source
// that it is for, in an order in which they can be run, and an outcome for every row of ALL_OBJECTS. It touches no database. What AWS
// gave no script for is an action item, and so is what its scripts do not make of a table, once a scratch database has taken them.
//
// What AWS writes comes out of a bucket, and is taken as text from outside: statements of known forms alone are run, and only those that
// name an object in a schema of the migration.
package awssql
