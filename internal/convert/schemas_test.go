// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestRealSchemasArriveWhole applies the conversion of real schemas and compares PostgreSQL's catalog with the export, which is read
// here without the converter.
func TestRealSchemasArriveWhole(t *testing.T) {
	t.Parallel()
	type counts struct{ tables, pks, uniques, fks, indexes, sequences, views int }
	for name, want := range map[string]counts{
		"boxoffice":  {13, 12, 3, 14, 17, 9, 3},
		"dms_sample": {16, 13, 0, 18, 9, 5, 2},
		"hr":         {7, 7, 1, 10, 11, 3, 1},
		"omop_cdm54": {39, 28, 0, 176, 61, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := boxOffice
			if name != "boxoffice" {
				dir = testenv.Inputs(t, name)
			}
			d := read(t, dir)
			c := convert.Convert(d, convert.Options{})
			conn := apply(t, c)
			schema := strings.ToLower(d.Schemas[0])

			cons := func(kind string) []string {
				return strs(t, conn, `SELECT conrelid::regclass::text || ':' || pg_get_constraintdef(oid) FROM pg_constraint
					WHERE contype = $1 AND connamespace = $2::regnamespace`, kind, schema)
			}
			relations := func(kind string) []string {
				return strs(t, conn, "SELECT relname::text FROM pg_class WHERE relkind = $1 AND relnamespace = $2::regnamespace", kind, schema)
			}
			secondary := strs(t, conn, `SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
				WHERE r.relnamespace = $1::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`, schema)
			seqs := strs(t, conn, "SELECT sequencename::text FROM pg_sequences WHERE schemaname = $1 AND sequencename NOT LIKE '%_id_seq'", schema)
			require.Equal(t, want, counts{len(relations("r")), len(cons("p")), len(cons("u")), len(cons("f")), len(secondary),
				len(seqs), len(relations("v"))})
			require.Equal(t, expectedColumns(d), gotColumns(t, conn, schema))
			require.Equal(t, expectedKeys(d), gotKeys(t, conn, schema))
			require.Equal(t, expectedIndexes(d), gotIndexes(t, conn, schema))
			require.Equal(t, expectedSequences(d), strs(t, conn, `SELECT sequencename || ' ' || increment_by || ' ' || start_value || ' ' || min_value
				FROM pg_sequences WHERE schemaname = $1 AND sequencename NOT LIKE '%_id_seq' ORDER BY 1`, schema))
			everyObjectHasAnOutcome(t, d, c)
		})
	}
}

func everyObjectHasAnOutcome(t *testing.T, d *dictionary.Dictionary, c *convert.Conversion) {
	t.Helper()
	require.Len(t, c.Outcomes, len(d.Objects), "these exports have nothing out of scope")
	for _, o := range c.Outcomes {
		require.Contains(t, []convert.Outcome{convert.Converted, convert.Action, convert.LeftOut, convert.NotTried}, o.Outcome, "%v", o)
		if o.Outcome != convert.Converted {
			require.NotEmpty(t, o.Why, "%v", o.Object)
		}
		if o.Outcome == convert.Action {
			require.NotEmpty(t, o.Codes, "%v", o.Object)
		}
	}
	for _, a := range c.Actions {
		require.NotEmpty(t, convert.Titles[a.Code], a.Code)
		require.NotEmpty(t, a.Reason, a.Code)
	}
}

func expectedColumns(d *dictionary.Dictionary) []string {
	var out []string
	for _, c := range d.Columns {
		if d.Table(c.Owner, c.Table) != nil && c.Hidden == "NO" {
			out = append(out, strings.ToLower(fmt.Sprintf("%s %d %s %s", c.Table, *c.ID, c.Name, c.Nullable)))
		}
	}
	slices.Sort(out)
	return out
}

func gotColumns(t *testing.T, conn *pgx.Conn, schema string) []string {
	out := strs(t, conn, `SELECT relname || ' ' || attnum || ' ' || attname || ' ' || CASE WHEN attnotnull THEN 'n' ELSE 'y' END
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = $1::regnamespace AND relkind = 'r' AND attnum > 0`, schema)
	slices.Sort(out)
	return out
}

