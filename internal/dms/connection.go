// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// TestConnection has the instance connect to the endpoint and waits for the outcome: nil, or a *ConnectionError. A test that is
// going on already is waited for and not started again.
func (c *Client) TestConnection(ctx context.Context, instanceARN, endpointARN string, poll time.Duration) error {
	found, err := c.connection(ctx, instanceARN, endpointARN)
	if err != nil {
		return err
	}
	if found == nil || aws.ToString(found.Status) != "testing" {
		_, err := c.dms.TestConnection(ctx, &api.TestConnectionInput{ReplicationInstanceArn: &instanceARN, EndpointArn: &endpointARN})
		if err != nil {
			return wrap("TestConnection", "endpoint "+endpointARN, err)
		}
	}
	for {
		if found, err = c.connection(ctx, instanceARN, endpointARN); err != nil {
			return err
		}
		if found != nil {
			switch aws.ToString(found.Status) {
			case "successful":
				return nil
			case "failed":
				return &ConnectionError{What: "connection test", Endpoint: aws.ToString(found.EndpointIdentifier), Message: aws.ToString(found.LastFailureMessage)}
			}
		}
		if err := pause(ctx, or(poll)); err != nil {
			return fmt.Errorf("wait for the connection test of endpoint %s: %w", endpointARN, err)
		}
	}
}

func (c *Client) connection(ctx context.Context, instanceARN, endpointARN string) (*types.Connection, error) {
	out, err := c.dms.DescribeConnections(ctx, &api.DescribeConnectionsInput{
		Filters: append(filterBy("endpoint-arn", endpointARN), filterBy("replication-instance-arn", instanceARN)...)})
	if err = wrap("DescribeConnections", "endpoint "+endpointARN, err); isNotFound(err) {
		return nil, nil
	} else if err != nil || len(out.Connections) == 0 {
		return nil, err
	}
	return &out.Connections[0], nil
}

// RefreshSchemas has DMS read the endpoint's schemas again and waits for the end: nil, or a *ConnectionError.
func (c *Client) RefreshSchemas(ctx context.Context, instanceARN, endpointARN string, poll time.Duration) error {
	found, err := c.refresh(ctx, endpointARN)
	if err != nil {
		return err
	}
	if found == nil || found.Status != types.RefreshSchemasStatusTypeValueRefreshing {
		_, err := c.dms.RefreshSchemas(ctx, &api.RefreshSchemasInput{ReplicationInstanceArn: &instanceARN, EndpointArn: &endpointARN})
		if err != nil {
			return wrap("RefreshSchemas", "endpoint "+endpointARN, err)
		}
	}
	for {
		if found, err = c.refresh(ctx, endpointARN); err != nil {
			return err
		}
		if found != nil {
			switch found.Status {
			case types.RefreshSchemasStatusTypeValueSuccessful:
				return nil
			case types.RefreshSchemasStatusTypeValueFailed:
				return &ConnectionError{What: "schema refresh", Endpoint: ResourceID(endpointARN), Message: aws.ToString(found.LastFailureMessage)}
			}
		}
		if err := pause(ctx, or(poll)); err != nil {
			return fmt.Errorf("wait for the schema refresh of endpoint %s: %w", endpointARN, err)
		}
	}
}

func (c *Client) refresh(ctx context.Context, endpointARN string) (*types.RefreshSchemasStatus, error) {
	out, err := c.dms.DescribeRefreshSchemasStatus(ctx, &api.DescribeRefreshSchemasStatusInput{EndpointArn: &endpointARN})
	if err = wrap("DescribeRefreshSchemasStatus", "endpoint "+endpointARN, err); isNotFound(err) {
		return nil, nil // never refreshed
	} else if err != nil {
		return nil, err
	}
	return out.RefreshSchemasStatus, nil
}
