// SPDX-License-Identifier: Apache-2.0

package dict

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Model reads the objects out of an export's rows.
func (e *Export) Model() *Model {
	m := &Model{byName: map[Name]*Table{}}
	e.readTables(m)
	e.readColumns(m)
	e.readConstraints(m)
	e.readIndexes(m)
	e.readCode(m)
	owners := map[string]bool{}
	for name := range m.byName {
		owners[name.Owner] = true
	}
	for _, s := range m.Sequences {
		owners[s.Owner] = true
	}
	for owner := range owners {
		m.Owners = append(m.Owners, owner)
	}
	slices.Sort(m.Owners)
	return m
}

func (e *Export) readTables(m *Model) {
	e.Relations["TABLES"].Each(func(get func(string) string) {
		// Index-organized tables' overflow and mapping segments, and nested tables' storage, are no tables of the application.
		if kind := get("IOT_TYPE"); kind == "IOT_OVERFLOW" || kind == "IOT_MAPPING" || get("NESTED") == "YES" || get("SECONDARY") == "Y" {
			return
		}
		t := &Table{Name: Name{get("OWNER"), get("TABLE_NAME")}, Kind: "TABLE", Temporary: get("TEMPORARY") == "Y"}
		m.byName[t.Name] = t
		m.Tables = append(m.Tables, t)
	})
	e.Relations["VIEWS"].Each(func(get func(string) string) {
		name := Name{get("OWNER"), get("VIEW_NAME")}
		m.byName[name] = &Table{Name: name, Kind: "VIEW"}
		m.Views = append(m.Views, &ViewText{Name: name, Text: get("TEXT")})
	})
}

func (e *Export) readColumns(m *Model) {
	generation := map[[3]string]string{}
	e.Relations["TAB_IDENTITY_COLS"].Each(func(get func(string) string) {
		generation[[3]string{get("OWNER"), get("TABLE_NAME"), get("COLUMN_NAME")}] = get("GENERATION_TYPE")
	})
	source := e.Relations["TAB_COLS"]
	if source == nil {
		source = e.Relations["TAB_COLUMNS"]
	}
	source.Each(func(get func(string) string) {
		t := m.byName[Name{get("OWNER"), get("TABLE_NAME")}]
		if t == nil || get("HIDDEN_COLUMN") == "YES" && get("USER_GENERATED") == "NO" {
			return
		}
		c := &Column{
			Name: get("COLUMN_NAME"), DataType: get("DATA_TYPE"), TypeOwner: get("DATA_TYPE_OWNER"), Length: number(get("DATA_LENGTH"), 0),
			CharLength: number(get("CHAR_LENGTH"), 0), CharUsed: get("CHAR_USED"), Precision: number(get("DATA_PRECISION"), -1),
			Scale: number(get("DATA_SCALE"), NoScale), Nullable: get("NULLABLE") != "N", ID: number(get("COLUMN_ID"), 0),
			Default: strings.TrimSpace(get("DATA_DEFAULT")), DefaultOnNull: get("DEFAULT_ON_NULL") == "YES", Virtual: get("VIRTUAL_COLUMN") == "YES",
			Hidden: get("HIDDEN_COLUMN") == "YES", Identity: generation[[3]string{get("OWNER"), get("TABLE_NAME"), get("COLUMN_NAME")}],
		}
		if c.DataType == "XMLTYPE" || c.DataType == "JSON" {
			c.TypeOwner = ""
		}
		t.Columns = append(t.Columns, c)
	})
	m.Tables = slices.DeleteFunc(m.Tables, func(t *Table) bool {
		if len(t.Columns) == 0 {
			delete(m.byName, t.Name)
		}
		return len(t.Columns) == 0
	})
	for _, t := range m.byName {
		slices.SortStableFunc(t.Columns, func(a, b *Column) int { return cmp.Compare(orLast(a.ID), orLast(b.ID)) })
	}
}

func orLast(id int) int {
	if id == 0 {
		return 1 << 20
	}
	return id
}

