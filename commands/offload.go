// SPDX-License-Identifier: Apache-2.0

package commands

var offloadCommand = Spec{Name: "/migrate-offload", Phase: "offload", Usage: named,
	Description: "Move chosen LOB columns to S3 or DynamoDB (comes later)"}
