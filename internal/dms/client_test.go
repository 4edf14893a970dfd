// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

// answers is an AWS of a few lines: what it answers to each operation, in order, the last one again and again.
type answers struct {
	mu    sync.Mutex
	next  map[string][]string
	calls []string
}

// failure is an answer with an error code.
func failure(code, message string) string {
	doc, _ := json.Marshal(map[string]string{"__type": code, "message": message})
	return string(doc)
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, operation)
	list := a.next[operation]
	if len(list) == 0 {
		list = []string{failure("NotScripted", operation)}
	}
	if len(list) > 1 {
		a.next[operation] = list[1:]
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", "request-7")
	if strings.HasPrefix(list[0], `{"__type"`) {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = w.Write([]byte(list[0]))
}

func (a *answers) count(operation string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, call := range a.calls {
		if call == operation {
			n++
		}
	}
	return n
}

// scripted returns a client of an AWS that answers as told. The environment makes it serial: t.Setenv.
func scripted(t *testing.T, next map[string][]string) (*dms.Client, *answers) {
	t.Helper()
	script := &answers{next: next}
	server := httptest.NewServer(script)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	client, err := dms.Open(t.Context(), dms.Options{Region: "eu-central-1", CallsPerSecond: 1000, Poll: time.Millisecond})
	require.NoError(t, err)
	return client, script
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		answer string
		check  func(t *testing.T, err error)
	}{
		{failure("AccessDeniedFault", "no dms-vpc-role"), func(t *testing.T, err error) {
			var denied *dms.DeniedError
			require.ErrorAs(t, err, &denied)
			require.Equal(t, "dms:DescribeReplicationTasks", denied.Action)
			require.Equal(t, "request-7", denied.RequestID)
			require.ErrorContains(t, err, "AWS does not allow dms:DescribeReplicationTasks for task box-task: no dms-vpc-role. Grant this action")
		}},
		{failure("ResourceNotFoundFault", "no tasks"), func(t *testing.T, err error) {
			var missing *dms.NotFoundError
			require.ErrorAs(t, err, &missing)
			require.ErrorContains(t, err, "task box-task is not there: no tasks (request request-7)")
		}},
		{failure("InvalidResourceStateFault", "busy"), func(t *testing.T, err error) {
			var state *dms.StateError
			require.ErrorAs(t, err, &state)
			require.ErrorContains(t, err, "busy")
		}},
		{failure("ExpiredTokenException", "expired"), func(t *testing.T, err error) {
			var call *dms.CallError
			require.ErrorAs(t, err, &call)
			require.ErrorContains(t, err, "DescribeReplicationTasks for task box-task failed: ExpiredTokenException: expired. The AWS credentials are wrong or have expired")
		}},
		{`{"ReplicationTasks":[]}`, func(t *testing.T, err error) {
			var missing *dms.NotFoundError
			require.ErrorAs(t, err, &missing)
		}},
	} {
		client, _ := scripted(t, map[string][]string{"DescribeReplicationTasks": {c.answer}})
		_, err := client.FindTask(t.Context(), "box-task")
		c.check(t, err)
	}
}

func TestThrottledCallsAreRepeated(t *testing.T) {
	client, script := scripted(t, map[string][]string{"DescribeReplicationTasks": {failure("ThrottlingException", "Rate exceeded"), `{"ReplicationTasks":[]}`}})
	require.NoError(t, client.Check(t.Context()))
	require.Equal(t, 2, script.count("DescribeReplicationTasks"))
}

func TestAnAWSThatIsNotThere(t *testing.T) {
	_, _ = scripted(t, nil)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	client, err := dms.Open(t.Context(), dms.Options{Region: "eu-central-1", CallsPerSecond: 1000})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = client.Check(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "dms:DescribeReplicationTasks for region eu-central-1 was interrupted")
}

