// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/jackc/pgx/v5"
)

// audit compares the dictionary with PostgreSQL's catalog and lists what is neither there nor named by an action item. It
// knows nothing of how the converter works: only how names are folded.
type audit struct {
	*testing.T
	d     *dictionary.Dictionary
	c     *convert.Conversion
	has   map[string]int // what the catalog holds, in the words of the queries below
	named map[string]bool
	lost  []string
}

func auditOf(t *testing.T, d *dictionary.Dictionary, c *convert.Conversion, conn *pgx.Conn) []string {
	a := &audit{T: t, d: d, c: c, has: map[string]int{}, named: map[string]bool{}}
	for _, x := range d.Tables {
		if x.Temporary == "Y" {
			a.session(conn, x.Name)
		}
	}
	for _, query := range auditQueries {
		for _, line := range strs(t, conn, query) {
			a.has[line]++
		}
	}
	for _, x := range c.Actions {
		if !x.Note && x.Code != convert.CodeUniqueNull || x.Code == convert.NoteStorage {
			a.named[x.Object.Type+" "+x.Object.Name+" "+x.Subject] = true
		}
	}
	a.objects()
	a.columns()
	a.constraints()
	a.indexes()
	a.partitions()
	a.commentsAndSequences()
	return a.lost
}

// session makes a global temporary table as a session does, twice: what its action item says is all there is of it.
func (a *audit) session(conn *pgx.Conn, table string) {
	for _, x := range actionsOf(a.c, "TABLE", table) {
		if _, script, found := strings.Cut(x.Hint, "\n"); found && x.Code == convert.CodeTemporary {
			exec(a.T, conn, script)
			exec(a.T, conn, script)
			return
		}
	}
	a.lost = append(a.lost, "temporary table "+table)
}

const userSchemas = `(n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' OR n.oid = pg_my_temp_schema())`

var auditQueries = []string{
	`SELECT 'relation ' || relname || ' ' || CASE relkind WHEN 'p' THEN 'r' ELSE relkind::text END FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE ` + userSchemas,
	`SELECT 'column ' || relname || '.' || attname || CASE WHEN attnotnull THEN ' not null' ELSE '' END || CASE WHEN attidentity <> '' THEN ' identity' WHEN attgenerated <> '' THEN ' generated'
		WHEN atthasdef THEN ' default' ELSE '' END FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
		WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') AND ` + userSchemas,
	`SELECT 'constraint ' || c.relname || ' ' || contype::text || ' ' || CASE WHEN contype = 'c' THEN conname ELSE (SELECT string_agg(attname, ',' ORDER BY o) FROM unnest(conkey) WITH ORDINALITY k(num, o)
		JOIN pg_attribute ON attrelid = conrelid AND attnum = num) END || coalesce(' -> ' || (SELECT relname FROM pg_class WHERE oid = confrelid) || ' ' || (SELECT string_agg(attname, ',' ORDER BY o)
		FROM unnest(confkey) WITH ORDINALITY k(num, o) JOIN pg_attribute ON attrelid = confrelid AND attnum = num) || ' ' || confdeltype::text, '')
		|| CASE WHEN condeferrable THEN ' deferrable' ELSE '' END FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = connamespace
		WHERE conparentid = 0 AND contype <> 'n' AND ` + userSchemas,
	`SELECT 'index ' || r.relname || ' ' || CASE WHEN indisunique THEN 'unique ' ELSE '' END || (SELECT string_agg(coalesce(attname, '?') || CASE WHEN indoption[o - 1] & 1 = 1 THEN ' desc' ELSE '' END, ','
		ORDER BY o) FROM unnest(indkey::int[]) WITH ORDINALITY k(num, o) LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = num AND num > 0)
		FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_class r ON r.oid = indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ` + userSchemas,
	`SELECT 'partitions of ' || p.relname || ' ' || count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_class p ON p.oid = inhparent
		JOIN pg_namespace n ON n.oid = p.relnamespace WHERE p.relkind = 'p' AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT' AND ` + userSchemas + ` GROUP BY p.relname`,
	`SELECT 'default partition of ' || p.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_class p ON p.oid = inhparent
		JOIN pg_namespace n ON n.oid = p.relnamespace WHERE p.relkind = 'p' AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AND ` + userSchemas,
	`SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0`,
	`SELECT 'sequence ' || sequencename || ' ' || increment_by || ' ' || start_value || CASE WHEN cycle THEN ' cycle' ELSE '' END FROM pg_sequences`,
	`SELECT 'comment ' || relname || coalesce('.' || attname, '') || ' ' || description FROM pg_description JOIN pg_class c ON c.oid = objoid JOIN pg_namespace n ON n.oid = relnamespace
		LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND objsubid > 0 WHERE classoid = 'pg_class'::regclass AND ` + userSchemas,
	`SELECT 'grant ' || relname || ' ' || privilege_type || ' ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE upper(grantee::regrole::text) END FROM pg_class c
		JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(relacl) WHERE ` + userSchemas,
	`SELECT 'routine ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE ` + userSchemas,
}

