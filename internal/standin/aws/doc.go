// SPDX-License-Identifier: Apache-2.0

// Package aws is a local server that speaks the protocols of five AWS services on one address, so that the AWS SDKs and the AWS
// command line work against it with nothing but another endpoint URL: Database Migration Service (JSON 1.1, target
// AmazonDMSv20160101), Secrets Manager, CloudWatch Logs, GetCallerIdentity of the Security Token Service (query protocol, XML), and of S3
// (path-style, XML) what Schema Conversion's reports and scripts need.
//
// Behind the DMS protocol an engine moves real rows: it reads an Oracle database through its listener and writes to a PostgreSQL
// database as the endpoint's user. What stops DMS stops it too: a foreign key left on the target, a LOB column that refuses NULL,
// a source that went away.
package aws
