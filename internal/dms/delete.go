// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"fmt"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
)

// DeleteTask deletes the migration's task and waits until it is gone. One that is not there is fine, one without the migration's
// tag is a *DriftError, one that runs a *StateError.
func (c *Client) DeleteTask(ctx context.Context, migration, id string, poll time.Duration) error {
	now, err := c.FindTask(ctx, id)
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	if now.Status != "deleting" {
		if !now.idle() {
			return &StateError{Operation: "DeleteReplicationTask", Object: "task " + id, Status: now.Status, Need: "a task that is stopped"}
		}
		if err := c.owned(ctx, migration, "task "+id, now.ARN); err != nil {
			return err
		}
		_, err := c.dms.DeleteReplicationTask(ctx, &api.DeleteReplicationTaskInput{ReplicationTaskArn: &now.ARN})
		if err := wrap("DeleteReplicationTask", "task "+id, err); err != nil && !isNotFound(err) {
			return err
		}
	}
	return gone(ctx, "task "+id, poll, func() error { _, err := c.FindTask(ctx, id); return err })
}

// DeleteEndpoint deletes the migration's endpoint and waits until it is gone, by the same rules as DeleteTask.
func (c *Client) DeleteEndpoint(ctx context.Context, migration, id string, poll time.Duration) error {
	now, err := c.FindEndpoint(ctx, id)
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	if now.Status != "deleting" {
		if err := c.owned(ctx, migration, "endpoint "+id, now.ARN); err != nil {
			return err
		}
		_, err := c.dms.DeleteEndpoint(ctx, &api.DeleteEndpointInput{EndpointArn: &now.ARN})
		if err := wrap("DeleteEndpoint", "endpoint "+id, err); err != nil && !isNotFound(err) {
			return err
		}
	}
	return gone(ctx, "endpoint "+id, poll, func() error { _, err := c.FindEndpoint(ctx, id); return err })
}

// DeleteInstance deletes the migration's own instance and waits until it is gone, by the same rules as DeleteTask.
func (c *Client) DeleteInstance(ctx context.Context, migration, id string, poll time.Duration) error {
	now, err := c.FindInstance(ctx, id)
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	if now.Status != "deleting" {
		if err := c.owned(ctx, migration, "replication instance "+id, now.ARN); err != nil {
			return err
		}
		_, err := c.dms.DeleteReplicationInstance(ctx, &api.DeleteReplicationInstanceInput{ReplicationInstanceArn: &now.ARN})
		if err := wrap("DeleteReplicationInstance", "replication instance "+id, err); err != nil && !isNotFound(err) {
			return err
		}
	}
	return gone(ctx, "replication instance "+id, poll, func() error { _, err := c.FindInstance(ctx, id); return err })
}

// owned refuses what does not have the migration's tag: a name alone does not say whose it is.
func (c *Client) owned(ctx context.Context, migration, object, arn string) error {
	tagged, err := c.MigrationOf(ctx, object, arn)
	if err != nil || tagged == migration {
		return err
	}
	return &DriftError{Object: object, Differences: []string{fmt.Sprintf("it has no tag %s=%s, so it is not this migration's", MigrationTag, migration)},
		Advice: "it was not deleted; if nobody needs it, delete it in the DMS console"}
}

func gone(ctx context.Context, object string, poll time.Duration, read func() error) error {
	for {
		if err := read(); isNotFound(err) {
			return nil
		} else if err != nil {
			return err
		}
		if err := pause(ctx, or(poll)); err != nil {
			return fmt.Errorf("wait until %s is deleted: %w", object, err)
		}
	}
}
