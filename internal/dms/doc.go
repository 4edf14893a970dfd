// SPDX-License-Identifier: Apache-2.0

// Package dms is Ferryman's client side of AWS DMS: the replication instance, endpoints and task of a migration, the task's table
// mapping and settings, its readings and its log. Every call reads the state first, so that it can be repeated after a crash; the
// calls of one Client stay below what the API allows an account.
package dms
