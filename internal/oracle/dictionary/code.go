// SPDX-License-Identifier: Apache-2.0

package dictionary

import "time"

// Decimal is a whole number in decimal digits, of any length: a sequence's MAX_VALUE has 28.
type Decimal string

// Constraint is a row of ALL_CONSTRAINTS. Type is P, U, R or C (a NOT NULL is a C too); others are views' and tables' own kinds. Traits
// are never nil, and shared as those of columns are.
type Constraint struct {
	Owner           string `ora:"OWNER"`
	Name            string `ora:"CONSTRAINT_NAME"`
	Table           string `ora:"TABLE_NAME"`
	SearchCondition string `ora:"SEARCH_CONDITION"`
	RName           string `ora:"R_CONSTRAINT_NAME"`
	IndexName       string `ora:"INDEX_NAME"`
	*ConstraintTraits
}

// ConstraintTraits are what many constraints have in common.
type ConstraintTraits struct {
	Type       string `ora:"CONSTRAINT_TYPE"`
	ROwner     string `ora:"R_OWNER"`
	DeleteRule string `ora:"DELETE_RULE"`
	Status     string `ora:"STATUS"`
	Deferrable string `ora:"DEFERRABLE"`
	Deferred   string `ora:"DEFERRED"`
	Validated  string `ora:"VALIDATED"`
	Generated  string `ora:"GENERATED"`
	Rely       string `ora:"RELY"`
	IndexOwner string `ora:"INDEX_OWNER"`
	Invalid    string `ora:"INVALID"`
}

// ConsColumn is a row of ALL_CONS_COLUMNS. Position is nil for check constraints.
type ConsColumn struct {
	Owner      string `ora:"OWNER"`
	Constraint string `ora:"CONSTRAINT_NAME"`
	Table      string `ora:"TABLE_NAME"`
	Column     string `ora:"COLUMN_NAME"`
	Position   *int64 `ora:"POSITION"`
}

// Index is a row of ALL_INDEXES.
type Index struct {
	Owner         string `ora:"OWNER"`
	Name          string `ora:"INDEX_NAME"`
	Type          string `ora:"INDEX_TYPE"`
	TableOwner    string `ora:"TABLE_OWNER"`
	Table         string `ora:"TABLE_NAME"`
	TableType     string `ora:"TABLE_TYPE"`
	Uniqueness    string `ora:"UNIQUENESS"`
	Tablespace    string `ora:"TABLESPACE_NAME"`
	Status        string `ora:"STATUS"`
	Partitioned   string `ora:"PARTITIONED"`
	Temporary     string `ora:"TEMPORARY"`
	Generated     string `ora:"GENERATED"`
	Secondary     string `ora:"SECONDARY"`
	FuncidxStatus string `ora:"FUNCIDX_STATUS"`
	Visibility    string `ora:"VISIBILITY"`
}

// IndColumn is a row of ALL_IND_COLUMNS.
type IndColumn struct {
	IndexOwner string `ora:"INDEX_OWNER"`
	Index      string `ora:"INDEX_NAME"`
	TableOwner string `ora:"TABLE_OWNER"`
	Table      string `ora:"TABLE_NAME"`
	Column     string `ora:"COLUMN_NAME"`
	Position   int64  `ora:"COLUMN_POSITION"`
	Length     *int64 `ora:"COLUMN_LENGTH"`
	CharLength *int64 `ora:"CHAR_LENGTH"`
	Descend    string `ora:"DESCEND"`
}

// IndExpression is a row of ALL_IND_EXPRESSIONS: the text behind a SYS_NC…$ column of an index.
type IndExpression struct {
	IndexOwner string `ora:"INDEX_OWNER"`
	Index      string `ora:"INDEX_NAME"`
	TableOwner string `ora:"TABLE_OWNER"`
	Table      string `ora:"TABLE_NAME"`
	Expression string `ora:"COLUMN_EXPRESSION"`
	Position   int64  `ora:"COLUMN_POSITION"`
}

