// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	"github.com/ferryman/ferryman/internal/ledger"
	"golang.org/x/time/rate"
)

// Options says how to reach AWS. Credentials, endpoints (AWS_ENDPOINT_URL) and the rest are the SDK's own environment.
type Options struct {
	// Region, such as eu-central-1; empty is the SDK's own (AWS_REGION).
	Region string
	// CallsPerSecond bounds the calls to DMS; 0 is 4, what the API refills for a whole account and region.
	CallsPerSecond float64
	// Poll is the time between two readings while a call waits for the end of a state in between, such as "starting"; 0 is 15 s.
	Poll time.Duration
}

// Client calls AWS DMS and its logs in one region. It may be used by several goroutines; one per account and region is right.
type Client struct {
	dms    *api.Client
	logs   *cloudwatchlogs.Client
	s3     *s3.Client
	region string
	poll   time.Duration
}

// maxAttempts of a call that was throttled or did not get through; callTime bounds one of them, which the SDK alone would let wait for
// ever.
const (
	maxAttempts = 6
	callTime    = 20 * time.Second
)

// Open makes a client. It does not call AWS.
func Open(ctx context.Context, opts Options) (*Client, error) {
	var load []func(*awsconfig.LoadOptions) error
	if opts.Region != "" {
		load = append(load, awsconfig.WithRegion(opts.Region))
	}
	load = append(load, awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(callTime)), awsconfig.WithRetryer(func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = maxAttempts })
	}))
	cfg, err := awsconfig.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return nil, fmt.Errorf("no AWS region is known; set aws.region in the profile, or AWS_REGION")
	}
	if opts.CallsPerSecond <= 0 {
		opts.CallsPerSecond = 4
	}
	limiter := rate.NewLimiter(rate.Limit(opts.CallsPerSecond), 1)
	return &Client{
		dms: api.NewFromConfig(cfg, func(o *api.Options) {
			o.APIOptions = append(o.APIOptions, limitAttempts(limiter), noteRequests, askGuard)
		}),
		logs: cloudwatchlogs.NewFromConfig(cfg),
		// An endpoint of one's own has no names for buckets.
		s3:     s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }),
		region: cfg.Region,
		poll:   or(opts.Poll),
	}, nil
}

// Region is where the client's calls go.
func (c *Client) Region() string { return c.region }

// limitAttempts lets every attempt of a call wait its turn, repeated ones too.
func limitAttempts(limiter *rate.Limiter) func(*middleware.Stack) error {
	wait := middleware.FinalizeMiddlewareFunc("FerrymanLimit",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if err := limiter.Wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		})
	return func(stack *middleware.Stack) error { return stack.Finalize.Insert(wait, "Retry", middleware.After) }
}

// noteRequests puts the ids of the requests that change something into the context's ledger, those that failed and were repeated too:
// CloudTrail knows them by these.
func noteRequests(stack *middleware.Stack) error {
	note := middleware.DeserializeMiddlewareFunc("FerrymanNote",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			name := middleware.GetOperationName(ctx)
			if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok && !reads(name) {
				ledger.Request(ctx, id)
			}
			return out, metadata, err
		})
	return stack.Deserialize.Add(note, middleware.Before)
}

// reads tells of an operation that it changes nothing.
func reads(name string) bool {
	return strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Get")
}

// Check calls AWS once, for doctor: the credentials work and may list replication tasks.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.dms.DescribeReplicationTasks(ctx, &api.DescribeReplicationTasksInput{MaxRecords: aws.Int32(20), WithoutSettings: aws.Bool(true)})
	return wrap("DescribeReplicationTasks", "region "+c.region, err)
}

// or is the time between two readings, 15 seconds where none is given.
func or(poll time.Duration) time.Duration {
	if poll <= 0 {
		return 15 * time.Second
	}
	return poll
}

// pause waits, or returns why the context ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
