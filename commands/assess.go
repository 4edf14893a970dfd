// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

var assessCommand = Spec{Name: "/migrate-assess", Phase: "assess", Usage: named,
	Description: "Inventory of the Oracle schema: what converts by itself, what needs hands, and how long"}

func assessReading(m *store.Migration, event store.Event) (Message, error) {
	var r phases.Reading
	if err := json.Unmarshal(event.Data, &r); err != nil {
		return Message{}, err
	}
	return message(fmt.Sprintf("*Reading the dictionary* of %s: `%s` · %s rows so far", strings.Join(few(m.Schemas, schemasShown), ", "),
		Escape(r.View), count(int64(r.Rows)))), nil
}

func assessed(m *store.Migration, e runbook.Ended) (Message, error) {
	var a phases.Assessed
	if err := json.Unmarshal(e.Data, &a); err != nil {
		return Message{}, err
	}
	t := a.Totals
	head := fmt.Sprintf("*Assessed %s in %s*: %s. %s", strings.Join(few(a.Schemas, schemasShown), ", "), took(a.Took),
		several(t.Objects, "object", "objects"),
		list(some(t.Converted, "converts by itself", "convert by themselves"),
			some(t.NotTried, "was not tried (no scratch database)", "were not tried (no scratch database)"),
			some(t.LeftOut, "goes with another object", "go with another object"), needsHands(t.Action, t.HoursLow, t.HoursHigh)))
	out := message(head+".", sinceLast(a))
	if table := typeTable(a); table != nil {
		out = out.with(table)
	}
	if text := before(a); text != "" {
		out = out.with(section(text))
	}
	if len(a.Costly) > 0 {
		var lines []string
		for _, c := range a.Costly[:min(len(a.Costly), itemsShown)] {
			lines = append(lines, fmt.Sprintf("• %s, %s h: %s", Escape(c.Object), hours(c.Hours), Escape(c.Reason)))
		}
		out = out.with(section("*What costs most*\n" + strings.Join(lines, "\n")))
	}
	if len(a.Unknown) > 0 {
		out = out.with(contextBlock("Could not be read, so unknown: " + strings.Join(few(a.Unknown, itemsShown), ", ")))
	}
	return out.with(contextBlock("report.html, action-items.csv and converted.sql are above.")), nil
}

func needsHands(n int, low, high float64) string {
	if n == 0 {
		return "none needs hands"
	}
	verb := "need"
	if n == 1 {
		verb = "needs"
	}
	return fmt.Sprintf("%s %s hands: *%s–%s hours*", count(int64(n)), verb, hours(low), hours(high))
}

func hours(h float64) string {
	if h >= 10 || h == math.Trunc(h) {
		return fmt.Sprintf("%.0f", h)
	}
	return fmt.Sprintf("%.1f", h)
}

// signed writes hours with their sign.
func signed(h float64) string {
	if h > 0 {
		return "+" + hours(h)
	}
	return hours(h)
}

func sinceLast(a phases.Assessed) string {
	if a.Delta == nil {
		return ""
	}
	d := a.Delta
	if len(d.New) == 0 && len(d.Resolved) == 0 {
		return "Compared with " + day(a.Since) + ": nothing changed."
	}
	text := fmt.Sprintf("Compared with %s: %s resolved, %s new (%s h)", day(a.Since), count(int64(len(d.Resolved))),
		count(int64(len(d.New))), signed(d.HoursHigh))
	if len(d.New) > 0 {
		names := make([]string, len(d.New))
		for i, item := range d.New {
			names[i] = item.Object.Name
		}
		text += ": " + code(names, newShown)
	}
	return text + "."
}

// How much of each list is shown; the report has all of it.
const (
	schemasShown = 5
	itemsShown   = 10
	newShown     = 3
)

// tableRows is what a table block may have, with its head; Slack allows 100.
const tableRows = 60

// typeTable counts the objects by type and by the work they need.
func typeTable(a phases.Assessed) slack.Block {
	if len(a.Totals.ByType) == 0 {
		return nil
	}
	table := slack.NewTableBlock("types")
	row := func(cells ...string) {
		line := make([]slack.TableCell, len(cells))
		for i, c := range cells {
			line[i] = slack.NewTableRawTextCell(cmp.Or(c, "–")) // Slack refuses an empty cell
		}
		table.AddRow(line...)
	}
	row("type", "objects", "by itself", "simple", "medium", "complex", "hours")
	for i, t := range a.Totals.ByType {
		if i == tableRows {
			break
		}
		row(strings.ToLower(t.Type), fmt.Sprint(t.Objects), fmt.Sprint(t.Converted), fmt.Sprint(t.Simple), fmt.Sprint(t.Medium),
			fmt.Sprint(t.Complex), hours(t.HoursLow)+"–"+hours(t.HoursHigh))
	}
	return table
}

// before lists what must be dealt with before loading, with the first statement that mends each.
func before(a phases.Assessed) string {
	if len(a.Blocks) == 0 {
		return ""
	}
	var lines []string
	for _, f := range a.Blocks[:min(len(a.Blocks), itemsShown)] {
		names := f.Names[:min(len(f.Names), itemsShown)]
		line := fmt.Sprintf("• %s: %s", Escape(f.Title), strings.Join(few(names, itemsShown), ", "))
		if more := f.Objects - len(names); more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		if f.Fix != "" {
			line += "\n      `" + Escape(f.Fix) + "`"
		}
		lines = append(lines, line)
	}
	if more := len(a.Blocks) - itemsShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more; report.html has all of them", more))
	}
	return "*Before loading*\n" + strings.Join(lines, "\n")
}