// Sequence is a row of ALL_SEQUENCES. LastNumber already counts the numbers that are cached in memory.
type Sequence struct {
	Owner      string  `ora:"SEQUENCE_OWNER"`
	Name       string  `ora:"SEQUENCE_NAME"`
	Min        Decimal `ora:"MIN_VALUE"`
	Max        Decimal `ora:"MAX_VALUE"`
	Increment  Decimal `ora:"INCREMENT_BY"`
	Cycle      string  `ora:"CYCLE_FLAG"`
	Order      string  `ora:"ORDER_FLAG"`
	Cache      *int64  `ora:"CACHE_SIZE"`
	LastNumber Decimal `ora:"LAST_NUMBER"`
}

// Trigger is a row of ALL_TRIGGERS. Body is "" where the code was not exported or may not be read.
type Trigger struct {
	Owner          string `ora:"OWNER"`
	Name           string `ora:"TRIGGER_NAME"`
	Type           string `ora:"TRIGGER_TYPE"`
	Event          string `ora:"TRIGGERING_EVENT"`
	TableOwner     string `ora:"TABLE_OWNER"`
	BaseObjectType string `ora:"BASE_OBJECT_TYPE"`
	Table          string `ora:"TABLE_NAME"`
	Column         string `ora:"COLUMN_NAME"`
	Referencing    string `ora:"REFERENCING_NAMES"`
	When           string `ora:"WHEN_CLAUSE"`
	Status         string `ora:"STATUS"`
	Description    string `ora:"DESCRIPTION"`
	ActionType     string `ora:"ACTION_TYPE"`
	Body           string `ora:"TRIGGER_BODY"`
}

// TriggerCol is a row of ALL_TRIGGER_COLS.
type TriggerCol struct {
	Owner      string `ora:"TRIGGER_OWNER"`
	Trigger    string `ora:"TRIGGER_NAME"`
	TableOwner string `ora:"TABLE_OWNER"`
	Table      string `ora:"TABLE_NAME"`
	Column     string `ora:"COLUMN_NAME"`
	InList     string `ora:"COLUMN_LIST"`
	Usage      string `ora:"COLUMN_USAGE"`
}

// ViewText is a row of ALL_VIEWS.
type ViewText struct {
	Owner    string `ora:"OWNER"`
	Name     string `ora:"VIEW_NAME"`
	Length   *int64 `ora:"TEXT_LENGTH"`
	Text     string `ora:"TEXT"`
	ReadOnly string `ora:"READ_ONLY"`
}

// MView is a row of ALL_MVIEWS.
type MView struct {
	Owner         string `ora:"OWNER"`
	Name          string `ora:"MVIEW_NAME"`
	Container     string `ora:"CONTAINER_NAME"`
	Query         string `ora:"QUERY"`
	QueryLength   *int64 `ora:"QUERY_LEN"`
	Updatable     string `ora:"UPDATABLE"`
	Rewrite       string `ora:"REWRITE_ENABLED"`
	RefreshMode   string `ora:"REFRESH_MODE"`
	RefreshMethod string `ora:"REFRESH_METHOD"`
	BuildMode     string `ora:"BUILD_MODE"`
}

// MViewComment is a row of ALL_MVIEW_COMMENTS.
type MViewComment struct {
	Owner    string `ora:"OWNER"`
	MView    string `ora:"MVIEW_NAME"`
	Comments string `ora:"COMMENTS"`
}

// Synonym is a row of ALL_SYNONYMS; public ones belong to PUBLIC.
type Synonym struct {
	Owner      string `ora:"OWNER"`
	Name       string `ora:"SYNONYM_NAME"`
	TableOwner string `ora:"TABLE_OWNER"`
	Table      string `ora:"TABLE_NAME"`
	DBLink     string `ora:"DB_LINK"`
}

// SourceLine is a row of ALL_SOURCE.
type SourceLine struct {
	Owner string `ora:"OWNER"`
	Name  string `ora:"NAME"`
	Type  string `ora:"TYPE"`
	Line  int64  `ora:"LINE"`
	Text  string `ora:"TEXT"`
}

