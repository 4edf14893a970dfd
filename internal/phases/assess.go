// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sctcsv"
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
	Schemas []string `json:"schemas"`
	// Engine is assess.Builtin or assess.DMS.
	Engine string        `json:"engine"`
	Totals assess.Totals `json:"totals"`
	// Scratch tells that the conversion was tried on a real PostgreSQL.
	Scratch bool `json:"scratch"`
	// Refused counts the statements that PostgreSQL did not take.
	Refused int            `json:"refused"`
	Blocks  []FindingShort `json:"blocks,omitempty"`
	Warns   int            `json:"warns"`
	Delta   *DeltaShort    `json:"delta,omitempty"`
	Since   time.Time      `json:"since,omitzero"`
	Costly  []Costly       `json:"costly,omitempty"`
	// Purge counts what could be purged, and Offload the columns that could leave, with their size where it is known.
	Purge   Share         `json:"purge"`
	Offload Share         `json:"offload"`
	Unknown []string      `json:"unknown,omitempty"`
	Files   []string      `json:"files,omitempty"`
	Took    time.Duration `json:"took"`
}

// Share is a part of what there is. Bytes is 0 where no size is known.
type Share struct {
	Number int    `json:"number"`
	Bytes  int64  `json:"bytes,omitempty"`
	First  string `json:"first,omitempty"`
}

// DeltaShort is what changed since the last run, as far as a message tells it. The report has all of it.
type DeltaShort struct {
	New      int `json:"new"`
	Resolved int `json:"resolved"`
	Same     int `json:"same"`
	// HoursHigh is the change of the total's high end; negative is less work.
	HoursHigh float64 `json:"hours_high"`
	// By counts what each person's decisions resolved; "" is nobody's.
	By       map[string]int `json:"by,omitempty"`
	SomeNew  []assess.Item  `json:"some_new,omitempty"`
	SomeGone []assess.Item  `json:"some_gone,omitempty"`
}

// FindingShort is a finding that has to be dealt with before loading.
type FindingShort struct {
	Code    string   `json:"code"`
	Title   string   `json:"title"`
	Objects int      `json:"objects"`
	Names   []string `json:"names"`
	Fix     string   `json:"fix,omitempty"`
	Waits   string   `json:"waits,omitempty"`
}

// Costly is an object that needs hands, with its hours.
type Costly struct {
	Object string  `json:"object"`
	Reason string  `json:"reason"`
	Hours  float64 `json:"hours"`
}

// Reading is how far the reading of the dictionary is, or, where Column is set, the measuring of LOBs, or, where Table is, that of numbers.
type Reading struct {
	View    string `json:"view"`
	Rows    int    `json:"rows"`
	Column  string `json:"column,omitempty"`
	Table   string `json:"table,omitempty"`
	Columns int    `json:"columns,omitempty"`
	Of      int    `json:"of,omitempty"`
}

const assessedFact = "assessed"

func (assessPhase) draft(_ context.Context, h *hands, _ *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	if h.byAWS() {
		return h.draftByAWS(), nil
	}
	return runbook.Draft{Plan: runbook.Plan{Steps: []runbook.Step{{ID: "assess", Kind: "assess", Object: strings.Join(h.schemas, ", "), Why: "reads the dictionary, changes nothing", Looks: true}}}}, nil
}

func (assessPhase) gate(context.Context, *hands, *store.Migration, runbook.Plan) ([]runbook.Evidence, error) {
	return nil, nil
}

func (assessPhase) step(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	if step.Kind != "assess" {
		return h.stepByAWS(ctx, m, step, report)
	}
	began := time.Now()
	prices, err := h.prices()
	if err != nil {
		return runbook.Result{}, err
	}
	d, measuredNumbers, err := h.readAfresh(ctx, m, report)
	if err != nil {
		return runbook.Result{}, err
	}
	decisions := h.decided
	conversion := convert.Convert(d, convert.Options{Decisions: decisions, Roles: h.rolesSeen(ctx)})
	tried, refusals, err := h.tryInScratch(ctx, conversion)
	if err != nil {
		return runbook.Result{}, err
	}
	sizes, err := h.measured(ctx, m, d, report)
	if err != nil {
		return runbook.Result{}, err
	}
	result := assess.Assess(d, conversion, assess.Options{Now: began, Prices: prices, Decisions: decisions, LobSizes: sizes})
	sum := Assessed{Schemas: h.schemas, Engine: result.Engine, Totals: result.Totals, Scratch: tried, Refused: len(refusals)}
	files := map[string][]byte{"converted.sql": []byte(conversion.Script())}
	ended, err := h.report(ctx, m, result, files, sum, began)
	if err == nil {
		maps.Copy(ended.Facts, measuredNumbers)
	}
	return ended, err
}

