// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

func TestSelectionRulesLeaveOutWhatPeopleLeftOut(t *testing.T) {
	rules := dms.SelectionRules("SERVER", dms.ConversionScope{Schemas: []string{"A", "B"}, Without: []dms.ConversionObject{
		{Schema: "B", Type: "MATERIALIZED VIEW", Name: `M"V`}, {Schema: "A", Type: "INDEX", Name: "I"}}})
	require.JSONEq(t, `{"rules":[
		{"rule-type":"selection","rule-id":"1","rule-name":"1","rule-action":"explicit","object-locator":{"server-name":"SERVER","schema-name":"A"}},
		{"rule-type":"selection","rule-id":"2","rule-name":"2","rule-action":"explicit","object-locator":{"server-name":"SERVER","schema-name":"B"}},
		{"rule-type":"selection","rule-id":"3","rule-name":"3","rule-action":"exclude","object-locator":{"server-name":"SERVER","schema-name":"B","materialized-view-name":"M\"V"}}]}`, rules)

	w := newConversionWorld(t)
	p, err := w.client.EnsureConversion(t.Context(), w.spec)
	require.NoError(t, err)
	without := dms.ConversionScope{Schemas: schemas, Without: []dms.ConversionObject{{Schema: "BOXOFFICE", Type: "TABLE", Name: "TICKET"}, {Schema: "BOXOFFICE", Type: "VIEW", Name: "TICKET_HOLDER"}}}
	run := func(step dms.ConversionStep) dms.ConversionRequest {
		guard, err := w.client.GuardConversion(t.Context(), p, step)
		require.NoError(t, err)
		done, err := w.client.RunConversion(t.Context(), p, step, without, "box", guard, nil)
		require.NoError(t, err, step)
		return done
	}
	for _, step := range []dms.ConversionStep{dms.ConversionImport, dms.ConversionAssess, dms.ConversionConvert} {
		run(step)
	}
	open := func(at dms.S3Object) *zip.Reader {
		content, err := w.client.FetchObject(t.Context(), at, 1<<20)
		require.NoError(t, err)
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		require.NoError(t, err)
		return archive
	}
	f, err := open(run(dms.ConversionScript).Script).Open("box.sql")
	require.NoError(t, err)
	sql, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NotContains(t, string(sql), `CREATE TABLE "boxoffice"."ticket"`)
	require.NotContains(t, string(sql), "ticket_holder")
	require.Contains(t, string(sql), `CREATE TABLE "boxoffice"."ticket_scan"`)
	require.Contains(t, string(sql), "Write CREATE-TABLE-stage scripts")
	at, err := w.client.ExportAssessment(t.Context(), p, without, "report")
	require.NoError(t, err)
	report, err := sct.Read(open(at))
	require.NoError(t, err)
	for _, a := range report.Actions {
		require.NotEqual(t, convert.Object{Owner: "BOXOFFICE", Type: "TABLE", Name: "TICKET"}, a.Object)
	}
}
