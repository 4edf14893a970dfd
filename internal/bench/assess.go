// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	standin "github.com/ferryman/ferryman/internal/standin/oracle"
	goora "github.com/sijms/go-ora/v2"
)

// assessReport is what a child measured.
type assessReport struct {
	Rows   int
	Read   time.Duration // of the rows, and keeping them where they are assessed
	Assess time.Duration // everything after it: conversion, findings, the JSON of the report
	PeakMB float64
	CPU    time.Duration // of the whole child, its collector of garbage too
}

// The goals of an assessment, at the largest size.
const (
	goalRatio     = 1.5
	goalSeconds   = 60
	goalPeakMB    = 500
	goalPerSecond = 100_000
	// goalPower is how the time may grow from the smallest to the largest: with this power of the size; 1 is linear.
	goalPower = 1.1
)

// assess measures an assessment beside merely fetching the same rows with the same driver, each in a process of its own.
func (b *bench) assess(ctx context.Context) error {
	sizes := []int{10_000, 50_000, 100_000}
	if b.opts.quick {
		sizes = []int{200, 400}
	} else if b.opts.objects > 0 {
		sizes = []int{b.opts.objects / 10, b.opts.objects / 2, b.opts.objects}
	}
	var rows [][]string
	var words []string
	var first time.Duration
	busy := loadAverage()
	for i, size := range sizes {
		size -= size % 100
		fetch, whole, err := b.assessOf(ctx, size)
		if err != nil {
			return fmt.Errorf("%d objects: %w", size, err)
		}
		total := whole.Read + whole.Assess
		ratio, perSecond := total.Seconds()/fetch.Read.Seconds(), float64(fetch.Rows)/fetch.Read.Seconds()
		if i == 0 {
			first = total
		}
		rows = append(rows, []string{thousands(size), thousands(fetch.Rows), seconds(fetch.Read), seconds(total), seconds(whole.Read), seconds(whole.Assess),
			fmt.Sprintf("%.2f", ratio), thousands(int(perSecond)), fmt.Sprintf("%.0f", whole.PeakMB), fmt.Sprintf("%.0f", fetch.PeakMB), seconds(whole.CPU), seconds(fetch.CPU)})
		if i == len(sizes)-1 {
			power := math.Log(total.Seconds()/first.Seconds()) / math.Log(float64(size)/float64(sizes[0]-sizes[0]%100))
			words = append(words,
				goal(ratio <= goalRatio, "An assessment took %.2f times as long as fetching its rows (goal: %.1f)", ratio, goalRatio),
				goal(total.Seconds() <= goalSeconds, "%.1f s in all (goal: %d)", total.Seconds(), goalSeconds),
				goal(whole.PeakMB < goalPeakMB, "%.0f MB at most (goal: below %d)", whole.PeakMB, goalPeakMB),
				goal(perSecond >= goalPerSecond, "%s rows a second served (goal: %s)", thousands(int(perSecond)), thousands(goalPerSecond)),
				goal(power <= goalPower, "From %s to %s objects the time grew with the power %.2f of their number (goal: %.1f; 1 is linear)", thousands(sizes[0]), thousands(size),
					power, goalPower))
		}
	}
	fmt.Fprint(&b.out, table([]string{"objects", "rows", "fetch s", "assess s", "of it reading s", "converting and judging s", "assess / fetch", "rows served a second",
		"peak of assess MB", "peak of fetch MB", "processor time of assess s", "of fetch s"}, rows))
	fmt.Fprintf(&b.out, "\nTimes are those of the fastest run of %d, memory is the most of any.\n\n%s\n", b.assessRuns(), strings.Join(words, "\n"))
	if busy > float64(b.cores) {
		fmt.Fprintf(&b.out, "\nThis was measured while the machine was busy with other work (load %.0f on %d cores): the times and their ratio say little.\n", busy, b.cores)
	}
	return nil
}

func goal(met bool, format string, args ...any) string {
	if met {
		return "- " + fmt.Sprintf(format, args...) + ": met."
	}
	return "- " + fmt.Sprintf(format, args...) + ": NOT met."
}

// assessRuns is how often both are measured at each size.
func (b *bench) assessRuns() int { return min(b.opts.runs, 3) }

