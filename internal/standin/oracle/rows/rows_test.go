// SPDX-License-Identifier: Apache-2.0

package rows_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/rows"
	"github.com/stretchr/testify/require"
)

// circle is two tables that refer to each other, one of them to itself too, and a third between them.
func circle() *dict.Model {
	relation := func(header []string, fields ...[]string) *dict.Relation {
		return &dict.Relation{Columns: header, Rows: fields}
	}
	column := []string{"OWNER", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "DATA_LENGTH", "DATA_PRECISION", "DATA_SCALE", "NULLABLE",
		"COLUMN_ID", "CHAR_LENGTH", "CHAR_USED"}
	constraint := []string{"OWNER", "CONSTRAINT_NAME", "CONSTRAINT_TYPE", "TABLE_NAME", "R_OWNER", "R_CONSTRAINT_NAME", "STATUS",
		"SEARCH_CONDITION"}
	e := &dict.Export{Relations: map[string]*dict.Relation{
		"TABLES": relation([]string{"OWNER", "TABLE_NAME"}, []string{"A", "PERSON"}, []string{"A", "TEAM"}, []string{"A", "MEMBER"}),
		"TAB_COLS": relation(column,
			[]string{"A", "PERSON", "ID", "NUMBER", "22", "3", "0", "N", "1", "", ""}, []string{"A", "PERSON", "EMAIL", "VARCHAR2", "12", "",
				"", "N", "2", "12", "B"},
			[]string{"A", "PERSON", "TEAM_ID", "NUMBER", "22", "", "", "N", "3", "", ""}, []string{"A", "PERSON", "BOSS", "NUMBER", "22", "3",
				"0", "Y", "4", "", ""},
			[]string{"A", "TEAM", "ID", "NUMBER", "22", "", "", "N", "1", "", ""}, []string{"A", "TEAM", "LEADER", "NUMBER", "22", "3", "0",
				"Y", "2", "", ""},
			[]string{"A", "TEAM", "SIZE_CLASS", "VARCHAR2", "1", "", "", "N", "3", "1", "B"},
			[]string{"A", "MEMBER", "PERSON_ID", "NUMBER", "22", "3", "0", "N", "1", "", ""}, []string{"A", "MEMBER", "TEAM_ID", "NUMBER", "22",
				"", "", "N", "2", "", ""},
			[]string{"A", "MEMBER", "SINCE", "DATE", "7", "", "", "N", "3", "", ""}, []string{"A", "MEMBER", "SHARE_PCT", "NUMBER", "22", "5",
				"2", "N", "4", "", ""}),
		"CONSTRAINTS": relation(constraint,
			[]string{"A", "P_PK", "P", "PERSON", "", "", "ENABLED", ""}, []string{"A", "P_UK", "U", "PERSON", "", "", "ENABLED", ""},
			[]string{"A", "T_PK", "P", "TEAM", "", "", "ENABLED", ""}, []string{"A", "M_PK", "P", "MEMBER", "", "", "ENABLED", ""},
			[]string{"A", "P_TEAM", "R", "PERSON", "A", "T_PK", "ENABLED", ""}, []string{"A", "P_BOSS", "R", "PERSON", "A", "P_PK", "ENABLED", ""},
			[]string{"A", "T_LEADER", "R", "TEAM", "A", "P_PK", "ENABLED", ""}, []string{"A", "M_P", "R", "MEMBER", "A", "P_PK", "ENABLED", ""},
			[]string{"A", "M_T", "R", "MEMBER", "A", "T_PK", "ENABLED", ""}, []string{"A", "T_CK", "C", "TEAM", "", "", "ENABLED",
				"size_class IN ('S','L')"},
			[]string{"A", "M_CK", "C", "MEMBER", "", "", "ENABLED", "share_pct BETWEEN 0.5 AND 99 AND share_pct < 50"}),
		"CONS_COLUMNS": relation([]string{"OWNER", "CONSTRAINT_NAME", "COLUMN_NAME", "POSITION"},
			[]string{"A", "P_PK", "ID", "1"}, []string{"A", "P_UK", "EMAIL", "1"}, []string{"A", "T_PK", "ID", "1"}, []string{"A", "M_PK",
				"PERSON_ID", "1"}, []string{"A", "M_PK", "TEAM_ID", "2"},
			[]string{"A", "P_TEAM", "TEAM_ID", "1"}, []string{"A", "P_BOSS", "BOSS", "1"}, []string{"A", "T_LEADER", "LEADER", "1"},
			[]string{"A", "M_P", "PERSON_ID", "1"}, []string{"A", "M_T", "TEAM_ID", "1"}),
		"SEQUENCES": relation([]string{"SEQUENCE_OWNER", "SEQUENCE_NAME", "INCREMENT_BY", "LAST_NUMBER", "MAX_VALUE", "MIN_VALUE"},
			[]string{"A", "TEAM_SEQ", "10", "1", "9999999999999999999999999999", "1"}),
	}}
	return e.Model()
}

func TestCirclesKeysAndChecks(t *testing.T) {
	t.Parallel()
	made := rows.Make(circle(), nil, rows.Options{Rows: 500, Seed: 3})
	all := map[string][][]string{}
	for _, set := range made.Sets {
		all[set.Table.Name] = set.Rows
	}
	require.Len(t, all["PERSON"], 500)
	require.Len(t, all["TEAM"], 500)
	require.Len(t, all["MEMBER"], 500)
	require.Equal(t, "5001", made.Sequences[dict.Name{Owner: "A", Name: "TEAM_SEQ"}])
	people, teams, emails, members := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[[2]string]bool{}
	for _, p := range all["PERSON"] {
		require.LessOrEqual(t, len(p[0]), 3, "NUMBER(3)")
		require.LessOrEqual(t, len(p[1]), 12, "VARCHAR2(12)")
		people[p[0]], emails[p[1]] = true, true
	}
	require.Len(t, people, 500)
	require.Len(t, emails, 500)
	leaders, bosses := 0, 0
	for _, team := range all["TEAM"] {
		teams[team[0]] = true
		require.Contains(t, []string{"S", "L"}, team[2])
		if team[1] != "" {
			require.True(t, people[team[1]])
			leaders++
		}
	}
	require.Greater(t, leaders, 300)
	for _, p := range all["PERSON"] {
		require.True(t, teams[p[2]])
		if p[3] != "" {
			require.True(t, people[p[3]])
			bosses++
		}
	}
	require.Greater(t, bosses, 300)
	for _, m := range all["MEMBER"] {
		require.True(t, people[m[0]] && teams[m[1]])
		require.False(t, members[[2]string{m[0], m[1]}])
		members[[2]string{m[0], m[1]}] = true
	}
	require.Equal(t, made, rows.Make(circle(), nil, rows.Options{Rows: 500, Seed: 3}))
	require.NotEqual(t, made, rows.Make(circle(), nil, rows.Options{Rows: 500, Seed: 4}))
}

func TestATableThatIsFullHasFewerRows(t *testing.T) {
	t.Parallel()
	made := rows.Make(circle(), nil, rows.Options{Rows: 2000, Seed: 1})
	for _, set := range made.Sets {
		if set.Table.Name == "PERSON" {
			require.LessOrEqual(t, len(set.Rows), 999, "NUMBER(3) has 999 keys")
			require.Greater(t, len(set.Rows), 900)
		}
	}
}
