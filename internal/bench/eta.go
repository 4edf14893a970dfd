// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
)

// etaWeights are the tables' sizes beside each other: real schemas have big tables and small ones.
var etaWeights = map[string]float64{
	"venue": 0.05, "customer": 0.5, "event": 0.2, "seat": 0.8, "sale": 1, "ticket": 2, "payment": 1, "scan": 2,
}

// etaIndexes are more indexes on the box office, so that fewer rows make a run of a minute.
const etaIndexes = `
CREATE INDEX ticket_state_price ON boxoffice.ticket (state, price);
CREATE INDEX ticket_state_barcode ON boxoffice.ticket (state, barcode);
CREATE INDEX ticket_price_barcode ON boxoffice.ticket (price, barcode);
CREATE INDEX scan_gate_scanned_at ON boxoffice.scan (gate, scanned_at);
CREATE INDEX scan_gate_device ON boxoffice.scan (gate, device, scanned_at);
CREATE INDEX payment_note ON boxoffice.payment (note);
CREATE INDEX payment_method_amount ON boxoffice.payment (method, amount);
CREATE INDEX sale_channel_sold_at ON boxoffice.sale (channel, sold_at);
CREATE INDEX sale_total ON boxoffice.sale (total);
CREATE INDEX seat_grade_section ON boxoffice.seat (grade, section, seat_no);
CREATE INDEX customer_upper_name ON boxoffice.customer (upper(name));
CREATE INDEX customer_balance ON boxoffice.customer (balance);
`

// reading is what Rebuild told at a time.
type reading struct {
	at    time.Duration // since the start
	share float64
	left  time.Duration // negative is unknown
}

// eta looks at what Ferryman said of the rest while it rebuilt for a minute or more: with more rows until it is that long.
func (b *bench) eta(ctx context.Context) error {
	rows, least := b.opts.rows/4, time.Minute
	if b.opts.quick {
		least = 0
	}
	var took time.Duration
	var readings []reading
	for try := 0; ; try++ {
		var err error
		if took, readings, err = b.etaRun(ctx, rows); err != nil {
			return err
		}
		b.say("eta: %s s with %s rows", seconds(took), thousands(rows))
		if took >= least || try == 3 {
			break
		}
		rows = int(float64(rows) * least.Seconds() * 1.25 / took.Seconds())
	}
	b.writeETA(took, readings, rows, least)
	return nil
}

// etaRun fills and rebuilds a box office, a table of weight 1 having that many rows.
func (b *bench) etaRun(ctx context.Context, rows int) (took time.Duration, readings []reading, err error) {
	const database = "eta_run"
	if err := b.schema(ctx, database, []string{ticketsSchema, etaIndexes}); err != nil {
		return 0, nil, err
	}
	if _, _, err := b.setAsideAll(ctx, database, []string{"boxoffice"}); err != nil {
		return 0, nil, err
	}
	if err := b.fillTickets(ctx, database, func(table string) int { return max(1, int(float64(rows)*etaWeights[table])) }); err != nil {
		return 0, nil, err
	}
	if err := b.settle(ctx, database); err != nil {
		return 0, nil, err
	}
	if err := b.exec(ctx, b.server.URL(database), warm, "CHECKPOINT"); err != nil {
		return 0, nil, err
	}
	target, fence, err := openTarget(ctx, b.url(database))
	if err != nil {
		return 0, nil, err
	}
	defer target.Close()
	begin := time.Now()
	report, err := target.Rebuild(ctx, fence, postgres.RebuildOptions{MemoryMB: memoryMB, OnProgress: func(p postgres.RebuildProgress) {
		readings = append(readings, reading{at: p.At.Sub(begin), share: p.Share, left: p.Left})
	}})
	took = time.Since(begin)
	if err == nil && len(report.Failed)+len(report.Differences) > 0 {
		err = errors.New("not everything came back as it was")
	}
	if err != nil {
		return 0, nil, err
	}
	return took, readings, b.drop(ctx, database)
}

// writeETA prints what was foretold at a tenth, a quarter, the half and three quarters.
func (b *bench) writeETA(took time.Duration, readings []reading, rows int, least time.Duration) {
	var lines [][]string
	half := math.Inf(1)
	for _, part := range []float64{0.1, 0.25, 0.5, 0.75} {
		var last *reading
		for i, r := range readings {
			if r.at <= time.Duration(part*float64(took)) {
				last = &readings[i]
			}
		}
		line := []string{fmt.Sprintf("%.0f %%", 100*part), "–", "–", "–", "–", "–"}
		if last != nil {
			line[1], line[2] = seconds(last.at), fmt.Sprintf("%.0f %%", 100*last.share)
			if last.left >= 0 {
				off := (last.at + last.left - took).Seconds() / took.Seconds()
				line[3], line[4], line[5] = seconds(last.left), seconds(last.at+last.left), fmt.Sprintf("%+.0f %%", 100*off)
				if part == 0.5 {
					half = math.Abs(off)
				}
			}
		}
		lines = append(lines, line)
	}
	fmt.Fprintf(&b.out, "A rebuild of %d indexes and 7 foreign keys on tables of %s to %s rows took %s s",
		24+strings.Count(etaIndexes, "CREATE INDEX"), thousands(int(float64(rows)*0.05)), thousands(2*rows), seconds(took))
	if took < least {
		fmt.Fprintf(&b.out, " (less than the minute that was aimed at)")
	}
	fmt.Fprintf(&b.out, ", default settings, %d MB.\n\n%s\n", memoryMB,
		table([]string{"of the true time", "at s", "share of the work", "left s", "foretold whole s", "off by"}, lines))
	switch {
	case math.IsInf(half, 1):
		fmt.Fprintf(&b.out, "At the half there was no estimate: the goal of 25 %% is missed.\n\n")
	default:
		fmt.Fprintf(&b.out, "At the half it was off by %.0f %%: the goal of 25 %% is %s.\n\n", 100*half, met(half <= 0.25))
	}
}
