// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
)

// dictionaryDDL writes the statements for one view and adds its forms to the catalog.
func dictionaryDDL(ddl *strings.Builder, c *catalog, view *dict.View, columns []dict.Column) {
	source := "dict." + quote(view.Name)
	if view.Name == "TAB_COLUMNS" {
		source = `dict."TAB_COLS"`
	} else {
		var definitions []string
		for i := range columns {
			definitions = append(definitions, quote(columns[i].Name)+" "+sqltext.Type(&columns[i]))
		}
		fmt.Fprintf(ddl, "CREATE TABLE %s (%s);\n", source, strings.Join(definitions, ", "))
	}
	if view.Name == "TAB_PRIVS" {
		source = withGrants(source, columns)
	}
	base := "true"
	if view.Name == "TAB_COLUMNS" {
		base = `"HIDDEN_COLUMN" = 'NO'`
	}
	all, dba, own := conditions(view, columns)
	for _, form := range []struct{ prefix, where string }{{"ALL_", all}, {"DBA_", dba}, {"USER_", own}} {
		if form.prefix == "ALL_" && view.NoAll {
			continue
		}
		t := &dict.Table{Name: dict.Name{Owner: "SYS", Name: form.prefix + view.Name}, Kind: "VIEW"}
		var list []string
		for i := range columns {
			if expression, column := formColumn(view, form.prefix, &columns[i]); column != nil {
				list, t.Columns = append(list, expression), append(t.Columns, column)
			}
		}
		fmt.Fprintf(ddl, "CREATE VIEW %s AS SELECT %s FROM %s WHERE %s AND %s;\n", relation(t.Name), strings.Join(list, ", "), source, base, form.where)
		c.tables[t.Name] = t
	}
}

// formColumn is a column as one form of the view shows it, nil where it has none.
func formColumn(view *dict.View, prefix string, column *dict.Column) (string, *dict.Column) {
	name := quote(column.Name)
	switch {
	case column.Name == "TABLE_SCHEMA" && prefix != "ALL_": // of TAB_PRIVS and COL_PRIVS
		renamed := *column
		renamed.Name = "OWNER"
		return name + ` AS "OWNER"`, &renamed
	case prefix == "USER_" && column.Name == view.OwnerColumn && !view.KeepOwner:
		return "", nil
	case view.Name == "SEQUENCES" && column.Name == "LAST_NUMBER":
		name = `coalesce(ora.last_number("SEQUENCE_OWNER", "SEQUENCE_NAME"), "LAST_NUMBER") AS "LAST_NUMBER"`
	}
	return name, column
}

// conditions say which rows the forms of a view show.
func conditions(view *dict.View, columns []dict.Column) (all, dba, own string) {
	owner, object := view.Key()
	own = quote(owner) + " = ora.username()"
	switch view.Name {
	case "DB_LINKS":
		return fmt.Sprintf("%s IN (ora.username(), 'PUBLIC')", quote(owner)), "true", own
	case "JOBS":
		return own, "true", own
	case "TAB_PRIVS", "COL_PRIVS":
		own = `ora.username() IN ("GRANTEE", "TABLE_SCHEMA", "GRANTOR")`
		return `("GRANTEE" = 'PUBLIC' OR ` + own + ")", "true", own
	}
	all = fmt.Sprintf("((SELECT ora.sees_all()) OR %s IN (ora.username(), 'PUBLIC')"+
		" OR (%s, %s) IN (SELECT owner, name FROM ora.granted)", quote(owner), quote(owner), quote(object))
	has := func(name string) bool {
		return slices.ContainsFunc(columns, func(c dict.Column) bool { return c.Name == name })
	}
	if has("TABLE_OWNER") && has("TABLE_NAME") {
		all += ` OR ("TABLE_OWNER", "TABLE_NAME") IN (SELECT owner, name FROM ora.granted)`
	}
	return all + ")", "true", own
}

// withGrants adds to the rights of an export those that were granted here.
func withGrants(table string, columns []dict.Column) string {
	here := map[string]string{"GRANTOR": "grantor", "GRANTEE": "grantee", "TABLE_SCHEMA": "owner", "TABLE_NAME": "name", "PRIVILEGE": "privilege",
		"GRANTABLE": "'NO'", "HIERARCHY": "'NO'", "TYPE": "kind"}
	var names, granted []string
	for _, c := range columns {
		names = append(names, quote(c.Name))
		if expression, ok := here[c.Name]; ok {
			granted = append(granted, expression)
		} else {
			granted = append(granted, "NULL")
		}
	}
	return fmt.Sprintf("(SELECT %s FROM %s UNION SELECT %s FROM ora.grants) p", strings.Join(names, ", "), table, strings.Join(granted, ", "))
}
