// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"hash/fnv"
	"time"
)

// Line is one line of a task's log.
type Line struct {
	Severity  byte // E, W or I
	Component string
	Text      string
}

// files are the places in DMS's source that its log lines end with, by component.
var files = map[string]string{
	"SOURCE_UNLOAD": "oracle_endpoint_unload.c:171", "TARGET_LOAD": "ar_odbc_stmt.c:4622", "SOURCE_CAPTURE": "oracle_cdc_merger.c:291",
	"TARGET_APPLY": "streamcomponent.c:1973", "TASK_MANAGER": "replicationtask.c:2801", "TABLES_MANAGER": "tasktablesmanager.c:1001",
	"METADATA_MANAGER": "metadatamanager.c:1082", "SORTER": "sorter_transaction.c:98", "VALIDATOR_EXT": "replicationtask.c:3101",
}

// Format writes the line as DMS does: thread, time, component in 16 places, severity, text, file.
func (l Line) Format(at time.Time) string {
	h := fnv.New32a()
	h.Write([]byte(l.Component))
	file := files[l.Component]
	if file == "" {
		file = "replicationtask.c:1"
	}
	return fmt.Sprintf("%08d: %s [%-16s]%c:  %s  (%s)", h.Sum32()%100000000, at.UTC().Format("2006-01-02T15:04:05"), l.Component, l.Severity, l.Text, file)
}

func (j *Job) info(component, format string, args ...any) {
	j.Log(Line{'I', component, fmt.Sprintf(format, args...)})
}

func (j *Job) warn(component, format string, args ...any) {
	j.Log(Line{'W', component, fmt.Sprintf(format, args...)})
}

func (j *Job) error(component, format string, args ...any) {
	j.Log(Line{'E', component, fmt.Sprintf(format, args...)})
}