// need says that something is to be in the catalog unless it is named.
func (a *audit) need(what string, named bool) {
	if a.has[what] == 0 && !named {
		a.lost = append(a.lost, what)
	}
}

func (a *audit) names(kind, object, subject string) bool { return a.named[kind+" "+object+" "+subject] }

func (a *audit) outcome(kind, name string) convert.Outcome {
	for _, o := range a.c.Outcomes {
		if o.Type == kind && o.Name == name {
			return o.Outcome
		}
	}
	return ""
}

// objects: what is called converted is there under its kind, and what is not has a reason.
func (a *audit) objects() {
	if len(a.c.Outcomes) != len(a.d.Objects) {
		a.lost = append(a.lost, fmt.Sprintf("%d objects, %d outcomes", len(a.d.Objects), len(a.c.Outcomes)))
	}
	identity := map[string]bool{}
	for _, i := range a.d.IdentityCols {
		identity[i.Sequence] = true
	}
	for _, o := range a.c.Outcomes {
		name := convert.TargetName(o.Name)
		switch {
		case o.Outcome == "" || o.Outcome != convert.Converted && o.Why == "" || o.Outcome == convert.Action && len(o.Codes) == 0:
			a.lost = append(a.lost, fmt.Sprintf("%s %s is %s for no reason", o.Type, o.Name, o.Outcome))
		case o.Outcome == convert.Action && !slices.ContainsFunc(a.c.Actions, func(x convert.ActionItem) bool {
			return x.Object == o.Object &&
				!x.Note
		}):
			a.lost = append(a.lost, fmt.Sprintf("%s %s has no action item", o.Type, o.Name))
		case o.Outcome != convert.Converted:
		case o.Type == "TABLE":
			a.need("relation "+name+" r", false)
		case o.Type == "VIEW" || o.Type == "SYNONYM":
			a.need("relation "+name+" v", false)
		case o.Type == "MATERIALIZED VIEW":
			a.need("relation "+name+" m", false)
		case o.Type == "SEQUENCE" && !identity[o.Name]:
			a.need("relation "+name+" S", false)
		case o.Type == "TRIGGER":
			a.need("trigger "+name, false)
		case o.Type == "FUNCTION" || o.Type == "PROCEDURE":
			a.need("routine "+name, false)
		case o.Type == "INDEX", o.Type == "TABLE PARTITION", o.Type == "TABLE SUBPARTITION", o.Type == "INDEX PARTITION", o.Type == "SEQUENCE":
			// Compared below, with what they hold.
		default:
			a.lost = append(a.lost, fmt.Sprintf("%s %s is called converted", o.Type, o.Name))
		}
	}
}

// made says whether a table is on the target; one that is not is named by its own outcome.
func (a *audit) made(table string) bool {
	return a.d.Table("S", table) != nil || len(a.d.Schemas) == 1 && a.d.Table(a.d.Schemas[0], table) != nil
}

func (a *audit) tableThere(table string) bool {
	return a.made(table) && a.has["relation "+convert.TargetName(table)+" r"] > 0 && a.outcome("TABLE", table) != convert.LeftOut
}

func (a *audit) columns() {
	for _, c := range a.d.Columns {
		if !a.tableThere(c.Table) || c.Hidden == "YES" && c.UserGenerated != "YES" {
			continue
		}
		what := "column " + convert.TargetName(c.Table) + "." + convert.TargetName(c.Name)
		if c.Nullable == "N" {
			what += " not null"
		}
		switch def := strings.TrimSpace(c.Default); {
		case c.Identity == "YES":
			what += " identity"
		case c.Virtual == "YES":
			what += " generated"
		case def != "" && !strings.EqualFold(def, "NULL") && def != "''" && !a.names("TABLE", c.Table, c.Name):
			what += " default"
		case def != "" && a.has[what+" default"] > 0:
			what += " default"
		}
		a.need(what, a.names("TABLE", c.Table, c.Name))
	}
}

func (a *audit) constraints() {
	for _, k := range a.d.Constraints {
		table := convert.TargetName(k.Table)
		if !a.tableThere(k.Table) || k.Type == "C" && strings.HasSuffix(k.SearchCondition, "IS NOT NULL") {
			continue // a NOT NULL is compared with its column
		}
		named := a.names("TABLE", k.Table, k.Name)
		columns := func(owner, name string) string {
			var out []string
			for _, c := range a.d.ConstraintColumns(owner, name) {
				out = append(out, convert.TargetName(c))
			}
			return strings.Join(out, ",")
		}
		what := ""
		switch k.Type {
		case "P", "U":
			what = fmt.Sprintf("constraint %s %s %s", table, strings.ToLower(k.Type), columns(k.Owner, k.Name))
		case "R":
			r := a.d.Constraint(k.ROwner, k.RName)
			if r == nil {
				a.need("foreign key "+k.Name, named)
				continue
			}
			rule := map[string]string{"NO ACTION": "a", "CASCADE": "c", "SET NULL": "n"}[k.DeleteRule]
			what = fmt.Sprintf("constraint %s f %s -> %s %s %s", table, columns(k.Owner, k.Name), convert.TargetName(r.Table), columns(r.Owner,
				r.Name), rule)
		default:
			a.need(fmt.Sprintf("constraint %s c %s", table, convert.TargetName(k.Name)), named)
			continue
		}
		if k.Deferrable == "DEFERRABLE" && a.has[what] == 0 {
			what += " deferrable"
		}
		a.need(what, named)
	}
}

