// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
)

// redoTrigger writes the function that records a table's changes as LogMiner shows them.
func redoTrigger(t *dict.Table, key []string, logged *logging) string {
	owner, table := literal(t.Owner), literal(t.Name.Name)
	var columns, names, values, set, before, touched []string
	for _, c := range t.Columns {
		if c.Virtual {
			continue
		}
		columns = append(columns, c.Name)
		names = append(names, quote(c.Name))
		values = append(values, redoValue("NEW", c))
		set = append(set, fmt.Sprintf("CASE WHEN NEW.%s IS DISTINCT FROM OLD.%s THEN %s || %s END", quote(c.Name), quote(c.Name),
			literal(quote(c.Name)+" = "), redoValue("NEW", c)))
		if !c.LOB() {
			before = append(before, redoCondition(c))
			touched = append(touched, fmt.Sprintf("CASE WHEN NEW.%s IS DISTINCT FROM OLD.%s THEN %s END", quote(c.Name), quote(c.Name),
				redoCondition(c)))
		}
	}
	var always []string
	for _, c := range t.Columns {
		inGroup := slices.ContainsFunc(keysOf(logged.groups), func(group string) bool { return slices.Contains(logged.groups[group], c.Name) })
		if c.Virtual || c.LOB() {
			continue
		}
		if logged.all || inGroup || logged.primaryKey && (len(key) == 0 || slices.Contains(key, c.Name)) {
			always = append(always, redoCondition(c))
		}
	}
	updateWhere, deleteWhere := always, always
	if len(always) == 0 {
		updateWhere, deleteWhere = touched, before
	}
	if len(key) == 0 {
		key = columns
	}
	address := func(record string) string {
		var parts []string
		for _, name := range key {
			parts = append(parts, record+"."+quote(name)+"::text")
		}
		return fmt.Sprintf("ora.row_address(%s, %s)", literal(t.Name.String()), joinSQL("|", parts))
	}
	conditions := func(list []string) string {
		return joinSQL(" and ", append(slices.Clone(list), "'ROWID = ''' || address || ''''"))
	}
	target := quote(t.Owner) + "." + quote(t.Name.Name)
	body := fmt.Sprintf(`DECLARE address text; changed text;
BEGIN
IF TG_OP = 'INSERT' THEN
    INSERT INTO ora.redo (xid, owner, table_name, operation, row_id, sql_redo)
        VALUES (pg_current_xact_id()::text::bigint, %[1]s, %[2]s, 'INSERT', %[3]s, %[4]s || %[5]s || ');');
ELSIF TG_OP = 'UPDATE' THEN
    changed := %[6]s;
    IF changed <> '' THEN
        address := %[7]s;
        INSERT INTO ora.redo (xid, owner, table_name, operation, row_id, sql_redo)
            VALUES (pg_current_xact_id()::text::bigint, %[1]s, %[2]s, 'UPDATE', address, %[8]s || changed || ' where ' || %[9]s || ';');
    END IF;
ELSE
    address := %[7]s;
    INSERT INTO ora.redo (xid, owner, table_name, operation, row_id, sql_redo)
        VALUES (pg_current_xact_id()::text::bigint, %[1]s, %[2]s, 'DELETE', address, %[10]s || %[11]s || ';');
END IF;
RETURN NULL;
END`, owner, table, address("NEW"), literal("insert into "+target+"("+strings.Join(names, ",")+") values ("), joinSQL(",", values),
		joinSQL(", ", set), address("OLD"), literal("update "+target+" set "), conditions(updateWhere),
		literal("delete from "+target+" where "), conditions(deleteWhere))
	return fmt.Sprintf("CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %s;\n", triggerFunction(t, "redo"), dollar(body))
}

// joinSQL writes an expression that joins texts and leaves out NULLs; PostgreSQL takes 100 arguments at a time.
func joinSQL(separator string, parts []string) string {
	for len(parts) > 90 {
		head := fmt.Sprintf("nullif(concat_ws(%s, %s), '')", literal(separator), strings.Join(parts[:90], ", "))
		parts = append([]string{head}, parts[90:]...)
	}
	return fmt.Sprintf("concat_ws(%s, %s)", literal(separator), strings.Join(parts, ", "))
}

func attachRedo(t *dict.Table) string {
	return fmt.Sprintf("CREATE TRIGGER \"ora$redo\" AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s();\n",
		relation(t.Name), triggerFunction(t, "redo"))
}

// redoValue writes a column's value as SQL text.
func redoValue(record string, c *dict.Column) string {
	col := record + "." + quote(c.Name)
	if c.LOB() {
		empty := "EMPTY_CLOB()"
		if sqltext.Type(c) == "bytea" {
			empty = "EMPTY_BLOB()"
		}
		return fmt.Sprintf("CASE WHEN %s IS NULL THEN 'NULL' ELSE '%s' END", col, empty)
	}
	switch kind := sqltext.Type(c); {
	case kind == "timestamp(0)" && c.DataType == "DATE":
		return "ora.lit_date(" + col + ")"
	case strings.HasPrefix(kind, "timestamptz"):
		return "ora.lit_timestamp_tz(" + col + ")"
	case strings.HasPrefix(kind, "timestamp"):
		return "ora.lit_timestamp(" + col + ")"
	case kind == "bpchar":
		return fmt.Sprintf("CASE WHEN %s IS NULL THEN 'NULL' ELSE ora.lit(pg_catalog.concat(%s)) END", col, col)
	}
	return "ora.lit(" + col + ")"
}

// redoCondition writes "COL" = value, or "COL" IS NULL, for the row as it was.
func redoCondition(c *dict.Column) string {
	return fmt.Sprintf("%s || CASE WHEN OLD.%s IS NULL THEN ' IS NULL' ELSE ' = ' || %s END", literal(quote(c.Name)), quote(c.Name),
		redoValue("OLD", c))
}

func keysOf[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
