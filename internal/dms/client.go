// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
)

// Options says how to reach AWS. Credentials, endpoints (AWS_ENDPOINT_URL) and the rest are the SDK's own environment.
type Options struct {
	// Region, such as eu-central-1; empty is the SDK's own (AWS_REGION).
	Region string
	// CallsPerSecond bounds the calls to DMS; 0 is 4, what the API refills for a whole account and region.
	CallsPerSecond float64
}

// Client calls AWS DMS and its logs in one region. It may be used by several goroutines; one per account and region is right.
type Client struct {
	dms  *databasemigrationservice.Client
	logs *cloudwatchlogs.Client
}

// Open makes a client. It does not call AWS.
func Open(ctx context.Context, opts Options) (*Client, error) { panic("x") }

// Check calls AWS once, for doctor: the credentials work and may list replication tasks.
func (c *Client) Check(ctx context.Context) error { panic("x") }
