// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// MeasureFact says whether the assessment that was asked for last measures LOBs.
const MeasureFact = "measure_lobs"

// measured are the lengths of the LOB columns, where they were asked for.
func (h *hands) measured(ctx context.Context, m *store.Migration, d *dictionary.Dictionary, report runbook.Report) ([]assess.LobSize, error) {
	var wanted bool
	if _, err := m.Fact(MeasureFact, &wanted); err != nil || !wanted {
		return nil, err
	}
	src, err := h.source(ctx)
	if err != nil {
		return nil, err
	}
	columns := oracle.LobColumns(d)
	n := 0
	samples, err := src.MeasureLobs(ctx, columns, oracle.LobLimits{}, func(s oracle.LobSample) {
		n++
		report("reading", "", Reading{Column: s.Table + "." + s.Column, Columns: n, Of: len(columns)})
	})
	if err != nil {
		return nil, problem("The LOBs can't be measured.", err)
	}
	var sizes []assess.LobSize
	for _, s := range samples {
		size := assess.LobSize{Owner: s.Owner, Table: s.Table, Column: s.Column, Max: s.Greatest, Rows: s.Values, Sampled: !s.All, Why: s.Why}
		if s.Type == "BLOB" || s.Type == "BFILE" {
			size.Bytes = s.Total
			if !s.All && s.TableRows != nil && s.Looked > 0 {
				size.Bytes = int64(float64(s.Total) / float64(s.Looked) * float64(*s.TableRows))
			}
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}