// Type is a row of ALL_TYPES.
type Type struct {
	Owner          string `ora:"OWNER"`
	Name           string `ora:"TYPE_NAME"`
	OID            string `ora:"TYPE_OID"`
	Code           string `ora:"TYPECODE"`
	Attributes     *int64 `ora:"ATTRIBUTES"`
	Methods        *int64 `ora:"METHODS"`
	Predefined     string `ora:"PREDEFINED"`
	Incomplete     string `ora:"INCOMPLETE"`
	Final          string `ora:"FINAL"`
	Instantiable   string `ora:"INSTANTIABLE"`
	SupertypeOwner string `ora:"SUPERTYPE_OWNER"`
	Supertype      string `ora:"SUPERTYPE_NAME"`
	LocalAttrs     *int64 `ora:"LOCAL_ATTRIBUTES"`
	LocalMethods   *int64 `ora:"LOCAL_METHODS"`
}

// TypeAttr is a row of ALL_TYPE_ATTRS.
type TypeAttr struct {
	Owner     string `ora:"OWNER"`
	Type      string `ora:"TYPE_NAME"`
	Name      string `ora:"ATTR_NAME"`
	AttrMod   string `ora:"ATTR_TYPE_MOD"`
	AttrOwner string `ora:"ATTR_TYPE_OWNER"`
	AttrType  string `ora:"ATTR_TYPE_NAME"`
	Length    *int64 `ora:"LENGTH"`
	Precision *int64 `ora:"PRECISION"`
	Scale     *int64 `ora:"SCALE"`
	Number    int64  `ora:"ATTR_NO"`
	Inherited string `ora:"INHERITED"`
}

// CollType is a row of ALL_COLL_TYPES.
type CollType struct {
	Owner      string `ora:"OWNER"`
	Type       string `ora:"TYPE_NAME"`
	Collection string `ora:"COLL_TYPE"`
	UpperBound *int64 `ora:"UPPER_BOUND"`
	ElemMod    string `ora:"ELEM_TYPE_MOD"`
	ElemOwner  string `ora:"ELEM_TYPE_OWNER"`
	ElemType   string `ora:"ELEM_TYPE_NAME"`
	Length     *int64 `ora:"LENGTH"`
	Precision  *int64 `ora:"PRECISION"`
	Scale      *int64 `ora:"SCALE"`
}

// DBLink is a row of ALL_DB_LINKS.
type DBLink struct {
	Owner    string    `ora:"OWNER"`
	Name     string    `ora:"DB_LINK"`
	Username string    `ora:"USERNAME"`
	Host     string    `ora:"HOST"`
	Created  time.Time `ora:"CREATED"`
}

// SchedulerJob is a row of ALL_SCHEDULER_JOBS. NextRun is the zero time where none is planned.
type SchedulerJob struct {
	Owner    string    `ora:"OWNER"`
	Name     string    `ora:"JOB_NAME"`
	Type     string    `ora:"JOB_TYPE"`
	Action   string    `ora:"JOB_ACTION"`
	Interval string    `ora:"REPEAT_INTERVAL"`
	Enabled  string    `ora:"ENABLED"` // TRUE or FALSE
	State    string    `ora:"STATE"`
	NextRun  time.Time `ora:"NEXT_RUN_DATE"`
}

// Dependency is a row of ALL_DEPENDENCIES: Name needs Referenced.
type Dependency struct {
	Owner           string `ora:"OWNER"`
	Name            string `ora:"NAME"`
	Type            string `ora:"TYPE"`
	ReferencedOwner string `ora:"REFERENCED_OWNER"`
	ReferencedName  string `ora:"REFERENCED_NAME"`
	ReferencedType  string `ora:"REFERENCED_TYPE"`
	ReferencedLink  string `ora:"REFERENCED_LINK_NAME"`
	Kind            string `ora:"DEPENDENCY_TYPE"`
}
