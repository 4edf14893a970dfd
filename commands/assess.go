// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

var assessCommand = Spec{Name: "/migrate-assess", Phase: "assess", Usage: named + " [measure=lobs,numbers]", Keys: []string{"measure"},
	Description: "Inventory of the Oracle schema: what converts by itself, what needs hands, and how long"}

// typed takes what was typed with /migrate-assess into the migration's facts.
func typed(m *store.Migration, phase string, values map[string]string) error {
	if phase != assessCommand.Phase {
		return nil
	}
	lobs, numbers := false, false
	for _, what := range strings.Split(values["measure"], ",") {
		switch what {
		case "":
		case "lobs":
			lobs = true
		case "numbers":
			numbers = true
		case "none":
			if err := m.SetFact(phases.MeasuredNumbersFact, ""); err != nil {
				return err
			}
		default:
			return Refusal("`measure=` takes `lobs`: the lengths of LOB values are then measured, in a sample of each table; `numbers`: the digits of NUMBER columns " +
				"without precision, which choose their types then; or both, with a comma. `none` forgets what was measured of numbers.")
		}
	}
	if err := m.SetFact(phases.MeasureNumbersFact, numbers); err != nil {
		return err
	}
	return m.SetFact(phases.MeasureFact, lobs)
}

func assessReading(m *store.Migration, event store.Event) (Message, error) {
	var r phases.Reading
	if err := json.Unmarshal(event.Data, &r); err != nil {
		return Message{}, err
	}
	if r.Column != "" {
		return message(fmt.Sprintf("*Measuring LOBs* of %s: `%s` · %s of %s columns", strings.Join(few(m.Schemas, schemasShown), ", "),
			Escape(oneLine(r.Column)), count(int64(r.Columns)), count(int64(r.Of)))), nil
	}
	if r.Table != "" {
		return message(fmt.Sprintf("*Measuring numbers* of %s: `%s` · %s of %s tables", strings.Join(few(m.Schemas, schemasShown), ", "),
			Escape(oneLine(r.Table)), count(int64(r.Columns)), count(int64(r.Of)))), nil
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
	by := ""
	if a.Engine == assess.DMS {
		by = " by AWS DMS Schema Conversion"
	}
	head := fmt.Sprintf("*Assessed %s in %s*%s: %s. %s", strings.Join(few(a.Schemas, schemasShown), ", "), took(a.Took), by,
		several(t.Objects, "object", "objects"),
		list(some(t.Converted, "converts by itself", "convert by themselves"),
			some(t.NotTried, "was not tried (no scratch database)", "were not tried (no scratch database)"),
			some(t.LeftOut, "goes with another object", "go with another object"), needsHands(t)))
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
			lines = append(lines, fmt.Sprintf("• %s, %s h: %s", Escape(oneLine(c.Object)), hours(c.Hours), Escape(oneLine(c.Reason))))
		}
		out = out.with(section("*What costs most*\n" + strings.Join(lines, "\n")))
	}
	if text := couldGo(a); text != "" {
		out = out.with(section(text))
	}
	if len(a.Unknown) > 0 {
		out = out.with(contextBlock("Could not be read, so unknown: " + strings.Join(few(a.Unknown, itemsShown), ", ")))
	}
	return out.with(contextBlock(filesAbove(a.Files))), nil
}

// filesAbove names the files that come with the message: the first ones by name.
func filesAbove(files []string) string {
	const named = 5
	if len(files) == 0 {
		return "report.html, action-items.csv and converted.sql are above."
	}
	shown, more := files[:min(len(files), named)], 0
	for _, f := range files[len(shown):] {
		if strings.HasSuffix(f, ".csv") || f == "sct-csv-reports.zip" {
			more++
		} else {
			shown = append(slices.Clone(shown), f)
		}
	}
	const most = 8
	shown = few(shown, most)
	if more > 0 {
		return strings.Join(shown, ", ") + " and " + several(more, "CSV", "CSVs") + " with the Schema Conversion Tool's columns are above."
	}
	return list(shown...) + " are above."
}

// couldGo says what people may decide to leave behind.
func couldGo(a phases.Assessed) string {
	var lines []string
	line := func(s phases.Share, one, many string) {
		if s.Number == 0 {
			return
		}
		text := several(s.Number, one, many)
		if s.Bytes > 0 {
			text += ", " + size(s.Bytes)
		}
		lines = append(lines, text+", first of all `"+Escape(oneLine(s.First))+"`")
	}
	line(a.Offload, "column could live outside the database", "columns could live outside the database")
	line(a.Purge, "table holds what may be purged", "tables hold what may be purged")
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, ". ") + ". report.html has the evidence and the filters."
}

