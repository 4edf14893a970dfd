// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"time"
)

// TaskSpec is the replication task a migration wants.
type TaskSpec struct {
	ID, SourceARN, TargetARN, InstanceARN string
	// TableMappings and Settings are JSON, as TableMappings and TaskSettings make them.
	TableMappings, Settings string
	Migration               string
	Tags                    map[string]string
}

// EnsureTask returns the task, made if it is not there and then waited for until it is ready. One that is there and differs is a
// *DriftError; UpdateTask brings a stopped one in line.
func (c *Client) EnsureTask(ctx context.Context, spec TaskSpec, poll time.Duration) (TaskStatus, error) {
	panic("x")
}

// UpdateTask changes mappings and settings of a task that is not running.
func (c *Client) UpdateTask(ctx context.Context, spec TaskSpec, poll time.Duration) (TaskStatus, error) {
	panic("x")
}

// FindTask reads a task by its identifier; a *NotFoundError where there is none.
func (c *Client) FindTask(ctx context.Context, id string) (TaskStatus, error) { panic("x") }

// DescribeTask reads a task by its ARN.
func (c *Client) DescribeTask(ctx context.Context, arn string) (TaskStatus, error) { panic("x") }

// StartType is how a task is started.
type StartType string

// The three ways. Reload empties every target table.
const (
	Start  StartType = "start-replication"
	Resume StartType = "resume-processing"
	Reload StartType = "reload-target"
)

// Guard is what was read of a task before it was decided to start it. The caller stores it before StartTask, so that a repeated
// StartTask can tell whether the first one reached AWS.
type Guard struct {
	Status     string    `json:"status"`
	StartDate  time.Time `json:"start_date"`
	FreshStart time.Time `json:"fresh_start"`
}

// StartTask starts a task whose state is still the guard's. A task that was started since, in the same way, is left alone and
// false returned; one where that can't be told is an *UnsureError.
func (c *Client) StartTask(ctx context.Context, arn string, how StartType, guard Guard) (started bool, err error) {
	panic("x")
}

// StopTask stops a running task and returns what it read before; one that does not run is left alone. It does not wait.
func (c *Client) StopTask(ctx context.Context, arn string) (TaskStatus, error) { panic("x") }

// WaitTask reads the task and its tables every poll and hands both to look until that says done or fails.
func (c *Client) WaitTask(ctx context.Context, arn string, poll time.Duration, look func(TaskStatus, []TableStat) (bool, error)) error {
	panic("x")
}

// TableStatistics reads the statistics of every table of the task, sorted by schema and table.
func (c *Client) TableStatistics(ctx context.Context, arn string) ([]TableStat, error) { panic("x") }

// ReloadTables empties the tables on the target and loads them again, in a task that runs.
func (c *Client) ReloadTables(ctx context.Context, arn string, tables []TableName) error { panic("x") }

// DeleteTask deletes the migration's task; one that is not there is fine.
func (c *Client) DeleteTask(ctx context.Context, migration, id string, poll time.Duration) error {
	panic("x")
}

// DeleteEndpoint deletes an endpoint of the migration; one that is not there is fine.
func (c *Client) DeleteEndpoint(ctx context.Context, migration, id string, poll time.Duration) error {
	panic("x")
}

// DeleteInstance deletes the migration's own instance; one that is not there is fine, one without the migration's tag is refused.
func (c *Client) DeleteInstance(ctx context.Context, migration, id string, poll time.Duration) error {
	panic("x")
}
