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

// TaskSpec is the replication task a migration wants: full load and change data capture.
type TaskSpec struct {
	ID, SourceARN, TargetARN, InstanceARN string
	// TableMappings and Settings are JSON, as TableMappings and TaskSettings make them.
	TableMappings, Settings string
	Migration               string
	Tags                    map[string]string
}

// FindTask reads a task by its identifier; a *NotFoundError where there is none.
func (c *Client) FindTask(ctx context.Context, id string) (TaskStatus, error) {
	task, err := c.describeTask(ctx, "replication-task-id", id, true)
	if err != nil {
		return TaskStatus{}, err
	}
	return readTask(task), nil
}

// DescribeTask reads a task by its ARN.
func (c *Client) DescribeTask(ctx context.Context, arn string) (TaskStatus, error) {
	task, err := c.describeTask(ctx, "replication-task-arn", arn, true)
	if err != nil {
		return TaskStatus{}, err
	}
	return readTask(task), nil
}

func (c *Client) describeTask(ctx context.Context, by, value string, withoutSettings bool) (*types.ReplicationTask, error) {
	out, err := c.dms.DescribeReplicationTasks(ctx, &api.DescribeReplicationTasksInput{
		Filters: filterBy(by, value), WithoutSettings: &withoutSettings})
	if err != nil {
		return nil, wrap("DescribeReplicationTasks", "task "+value, err)
	}
	if len(out.ReplicationTasks) == 0 {
		return nil, &NotFoundError{Operation: "DescribeReplicationTasks", Object: "task " + value}
	}
	return &out.ReplicationTasks[0], nil
}

// EnsureTask returns the task, made if it is not there, and waits until it is no longer being made. One that is there and differs
// is a *DriftError; UpdateTask brings mappings and settings of a stopped one in line.
func (c *Client) EnsureTask(ctx context.Context, spec TaskSpec, poll time.Duration) (TaskStatus, error) {
	found, err := c.describeTask(ctx, "replication-task-id", spec.ID, false)
	if isNotFound(err) {
		_, err = c.dms.CreateReplicationTask(ctx, &api.CreateReplicationTaskInput{
			ReplicationTaskIdentifier: &spec.ID, MigrationType: types.MigrationTypeValueFullLoadAndCdc,
			SourceEndpointArn: &spec.SourceARN, TargetEndpointArn: &spec.TargetARN, ReplicationInstanceArn: &spec.InstanceARN,
			TableMappings: &spec.TableMappings, ReplicationTaskSettings: &spec.Settings, Tags: tagList(spec.Migration, spec.Tags),
		})
		if err != nil && !isExists(err) {
			return TaskStatus{}, wrap("CreateReplicationTask", "task "+spec.ID, err)
		}
		found, err = c.describeTask(ctx, "replication-task-id", spec.ID, false)
	}
	if err != nil {
		return TaskStatus{}, err
	}
	if err := spec.drift(found); err != nil {
		return readTask(found), err
	}
	return c.leave(ctx, aws.ToString(found.ReplicationTaskArn), poll, "creating", "modifying")
}

// UpdateTask changes mappings and settings of a task that does not run, and waits until it has taken them.
func (c *Client) UpdateTask(ctx context.Context, spec TaskSpec, poll time.Duration) (TaskStatus, error) {
	now, err := c.FindTask(ctx, spec.ID)
	if err != nil {
		return now, err
	}
	if !now.idle() {
		return now, &StateError{Operation: "ModifyReplicationTask", Object: "task " + spec.ID, Status: now.Status, Need: "a task that is stopped"}
	}
	_, err = c.dms.ModifyReplicationTask(ctx, &api.ModifyReplicationTaskInput{
		ReplicationTaskArn: &now.ARN, TableMappings: &spec.TableMappings, ReplicationTaskSettings: &spec.Settings})
	if err != nil {
		return now, wrap("ModifyReplicationTask", "task "+spec.ID, err)
	}
	return c.leave(ctx, now.ARN, poll, "modifying")
}

// leave reads the task until its status is none of those named.
func (c *Client) leave(ctx context.Context, arn string, poll time.Duration, statuses ...string) (TaskStatus, error) {
	for {
		now, err := c.DescribeTask(ctx, arn)
		if err != nil {
			return now, err
		}
		if !now.is(statuses...) {
			return now, nil
		}
		if err := pause(ctx, or(poll)); err != nil {
			return now, fmt.Errorf("wait for task %s, now %q: %w", now.ID, now.Status, err)
		}
	}
}

func (s TaskSpec) drift(found *types.ReplicationTask) error {
	var d differences
	d.compare("migration type", found.MigrationType, types.MigrationTypeValueFullLoadAndCdc)
	d.compare("source endpoint", aws.ToString(found.SourceEndpointArn), s.SourceARN)
	d.compare("target endpoint", aws.ToString(found.TargetEndpointArn), s.TargetARN)
	d.compare("replication instance", aws.ToString(found.ReplicationInstanceArn), s.InstanceARN)
	mappings, err := MappingDifferences(s.TableMappings, aws.ToString(found.TableMappings))
	if err != nil {
		return err
	}
	settings, err := SettingsDifferences(s.Settings, aws.ToString(found.ReplicationTaskSettings))
	if err != nil {
		return err
	}
	return append(append(d, mappings...), settings...).err("task "+s.ID, "stop the task and plan the change, or change the profile to it")
}
