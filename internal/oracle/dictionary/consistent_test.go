// SPDX-License-Identifier: Apache-2.0

package dictionary_test

import (
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestExportsAgreeWithThemselves holds the box office to what a dictionary never contradicts, and the real exports beside it, so that
// the rules are not made up.
func TestExportsAgreeWithThemselves(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"boxoffice": "../../../cmd/rehearse/boxoffice", "dms_sample": testenv.Inputs(t, "dms_sample"),
		"hr": testenv.Inputs(t, "hr"), "omop_cdm54": testenv.Inputs(t, "omop_cdm54")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := dictionary.ReadExport(os.DirFS(dir))
			require.NoError(t, err)
			e := &export{T: t, Dictionary: d, dir: dir, objects: map[string]dictionary.Object{}}
			e.inventory()
			e.columns()
			e.keys()
			e.positions()
			e.code(name == "boxoffice")
			e.data(name == "boxoffice")
		})
	}
}

type export struct {
	*testing.T
	*dictionary.Dictionary
	dir     string
	objects map[string]dictionary.Object
}

func (e *export) raw(file string) (header []string, rows []map[string]string) {
	f, err := os.Open(filepath.Join(e.dir, file))
	require.NoError(e, err)
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	require.NoError(e, err, file)
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

func (e *export) inventory() {
	ids := map[int64]bool{}
	for _, o := range e.Objects {
		require.False(e, ids[o.ID], "OBJECT_ID %d is there twice", o.ID)
		ids[o.ID] = true
		e.objects[o.Owner+"."+o.Type+"."+o.Name] = o
		require.False(e, o.LastDDL.Before(o.Created), o.Name)
	}
	has := func(owner, kind, name string) {
		require.Contains(e, e.objects, owner+"."+kind+"."+name)
	}
	for _, x := range e.Tables {
		has(x.Owner, "TABLE", x.Name)
		require.NotEmpty(e, e.ColumnsOf(x.Owner, x.Name))
	}
	for _, x := range e.Indexes {
		has(x.Owner, "INDEX", x.Name)
		require.NotNil(e, e.Table(x.TableOwner, x.Table), x.Name)
	}
	for _, x := range e.Sequences {
		has(x.Owner, "SEQUENCE", x.Name)
	}
	for _, x := range e.Views {
		has(x.Owner, "VIEW", x.Name)
		require.NotEmpty(e, e.ColumnsOf(x.Owner, x.Name))
		require.EqualValues(e, len(x.Text), *x.Length, x.Name)
	}
	for _, x := range e.Triggers {
		has(x.Owner, "TRIGGER", x.Name)
		require.NotNil(e, e.Table(x.TableOwner, x.Table), x.Name)
	}
	for _, x := range e.Synonyms {
		has(x.Owner, "SYNONYM", x.Name)
	}
	for _, x := range e.SchedulerJobs {
		has(x.Owner, "JOB", x.Name)
	}
	for _, x := range e.Lobs {
		has(x.Owner, "LOB", x.Segment)
		require.Equal(e, "LOB", e.Index(x.Owner, x.Index).Type)
	}
}

func (e *export) columns() {
	_, rows := e.raw("ALL_TAB_COLUMNS.csv")
	visible := map[string]bool{}
	for _, r := range rows {
		visible[r["TABLE_NAME"]+"."+r["COLUMN_NAME"]] = true
	}
	lobs := map[string]bool{}
	for _, l := range e.Lobs {
		lobs[l.Table+"."+l.Column] = true
	}
	shown := 0
	for _, c := range e.Columns {
		if c.Hidden == "NO" {
			shown++
			require.True(e, visible[c.Table+"."+c.Name], "%s.%s is in ALL_TAB_COLS and not in ALL_TAB_COLUMNS", c.Table, c.Name)
			require.NotNil(e, c.ID)
		}
		if e.Table(c.Owner, c.Table) != nil {
			require.Equal(e, c.Type == "CLOB" || c.Type == "BLOB", lobs[c.Table+"."+c.Name], "%s.%s and ALL_LOBS", c.Table, c.Name)
		}
	}
	require.Equal(e, len(visible), shown)
	for _, x := range e.ColumnComments {
		require.NotNil(e, e.Column(x.Owner, x.Table, x.Column), "%s.%s has a comment", x.Table, x.Column)
	}
	for _, x := range e.IdentityCols {
		require.Equal(e, "YES", e.Column(x.Owner, x.Table, x.Column).Identity)
		require.Contains(e, e.objects, x.Owner+".SEQUENCE."+x.Sequence)
	}
}

func (e *export) keys() {
	notNull := map[string]bool{}
	for _, k := range e.Constraints {
		if !strings.Contains("PURC", k.Type) {
			continue // WITH READ ONLY of a view
		}
		columns := e.ConstraintColumns(k.Owner, k.Name)
		require.NotEmpty(e, columns, k.Name)
		for _, name := range columns {
			c := e.Column(k.Owner, k.Table, name)
			require.NotNil(e, c, "%s is on %s.%s", k.Name, k.Table, name)
			if k.Type == "P" || k.SearchCondition == `"`+name+`" IS NOT NULL` {
				require.Equal(e, "N", c.Nullable, "%s.%s", k.Table, name)
				notNull[k.Table+"."+name] = true
			}
		}
		switch k.Type {
		case "P", "U":
			i := e.Index(k.IndexOwner, k.IndexName)
			require.NotNil(e, i, k.Name)
			require.Equal(e, k.Table, i.Table)
		case "R":
			r := e.Constraint(k.ROwner, k.RName)
			require.NotNil(e, r, k.Name)
			other := e.ConstraintColumns(r.Owner, r.Name)
			require.Len(e, columns, len(other), k.Name)
			for n := range other {
				require.Equal(e, e.Column(r.Owner, r.Table, other[n]).Type, e.Column(k.Owner, k.Table, columns[n]).Type, k.Name)
			}
		}
	}
	for _, c := range e.Columns {
		if e.Table(c.Owner, c.Table) != nil && c.Nullable == "N" {
			require.True(e, notNull[c.Table+"."+c.Name], "%s.%s is NOT NULL without a constraint", c.Table, c.Name)
		}
	}
}

func (e *export) positions() {
	for _, i := range e.Indexes {
		columns := e.IndexColumns(i.Owner, i.Name)
		require.Equal(e, i.Type == "LOB", len(columns) == 0, i.Name)
		expression := false
		for _, c := range columns {
			require.NotNil(e, e.Column(i.TableOwner, i.Table, c.Column), "%s is on %s", i.Name, c.Column)
			expression = expression || c.Expression != "" || c.Descending
		}
		require.Equal(e, expression, strings.HasPrefix(i.Type, "FUNCTION-BASED"), i.Name)
	}
}

func (e *export) code(texts bool) {
	for _, x := range e.Dependencies {
		require.Contains(e, e.objects, x.ReferencedOwner+"."+x.ReferencedType+"."+x.ReferencedName, "what %s needs", x.Name)
		require.Contains(e, e.objects, x.Owner+"."+x.Type+"."+x.Name)
	}
	if !texts {
		return
	}
	for _, o := range e.Objects {
		switch o.Type {
		case "PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TRIGGER":
			lines := e.SourceOf(o.Owner, o.Type, o.Name)
			require.NotEmpty(e, lines, o.Name)
			for i, l := range lines {
				require.EqualValues(e, i+1, l.Line, o.Name)
			}
			require.Contains(e, strings.ToUpper(lines[0].Text), o.Name)
		}
	}
}

// data holds the rows of data/ to the dictionary: columns in their order, keys, NOT NULL, foreign keys among the tables that have rows.
func (e *export) data(counted bool) {
	rows := map[string][]map[string]string{}
	for _, x := range e.Tables {
		if _, err := os.Stat(filepath.Join(e.dir, "data", x.Name+".csv")); err != nil {
			continue
		}
		header, list := e.raw("data/" + x.Name + ".csv")
		var want []string
		for _, c := range e.ColumnsOf(x.Owner, x.Name) {
			if c.Hidden == "NO" {
				want = append(want, c.Name)
			}
		}
		require.Equal(e, want, header, x.Name)
		if counted {
			require.EqualValues(e, *x.NumRows, len(list), x.Name)
		}
		rows[x.Name] = list
	}
	values := func(row map[string]string, columns []string) string {
		var out []string
		for _, c := range columns {
			if row[c] == "" {
				return ""
			}
			out = append(out, row[c])
		}
		return strings.Join(out, "\x00")
	}
	for _, k := range e.Constraints {
		columns := e.ConstraintColumns(k.Owner, k.Name)
		seen := map[string]bool{}
		for _, row := range rows[k.Table] {
			v := values(row, columns)
			switch {
			case k.Type == "P" || strings.HasSuffix(k.SearchCondition, "IS NOT NULL"):
				require.NotEmpty(e, v, "%s in %v", k.Name, row)
			}
			if k.Type == "P" || k.Type == "U" {
				require.False(e, seen[v], "%s: %q twice", k.Name, v)
				seen[v] = true
			}
		}
		r := e.Constraint(k.ROwner, k.RName)
		if k.Type != "R" || rows[r.Table] == nil {
			continue
		}
		parents := map[string]bool{"": true}
		for _, row := range rows[r.Table] {
			parents[values(row, e.ConstraintColumns(r.Owner, r.Name))] = true
		}
		for _, row := range rows[k.Table] {
			require.True(e, parents[values(row, columns)], "%s: %v has no parent", k.Name, row)
		}
	}
	for _, s := range e.Sequences {
		table := strings.TrimSuffix(s.Name, "_SEQ")
		k := e.PrimaryKey(s.Owner, table)
		if k == nil || rows[table] == nil {
			continue
		}
		last, _ := new(big.Int).SetString(string(s.LastNumber), 10)
		for _, row := range rows[table] {
			id, ok := new(big.Int).SetString(row[e.ConstraintColumns(k.Owner, k.Name)[0]], 10)
			require.True(e, ok && id.Cmp(last) < 0, "%s is at %s, %s has %v", s.Name, last, table, row)
		}
	}
}