// expectedKeys lists keys and foreign keys as "table name kind columns [-> table columns rule deferral]", checks as "table name".
func expectedKeys(d *dictionary.Dictionary) []string {
	var out []string
	for _, k := range d.Constraints {
		line := fmt.Sprintf("%s %s %s", k.Table, k.Name, k.Type)
		switch {
		case d.Table(k.Owner, k.Table) == nil, k.Type == "C" && strings.HasSuffix(k.SearchCondition, "IS NOT NULL"):
			continue
		case k.Type != "C":
			line += " " + strings.Join(d.ConstraintColumns(k.Owner, k.Name), ",")
		}
		if k.Type == "R" {
			r := d.Constraint(k.ROwner, k.RName)
			rule := map[string]string{"NO ACTION": "a", "CASCADE": "c", "SET NULL": "n"}[k.DeleteRule]
			line += fmt.Sprintf(" -> %s %s %s %t", r.Table, strings.Join(d.ConstraintColumns(r.Owner, r.Name), ","), rule, k.Deferrable == "DEFERRABLE")
		}
		out = append(out, strings.ToLower(line))
	}
	slices.Sort(out)
	return out
}

func gotKeys(t *testing.T, conn *pgx.Conn, schema string) []string {
	out := strs(t, conn, `
		SELECT r.relname || ' ' || conname || ' ' || CASE contype WHEN 'f' THEN 'r' ELSE contype::text END
		    || CASE WHEN contype = 'c' THEN '' ELSE ' ' || (SELECT string_agg(attname, ',' ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k (num, n)
		          JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = num) END
		    || CASE WHEN contype <> 'f' THEN '' ELSE ' -> ' || f.relname || ' ' || (SELECT string_agg(attname, ',' ORDER BY n)
		          FROM unnest(confkey) WITH ORDINALITY k (num, n) JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = num)
		          || ' ' || confdeltype::text || ' ' || condeferrable END
		FROM pg_constraint JOIN pg_class r ON r.oid = conrelid LEFT JOIN pg_class f ON f.oid = confrelid
		WHERE contype <> 'n' AND connamespace = $1::regnamespace AND convalidated`, schema)
	slices.Sort(out)
	return out
}

// expectedIndexes lists "table name unique plain-columns" of the indexes that no key brings.
func expectedIndexes(d *dictionary.Dictionary) []string {
	var out []string
	keys := map[string]bool{}
	for _, k := range d.Constraints {
		keys[k.IndexName] = true
	}
	for _, i := range d.Indexes {
		if keys[i.Name] || i.Type == "LOB" {
			continue
		}
		var cols []string
		for _, c := range d.IndexColumns(i.Owner, i.Name) {
			switch {
			case c.Expression == "''":
				continue
			case c.Expression != "":
				cols = append(cols, "(expression)")
			case c.Descending:
				cols = append(cols, c.Column+" DESC")
			default:
				cols = append(cols, c.Column)
			}
		}
		out = append(out, strings.ToLower(fmt.Sprintf("%s %s %t %s", i.Table, i.Name, i.Uniqueness == "UNIQUE", strings.Join(cols, ","))))
	}
	slices.Sort(out)
	return out
}

func gotIndexes(t *testing.T, conn *pgx.Conn, schema string) []string {
	out := strs(t, conn, `
		SELECT r.relname || ' ' || c.relname || ' ' || indisunique || ' ' || (
		    SELECT string_agg(coalesce(attname, '(expression)') || CASE WHEN indoption[n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ',' ORDER BY n)
		    FROM unnest(indkey::int[]) WITH ORDINALITY k (num, n) LEFT JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = num AND num > 0)
		FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_class r ON r.oid = indrelid
		WHERE r.relnamespace = $1::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`, schema)
	slices.Sort(out)
	return out
}

func expectedSequences(d *dictionary.Dictionary) []string {
	out := []string{}
	for _, s := range d.Sequences {
		if !strings.HasPrefix(s.Name, "ISEQ$$") {
			out = append(out, strings.ToLower(fmt.Sprintf("%s %s %s %s", s.Name, s.Increment, s.LastNumber, s.Min)))
		}
	}
	slices.Sort(out)
	return out
}
