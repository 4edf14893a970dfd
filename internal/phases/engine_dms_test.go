// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"encoding/json"
	"testing"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

const byAWS = `    assess:
      engine: dms
      dms:
        s3: s3://conversion/box
        s3_role_arn: arn:aws:iam::123456789012:role/s3
        secrets_role_arn: arn:aws:iam::123456789012:role/secrets
        source_secret: "${SOURCE_SECRET}"
        target_secret: "${TARGET_SECRET}"
`

// assessedAs reads what the assessment told, and the report that it keeps.
func (w *world) assessedAs(m *store.Migration, fact string) (phases.Assessed, *assess.Report) {
	w.Helper()
	var sum phases.Assessed
	ok, err := m.Fact("assessed", &sum)
	require.NoError(w, err)
	require.True(w, ok)
	var last struct{ File string }
	ok, err = m.Fact(fact, &last)
	require.NoError(w, err)
	require.True(w, ok)
	content, err := w.store.File(w.Context(), "box", last.File)
	require.NoError(w, err)
	var r assess.Report
	require.NoError(w, json.Unmarshal(content, &r))
	return sum, &r
}

func TestAWSAssesses(t *testing.T) {
	w := newWorld(t, byAWS)
	w.withScratch()
	w.engine("one")
	m := w.ends("assess", store.Complete)
	sum, r := w.assessedAs(m, "assessed_last_dms")
	require.Equal(t, assess.DMS, sum.Engine)
	require.Equal(t, assess.DMS, r.Engine)
	require.Positive(t, sum.Totals.Objects)
	require.Positive(t, sum.Totals.HoursHigh)
	require.Equal(t, sum.Totals.Objects, sum.Totals.Converted+sum.Totals.Action+sum.Totals.LeftOut)
	require.True(t, sum.Scratch, "what AWS wrote was tried")
	require.Zero(t, sum.Refused)

	outcomes := map[convert.Object]convert.ObjectOutcome{}
	for _, o := range r.Objects {
		outcomes[o.Object] = o
	}
	for _, a := range r.Actions {
		if a.Note && (a.Code == convert.NoteNotRun || a.Code == convert.NoteUnchecked) {
			continue // of the trial
		}
		require.Regexp(t, `^9\d{3}$`, a.Code, "the items are those of AWS's report: %+v", a)
		require.Contains(t, outcomes[a.Object].Codes, a.Code)
	}
	require.Equal(t, convert.Converted, outcomes[convert.Object{Owner: "BOXOFFICE", Type: "TABLE", Name: "VENUE"}].Outcome)
	codes := map[string]bool{}
	for _, f := range r.Findings {
		codes[f.Code] = true
	}
	require.True(t, codes["FM-DMS-001"] || len(codes) > 3, "Ferryman's own findings are there too: %v", codes)
	for file, start := range map[string]string{"converted.sql": "-- schema", "aws-report.zip": "PK"} {
		content, err := w.store.File(t.Context(), "box", file)
		require.NoError(t, err)
		require.Equal(t, start, string(content[:len(start)]))
	}
	calls := []string{"StartMetadataModelImport", "StartMetadataModelAssessment", "StartMetadataModelConversion", "StartMetadataModelExportAsScript", "ExportMetadataModelAssessment"}
	for _, call := range calls {
		require.Equal(t, 1, w.aws.Effects(call), call)
	}
	require.Zero(t, w.aws.Effects("StartMetadataModelExportToTarget"), "nothing is applied by an assessment")

	m = w.ends("assess", store.Complete)
	sum, _ = w.assessedAs(m, "assessed_last_dms")
	require.NotNil(t, sum.Delta)
	require.Zero(t, sum.Delta.New)
	require.Zero(t, sum.Delta.Resolved)
	require.Positive(t, sum.Delta.Same)
	for _, call := range calls {
		require.Equal(t, 2, w.aws.Effects(call), call)
	}
	require.Equal(t, 1, w.aws.Effects("CreateMigrationProject"))
}

func TestWhatAWSRefusesEndsTheAssessment(t *testing.T) {
	w := newWorld(t, byAWS)
	w.engine("one")
	w.aws.DenyOperation("StartMetadataModelConversion")
	m := w.ends("assess", store.Failed)
	require.Contains(t, w.told(), "dms:StartMetadataModelConversion")
	require.NotEmpty(t, m.Phase("assess").Done, "what went before was done")
	w.aws.AllowOperation("StartMetadataModelConversion")
	w.ends("assess", store.Complete)
}