func (e *Export) readConstraints(m *Model) {
	columns := ordered(e.Relations["CONS_COLUMNS"], "OWNER", "CONSTRAINT_NAME", "POSITION", "COLUMN_NAME")
	e.Relations["CONSTRAINTS"].Each(func(get func(string) string) {
		c := &Constraint{
			Owner: get("OWNER"), Name: get("CONSTRAINT_NAME"), Type: get("CONSTRAINT_TYPE"), Table: get("TABLE_NAME"),
			Condition: get("SEARCH_CONDITION"), ROwner: get("R_OWNER"), RName: get("R_CONSTRAINT_NAME"), DeleteRule: get("DELETE_RULE"),
			Enabled: get("STATUS") != "DISABLED", Validated: get("VALIDATED") != "NOT VALIDATED",
			Deferrable: get("DEFERRABLE") == "DEFERRABLE", Deferred: get("DEFERRED") == "DEFERRED",
			Generated: get("GENERATED") == "GENERATED NAME", Index: get("INDEX_NAME"),
		}
		c.Columns = columns[Name{c.Owner, c.Name}]
		m.Constraints = append(m.Constraints, c)
	})
}

func (e *Export) readIndexes(m *Model) {
	columns := ordered(e.Relations["IND_COLUMNS"], "INDEX_OWNER", "INDEX_NAME", "COLUMN_POSITION", "COLUMN_NAME")
	expressions := map[Name]map[int]string{}
	e.Relations["IND_EXPRESSIONS"].Each(func(get func(string) string) {
		name := Name{get("INDEX_OWNER"), get("INDEX_NAME")}
		if expressions[name] == nil {
			expressions[name] = map[int]string{}
		}
		expressions[name][number(get("COLUMN_POSITION"), 0)] = get("COLUMN_EXPRESSION")
	})
	e.Relations["INDEXES"].Each(func(get func(string) string) {
		x := &Index{Owner: get("OWNER"), Name: get("INDEX_NAME"), Table: get("TABLE_NAME"), Unique: get("UNIQUENESS") == "UNIQUE"}
		name := Name{x.Owner, x.Name}
		for i, column := range columns[name] {
			if expression, ok := expressions[name][i+1]; ok {
				x.Terms = append(x.Terms, IndexTerm{Expression: expression})
			} else {
				x.Terms = append(x.Terms, IndexTerm{Column: column})
			}
		}
		m.Indexes = append(m.Indexes, x)
	})
}

func (e *Export) readCode(m *Model) {
	e.Relations["SEQUENCES"].Each(func(get func(string) string) {
		m.Sequences = append(m.Sequences, &Sequence{
			Name: Name{get("SEQUENCE_OWNER"), get("SEQUENCE_NAME")}, Min: get("MIN_VALUE"), Max: get("MAX_VALUE"), Increment: get("INCREMENT_BY"),
			Last: get("LAST_NUMBER"), Cache: int64(number(get("CACHE_SIZE"), 0)), Cycle: get("CYCLE_FLAG") == "Y",
		})
	})
	e.Relations["TRIGGERS"].Each(func(get func(string) string) {
		m.Triggers = append(m.Triggers, &Trigger{
			Name: Name{get("OWNER"), get("TRIGGER_NAME")}, TableOwner: get("TABLE_OWNER"), Table: get("TABLE_NAME"), Type: get("TRIGGER_TYPE"),
			Event: get("TRIGGERING_EVENT"), When: get("WHEN_CLAUSE"), Body: get("TRIGGER_BODY"), Enabled: get("STATUS") == "ENABLED",
		})
	})
	e.Relations["SYNONYMS"].Each(func(get func(string) string) {
		m.Synonyms = append(m.Synonyms, &Synonym{Name: Name{get("OWNER"), get("SYNONYM_NAME")}, Target: Name{get("TABLE_OWNER"),
			get("TABLE_NAME")}, Link: get("DB_LINK")})
	})
}

// ordered collects a column's values per object, in the order of another column.
func ordered(r *Relation, owner, name, position, value string) map[Name][]string {
	type entry struct {
		position int
		value    string
	}
	all := map[Name][]entry{}
	r.Each(func(get func(string) string) {
		key := Name{get(owner), get(name)}
		all[key] = append(all[key], entry{number(get(position), 0), get(value)})
	})
	values := make(map[Name][]string, len(all))
	for key, entries := range all {
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.position, b.position) })
		for _, e := range entries {
			values[key] = append(values[key], e.value)
		}
	}
	return values
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}
