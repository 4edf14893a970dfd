// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// assessPhase reads the source's dictionary and says what becomes of every object. It changes nothing.
type assessPhase struct{}

// Assessed is what the assess phase's last message tells.
type Assessed struct {
	Schemas []string      `json:"schemas"`
	Totals  assess.Totals `json:"totals"`
	// Scratch tells that the conversion was tried on a real PostgreSQL.
	Scratch bool `json:"scratch"`
	// Refused counts the statements that PostgreSQL did not take.
	Refused int            `json:"refused"`
	Blocks  []FindingShort `json:"blocks,omitempty"`
	Warns   int            `json:"warns"`
	Delta   *assess.Delta  `json:"delta,omitempty"`
	Since   time.Time      `json:"since,omitzero"`
	Costly  []Costly       `json:"costly,omitempty"`
	Unknown []string       `json:"unknown,omitempty"`
	Took    time.Duration  `json:"took"`
}

// FindingShort is a finding that has to be dealt with before loading.
type FindingShort struct {
	Code    string   `json:"code"`
	Title   string   `json:"title"`
	Objects int      `json:"objects"`
	Names   []string `json:"names"`
	Fix     string   `json:"fix,omitempty"`
}

// Costly is an object that needs hands, with its hours.
type Costly struct {
	Object string  `json:"object"`
	Reason string  `json:"reason"`
	Hours  float64 `json:"hours"`
}

// Reading is how far the reading of the dictionary is.
type Reading struct {
	View string `json:"view"`
	Rows int    `json:"rows"`
}

const (
	assessedFact = "assessed"
	reportFile   = "assess-report.json"
)

func (assessPhase) draft(_ context.Context, h *hands, _ *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	return runbook.Draft{Plan: runbook.Plan{Steps: []runbook.Step{{ID: "assess", Kind: "assess", Object: strings.Join(h.schemas, ", "), Why: "reads the dictionary, changes nothing", Looks: true}}}}, nil
}

func (assessPhase) gate(context.Context, *hands, *store.Migration, runbook.Plan) ([]runbook.Evidence, error) {
	return nil, nil
}

func (assessPhase) step(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan, _ runbook.Step, report runbook.Report) (runbook.Result, error) {
	began := time.Now()
	h.dict = nil
	rows := 0
	d, err := h.dictionary(ctx, func(view string, n int) {
		rows += n
		report("reading", "", Reading{View: view, Rows: rows})
	})
	if err != nil {
		return runbook.Result{}, err
	}
	conversion := convert.Convert(d, convert.Options{})
	tried, refusals, err := h.tryInScratch(ctx, conversion)
	if err != nil {
		return runbook.Result{}, err
	}
	result := assess.Assess(d, conversion, assess.Options{Now: began})
	sum := Assessed{Schemas: h.schemas, Totals: result.Totals, Scratch: tried, Refused: len(refusals)}
	if err := h.sinceLastTime(ctx, m, result, &sum); err != nil {
		return runbook.Result{}, err
	}
	summarise(result, d, &sum)
	files := []func() (string, []byte, error){
		func() (string, []byte, error) { b, err := result.JSON(); return reportFile, b, err },
		func() (string, []byte, error) { b, err := result.HTML(); return "report.html", b, err },
		func() (string, []byte, error) { b, err := result.CSV(); return "action-items.csv", b, err },
		func() (string, []byte, error) { return "converted.sql", []byte(conversion.Script()), nil },
	}
	for _, f := range files {
		name, content, err := f()
		if err != nil {
			return runbook.Result{}, fmt.Errorf("write %s: %w", name, err)
		}
		if err := h.crew.Store.PutFile(ctx, m.Name, name, content); err != nil {
			return runbook.Result{}, err
		}
	}
	sum.Took = time.Since(began)
	return runbook.Result{Facts: map[string]any{assessedFact: sum, "assessed_at": began}}, nil
}

// tryInScratch has a real PostgreSQL take the conversion, statement by statement, and makes an action of every refusal. tried is false
// where no scratch database can be had.
func (h *hands) tryInScratch(ctx context.Context, c *convert.Conversion) (tried bool, refusals []postgres.Refusal, err error) {
	end := h.ends.Target
	if h.ends.Scratch != nil {
		end = *h.ends.Scratch
	}
	scratch, err := openTarget(ctx, end)
	if err != nil {
		return false, nil, problem("The scratch database can't be used.", err)
	}
	defer scratch.Close()
	refusals, err = scratch.TryInScratch(ctx, statements(c.Statements))
	var denied *postgres.PrivilegeError
	if errors.As(err, &denied) {
		c.NotTried()
		return false, nil, nil
	}
	if err != nil {
		return false, nil, problem("The conversion can't be tried in a scratch database.", err)
	}
	for _, r := range refusals {
		c.Refuse(c.Statements[r.Index], r.Words())
	}
	return true, refusals, nil
}

func statements(list []convert.Statement) []postgres.Statement {
	out := make([]postgres.Statement, len(list))
	for i, s := range list {
		out[i] = postgres.Statement{Object: s.ID, SQL: s.SQL}
	}
	return out
}

// sinceLastTime compares with the report of the run before, if there was one.
func (h *hands) sinceLastTime(ctx context.Context, m *store.Migration, now *assess.Report, sum *Assessed) error {
	var before time.Time
	if ok, err := m.Fact("assessed_at", &before); err != nil || !ok {
		return err
	}
	raw, err := h.crew.Store.File(ctx, m.Name, reportFile)
	if err != nil {
		return err
	}
	var last assess.Report
	if err := json.Unmarshal(raw, &last); err != nil {
		return fmt.Errorf("read the last assessment: %w", err)
	}
	delta := assess.Compare(&last, now)
	sum.Delta, sum.Since = &delta, before
	return nil
}

// costliest is how many items a summary names.
const costliest = 10

func summarise(r *assess.Report, d *dictionary.Dictionary, sum *Assessed) {
	for _, f := range r.Findings {
		switch f.Severity {
		case assess.Warns:
			sum.Warns++
		case assess.Blocks:
			short := FindingShort{Code: f.Code, Title: f.Title, Objects: len(f.Objects)}
			for _, o := range f.Objects {
				if len(short.Names) < costliest {
					short.Names = append(short.Names, o.Name)
				}
				if short.Fix == "" {
					short.Fix = o.Fix
				}
			}
			sum.Blocks = append(sum.Blocks, short)
		}
	}
	for _, a := range mostHours(r.Actions) {
		sum.Costly = append(sum.Costly, Costly{Object: strings.ToLower(a.Object.Type) + " " + a.Object.Name, Reason: a.Reason, Hours: a.Hours})
	}
	for _, u := range r.Unknown {
		sum.Unknown = append(sum.Unknown, u.What)
	}
}

func (assessPhase) conclude(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var sum Assessed
	if _, err := m.Fact(assessedFact, &sum); err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Data: sum, Files: []runbook.File{
		{Name: "report.html", Title: "Assessment"}, {Name: "action-items.csv", Title: "Action items"}, {Name: "converted.sql", Title: "What converts by itself"},
	}}, nil
}
