// SPDX-License-Identifier: Apache-2.0

package convert

// Codes of action items and notes. They are stable: reports of different days are compared by them.
const (
	CodeUnit          = "FM-CV-001" // procedure, function, package, type body
	CodeTrigger       = "FM-CV-002" // trigger that does more than fill in a number
	CodeNoBody        = "FM-CV-003" // code whose text is not in the dictionary
	CodeView          = "FM-CV-004" // view that is not simple
	CodeViewDepends   = "FM-CV-005" // view on something that is not on the target
	CodeMView         = "FM-CV-006"
	CodeSynonym       = "FM-CV-007"
	CodeDBLink        = "FM-CV-008"
	CodeType          = "FM-CV-009"
	CodePartitioned   = "FM-CV-010"
	CodeTemporary     = "FM-CV-011"
	CodeExternal      = "FM-CV-012"
	CodeObjectTable   = "FM-CV-013"
	CodeColumnType    = "FM-CV-014"
	CodeDefault       = "FM-CV-015"
	CodeVirtual       = "FM-CV-016"
	CodeCheck         = "FM-CV-017"
	CodeIndexExpr     = "FM-CV-018"
	CodeIndexKind     = "FM-CV-019"
	CodeDisabled      = "FM-CV-020" // constraint that is switched off
	CodeForeignKey    = "FM-CV-021" // foreign key to something that is not on the target
	CodeCollision     = "FM-CV-022"
	CodeLongName      = "FM-CV-023"
	CodeJob           = "FM-CV-024"
	CodeKind          = "FM-CV-025" // kind of object without counterpart
	CodeSequence      = "FM-CV-026"
	CodeNotRead       = "FM-CV-027" // facts that could not be read
	CodeInvalid       = "FM-CV-028" // object that is invalid on Oracle
	CodeIndexTable    = "FM-CV-029" // index, constraint or trigger of a table that is not on the target
	NoteType          = "FM-CV-050" // type that keeps less
	NoteWidened       = "FM-CV-051" // column widened to the type of its foreign key's other side
	NoteDeferrable    = "FM-CV-052"
	NoteNotValid      = "FM-CV-053"
	CodeUniqueNull    = "FM-CV-054" // unique over several columns of which some may be NULL
	NoteIndexKind     = "FM-CV-055"
	NoteIndexConstant = "FM-CV-056"
	NoteRenamed       = "FM-CV-057"
	NoteReadOnlyView  = "FM-CV-058"
	NoteDefaultOnNull = "FM-CV-059"
	NoteInvisible     = "FM-CV-060"
	NoteStorage       = "FM-CV-061"
	NoteUnusable      = "FM-CV-062"
	NoteTriggerOff    = "FM-CV-063"
	CodePartitionKey  = "FM-CV-030" // key of a partitioned table without its partition column
	CodeSubpartition  = "FM-CV-031"
	CodeWide          = "FM-CV-032" // more columns than PostgreSQL has
	CodeGrant         = "FM-CV-033" // right for somebody who is not on the target, or that PostgreSQL has not
	CodeDecision      = "FM-CV-034" // decision that can't be obeyed
	CodeNoScript      = "FM-CV-035" // object for which another engine gave no script
	CodeLacks         = "FM-CV-036" // part of an object that another engine's script does not make
	CodeNotRun        = "FM-CV-037" // statement of another engine's script that is not run
	CodeConstruct     = "FM-CV-040" // what in a unit of code needs thought; its hours are the unit's
	CodeUnclosed      = "FM-CV-041" // text of a unit that ends within a string or a comment
	NotePartition     = "FM-CV-064"
	NoteInterval      = "FM-CV-065"
	NoteCollation     = "FM-CV-066"
	NoteSynonym       = "FM-CV-067"
	NoteMView         = "FM-CV-068"
	NoteGlobalIndex   = "FM-CV-069"
	NoteOffload       = "FM-CV-070"
	NotePurge         = "FM-CV-071"
	NoteMeasured      = "FM-CV-072"
	NoteWideRow       = "FM-CV-073"
	NoteUnchecked     = "FM-CV-074"
	NoteTranslated    = "FM-CV-080" // code that was translated, with what callers see of it
	NoteNotRun        = "FM-CV-081" // statements of another engine's script that have no part in what is made
)