// readAfresh reads the dictionary as it is now, with the numbers that were asked to be measured, as facts to keep.
func (h *hands) readAfresh(ctx context.Context, m *store.Migration, report runbook.Report) (*dictionary.Dictionary, map[string]any, error) {
	h.dict = nil
	rows := 0
	d, err := h.dictionary(ctx, func(view string, n int) {
		rows += n
		if v, ok := dictionary.ViewNamed(view); ok && v.Paid && !h.profile.Source.DiagnosticsPack {
			return // it was left out, and nobody is to think otherwise
		}
		report("reading", "", Reading{View: view, Rows: rows})
	})
	if err != nil {
		return nil, nil, err
	}
	facts, err := h.measureNumbers(ctx, m, d, report)
	return d, facts, err
}

// prices is the price list that the profile names, nil for Ferryman's own.
func (h *hands) prices() (*assess.Prices, error) {
	name := h.profile.Assess.Prices
	if name == "" {
		return nil, nil
	}
	const do = "Mend the file, or take assess.prices out of the configuration."
	f, err := os.Open(name)
	if err != nil {
		return nil, &runbook.Problem{What: "The price list can't be read.", Means: sentence(err.Error()), Do: do, Err: err}
	}
	defer f.Close()
	p, err := assess.ReadPrices(f)
	if err != nil {
		return nil, &runbook.Problem{What: "The price list " + name + " is not one.", Means: sentence(err.Error()), Do: do, Err: err}
	}
	return p, nil
}

// report compares a report with the run before of the same engine, keeps it for the next, and makes the files of the last message.
func (h *hands) report(ctx context.Context, m *store.Migration, r *assess.Report, files map[string][]byte, sum Assessed, began time.Time) (runbook.Result, error) {
	fact := "assessed_last"
	if r.Engine == assess.DMS {
		fact = "assessed_last_dms"
	}
	previous, last, err := h.lastReport(ctx, m, fact)
	if err != nil {
		return runbook.Result{}, err
	}
	// Never over the one that it was compared with: a run that is repeated after a crash compares with the same again.
	name := "assess-report-" + string(r.Engine) + "-a.json"
	if last.File == name {
		name = "assess-report-" + string(r.Engine) + "-b.json"
	}
	r.Follow(previous)
	summarise(r, &sum)
	r.Names = h.names(ctx, r.People())
	page, err := r.HTML()
	if err != nil {
		return runbook.Result{}, fmt.Errorf("write report.html: %w", err)
	}
	files["report.html"] = page
	maps.Copy(files, r.CSVs())
	tables := sctcsv.Write(r)
	if len(r.Schemas) > 1 {
		packed, err := pack(tables)
		if err != nil {
			return runbook.Result{}, fmt.Errorf("write %s: %w", sctFiles, err)
		}
		tables = map[string][]byte{sctFiles: packed}
	}
	maps.Copy(files, tables)
	kept, err := r.JSON()
	if err != nil {
		return runbook.Result{}, fmt.Errorf("write %s: %w", name, err)
	}
	sum.Files = fileOrder(files)
	for _, f := range sum.Files {
		if err := h.crew.Store.PutFile(ctx, m.Name, f, files[f]); err != nil {
			return runbook.Result{}, err
		}
	}
	if err := h.crew.Store.PutPacked(ctx, m.Name, name, kept); err != nil {
		return runbook.Result{}, err
	}
	sum.Took = time.Since(began)
	return runbook.Result{Facts: map[string]any{assessedFact: sum, fact: lastRun{At: began, File: name}}}, nil
}

// sctFiles holds the CSVs of the Schema Conversion Tool's kind where there are several schemas.
const sctFiles = "sct-csv-reports.zip"

func pack(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), z.Close()
}