func (a *audit) indexes() {
	for _, i := range a.d.Indexes {
		if !a.tableThere(i.Table) && a.outcome("MATERIALIZED VIEW", i.Table) != convert.Converted {
			continue
		}
		if t := a.d.Table(i.TableOwner, i.Table); a.outcome("INDEX", i.Name) != convert.Converted && (t == nil || t.Temporary != "Y" || a.outcome("INDEX", i.Name) != convert.LeftOut) {
			continue // named, with a reason: see objects
		}
		var cols []string
		for _, c := range a.d.IndexColumns(i.Owner, i.Name) {
			col := convert.TargetName(c.Column)
			if strings.Trim(c.Expression, "0'") == "" && c.Expression != "" {
				continue // a constant
			} else if c.Expression != "" {
				col = "?"
			}
			if c.Descending {
				col += " desc"
			}
			cols = append(cols, col)
		}
		what := "index " + convert.TargetName(i.Table) + " "
		if i.Uniqueness == "UNIQUE" {
			what += "unique "
		}
		what += strings.Join(cols, ",")
		a.need(what, false)
		a.has[what]-- // two indexes may be on the same columns
	}
}

// partitions: a partitioned table has as many partitions as on Oracle, besides a DEFAULT partition, or is named.
func (a *audit) partitions() {
	for _, p := range a.d.PartTables {
		table := convert.TargetName(p.Table)
		if !a.tableThere(p.Table) || a.names("TABLE", p.Table, "") && a.has["relation "+table+" r"] > 0 && a.outcome("TABLE",
			p.Table) == convert.Action {
			continue
		}
		n := 0
		for _, x := range a.d.Partitions {
			if x.Table != p.Table {
				continue
			}
			n++
			if o := a.part("TABLE PARTITION", p.Table, x.Name); o != convert.Converted {
				a.lost = append(a.lost, fmt.Sprintf("partition %s of %s is %s", x.Name, p.Table, o))
			}
		}
		if a.has["default partition of "+table] > 0 && a.has[fmt.Sprintf("partitions of %s %d", table, n)] == 0 {
			n-- // Oracle's last is PostgreSQL's DEFAULT
		}
		a.need(fmt.Sprintf("partitions of %s %d", table, n), false)
		for _, x := range a.d.Subpartitions {
			if x.Table == p.Table && a.part("TABLE SUBPARTITION", p.Table, x.Name) != convert.Converted {
				a.lost = append(a.lost, "subpartition "+x.Name+" of "+p.Table)
			} else if x.Table == p.Table {
				a.need("relation "+table+"_"+convert.TargetName(x.Name)+" r", strings.HasPrefix(x.Name, "SYS_"))
			}
		}
	}
}

func (a *audit) part(kind, table, name string) convert.Outcome {
	for _, o := range a.c.Outcomes {
		if o.Type == kind && o.Name == table && o.Subobject == name {
			return o.Outcome
		}
	}
	return ""
}

func (a *audit) commentsAndSequences() {
	for _, c := range a.d.TableComments {
		if c.Comments != "" && a.tableThere(c.Table) {
			a.need("comment "+convert.TargetName(c.Table)+" "+c.Comments, false)
		}
	}
	for _, c := range a.d.ColumnComments {
		if c.Comments != "" && a.tableThere(c.Table) {
			a.need("comment "+convert.TargetName(c.Table)+"."+convert.TargetName(c.Column)+" "+c.Comments, a.names("TABLE", c.Table, c.Column))
		}
	}
	for _, p := range a.d.TabPrivs {
		if a.has["relation "+convert.TargetName(p.Table)+" r"] > 0 && p.Grantee != p.Owner {
			a.need(fmt.Sprintf("grant %s %s %s", convert.TargetName(p.Table), p.Privilege, p.Grantee), a.names("GRANT", p.Grantee, ""))
		}
	}
	identity := map[string]string{}
	for _, i := range a.d.IdentityCols {
		identity[i.Sequence] = convert.TargetName(i.Table + "_" + i.Column + "_seq")
	}
	for _, s := range a.d.Sequences {
		if a.outcome("SEQUENCE", s.Name) != convert.Converted {
			continue
		}
		name := convert.TargetName(s.Name)
		if own := identity[s.Name]; own != "" {
			name = own
		}
		what := fmt.Sprintf("sequence %s %s %s", name, s.Increment, s.LastNumber)
		if s.Cycle == "Y" {
			what += " cycle"
		}
		a.need(what, false)
	}
}
