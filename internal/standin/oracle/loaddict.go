// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/jackc/pgx/v5"
)

// loadDictionary makes a table for every view of the dictionary, fills it from the export, and makes its ALL_, DBA_ and USER_ forms.
func loadDictionary(ctx context.Context, conn *pgx.Conn, c *catalog, export *dict.Export) error {
	if cols := export.Relations["TAB_COLUMNS"]; cols != nil && export.Relations["TAB_COLS"] == nil {
		export.Relations["TAB_COLS"] = cols
	}
	delete(export.Relations, "TAB_COLUMNS") // it is made from TAB_COLS
	var ddl strings.Builder
	list := dict.Views()
	for name := range export.Relations {
		if !slices.ContainsFunc(list, func(v *dict.View) bool { return v.Name == name }) {
			relation := export.Relations[name]
			if relation.Index("OWNER") < 0 {
				return fmt.Errorf("dictionary export: ALL_%s.csv has no column OWNER", name)
			}
			list = append(slices.Clone(list), &dict.View{Name: name, OwnerColumn: "OWNER", ObjectColumn: "OWNER"})
		}
	}
	for _, view := range list {
		columns := slices.Clone(view.Columns)
		for _, column := range export.Relations[view.Name].Header() {
			if !slices.ContainsFunc(columns, func(c dict.Column) bool { return c.Name == column }) && len(column) < 64 {
				columns = append(columns, dict.Column{Name: column, DataType: "VARCHAR2", Length: 4000, CharLength: 4000, CharUsed: "B",
					Nullable: true, Precision: -1, Scale: dict.NoScale})
			}
		}
		dictionaryDDL(&ddl, c, view, columns)
	}
	if _, err := conn.Exec(ctx, ddl.String()); err != nil {
		return fmt.Errorf("make the Oracle stand-in's dictionary: %w", err)
	}
	for _, view := range list {
		relation := export.Relations[view.Name]
		if relation == nil || len(relation.Rows) == 0 {
			continue
		}
		columns, rows := relation.Columns, relation.Rows
		for column, value := range view.Defaults {
			if relation.Index(column) < 0 {
				columns = append(slices.Clone(columns), column)
				rows = slices.Clone(rows)
				for i := range rows {
					rows[i] = append(slices.Clone(rows[i]), value)
				}
			}
		}
		if err := copyRows(ctx, conn, `dict.`+quote(view.Name), columns, rows); err != nil {
			return fmt.Errorf("dictionary export: ALL_%s.csv: %w", view.Name, err)
		}
	}
	return nil
}

// dictionaryDDL writes the statements for one view and adds its forms to the catalog.
func dictionaryDDL(ddl *strings.Builder, c *catalog, view *dict.View, columns []dict.Column) {
	var definitions, all, own []string
	var table []*dict.Column
	for i := range columns {
		column := &columns[i]
		table = append(table, column)
		name := quote(column.Name)
		definitions = append(definitions, name+" "+sqltext.Type(column))
		expression := name
		if view.Name == "SEQUENCES" && column.Name == "LAST_NUMBER" {
			expression = `coalesce(ora.last_number("SEQUENCE_OWNER", "SEQUENCE_NAME"), "LAST_NUMBER") AS "LAST_NUMBER"`
		}
		all = append(all, expression)
		if column.Name != view.OwnerColumn || view.KeepOwner {
			own = append(own, expression)
		}
	}
	source := "dict." + quote(view.Name)
	if view.Name == "TAB_COLUMNS" {
		source = `dict."TAB_COLS"`
	} else {
		fmt.Fprintf(ddl, "CREATE TABLE %s (%s);\n", source, strings.Join(definitions, ", "))
	}
	where := "true"
	if view.Name == "TAB_COLUMNS" {
		where = `"HIDDEN_COLUMN" = 'NO'`
	}
	owner, object := view.Key()
	visible := fmt.Sprintf("((SELECT ora.sees_all()) OR %s IN (ora.username(), 'PUBLIC')"+
		" OR (%s, %s) IN (SELECT owner, name FROM ora.granted)", quote(owner), quote(owner), quote(object))
	has := func(name string) bool {
		return slices.ContainsFunc(columns, func(c dict.Column) bool { return c.Name == name })
	}
	if has("TABLE_OWNER") && has("TABLE_NAME") {
		visible += ` OR ("TABLE_OWNER", "TABLE_NAME") IN (SELECT owner, name FROM ora.granted)`
	}
	if view.Name == "DB_LINKS" {
		visible = fmt.Sprintf("(%s IN (ora.username(), 'PUBLIC')", quote(owner))
	}
	visible += ")"
	forms := []struct{ prefix, list, where string }{
		{"ALL_", strings.Join(all, ", "), visible}, {"DBA_", strings.Join(all, ", "), "true"}, {"USER_", strings.Join(own, ", "),
			quote(owner) + " = ora.username()"},
	}
	for _, form := range forms {
		name := dict.Name{Owner: "SYS", Name: form.prefix + view.Name}
		fmt.Fprintf(ddl, "CREATE VIEW %s AS SELECT %s FROM %s WHERE %s AND %s;\n", relation(name), form.list, source, where, form.where)
		t := &dict.Table{Name: name, Kind: "VIEW"}
		for _, column := range table {
			if form.prefix != "USER_" || view.KeepOwner || column.Name != view.OwnerColumn {
				t.Columns = append(t.Columns, column)
			}
		}
		c.tables[name] = t
	}
}