func TestARegionIsNeeded(t *testing.T) {
	_, _ = scripted(t, nil)
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err := dms.Open(t.Context(), dms.Options{})
	require.ErrorContains(t, err, "no AWS region is known")
}

func TestCallsStayBelowTheRate(t *testing.T) {
	_, script := scripted(t, map[string][]string{"DescribeReplicationTasks": {`{"ReplicationTasks":[]}`}})
	client, err := dms.Open(t.Context(), dms.Options{Region: "eu-central-1", CallsPerSecond: 20})
	require.NoError(t, err)
	begin := time.Now()
	for range 5 {
		require.NoError(t, client.Check(t.Context()))
	}
	require.GreaterOrEqual(t, time.Since(begin), 195*time.Millisecond)
	require.Equal(t, 5, script.count("DescribeReplicationTasks"))
}

// task is DescribeReplicationTasks' answer for one task; times are seconds, 0 is never.
func task(status string, started, fresh int) string {
	doc := map[string]any{"ReplicationTaskIdentifier": "t", "ReplicationTaskArn": "arn:t", "Status": status}
	if started > 0 {
		doc["ReplicationTaskStartDate"] = started
		doc["ReplicationTaskStats"] = map[string]any{"StartDate": started, "FreshStartDate": fresh}
	}
	text, _ := json.Marshal(map[string]any{"ReplicationTasks": []any{doc}})
	return string(text)
}

func TestStartHappensOnce(t *testing.T) {
	guard := func(started, fresh int64) dms.Guard {
		g := dms.Guard{Status: "ready"}
		if started > 0 {
			g = dms.Guard{Status: "stopped", StartDate: time.Unix(started, 0), FreshStart: time.Unix(fresh, 0)}
		}
		return g
	}
	ok := `{"ReplicationTask":{"Status":"starting"}}`
	refused := failure("InvalidResourceStateFault", "running")
	cases := map[string]struct {
		how     dms.StartType
		guard   dms.Guard
		reads   []string
		answer  string
		started bool
		calls   int
		err     any
	}{
		"first start":                  {dms.Start, guard(0, 0), []string{task("ready", 0, 0)}, ok, true, 1, nil},
		"first start, already done":    {dms.Start, guard(0, 0), []string{task("starting", 0, 0), task("running", 100, 100)}, ok, false, 0, nil},
		"first start, already over":    {dms.Start, guard(0, 0), []string{task("stopped", 100, 100)}, ok, false, 0, nil},
		"resume":                       {dms.Resume, guard(100, 100), []string{task("stopped", 100, 100)}, ok, true, 1, nil},
		"resume, already done":         {dms.Resume, guard(100, 100), []string{task("running", 200, 100)}, ok, false, 0, nil},
		"resume, but somebody reloads": {dms.Resume, guard(100, 100), []string{task("running", 200, 200)}, ok, false, 0, new(*dms.UnsureError)},
		"reload, but somebody resumed": {dms.Reload, guard(100, 100), []string{task("running", 200, 100)}, ok, false, 0, new(*dms.UnsureError)},
		"reload, already done":         {dms.Reload, guard(100, 100), []string{task("running", 200, 200)}, ok, false, 0, nil},
		"start of one that ran":        {dms.Start, guard(100, 100), []string{task("stopped", 100, 100)}, ok, false, 0, new(*dms.StateError)},
		"resume of one that never ran": {dms.Resume, guard(0, 0), []string{task("ready", 0, 0)}, ok, false, 0, new(*dms.StateError)},
		"while it is modified":         {dms.Resume, guard(100, 100), []string{task("modifying", 100, 100)}, ok, false, 0, new(*dms.StateError)},
		"while it runs":                {dms.Resume, guard(100, 100), []string{task("running", 100, 100)}, ok, false, 0, new(*dms.StateError)},
		"the answer was lost":          {dms.Resume, guard(100, 100), []string{task("stopped", 100, 100), task("running", 200, 100)}, refused, true, 1, nil},
		"refused":                      {dms.Resume, guard(100, 100), []string{task("stopped", 100, 100)}, refused, false, 1, new(*dms.StateError)},
		"denied":                       {dms.Resume, guard(100, 100), []string{task("stopped", 100, 100)}, failure("AccessDeniedFault", ""), false, 1, new(*dms.DeniedError)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			client, script := scripted(t, map[string][]string{"DescribeReplicationTasks": c.reads, "StartReplicationTask": {c.answer}})
			started, err := client.StartTask(t.Context(), "arn:t", c.how, c.guard)
			if c.err == nil {
				require.NoError(t, err)
			} else {
				require.ErrorAs(t, err, c.err)
			}
			require.Equal(t, c.started, started)
			require.Equal(t, c.calls, script.count("StartReplicationTask"))
		})
	}
}

