// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// strict is report.schema.json with every key that it does not describe refused: outsiders may meet new keys, this repository's schema
// describes them all.
func strict(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile("report.schema.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	var close func(v any, shared bool)
	close = func(v any, shared bool) {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v["properties"].(map[string]any); ok && !shared {
				v["unevaluatedProperties"] = false
			}
			for key, x := range v {
				if key == "$defs" {
					for name, d := range x.(map[string]any) {
						close(d, name == "object" || name == "counts")
					}
					continue
				}
				close(x, false)
			}
		case []any:
			for _, x := range v {
				close(x, false)
			}
		}
	}
	close(doc, false)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("report.schema.json", doc))
	schema, err := c.Compile("report.schema.json")
	require.NoError(t, err)
	return schema
}

func requireSchema(t *testing.T, schema *jsonschema.Schema, r *assess.Report) {
	t.Helper()
	raw, err := r.JSON()
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(value))
}

func TestEveryReportIsAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	schema := strict(t)
	for _, dir := range []string{boxOffice, testenv.Inputs(t, "dms_sample"), testenv.Inputs(t, "hr"), testenv.Inputs(t, "omop_cdm54")} {
		requireSchema(t, schema, report(t, dir, nil))
	}
	requireSchema(t, schema, full(t))
	aws, err := sct.Read(os.DirFS(testenv.Inputs(t, "sct-reports", "663")))
	require.NoError(t, err)
	aws.At = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	aws.Follow(nil)
	requireSchema(t, schema, aws)

	raw, err := full(t).JSON()
	require.NoError(t, err)
	var wrong map[string]any
	require.NoError(t, json.Unmarshal(raw, &wrong))
	wrong["surprise"] = 1
	require.Error(t, schema.Validate(wrong), "the test's schema refuses what it does not describe")
}

// full is a report with something in every part.
func full(t *testing.T) *assess.Report {
	t.Helper()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	d, err := dictionary.ReadExport(os.DirFS(boxOffice))
	require.NoError(t, err)
	previous := assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: at})
	decided := convert.Decided{By: "U0DBA", At: at, Why: "nobody uses it"}
	o := assess.Options{Now: at.Add(24 * time.Hour), Decisions: convert.Decisions{
		LeaveOut: []convert.Omission{{Object: convert.Object{Owner: "BOXOFFICE", Type: "PROCEDURE", Name: "CANCEL_PERFORMANCE"}, Decided: decided}}}}
	rows, old := int64(1000), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	d, err = dictionary.ReadExport(os.DirFS(boxOffice))
	require.NoError(t, err)
	d.PartTables = append(d.PartTables, dictionary.PartTable{Owner: "BOXOFFICE", Table: "TICKET", Partitioning: "RANGE"})
	d.PartKeyColumns = append(d.PartKeyColumns, dictionary.PartKeyColumn{Owner: "BOXOFFICE", Name: "TICKET", ObjectType: "TABLE", Column: "SOLD_AT", Position: 1})
	for i, high := range []string{"TO_DATE(' 2020-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')", "TIMESTAMP' 2022-06-01 00:00:00'", "TO_DATE(' 2026-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS')", "MAXVALUE"} {
		d.Partitions = append(d.Partitions, dictionary.Partition{Owner: "BOXOFFICE", Table: "TICKET", Name: "P" + string(rune('1'+i)), HighValue: high, Position: int64(i + 1), NumRows: &rows, LastAnalyzed: old})
	}
	r := assess.Assess(d, convert.Convert(d, convert.Options{Decisions: o.Decisions}), o)
	r.Follow(previous)
	require.NotEmpty(t, r.Learning)
	require.NotEmpty(t, r.Purge)
	require.NotEmpty(t, r.Offload)
	require.NotEmpty(t, r.Decided)
	require.Len(t, r.History, 2)
	require.NotEmpty(t, r.Delta.Resolved)
	return r
}
