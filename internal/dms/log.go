// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// LogQuery says which lines of a task's log are wanted.
type LogQuery struct {
	// InstanceID is the instance's identifier, TaskResourceID TaskStatus.ResourceID.
	InstanceID, TaskResourceID string
	// Since is from when on; zero is the last hour.
	Since time.Time
	// Limit bounds the lines, the newest are kept; 0 is 100.
	Limit int
	// Severities wanted, of E, W and I; empty is E and W.
	Severities string
}

// LogLine is one line of a task's log.
type LogLine struct {
	At time.Time
	// Severity is E, W or I; empty for a line that has another form. Component is DMS's, such as SOURCE_UNLOAD.
	Severity, Component string
	Text                string
}

// Log is a part of a task's log, oldest line first.
type Log struct {
	Lines []LogLine
	// Note explains why there are no lines where the log itself can't be had, or that only a part was read; empty otherwise.
	Note string
}

// maxLogPages bounds how much of a log one call reads; CloudWatch sends up to 1 MB a page.
const maxLogPages = 20

// TaskLog reads a task's log from CloudWatch Logs. A log that is not there, or that may not be read, is explained in Note and is no
// error: it is not needed to go on.
func (c *Client) TaskLog(ctx context.Context, q LogQuery) (Log, error) {
	if q.Since.IsZero() {
		q.Since = time.Now().Add(-time.Hour)
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if q.Severities == "" {
		q.Severities = "EW"
	}
	var terms []string
	for _, s := range q.Severities {
		terms = append(terms, `?"]`+string(s)+`:"`)
	}
	group := "dms-tasks-" + q.InstanceID
	in := &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, LogStreamNames: []string{"dms-task-" + q.TaskResourceID},
		StartTime: aws.Int64(q.Since.UnixMilli()), FilterPattern: aws.String(strings.Join(terms, " ")),
	}
	var log Log
	for page := 0; ; page++ {
		if page == maxLogPages {
			log.Note = "the log is long; only its first part since the time asked was read"
			return log, nil
		}
		out, err := c.logs.FilterLogEvents(ctx, in)
		if err != nil {
			return explainLog(wrapService("logs", "FilterLogEvents", "log group "+group, err), group)
		}
		for _, event := range out.Events {
			if line := parseLine(event); strings.Contains(q.Severities, line.Severity) && line.Severity != "" {
				log.Lines = append(log.Lines, line)
			}
		}
		if extra := len(log.Lines) - q.Limit; extra > 0 {
			log.Lines = append([]LogLine(nil), log.Lines[extra:]...)
		}
		if aws.ToString(out.NextToken) == "" {
			return log, nil
		}
		in.NextToken = out.NextToken
	}
}

func explainLog(err error, group string) (Log, error) {
	var missing *NotFoundError
	var denied *DeniedError
	switch {
	case errors.As(err, &missing):
		return Log{Note: "there is no log yet in CloudWatch Logs (" + group + "). DMS writes one only where the account has the role " +
			"dms-cloudwatch-logs-role, by exactly this name"}, nil
	case errors.As(err, &denied):
		return Log{Note: "the task's log may not be read: grant " + denied.Action + " on log group " + group}, nil
	}
	return Log{}, err
}

var (
	logLine   = regexp.MustCompile(`^[0-9]+: [0-9T:.-]+ \[([A-Z_]+) *\]([A-Z]): +(.*)$`)
	codePlace = regexp.MustCompile(` +\([a-z0-9_]+\.[a-z]+:[0-9]+\)$`)
)

// parseLine reads a line such as `00362696: 2023-02-22T10:09:29 [SOURCE_CAPTURE  ]I:  text  (file.c:2920)`.
func parseLine(event types.FilteredLogEvent) LogLine {
	message := strings.TrimSpace(aws.ToString(event.Message))
	line := LogLine{At: time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC(), Text: message}
	first, rest, _ := strings.Cut(message, "\n")
	if m := logLine.FindStringSubmatch(first); m != nil {
		line.Component, line.Severity, line.Text = m[1], m[2], codePlace.ReplaceAllString(m[3], "")
		if rest != "" {
			line.Text += "\n" + codePlace.ReplaceAllString(rest, "")
		}
	}
	return line
}
