// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"errors"
	"fmt"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// StartType is how a task is started.
type StartType string

// The three ways. Reload starts everything again: with DO_NOTHING its rows meet those already in the target's tables.
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
// false returned; one that was started in another way is an *UnsureError, one whose state does not allow the start a *StateError.
func (c *Client) StartTask(ctx context.Context, arn string, how StartType, guard Guard) (started bool, err error) {
	now, err := c.leave(ctx, arn, c.poll, "starting") // its dates say only afterwards how it was started
	if err != nil {
		return false, err
	}
	if since, err := startedSince(now, how, guard); since || err != nil {
		return false, err
	}
	if err := mayStart(now, how); err != nil {
		return false, err
	}
	_, callErr := c.dms.StartReplicationTask(ctx, &api.StartReplicationTaskInput{
		ReplicationTaskArn: &arn, StartReplicationTaskType: types.StartReplicationTaskTypeValue(how)})
	if callErr == nil {
		return true, nil
	}
	callErr = wrap("StartReplicationTask", "task "+now.ID, callErr)
	var state *StateError
	if !errors.As(callErr, &state) {
		return false, callErr
	}
	// The SDK repeats a call whose answer was lost; the second one is then refused because the first one worked.
	if now, err = c.leave(ctx, arn, c.poll, "starting"); err != nil {
		return false, errors.Join(callErr, err)
	}
	if since, err := startedSince(now, how, guard); since || err != nil {
		return since, err
	}
	state.Status = now.Status
	return false, callErr
}

// startedSince tells from a task's dates whether it was started after the guard was read.
func startedSince(now TaskStatus, how StartType, guard Guard) (bool, error) {
	if now.StartDate.Equal(guard.StartDate) {
		return false, nil
	}
	fresh := !now.Stats.FreshStart.Equal(guard.FreshStart)
	if fresh != (how == Resume) {
		return true, nil
	}
	seen := "the task was resumed meanwhile"
	if fresh {
		seen = "the task was started afresh meanwhile, which loads every table again"
	}
	return false, &UnsureError{Operation: "StartReplicationTask", Object: "task " + now.ID,
		Seen: fmt.Sprintf("%s, at %s, by somebody else", seen, now.StartDate.UTC().Format(time.RFC3339))}
}

// mayStart holds the ways of starting against the task's state: the first start is never a resume, and no later one a start.
func mayStart(now TaskStatus, how StartType) error {
	refuse := func(need string) error {
		return &StateError{Operation: "StartReplicationTask", Object: "task " + now.ID, Status: now.Status, Need: need}
	}
	ranBefore := !now.StartDate.IsZero()
	switch {
	case !now.idle():
		return refuse("a task that is ready or stopped")
	case how == Start && ranBefore:
		return refuse("a task that never ran; this one is resumed")
	case how != Start && !ranBefore:
		return refuse("a task that ran before; this one is started")
	}
	return nil
}

// StopTask stops a running task and returns what it read before; one that does not run is left alone. It does not wait for the end.
func (c *Client) StopTask(ctx context.Context, arn string) (TaskStatus, error) {
	now, err := c.leave(ctx, arn, c.poll, "starting") // AWS refuses to stop a task that starts
	if err != nil || now.Status != "running" {
		return now, err
	}
	_, err = c.dms.StopReplicationTask(ctx, &api.StopReplicationTaskInput{ReplicationTaskArn: &arn})
	if err = wrap("StopReplicationTask", "task "+now.ID, err); err == nil {
		return now, nil
	}
	var state *StateError
	if errors.As(err, &state) { // it stopped by itself between the two calls
		if after, readErr := c.DescribeTask(ctx, arn); readErr == nil && (after.idle() || after.Status == "stopping") {
			return now, nil
		}
	}
	return now, err
}
