// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"time"
)

// LogQuery says which lines of a task's log are wanted.
type LogQuery struct {
	// InstanceID is the instance's identifier, TaskResourceID TaskStatus.ResourceID.
	InstanceID, TaskResourceID string
	Since                      time.Time
	// Limit bounds the lines, the newest are kept; 0 is 100.
	Limit int
	// Severities wanted, of E, W and I; empty is E and W.
	Severities string
}

// LogLine is one line of a task's log.
type LogLine struct {
	At        time.Time
	Severity  string
	Component string
	Text      string
}

// Log is a part of a task's log, oldest line first.
type Log struct {
	Lines []LogLine
	// Note explains why there are no lines where the log itself is not there; empty otherwise.
	Note string
}

// TaskLog reads a task's log from CloudWatch Logs. A log that is not there is explained in Note and is no error.
func (c *Client) TaskLog(ctx context.Context, q LogQuery) (Log, error) { panic("x") }
