// SPDX-License-Identifier: Apache-2.0

// Package settings reads the settings document of a DMS replication task and writes it back as the service does: every section and
// every key there, in an order of its own.
package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Settings are those of a task's settings that change what the engine does.
type Settings struct {
	TargetMetadata struct {
		SupportLobs, FullLobMode, LimitedSizeLobMode bool
		LobMaxSize                                   int // kilobytes
	}
	FullLoadSettings struct {
		TargetTablePrepMode             string // DO_NOTHING, DROP_AND_CREATE, TRUNCATE_BEFORE_LOAD
		StopTaskCachedChangesApplied    bool
		StopTaskCachedChangesNotApplied bool
		MaxFullLoadSubTasks             int
		TransactionConsistencyTimeout   int // seconds
		CommitRate                      int // rows
	}
	Logging struct {
		EnableLogging bool
		LogComponents []LogComponent
	}
	ControlTablesSettings struct {
		ControlSchema                                                        string
		StatusTableEnabled, SuspendedTablesTableEnabled, HistoryTableEnabled bool
	}
	ErrorBehavior struct {
		DataTruncationErrorPolicy              string // IGNORE_RECORD, LOG_ERROR, SUSPEND_TABLE, STOP_TASK
		TableErrorPolicy                       string // SUSPEND_TABLE, STOP_TASK
		ApplyErrorDeletePolicy                 string
		ApplyErrorInsertPolicy                 string
		ApplyErrorUpdatePolicy                 string
		RecoverableErrorCount                  int // -1: for ever
		RecoverableErrorInterval               int // seconds
		FailOnTransactionConsistencyBreached   bool
		FailOnNoTablesCaptured                 bool
		TableErrorEscalationCount              int
		TableErrorEscalationPolicy             string
		FullLoadIgnoreConflicts                bool
		ApplyErrorEscalationCount              int
		ApplyErrorEscalationPolicy             string
		RecoverableErrorThrottling             bool
		RecoverableErrorStopRetryAfterThrottle bool `json:"RecoverableErrorStopRetryAfterThrottlingMax"`
	}
	ValidationSettings struct {
		EnableValidation bool
		SkipLobColumns   bool
	}
	ChangeProcessingDdlHandlingPolicy struct {
		HandleSourceTableTruncated bool
	}

	document map[string]any
}

// LogComponent says from which severity on a component's lines are logged.
type LogComponent struct{ ID, Severity string }

// ErrInvalid is the service's answer to a document that it can't use.
//
//lint:ignore ST1005 the service's words
var ErrInvalid = errors.New("Invalid task settings JSON")

// ErrLogGroup is its answer to a document that names a log group, which the service does.
//
//lint:ignore ST1005 the service's words
var ErrLogGroup = errors.New("Task Settings CloudWatchLogGroup or CloudWatchLogStream cannot be set on create.")

// Parse lays a document over the defaults; an empty one is the defaults. Unknown keys and values of another type are refused.
func Parse(document string) (*Settings, error) { return parse(document, defaults()) }

// Modify lays a document over these settings.
func (s *Settings) Modify(document string) (*Settings, error) {
	copied, err := json.Marshal(s.document)
	if err != nil {
		return nil, err
	}
	base := map[string]any{}
	if err := json.Unmarshal(copied, &base); err != nil {
		return nil, err
	}
	return parse(document, base)
}

func parse(document string, base map[string]any) (*Settings, error) {
	if document != "" {
		var given map[string]any
		if err := json.Unmarshal([]byte(document), &given); err != nil {
			return nil, ErrInvalid
		}
		if logging, ok := given["Logging"].(map[string]any); ok {
			if logging["CloudWatchLogGroup"] != nil || logging["CloudWatchLogStream"] != nil {
				return nil, ErrLogGroup
			}
			delete(logging, "CloudWatchLogGroup")
			delete(logging, "CloudWatchLogStream")
		}
		if err := overlay(base, given, ""); err != nil {
			return nil, err
		}
	}
	merged, err := json.Marshal(base)
	if err != nil {
		return nil, err
	}
	settings := &Settings{document: base}
	if err := json.Unmarshal(merged, settings); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrInvalid, err)
	}
	return settings, settings.check()
}

