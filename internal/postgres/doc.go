// SPDX-License-Identifier: Apache-2.0

// Package postgres is Ferryman's hands on the target: what it records there (schema "ferryman"), the fence that keeps an overtaken
// replica from changing anything, the catalog, setting constraints, indexes, triggers, LOB NOT NULLs and identities aside, bringing
// them back, sequences, and running SQL of the schema phase.
//
// Two rules hold in every function that changes something. Nothing is dropped that is not saved by the same transaction, in table
// ferryman.saved. And every transaction reads the migration's fence first and goes on only with its own token, so that after
// [Target.RaiseFence] has returned no transaction of an earlier holder can commit.
//
// All connections have an empty search_path, so that PostgreSQL prints qualified names and nobody's function is called by accident:
// SQL handed to this package names the schema of everything outside pg_catalog.
//
// It needs the ownership of the tables and no superuser. Every test runs on PostgreSQL 15; `make test-versions`
// runs this package's on 13, 14, 16, 17 and 18, too.
package postgres
