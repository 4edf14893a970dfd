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
	NoteUniqueNull    = "FM-CV-054" // unique over several columns of which some may be NULL
	NoteIndexKind     = "FM-CV-055"
	NoteIndexConstant = "FM-CV-056"
	NoteRenamed       = "FM-CV-057"
	NoteReadOnlyView  = "FM-CV-058"
	NoteDefaultOnNull = "FM-CV-059"
	NoteInvisible     = "FM-CV-060"
	NoteStorage       = "FM-CV-061"
	NoteUnusable      = "FM-CV-062"
	NoteTriggerOff    = "FM-CV-063"
)

// Titles says in a few words what each code is about.
var Titles = map[string]string{
	CodeUnit:          "Code is rewritten by hand",
	CodeTrigger:       "Trigger does more than fill in a number",
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
	NoteUniqueNull:    "Unique constraint is weaker where a column is NULL",
	NoteIndexKind:     "Index becomes a B-tree",
	NoteIndexConstant: "Constant left out of the index",
	NoteRenamed:       "Name was taken",
	NoteReadOnlyView:  "View is not read-only by itself",
	NoteDefaultOnNull: "Default does not replace NULL",
	NoteInvisible:     "Invisible column becomes visible",
	NoteStorage:       "Storage of its own kind becomes plain",
	NoteUnusable:      "Index is unusable or invisible on Oracle",
	NoteTriggerOff:    "Trigger is switched off, as on Oracle",
}

// prices is what a person needs for one item, in hours, by complexity. It is a price list for planning, not a measurement: reading,
// rewriting, a test and a review by somebody who knows both databases. Code is priced by lines besides (see unitPrice).
var prices = map[string]struct {
	complexity Complexity
	hours      float64
}{
	CodeTrigger:     {Medium, 2},
	CodeNoBody:      {Medium, 2},
	CodeView:        {Medium, 1.5},
	CodeViewDepends: {Simple, 0.5},
	CodeMView:       {Medium, 3},
	CodeSynonym:     {Simple, 0.1},
	CodeDBLink:      {Complex, 8},
	CodeType:        {Medium, 2},
	CodePartitioned: {Medium, 2},
	CodeTemporary:   {Simple, 1},
	CodeExternal:    {Medium, 3},
	CodeObjectTable: {Complex, 8},
	CodeColumnType:  {Medium, 2},
	CodeDefault:     {Simple, 0.25},
	CodeVirtual:     {Simple, 0.5},
	CodeCheck:       {Simple, 0.5},
	CodeIndexExpr:   {Simple, 0.5},
	CodeIndexKind:   {Medium, 3},
	CodeDisabled:    {Simple, 0.1},
	CodeForeignKey:  {Simple, 0.25},
	CodeCollision:   {Simple, 0.5},
	CodeLongName:    {Simple, 0.25},
	CodeJob:         {Simple, 1},
	CodeKind:        {Medium, 2},
	CodeSequence:    {Simple, 0.25},
	CodeNotRead:     {Simple, 0.25},
	CodeInvalid:     {Simple, 0.25},
	CodeIndexTable:  {Simple, 0},
}