// fileOrder has what people read first in front.
func fileOrder(files map[string][]byte) []string {
	first := []string{"report.html", "action-items.csv", "findings.csv", "objects.csv", "converted.sql"}
	names := slices.DeleteFunc(first, func(n string) bool { return files[n] == nil })
	for _, n := range slices.Sorted(maps.Keys(files)) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// tryInScratch has a real PostgreSQL take the conversion, statement by statement, and makes an action of every refusal; with people's scripts
// in it, as a role without rights outside the scratch database. tried is false where no such database or role can be had.
func (h *hands) tryInScratch(ctx context.Context, c *convert.Conversion) (tried bool, refusals []postgres.Refusal, err error) {
	end, scripts := h.ends.Target, slices.ContainsFunc(c.Statements, func(s convert.Statement) bool { return s.By != "" })
	switch {
	case h.ends.Scratch != nil:
		end = *h.ends.Scratch
	case scripts: // never on the target's server
		c.NotTried()
		return false, nil, nil
	}
	scratch, err := openTarget(ctx, end)
	if err != nil {
		return false, nil, problem("The scratch database can't be used.", err)
	}
	defer scratch.Close()
	try := scratch.TryAndCheck
	if scripts {
		try = scratch.TryAsNobody
	}
	trial, err := try(ctx, statements(c.Statements))
	var denied *postgres.PrivilegeError
	var nobody *postgres.NoScratchRoleError
	if errors.As(err, &denied) || errors.As(err, &nobody) {
		c.NotTried()
		return false, nil, nil
	}
	if err != nil {
		return false, nil, problem("The conversion can't be tried in a scratch database.", err)
	}
	for _, r := range trial.Refusals {
		const undefinedObject = "42704"
		if s := c.Statements[r.Index]; s.Kind == convert.KindGrant && r.Code == undefinedObject && h.ends.Scratch != nil {
			continue // the role is on the target, and the scratch database is on another server
		}
		refusals = append(refusals, r)
		c.Refuse(c.Statements[r.Index], r.Words())
	}
	if trial.Unchecked != "" {
		c.Unchecked(trial.Unchecked)
	}
	return true, refusals, nil
}

// rolesSeen are the roles on the target, nil where it can't be asked now: then nobody looked, which the conversion says. The target is not taken
// over for it.
func (h *hands) rolesSeen(ctx context.Context) []string {
	tgt, err := openTarget(ctx, h.ends.Target)
	if err != nil {
		return nil
	}
	defer tgt.Close()
	roles, err := tgt.Roles(ctx)
	if err != nil {
		return nil
	}
	return roles
}

func statements(list []convert.Statement) []postgres.Statement {
	out := make([]postgres.Statement, len(list))
	for i, s := range list {
		out[i] = postgres.Statement{Object: s.ID, SQL: s.SQL, Outside: s.Outside}
	}
	return out
}

// lastReport is that of the run before, nil where there was none.
func (h *hands) lastReport(ctx context.Context, m *store.Migration, fact string) (*assess.Report, lastRun, error) {
	var last lastRun
	if ok, err := m.Fact(fact, &last); err != nil || !ok {
		return nil, last, err
	}
	raw, err := h.crew.Store.File(ctx, m.Name, last.File)
	if err != nil {
		return nil, last, err
	}
	var report assess.Report
	if err := json.Unmarshal(raw, &report); err != nil {
		return nil, last, fmt.Errorf("read the last assessment: %w", err)
	}
	report.At = last.At
	return &report, last, nil
}

// lastRun is when an engine assessed last, and the file that holds its report.
type lastRun struct {
	At   time.Time `json:"at"`
	File string    `json:"file"`
}

func (assessPhase) conclude(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var sum Assessed
	if _, err := m.Fact(assessedFact, &sum); err != nil {
		return runbook.Result{}, err
	}
	var files []runbook.File
	for _, name := range sum.Files {
		title, ok := fileTitles[name]
		if !ok {
			title = strings.TrimSuffix(name, ".csv")
		}
		files = append(files, runbook.File{Name: name, Title: title})
	}
	return runbook.Result{Data: sum, Files: files}, nil
}

var fileTitles = map[string]string{"report.html": "Assessment", "action-items.csv": "Action items", "findings.csv": "Findings with their statements",
	"objects.csv": "Every object and what becomes of it", "converted.sql": "What converts by itself", sctFiles: "CSVs with the Schema Conversion Tool's columns",
	awsReportFile: "AWS's report", awsScriptFile: "AWS's script"}
