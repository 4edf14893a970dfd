// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// writeContest prints the tables of a contest.
func (b *bench) writeContest(c *course, pilots, finals []*entrant, note string) {
	kinds := map[bool]int{}
	for _, o := range c.objects {
		kinds[o.Kind == "foreign_key"]++
	}
	fmt.Fprintf(&b.out, "%s; %d indexes and unique constraints, %d foreign keys. ", c.title, kinds[false], kinds[true])
	state := "The tables were vacuumed and analyzed before. "
	if b.opts.loaded {
		state = "The tables were as the load left them: never vacuumed, never analyzed. "
	}
	fmt.Fprint(&b.out, state, "Every run ended with the same `pg_dump --schema-only`, byte for byte.\n\n")
	var rows [][]string
	for _, e := range pilots {
		rows = append(rows, []string{e.name, strconv.Itoa(e.jobs), strconv.Itoa(e.workers),
			seconds(e.runs[0].build), seconds(e.runs[0].analyze), seconds(e.runs[0].whole)})
	}
	pilot := table([]string{"contestant", "jobs", "parallel workers", "build s", "ANALYZE s", "whole s"}, rows)

	best := map[string]*entrant{}
	var peer *entrant
	for _, e := range finals {
		if best[e.name] == nil || e.whole() < best[e.name].whole() {
			best[e.name] = e
		}
		if e.name != "ferryman" && (peer == nil || e.whole() < peer.whole()) {
			peer = e
		}
	}
	rows = nil
	for _, e := range finals {
		rows = append(rows, b.finalRow(e, peer, best[e.name] == e))
	}
	fmt.Fprint(&b.out, note, table([]string{"contestant", "jobs", "parallel workers", "build s", "ANALYZE s", "whole s", "least–most s",
		"of the best peer", "server CPU s", "limit: CPU / cores s", "limit / whole"}, rows))
	fmt.Fprintf(&b.out, "\nMedians of %d runs in alternating order, of the best settings of each contestant.\n", b.opts.runs)
	if mine := best["ferryman"]; peer != nil {
		b.writeRatio(mine, peer, serialRun(slices.Concat(finals, pilots)))
	}
	fmt.Fprintf(&b.out, "\nThe runs from which those were chosen, one of each setting:\n\n%s\n", pilot)
}

// writeRatio says how far Ferryman is from the best peer and from the limit.
func (b *bench) writeRatio(mine, peer, serial *entrant) {
	ratio := float64(mine.whole()) / float64(peer.whole())
	fmt.Fprintf(&b.out, "Ferryman takes %.2f of the time of the best peer (%s, %d jobs, %d workers): the goal of 0.9 is %s.\n",
		ratio, peer.name, peer.jobs, peer.workers, met(ratio <= 0.9))
	if serial != nil {
		limit := serial.of(func(m measured) time.Duration { return m.build/time.Duration(b.cores) + m.analyze })
		fmt.Fprintf(&b.out, "The plain script's time without parallel workers, evenly over %d cores, and its ANALYZE: %s s, which is %.0f %% of "+
			"Ferryman's time.\n", b.cores, seconds(limit), 100*float64(limit)/float64(mine.whole()))
	}
}

func (b *bench) finalRow(e, peer *entrant, best bool) []string {
	whole, cpu := e.whole(), e.of(func(m measured) time.Duration { return m.cpu })
	least, most := whole, whole
	for _, m := range e.runs {
		least, most = min(least, m.whole), max(most, m.whole)
	}
	name := e.name
	if best {
		name = "**" + name + "**"
	}
	limit, near := time.Duration(-1), "–"
	if cpu >= 0 {
		limit = cpu / time.Duration(b.cores)
		near = fmt.Sprintf("%.0f %%", 100*float64(limit)/float64(whole))
	}
	return []string{name, strconv.Itoa(e.jobs), strconv.Itoa(e.workers), seconds(e.of(func(m measured) time.Duration { return m.build })),
		seconds(e.of(func(m measured) time.Duration { return m.analyze })), seconds(whole), seconds(least) + "–" + seconds(most),
		besides(whole, peer), seconds(cpu), seconds(limit), near}
}

// besides is a time as a part of the best peer's, a dash without one.
func besides(whole time.Duration, peer *entrant) string {
	if peer == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(whole)/float64(peer.whole()))
}

// serialRun is one job of the plain script, whose time is the sum of the work.
func serialRun(list []*entrant) *entrant {
	for _, e := range list {
		if e.name == "psql" && e.workers == 0 {
			return e
		}
	}
	return nil
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "missed"
}
