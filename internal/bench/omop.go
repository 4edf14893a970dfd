// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// omopRows are the tables' rows for --rows 400000, in thousands; the others have omopSmall rows.
var omopRows = map[string]int{
	"concept": 200, "concept_relationship": 200, "concept_ancestor": 200, "concept_synonym": 50, "drug_strength": 50, "source_to_concept_map": 20,
	"person": 100, "death": 10, "observation_period": 100, "payer_plan_period": 50, "location": 10, "care_site": 5, "provider": 5,
	"visit_occurrence": 100, "visit_detail": 100, "condition_occurrence": 150, "drug_exposure": 150, "procedure_occurrence": 100,
	"device_exposure": 50, "measurement": 250, "observation": 150, "note": 50, "note_nlp": 50, "specimen": 50, "cost": 100,
	"condition_era": 100, "drug_era": 100, "dose_era": 50, "episode": 20, "episode_event": 50, "fact_relationship": 50, "cohort": 20,
}

const omopSmall = 500

// inputs is a path below the directory of real schemas: $FERRYMAN_INPUTS, else ../shared/inputs beside the checkout.
func inputs(elem ...string) string {
	root := os.Getenv("FERRYMAN_INPUTS")
	if root == "" {
		_, file, _, _ := runtime.Caller(0)
		root = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "inputs")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

// omop is the second contest: the OMOP Common Data Model 5.4 as the conversion makes it, on generated rows that satisfy every key.
func (b *bench) omop(ctx context.Context) error {
	dir := inputs("omop_cdm54")
	if !fileExists(dir) {
		fmt.Fprintf(&b.out, "Not measured: %s is not here (set FERRYMAN_INPUTS).\n\n", dir)
		b.say("omop: left out, %s is not here (set FERRYMAN_INPUTS)", dir)
		return nil
	}
	d, err := dictionary.ReadExport(os.DirFS(dir))
	if err != nil {
		return err
	}
	set := dataset{name: "omop"}
	for _, owner := range d.Schemas {
		set.schemas = append(set.schemas, convert.TargetName(owner))
	}
	for _, s := range convert.Convert(d, convert.Options{}).Statements {
		set.schema = append(set.schema, s.SQL)
	}
	rows := func(table string) int {
		n := omopRows[table] * 1000
		if n == 0 {
			n = omopSmall
		}
		return max(1, n*b.opts.rows/400_000)
	}
	total := 0
	for _, t := range d.Tables {
		total += rows(convert.TargetName(t.Name))
	}
	set.title = fmt.Sprintf("OMOP Common Data Model 5.4, %d tables, %s rows together", len(d.Tables), thousands(total))
	set.fill = func(ctx context.Context, database string, cat *postgres.Catalog) error {
		return b.fillByCatalog(ctx, database, cat, rows)
	}
	return b.contest(ctx, set)
}
