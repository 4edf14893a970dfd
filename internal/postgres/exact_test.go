// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// Real schemas as the conversion makes them.
func TestConvertedSchemasComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[postgres.Kind]int{
		"omop_cdm54": {postgres.ForeignKey: 176, postgres.Index: 61},
		"dms_sample": {postgres.ForeignKey: 18, postgres.Index: 9},
		"hr":         {postgres.ForeignKey: 10, postgres.Index: 11, postgres.Unique: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := dictionary.ReadExport(os.DirFS(testenv.Inputs(t, name)))
			require.NoError(t, err)
			b := setup(t)
			for _, s := range convert.Convert(d, convert.Options{}).Statements {
				b.exec(t, s.SQL)
			}
			var schemas []string
			for _, owner := range d.Schemas {
				schemas = append(schemas, convert.TargetName(owner))
			}
			var lobColumns []postgres.ColumnName
			for _, c := range d.Columns {
				if slices.Contains([]string{"CLOB", "NCLOB", "BLOB", "LONG"}, c.Type) {
					lobColumns = append(lobColumns, postgres.ColumnName{Schema: convert.TargetName(c.Owner), Table: convert.TargetName(c.Table), Column: convert.TargetName(c.Name)})
				}
			}
			b.exactly(t, schemas, schemas, postgres.SetAsideOptions{LOBColumns: lobColumns}, nil)
			saved, err := b.target.Saved(t.Context(), "")
			require.NoError(t, err)
			got := map[postgres.Kind]int{}
			for _, s := range saved {
				if slices.Contains(postgres.RebuildKinds, s.Kind) {
					got[s.Kind]++
				}
			}
			require.Equal(t, want, got)
		})
	}
}

func TestPartitionsThreeLevelsDeepComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "deep"))
	lobColumns := []postgres.ColumnName{{Schema: "app", Table: "sale", Column: "scan"}, {Schema: "app", Table: "sale", Column: "memo"}}
	b.exactly(t, []string{"app"}, []string{"app", "elsewhere"}, postgres.SetAsideOptions{LOBColumns: lobColumns}, nil)
	saved, err := b.target.Saved(t.Context(), "")
	require.NoError(t, err)
	var objects []postgres.Object
	for _, s := range saved {
		objects = append(objects, s.Object)
	}
	goes := names(objects)
	for _, name := range []string{
		"foreign_key app.sale.sale_city", "foreign_key app.sale.sale_first", "foreign_key app.june.a_june_city", "foreign_key elsewhere.june_b.a_b_city",
		"foreign_key app.refund.refund_sale", "foreign_key app.refund.refund_again", "foreign_key elsewhere.claim.claim_sale", "foreign_key elsewhere.claim.claim_part",
		"not_null app.sale.scan", "not_null app.june_a.memo", "check app.sale.memo_given", "check app.june.june_scan",
		"unique app.sale.sale_once", "index app.sale.sale_note", "index app.sale.sale_upper", "index elsewhere.june_b.only_b", "trigger app.june_a.on_sale",
	} {
		require.Contains(t, goes, name)
	}
}

func TestOnlyChecksThatMayRejectNullGo(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE FUNCTION app.fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NOT NULL'; CREATE TABLE app.doc (id int PRIMARY KEY, body text)")
	for name, expression := range map[string]string{
		"stays_length": "length(body) > 0", "stays_and": "body <> '' AND upper(body) <> 'IS NULL'", "stays_any": "body = ANY ('{a,b}')", "stays_cast": "body::varchar(20) <> 'x'",
		"stays_other": "id IS NOT NULL", "goes_null": "body IS NOT NULL", "goes_or": "body IS NOT NULL OR id < 0", "goes_coalesce": "coalesce(body, '') <> ''",
		"goes_case": "CASE WHEN body > '' THEN true ELSE false END", "goes_function": "app.fine(body)", "goes_count": "num_nulls(body) = 0",
		"goes_distinct": "body IS DISTINCT FROM NULL", "goes_true": "(body > '') IS TRUE",
	} {
		b.exec(t, fmt.Sprintf("ALTER TABLE app.doc ADD CONSTRAINT %s CHECK (%s) NOT VALID", name, expression))
	}
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: []postgres.ColumnName{{Schema: "app", Table: "doc", Column: "body"}}})
	var goes, stays []string
	for _, o := range plan.Objects {
		goes = append(goes, o.Name)
	}
	for _, s := range plan.Stays {
		stays = append(stays, s.Name)
	}
	require.Equal(t, []string{"goes_case", "goes_coalesce", "goes_count", "goes_distinct", "goes_function", "goes_null", "goes_or", "goes_true"}, goes)
	require.Equal(t, []string{"doc_pkey", "stays_and", "stays_any", "stays_cast", "stays_length"}, slices.Sorted(slices.Values(stays)))
	b.setAside(t, plan)
	b.exec(t, "INSERT INTO app.doc VALUES (1, NULL)")
}