// overlay puts given's values into base, section by section.
func overlay(base, given map[string]any, path string) error {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		value := given[key]
		old, known := base[key]
		if !known {
			return fmt.Errorf("%w: unknown key %.80s", ErrInvalid, path+key)
		}
		if value == nil {
			continue
		}
		section, isSection := value.(map[string]any)
		oldSection, wasSection := old.(map[string]any)
		switch {
		case wasSection && isSection:
			if err := overlay(oldSection, section, path+key+"."); err != nil {
				return err
			}
		case old == nil || sameKind(old, value):
			base[key] = value
		default:
			return fmt.Errorf("%w: %s is not of the right type", ErrInvalid, path+key)
		}
	}
	return nil
}

func sameKind(a, b any) bool { return fmt.Sprintf("%T", a) == fmt.Sprintf("%T", b) }

func (s *Settings) check() error {
	oneOf := func(key, value string, allowed ...string) error {
		if !slices.Contains(allowed, value) {
			return fmt.Errorf("%w: %s can't be %.40q", ErrInvalid, key, value)
		}
		return nil
	}
	within := func(key string, value, low, high int) error {
		if value < low || value > high {
			return fmt.Errorf("%w: %s must be between %d and %d", ErrInvalid, key, low, high)
		}
		return nil
	}
	load, behaviour := s.FullLoadSettings, s.ErrorBehavior
	if load.StopTaskCachedChangesApplied && load.StopTaskCachedChangesNotApplied {
		return fmt.Errorf("%w: StopTaskCachedChangesApplied and StopTaskCachedChangesNotApplied can't both be true", ErrInvalid)
	}
	return errors.Join(
		oneOf("TargetTablePrepMode", load.TargetTablePrepMode, "DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD"),
		within("MaxFullLoadSubTasks", load.MaxFullLoadSubTasks, 1, 49),
		within("CommitRate", load.CommitRate, 1, 50000),
		within("LobMaxSize", s.TargetMetadata.LobMaxSize, 0, 102400),
		oneOf("TableErrorPolicy", behaviour.TableErrorPolicy, "SUSPEND_TABLE", "STOP_TASK"),
		oneOf("DataTruncationErrorPolicy", behaviour.DataTruncationErrorPolicy, "LOG_ERROR", "IGNORE_RECORD", "SUSPEND_TABLE", "STOP_TASK"),
		oneOf("ApplyErrorDeletePolicy", behaviour.ApplyErrorDeletePolicy, "IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"),
		oneOf("ApplyErrorInsertPolicy", behaviour.ApplyErrorInsertPolicy,
			"LOG_ERROR", "UPDATE_RECORD", "SUSPEND_TABLE", "STOP_TASK", "INSERT_RECORD", "IGNORE_RECORD"),
		oneOf("ApplyErrorUpdatePolicy", behaviour.ApplyErrorUpdatePolicy,
			"LOG_ERROR", "INSERT_RECORD", "UPDATE_RECORD", "SUSPEND_TABLE", "STOP_TASK", "IGNORE_RECORD"),
	)
}

// Document writes the settings as the service shows them, with the log group and stream that it has given the task.
func (s *Settings) Document(logGroup, logStream string) string {
	shown := maps.Clone(s.document)
	if s.Logging.EnableLogging {
		logging := maps.Clone(shown["Logging"].(map[string]any))
		logging["CloudWatchLogGroup"], logging["CloudWatchLogStream"] = logGroup, logStream
		shown["Logging"] = logging
	}
	control := maps.Clone(shown["ControlTablesSettings"].(map[string]any))
	control["historyTimeslotInMinutes"] = control["HistoryTimeslotInMinutes"]
	shown["ControlTablesSettings"] = control
	text, _ := json.Marshal(shown) // made of JSON values only
	return string(text)
}
