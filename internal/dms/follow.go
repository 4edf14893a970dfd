// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// WaitTask reads the task and its tables every poll and hands both to look until that says done or fails. A reading that fails
// ends the wait; calls that were throttled have been repeated by then.
func (c *Client) WaitTask(ctx context.Context, arn string, poll time.Duration, look func(TaskStatus, []TableStat) (bool, error)) error {
	for {
		// The tables are read after the status: a status that says stopped is then never judged by older tables.
		task, err := c.DescribeTask(ctx, arn)
		if err != nil {
			return err
		}
		tables, err := c.TableStatistics(ctx, arn)
		if err != nil {
			return err
		}
		if done, err := look(task, tables); done || err != nil {
			return err
		}
		if err := pause(ctx, or(poll)); err != nil {
			return fmt.Errorf("follow task %s, now %q: %w", task.ID, task.Status, err)
		}
	}
}

// TableStatistics reads the statistics of every table of the task, sorted by schema and table.
func (c *Client) TableStatistics(ctx context.Context, arn string) ([]TableStat, error) {
	var all []TableStat
	in := &api.DescribeTableStatisticsInput{ReplicationTaskArn: &arn, MaxRecords: aws.Int32(500)}
	for {
		out, err := c.dms.DescribeTableStatistics(ctx, in)
		if err != nil {
			return nil, wrap("DescribeTableStatistics", "task "+arn, err)
		}
		for i := range out.TableStatistics {
			all = append(all, readTable(&out.TableStatistics[i]))
		}
		if aws.ToString(out.Marker) == "" {
			break
		}
		in.Marker = out.Marker
	}
	slices.SortFunc(all, func(a, b TableStat) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Table, b.Table))
	})
	return all, nil
}

// reloadBatch is how many tables one ReloadTables call takes.
const reloadBatch = 10

// ReloadTables loads tables again in a task that runs. DMS empties them on the target as the task's preparation mode says; with
// DO_NOTHING the caller has emptied them.
func (c *Client) ReloadTables(ctx context.Context, arn string, tables []TableName) error {
	now, err := c.DescribeTask(ctx, arn)
	if err != nil {
		return err
	}
	if now.Status != "running" {
		return &StateError{Operation: "ReloadTables", Object: "task " + now.ID, Status: now.Status, Need: "a task that runs"}
	}
	for batch := range slices.Chunk(tables, reloadBatch) {
		in := &api.ReloadTablesInput{ReplicationTaskArn: &arn, ReloadOption: types.ReloadOptionValueDataReload}
		for _, t := range batch {
			in.TablesToReload = append(in.TablesToReload, types.TableToReload{SchemaName: &t.Schema, TableName: &t.Table})
		}
		if _, err := c.dms.ReloadTables(ctx, in); err != nil {
			return wrap("ReloadTables", fmt.Sprintf("task %s, %s and %d more tables", now.ID, batch[0], len(batch)-1), err)
		}
	}
	return nil
}
