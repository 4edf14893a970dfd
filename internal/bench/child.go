// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// childCommand is the first argument of a child process: Ferryman alone, so that its memory can be measured.
const childCommand = "child"

// asideReport is what the child measured of setting everything aside.
type asideReport struct {
	Objects  int
	Plan     time.Duration // reading the catalog and planning
	Prove    time.Duration // asking whether everything could come back
	SetAside time.Duration
	PeakMB   float64 // resident memory at its highest; negative is unknown
}

// childMain is the child: its arguments are what to measure, the connection string and, for aside, the schema. It prints what it measured
// as JSON.
func childMain(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "bench: child takes what to measure and a connection string")
		return 2
	}
	var report any
	var err error
	dictionary.LimitMemory() // as ferryman does
	switch args[0] {
	case "fetch":
		report, err = fetchOnly(context.Background(), args[1])
	case "assess":
		report, err = assessAll(context.Background(), args[1])
	default:
		report, err = asideBySteps(context.Background(), args[1], args[2])
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// asideBySteps does what the phase prepare does with what can be set aside.
func asideBySteps(ctx context.Context, url, schema string) (asideReport, error) {
	var report asideReport
	target, fence, err := openTarget(ctx, url)
	if err != nil {
		return report, err
	}
	defer target.Close()
	begin := time.Now()
	cat, err := target.ReadCatalog(ctx, []string{schema})
	if err != nil {
		return report, err
	}
	plan, err := postgres.PlanSetAside(cat, postgres.SetAsideOptions{})
	if err != nil {
		return report, err
	}
	report.Plan, report.Objects = time.Since(begin), len(plan.Objects)

	begin = time.Now()
	proof, err := target.Prove(ctx, plan)
	if err != nil {
		return report, err
	}
	if len(proof.Problems) > 0 {
		return report, errors.New(proof.Found())
	}
	report.Prove = time.Since(begin)

	begin = time.Now()
	for _, batch := range plan.Batches() {
		if err := target.SetAsideObjects(ctx, fence, "bench", batch.Step(), batch.Objects); err != nil {
			return report, err
		}
	}
	report.SetAside, report.PeakMB = time.Since(begin), peakMB()
	return report, nil
}

// asideInChild runs the child on a database.
func (b *bench) asideInChild(ctx context.Context, database, schema string) (asideReport, error) {
	var report asideReport
	me, err := os.Executable()
	if err != nil {
		return report, err
	}
	cmd := exec.CommandContext(ctx, me, childCommand, "aside", b.url(database), schema)
	cmd.Stderr = b.log
	out, err := cmd.Output()
	if err != nil {
		return report, fmt.Errorf("setting aside in a process of its own: %w", err)
	}
	return report, json.Unmarshal(out, &report)
}