// Titles says in a few words what each code is about.
var Titles = map[string]string{
	CodeUnit:          "Code is rewritten by hand",
	CodeTrigger:       "Trigger is rewritten by hand",
	CodeConstruct:     "Construct has no direct counterpart",
	CodeUnclosed:      "Text ends within a string or a comment",
	NoteTranslated:    "Code was translated",
	CodeNoBody:        "Text of the code is not in the dictionary",
	CodeView:          "View is rewritten by hand",
	CodeViewDepends:   "View needs something that is not on the target",
	CodeMView:         "Materialized view is rewritten by hand",
	CodeSynonym:       "Synonym has no counterpart",
	CodeDBLink:        "Database link has no counterpart",
	CodeType:          "Type is rewritten by hand",
	CodePartitioned:   "Partitioned table becomes a plain table",
	CodeTemporary:     "Global temporary table has no counterpart",
	CodeExternal:      "External table has no counterpart",
	CodeObjectTable:   "Object or nested table is rewritten by hand",
	CodeColumnType:    "Column's type has no counterpart",
	CodeDefault:       "Default is rewritten by hand",
	CodeVirtual:       "Virtual column is rewritten by hand",
	CodeCheck:         "Check constraint is rewritten by hand",
	CodeIndexExpr:     "Index expression is rewritten by hand",
	CodeIndexKind:     "Index of this kind has no counterpart",
	CodeDisabled:      "Constraint is switched off on Oracle",
	CodeForeignKey:    "Foreign key refers to something that is not on the target",
	CodeCollision:     "Two names are one in lower case",
	CodeLongName:      "Name is longer than 63 bytes",
	CodeJob:           "Job is set up anew",
	CodeKind:          "Kind of object has no counterpart",
	CodeSequence:      "Sequence does not fit 64 bits",
	CodeNotRead:       "Facts could not be read",
	CodeInvalid:       "Object is invalid on Oracle",
	CodeIndexTable:    "Its table is not on the target",
	NoteType:          "Type keeps less than Oracle's",
	NoteWidened:       "Column widened to match its foreign key",
	NoteDeferrable:    "Constraint is checked at once",
	NoteNotValid:      "Constraint does not hold for old rows",
	CodeUniqueNull:    "Unique constraint is weaker where a column is NULL",
	NoteIndexKind:     "Index becomes a B-tree",
	NoteIndexConstant: "Constant left out of the index",
	NoteRenamed:       "Name was taken",
	NoteReadOnlyView:  "View is not read-only by itself",
	NoteDefaultOnNull: "Default does not replace NULL",
	NoteInvisible:     "Invisible column becomes visible",
	NoteStorage:       "Storage of its own kind becomes plain",
	NoteUnusable:      "Index is unusable or invisible on Oracle",
	NoteTriggerOff:    "Trigger is switched off, as on Oracle",
	CodePartitionKey:  "Key of a partitioned table does not hold its partition column",
	CodeSubpartition:  "Subpartitions are not made",
	CodeWide:          "Table has more columns than PostgreSQL takes",
	CodeGrant:         "Right is not granted",
	CodeDecision:      "Decision can't be obeyed",
	CodeNoScript:      "AWS gave no script for it",
	CodeLacks:         "AWS's script does not make a part of it",
	CodeNotRun:        "Statement of AWS's script is not run",
	NoteNotRun:        "Statements of AWS's script have no part in what is made",
	NotePartition:     "Partition holds other rows than on Oracle",
	NoteInterval:      "Interval partitions are made ahead by a job",
	NoteCollation:     "Text is compared byte by byte",
	NoteSynonym:       "Synonym becomes a view",
	NoteMView:         "Materialized view is refreshed by a job",
	NoteGlobalIndex:   "Global index becomes one for each partition",
	NoteOffload:       "Column holds a reference",
	NotePurge:         "Rows are left out by a filter",
	NoteMeasured:      "Type follows the values that were found",
	NoteWideRow:       "Row may be too wide for a page",
	NoteUnchecked:     "Body of a function was not checked",
}
