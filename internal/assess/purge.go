// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Purgeable is what need not come along: the old partitions of a table, old rows of one that keeps a history, or a whole table.
type Purgeable struct {
	Owner      string   `json:"owner"`
	Table      string   `json:"table"`
	Partitions []string `json:"partitions,omitempty"`
	// Rows and Bytes are what would be left out, as far as it is known. For a history without partitions they are the whole table's.
	Rows  *int64 `json:"rows"`
	Bytes *int64 `json:"bytes"`
	// Filter keeps the rest; it is nil where the whole table would be left out.
	Filter *convert.Filter `json:"filter,omitempty"`
	// Why names the evidence.
	Why string `json:"why"`
}

// purgeable lists what could be purged, the biggest first. Whether it may be is for people to say.
func (in *input) purgeable(size *space) []Purgeable {
	cut := in.o.Now.Add(-in.o.OldAfter)
	unused := map[dictionary.Name]string{}
	for _, u := range in.usage {
		if u.Use == NoEvidence {
			unused[dictionary.Name{Owner: u.Owner, Name: u.Table}] = u.Evidence
		}
	}
	parts := in.oldPartitions(cut, size)
	var out []Purgeable
	for _, t := range in.tables {
		n := dictionary.Name{Owner: t.Owner, Name: t.Name}
		p := Purgeable{Owner: t.Owner, Table: t.Name, Rows: t.NumRows, Bytes: size.of(t.Owner, t.Name)}
		switch {
		case parts[n] != nil:
			p = *parts[n]
		case t.NumRows != nil && *t.NumRows == 0:
			continue
		case copyName.MatchString(t.Name):
			p.Why = "its name is that of a copy"
			if unused[n] != "" {
				p.Why += "; " + unused[n]
			}
		case unused[n] != "":
			p.Why = unused[n]
		case historyName.MatchString(t.Name) && in.dateColumn(t) != "":
			p.Filter = &convert.Filter{Column: in.dateColumn(t), Operator: ">=", Value: cut.Format("2006-01-02")}
			p.Why = "its name is that of a history; how many rows are older is not known, these are all"
		default:
			continue
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Purgeable) int {
		return cmp.Or(cmp.Compare(count(b.Bytes), count(a.Bytes)), cmp.Compare(count(b.Rows), count(a.Rows)),
			cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Table, b.Table))
	})
	return out
}

var (
	copyName    = regexp.MustCompile(`(?i)(^|_)(BAK|BACKUP|BKP|OLD|COPY|SAVE|SAVED|ORIG|TMP|TEMP)_?\d*$|^(TMP|TEMP|BAK|BACKUP|BKP|OLD|COPY_OF)_|_(19|20)\d{2}_?[01]\d(_?[0-3]\d)?$`)
	historyName = regexp.MustCompile(`(?i)(^|_)(LOG|LOGS|AUDIT|HIST|HISTORY|TRACE|JOURNAL|ARCHIVE|ARCH|AUD)(_|$|\d)`)
	dateName    = regexp.MustCompile(`(?i)CREATED|LOGGED|INSERTED|WRITTEN|CHANGED|_AT$|DATE|TIME|_TS$|STAMP`)
)

// dateColumn is the column that most likely says when a row was written.
func (in *input) dateColumn(t *dictionary.Table) string {
	first := ""
	for _, c := range in.d.ColumnsOf(t.Owner, t.Name) {
		if c.ID == nil || c.Type != "DATE" && !strings.HasPrefix(c.Type, "TIMESTAMP") {
			continue
		}
		if dateName.MatchString(c.Name) {
			return c.Name
		}
		first = cmp.Or(first, c.Name)
	}
	return first
}

// oldPartitions are those of tables that are partitioned by ranges of one date column, whose upper bound is before the cut.
func (in *input) oldPartitions(cut time.Time, size *space) map[dictionary.Name]*Purgeable {
	keys := map[dictionary.Name][]string{}
	for _, c := range in.d.PartKeyColumns {
		n := dictionary.Name{Owner: c.Owner, Name: c.Name}
		keys[n] = append(keys[n], c.Column)
	}
	ranged := map[dictionary.Name]string{}
	for _, p := range in.d.PartTables {
		n := dictionary.Name{Owner: p.Owner, Name: p.Table}
		if p.Partitioning == "RANGE" && len(keys[n]) == 1 {
			ranged[n] = keys[n][0]
		}
	}
	until := map[dictionary.Name]time.Time{}
	out := map[dictionary.Name]*Purgeable{}
	parts := make([]*dictionary.Partition, len(in.d.Partitions))
	for i := range in.d.Partitions {
		parts[i] = &in.d.Partitions[i]
	}
	slices.SortStableFunc(parts, func(a, b *dictionary.Partition) int { return cmp.Compare(a.Position, b.Position) })
	for _, p := range parts {
		n := dictionary.Name{Owner: p.Owner, Name: p.Table}
		bound, ok := boundOf(p.HighValue)
		if ranged[n] == "" || !ok || bound.After(cut) {
			continue
		}
		if out[n] == nil {
			out[n] = &Purgeable{Owner: p.Owner, Table: p.Table}
		}
		o := out[n]
		o.Partitions = append(o.Partitions, p.Name)
		o.Rows = add(o.Rows, p.NumRows)
		if b, ok := size.partition[partitionName{p.Owner, p.Table, p.Name}]; ok {
			o.Bytes = add(o.Bytes, &b)
		}
		if bound.After(until[n]) {
			until[n] = bound
		}
	}
	for n, o := range out {
		value := until[n].Format("2006-01-02")
		if until[n].Truncate(24*time.Hour) != until[n] {
			value = until[n].Format("2006-01-02 15:04:05")
		}
		o.Filter = &convert.Filter{Column: ranged[n], Operator: ">=", Value: value}
		o.Why = fmt.Sprintf("%d partitions end before %s (HIGH_VALUE in ALL_TAB_PARTITIONS)", len(o.Partitions), cut.Format("2006-01-02"))
	}
	return out
}

var dateLiteral = regexp.MustCompile(`^\s*(?:TO_DATE\s*\(|TIMESTAMP|DATE)\s*'\s*(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}))?`)

// boundOf reads the upper bound of a partition, where it is a date.
func boundOf(highValue string) (time.Time, bool) {
	m := dateLiteral.FindStringSubmatch(highValue)
	if m == nil {
		return time.Time{}, false
	}
	t, err := time.Parse("2006-01-02 15:04:05", m[1]+" "+cmp.Or(m[2], "00:00:00"))
	return t, err == nil
}