func TestStopTouchesOnlyWhatRuns(t *testing.T) {
	for _, status := range []string{"ready", "stopped", "stopping", "failed"} {
		client, script := scripted(t, map[string][]string{"DescribeReplicationTasks": {task(status, 100, 100)}})
		now, err := client.StopTask(t.Context(), "arn:t")
		require.NoError(t, err)
		require.Equal(t, status, now.Status)
		require.Zero(t, script.count("StopReplicationTask"))
	}
	// It stopped by itself between the reading and the call.
	client, _ := scripted(t, map[string][]string{"DescribeReplicationTasks": {task("starting", 0, 0), task("running", 1, 1), task("stopped", 1, 1)},
		"StopReplicationTask": {failure("InvalidResourceStateFault", "not running")}})
	now, err := client.StopTask(t.Context(), "arn:t")
	require.NoError(t, err)
	require.Equal(t, "running", now.Status)
}

func TestTheLogsOwnTroubleIsNoError(t *testing.T) {
	query := dms.LogQuery{InstanceID: "i", TaskResourceID: "R"}
	for code, want := range map[string]string{"ResourceNotFoundException": "dms-cloudwatch-logs-role", "AccessDeniedException": "grant logs:FilterLogEvents on log group dms-tasks-i"} {
		client, _ := scripted(t, map[string][]string{"FilterLogEvents": {failure(code, "x")}})
		log, err := client.TaskLog(t.Context(), query)
		require.NoError(t, err)
		require.Contains(t, log.Note, want)
	}
	event := func(second int, message string) map[string]any {
		return map[string]any{"timestamp": second * 1000, "message": message}
	}
	page := func(next string, events ...map[string]any) string {
		text, _ := json.Marshal(map[string]any{"events": events, "nextToken": next})
		return string(text)
	}
	client, _ := scripted(t, map[string][]string{"FilterLogEvents": {
		page("more", event(1, "00362696: 2023-02-22T10:09:29 [SOURCE_UNLOAD   ]W:  The value of column 'C' was truncated  (streamcomponent.c:2920)"),
			event(2, "00362696: 2023-02-22T10:09:30 [SOURCE_CAPTURE  ]I:  fine  (a.c:1)")),
		page("", event(3, "00362697: 2023-02-22T10:09:31.123456 [TARGET_APPLY    ]E:  RetCode: SQL_ERROR SqlState: 23505\n second line [1022502]  (ar_odbc_stmt.c:5023)"), event(4, "nonsense")),
	}})
	log, err := client.TaskLog(t.Context(), query)
	require.NoError(t, err)
	require.Empty(t, log.Note)
	require.Equal(t, []dms.LogLine{
		{At: time.Unix(1, 0).UTC(), Severity: "W", Component: "SOURCE_UNLOAD", Text: "The value of column 'C' was truncated"},
		{At: time.Unix(3, 0).UTC(), Severity: "E", Component: "TARGET_APPLY", Text: "RetCode: SQL_ERROR SqlState: 23505\n second line [1022502]"},
	}, log.Lines)
}
