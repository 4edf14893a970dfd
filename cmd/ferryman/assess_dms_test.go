// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	model "github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestAssessReadsReportsOfAWS(t *testing.T) {
	t.Parallel()
	old, now := testenv.Inputs(t, "sct-reports", "663"), testenv.Inputs(t, "sct-reports", "664")
	first := filepath.Join(t.TempDir(), "first.json")
	did := ferryman(t, with{}, "assess", "--engine", "dms", "--reports", old, "--json")
	require.Zero(t, did.status, did.stderr)
	require.NoError(t, os.WriteFile(first, []byte(did.stdout), 0o600))

	did = ferryman(t, with{}, "assess", "--engine", "dms", "--reports", now, "--previous", first, "--json")
	require.Zero(t, did.status, did.stderr)
	var r model.Report
	require.NoError(t, json.Unmarshal([]byte(did.stdout), &r))
	require.Equal(t, model.DMS, r.Engine)
	require.Equal(t, 70, r.Totals.Converted)
	require.False(t, r.At.IsZero())
	require.NotNil(t, r.Delta)
	require.Empty(t, r.Delta.New)
	require.Empty(t, r.Delta.Resolved)
	require.Equal(t, 2, r.Delta.Same)

	did = ferryman(t, with{}, "assess", "--engine", "dms", "--reports", now, "--previous", first)
	require.Zero(t, did.status, did.stderr)
	require.Contains(t, did.stdout, "70 convert")

	// With the export of the same schema, every object of it has its outcome, and Ferryman's findings are there too.
	did = ferryman(t, with{}, "assess", "--engine", "dms", "--reports", now, "--snapshot", testenv.Inputs(t, "dms_sample"), "--json")
	require.Zero(t, did.status, did.stderr)
	r = model.Report{}
	require.NoError(t, json.Unmarshal([]byte(did.stdout), &r))
	outcomes := map[string]convert.Outcome{}
	for _, o := range r.Objects {
		outcomes[o.Type+" "+o.Name] = o.Outcome
	}
	require.Equal(t, convert.Action, outcomes["PROCEDURE GENERATESEATS"])
	require.Equal(t, convert.Converted, outcomes["TABLE SPORTING_EVENT_TICKET"])
	require.Equal(t, convert.NotTried, outcomes["PACKAGE TICKETMANAGEMENT"], "the report counts no packages")
	require.Greater(t, len(r.Findings), 3)
}

func TestAssessSaysWhatIsWrongWithAReport(t *testing.T) {
	t.Parallel()
	did := ferryman(t, with{}, "assess", "--engine", "dms", "--reports", testenv.Inputs(t, "sct-reports"))
	require.Equal(t, 1, did.status)
	require.Contains(t, did.stderr, "there are two reports of schema DMS_SAMPLE")
	did = ferryman(t, with{}, "assess", "--engine", "dms", "--reports", "/nonexistent")
	require.Equal(t, 1, did.status)
	require.Contains(t, did.stderr, "open the report")
	did = ferryman(t, with{}, "assess", "--reports", testenv.Inputs(t, "sct-reports", "663"))
	require.Equal(t, 2, did.status)
	require.Contains(t, did.stderr, "--reports are for --engine dms")
}