// assessOf serves a made-up dictionary of n objects and measures both on it.
func (b *bench) assessOf(ctx context.Context, n int) (fetch, whole assessReport, err error) {
	dir := filepath.Join(b.dir, "dictionary-"+strconv.Itoa(n))
	if err = os.MkdirAll(dir, 0o700); err != nil {
		return fetch, whole, err
	}
	defer os.RemoveAll(dir)
	if err = dictionary.WriteExport(madeUp(n), dir); err != nil {
		return fetch, whole, err
	}
	server, err := standin.Start(ctx, standin.Options{Postgres: b.server, Exports: []fs.FS{os.DirFS(dir)}, DictionaryOnly: true,
		Users: []standin.User{{Name: "FERRYMAN", Password: "bench", Roles: []string{"SELECT_CATALOG_ROLE"}}}})
	if err != nil {
		return fetch, whole, err
	}
	defer server.Close()
	for i := range b.assessRuns() * 2 {
		what, best := "fetch", &fetch
		if i%2 == 1 {
			what, best = "assess", &whole
		}
		report, err := b.assessInChild(ctx, what, server.URL("FERRYMAN"))
		if err != nil {
			return fetch, whole, err
		}
		fmt.Fprintf(b.log, "assess: %d objects, %s: %d rows, %s + %s s, %s s of processor time, %.0f MB\n", n, what, report.Rows, seconds(report.Read), seconds(report.Assess),
			seconds(report.CPU), report.PeakMB)
		peak := max(report.PeakMB, best.PeakMB)
		if i < 2 || report.Read+report.Assess < best.Read+best.Assess {
			*best = report
		}
		best.PeakMB = peak
	}
	if fetch.Rows != whole.Rows {
		return fetch, whole, fmt.Errorf("fetching read %d rows and assessing %d", fetch.Rows, whole.Rows)
	}
	return fetch, whole, nil
}

func (b *bench) assessInChild(ctx context.Context, what, url string) (report assessReport, err error) {
	me, err := os.Executable()
	if err != nil {
		return report, err
	}
	cmd := exec.CommandContext(ctx, me, childCommand, what, url)
	cmd.Stderr = b.log
	out, err := cmd.Output()
	if err != nil {
		return report, fmt.Errorf("%s in a process of its own: %w", what, err)
	}
	err = json.Unmarshal(out, &report)
	report.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return report, err
}

// fetchOnly reads the rows of every view with database/sql and go-ora, as Ferryman's queries ask for them, and keeps none.
func fetchOnly(ctx context.Context, url string) (assessReport, error) {
	var report assessReport
	db := sql.OpenDB(goora.NewConnector(url + "?PREFETCH_ROWS=500"))
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return report, err
	}
	begin := time.Now()
	for _, v := range dictionary.Views() {
		if v.Paid {
			continue
		}
		origin := v.Origins()[0]
		var columns []string
		for _, c := range v.Columns() {
			columns = append(columns, `"`+v.ColumnIn(origin, c)+`"`)
		}
		rows, err := db.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+origin.Name+` WHERE "`+v.ColumnIn(origin, v.OwnerColumn)+`" IN (:1)`, madeUpSchema)
		if err != nil {
			return report, err
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return report, err
			}
			report.Rows++
		}
		if err := rows.Close(); err != nil {
			return report, err
		}
		if err := rows.Err(); err != nil {
			return report, err
		}
	}
	report.Read, report.PeakMB = time.Since(begin), peakMB()
	return report, nil
}

// assessAll is a whole assessment, from the logon to the report as ferryman assess --json prints it.
func assessAll(ctx context.Context, url string) (assessReport, error) {
	var report assessReport
	source, err := oracle.Open(ctx, url)
	if err != nil {
		return report, err
	}
	defer source.Close()
	begin := time.Now()
	d, err := source.Read(ctx, []string{madeUpSchema}, dictionary.Options{})
	if err != nil {
		return report, err
	}
	report.Read = time.Since(begin)
	begin = time.Now()
	for _, v := range dictionary.Views() {
		report.Rows += v.Rows(d)
	}
	found, err := assess.Beside(d, assess.Options{Now: time.Now()}, func() (*convert.Conversion, error) {
		conversion := convert.Convert(d, convert.Options{Forget: true})
		conversion.NotTried()
		return conversion, nil
	})
	if err != nil {
		return report, err
	}
	var written counter
	if err := found.WriteJSON(&written); err != nil {
		return report, err
	}
	if int(written) < report.Rows {
		return report, fmt.Errorf("the report of %d rows has only %d bytes", report.Rows, written)
	}
	report.Assess, report.PeakMB = time.Since(begin), peakMB()
	return report, nil
}

// loadAverage is how many processes were at work in the last minute, as the kernel tells it (proc(5)); 0 where it does not.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.ParseFloat(first, 64)
	return n
}

// counter is where a report goes whose bytes are counted.
type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// peakMB is the resident memory of this process at its highest; negative is unknown.
func peakMB() float64 {
	kB, err := strconv.ParseFloat(strings.TrimSuffix(procValue("/proc/self/status", "VmHWM"), " kB"), 64)
	if err != nil {
		return -1
	}
	return kB / 1024
}
