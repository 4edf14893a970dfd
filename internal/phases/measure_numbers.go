// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// MeasureNumbersFact says whether the assessment that was asked for last measures NUMBER columns.
const MeasureNumbersFact = "measure_numbers"

// MeasuredNumbersFact names the file with what was measured last of NUMBER columns: "" is none. Conversions follow it until they are
// measured again.
const MeasuredNumbersFact = "measured_numbers"

// knowNumbers makes the hands follow what was measured of NUMBER columns by now.
func (h *hands) knowNumbers(ctx context.Context, m *store.Migration) error {
	var file string
	var wanted bool
	if _, err := m.Fact(MeasuredNumbersFact, &file); err != nil {
		return err
	}
	if _, err := m.Fact(MeasureNumbersFact, &wanted); err != nil {
		return err
	}
	h.numbers = nil
	if file != "" {
		text, err := h.crew.Store.File(ctx, m.Name, file)
		if errors.Is(err, store.ErrUnavailable) {
			return err
		}
		if err == nil {
			h.numbers, err = dictionary.ParseNumbers(bytes.NewReader(text))
		}
		if err != nil && !wanted { // else they are measured again now
			return &runbook.Problem{What: "What was measured of NUMBER columns is not there any more.",
				Means: "The types of the target followed it. It may be gone with a Redis that was lost.",
				Do:    "`/migrate-assess measure=numbers` measures them again; `/migrate-assess measure=none` goes by the dictionary alone.", Err: err}
		}
	}
	if h.dict != nil {
		h.dict.Numbers = h.numbers
	}
	return nil
}

// measureNumbers measures the NUMBER columns of d where that was asked for, and keeps what was found; the facts belong to the step.
func (h *hands) measureNumbers(ctx context.Context, m *store.Migration, d *dictionary.Dictionary, report runbook.Report) (map[string]any, error) {
	var wanted bool
	if _, err := m.Fact(MeasureNumbersFact, &wanted); err != nil || !wanted {
		return nil, err
	}
	src, err := h.source(ctx)
	if err != nil {
		return nil, err
	}
	tables, n := oracle.NumberTables(d), 0
	found, err := src.MeasureNumbers(ctx, tables, oracle.NumberLimits{}, func(t oracle.NumberTable) {
		n++
		report("reading", "", Reading{Table: t.Table, Columns: n, Of: len(tables)})
	})
	if err != nil {
		return nil, problem("The NUMBER columns can't be measured.", err)
	}
	var text bytes.Buffer
	if err := dictionary.WriteNumbers(&text, found); err != nil {
		return nil, err
	}
	// A plan that follows the measurement before goes on with that: each has a file of its own.
	file := "measured-numbers-" + time.Now().UTC().Format("20060102-150405") + ".csv"
	if err := h.crew.Store.PutFile(ctx, m.Name, file, text.Bytes()); err != nil {
		return nil, err
	}
	h.numbers, d.Numbers = found, found
	return map[string]any{MeasuredNumbersFact: file, MeasureNumbersFact: false}, nil
}
