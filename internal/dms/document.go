// SPDX-License-Identifier: Apache-2.0

package dms

// MappingSpec is what a task's table mapping covers.
type MappingSpec struct {
	// Tables are included one by one; a mapping names each, so that a table made later is not taken in silently.
	Tables []TableName
	// Marker is Ferryman's own table on the source, included too; zero is none.
	Marker TableName
	// LOB are limits of single tables that differ from the task's: kilobytes by table; 0 is unlimited.
	LOB map[TableName]int
}

// TableMappings makes the mapping's JSON: an explicit selection for each table, and schema, table and column names to lower case.
// The same spec makes the same bytes.
func TableMappings(spec MappingSpec) (string, error) { panic("x") }

// SettingsSpec is what differs between the settings of tasks.
type SettingsSpec struct {
	// FullLOB fetches every large object; otherwise values longer than LOBMaxKB stop the task.
	FullLOB     bool
	LOBMaxKB    int
	MaxSubtasks int
	Validation  bool
	// ControlSchema is the target schema of the control tables; empty is public.
	ControlSchema string
}

// TaskSettings makes the task settings' JSON of the runbook.
func TaskSettings(spec SettingsSpec) (string, error) { panic("x") }

// Differences lists where have, a document of AWS, differs from want: only keys that want sets, order of keys and rules ignored.
func Differences(want, have string) ([]string, error) { panic("x") }
