// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
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
			return fmt.Errorf("dictionary export: %s: %w", view.File(), err)
		}
	}
	return nil
}