// oneLine keeps a name with line breaks in its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func needsHands(t assess.Totals) string {
	if t.Action == 0 {
		return "none needs hands"
	}
	verb := "need"
	if t.Action == 1 {
		verb = "needs"
	}
	text := fmt.Sprintf("%s %s hands: *%s hours*", count(int64(t.Action)), verb, span(t.HoursLow, t.HoursHigh))
	if t.LearningHours > 0 {
		text += fmt.Sprintf(", %s of the high end for learning", hours(t.LearningHours))
	}
	return text
}

func hours(h float64) string {
	if h >= 10 || h == math.Trunc(h) {
		return fmt.Sprintf("%.0f", h)
	}
	return fmt.Sprintf("%.1f", h)
}

// span is a range of hours, one number where both ends are written alike.
func span(low, high float64) string {
	if hours(low) == hours(high) {
		return hours(low)
	}
	return hours(low) + "–" + hours(high)
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
	if d.New == 0 && d.Resolved == 0 {
		text := "Compared with " + day(a.Since) + ": nothing changed."
		if d.HoursHigh != 0 {
			text += " The price list did: " + signed(d.HoursHigh) + " h."
		}
		return text
	}
	text := fmt.Sprintf("Compared with %s: %s resolved%s, %s new (%s h)", day(a.Since), count(int64(d.Resolved)), resolvers(d), count(int64(d.New)), signed(d.HoursHigh))
	var lines []string
	for _, item := range d.SomeGone[:min(len(d.SomeGone), newShown)] {
		lines = append(lines, "✔ "+resolvedItem(item))
	}
	for _, item := range d.SomeNew[:min(len(d.SomeNew), newShown)] {
		lines = append(lines, "＋ "+newItem(item))
	}
	if len(lines) == 0 {
		return text + "."
	}
	return text + ":\n" + strings.Join(lines, "\n")
}

// newItem is what needs hands since, with what happened to it.
func newItem(item assess.Item) string {
	text := itemName(item)
	if item.Text != "" {
		text += ": " + Escape(shortened(oneLine(item.Text)))
	}
	if item.Why != "" {
		text += " · " + Escape(item.Why)
	}
	return text
}

// resolvedItem says by what and by whom, and what it was that is resolved.
func resolvedItem(item assess.Item) string {
	text := itemName(item) + ": "
	switch {
	case item.Why != "" && userID.MatchString(item.By):
		text += strings.ReplaceAll(Escape(shortened(oneLine(item.Why))), item.By, person(item.By))
	case item.Why != "":
		text += Escape(shortened(oneLine(item.Why)))
	case item.By != "":
		text += "by " + person(item.By)
	default:
		text += "it converts now"
	}
	if item.Text != "" {
		text += " (before: " + Escape(shortened(oneLine(item.Text))) + ")"
	}
	return text
}

func itemName(item assess.Item) string {
	return strings.TrimSpace(Escape(strings.ToLower(item.Object.Type)) + " `" + Escape(oneLine(item.Object.Name)) + "`")
}

// shortened keeps a reason to a line.
func shortened(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// resolvers counts what people's decisions resolved; who resolved all of it is named without a number.
func resolvers(d *phases.DeltaShort) string {
	for who, n := range d.By {
		if n == d.Resolved {
			return " by " + person(who)
		}
	}
	var parts []string
	for _, who := range slices.SortedFunc(maps.Keys(d.By), func(a, b string) int { return cmp.Or(d.By[b]-d.By[a], strings.Compare(a, b)) }) {
		if len(parts) == newShown {
			break
		}
		parts = append(parts, count(int64(d.By[who]))+" by "+person(who))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

var userID = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)

// person is how a decision's maker is shown: a Slack user by their name, anybody else as they were written.
func person(by string) string {
	if userID.MatchString(by) {
		return "<@" + by + ">"
	}
	return Escape(oneLine(by))
}

// How much of each list is shown; the report has all of it.
const (
	schemasShown = 5
	itemsShown   = 10
	blocksShown  = 5
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
			fmt.Sprint(t.Complex), span(t.HoursLow, t.HoursHigh))
	}
	return table
}

func oneLines(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = oneLine(n)
	}
	return out
}

// before lists what must be dealt with before loading, with the first statement that mends each.
func before(a phases.Assessed) string {
	if len(a.Blocks) == 0 {
		return ""
	}
	var lines []string
	for _, f := range a.Blocks[:min(len(a.Blocks), blocksShown)] {
		names := f.Names[:min(len(f.Names), itemsShown)]
		line := fmt.Sprintf("• %s: %s", Escape(f.Title), strings.Join(few(oneLines(names), itemsShown), ", "))
		if more := f.Objects - len(names); more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		if f.Fix != "" {
			line += "\n      `" + Escape(oneLine(f.Fix)) + "`"
			if f.Waits != "" && f.Waits != "nothing" {
				line += "\n      waits for " + Escape(f.Waits)
			}
		}
		lines = append(lines, line)
	}
	if more := len(a.Blocks) - blocksShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more; report.html has all of them", more))
	}
	return "*Before loading*\n" + strings.Join(lines, "\n")
}
