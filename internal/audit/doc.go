// SPDX-License-Identifier: Apache-2.0

// Package audit compares the places that keep or witness a migration's audit chain: Redis, the target, the messages in its thread, and
// exported files. What was changed in one of them is found by the others.
package audit
