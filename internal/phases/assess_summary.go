// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// How much of each list a summary carries.
const (
	costliest = 10
	someItems = 5
)

// summarise takes from a report what the message tells.
func summarise(r *assess.Report, sum *Assessed) {
	for _, f := range r.Findings {
		switch f.Severity {
		case assess.Warns:
			sum.Warns++
		case assess.Blocks:
			sum.Blocks = append(sum.Blocks, shortened(f))
		}
	}
	for _, a := range assess.Costliest(r, costliest) {
		sum.Costly = append(sum.Costly, Costly{Object: strings.ToLower(a.Object.Type) + " " + a.Object.Name, Reason: briefly(a.Reason), Hours: a.Hours})
	}
	for _, u := range r.Unknown {
		if v, ok := dictionary.ViewNamed(u.What); ok && v.Paid {
			continue // left out on purpose unless it is switched on; the report says so
		}
		sum.Unknown = append(sum.Unknown, u.What)
	}
	for _, p := range r.Purge {
		sum.Purge.count(p.Bytes, p.Owner+"."+p.Table)
	}
	for _, o := range r.Offload {
		sum.Offload.count(o.Bytes, o.Table+"."+o.Column)
	}
	if r.Delta != nil {
		sum.Delta, sum.Since = shortDelta(r.Delta), r.Delta.Since
	}
}

func (s *Share) count(bytes *int64, name string) {
	if s.Number++; s.First == "" {
		s.First = name
	}
	if bytes != nil {
		s.Bytes += *bytes
	}
}

func shortened(f assess.Finding) FindingShort {
	short := FindingShort{Code: f.Code, Title: f.Title, Objects: len(f.Objects)}
	if f.Mend != nil {
		short.Waits = f.Mend.Waits
	}
	for _, o := range f.Objects {
		if len(short.Names) < costliest {
			short.Names = append(short.Names, o.Name)
		}
		if short.Fix == "" {
			short.Fix = briefly(o.Fix)
		}
	}
	return short
}

func shortDelta(d *assess.Delta) *DeltaShort {
	short := &DeltaShort{New: len(d.New), Resolved: len(d.Resolved), Same: d.Same, HoursHigh: d.HoursHigh, By: map[string]int{}}
	for _, item := range d.Resolved {
		if item.By != "" {
			short.By[item.By]++
		}
	}
	short.SomeNew, short.SomeGone = d.New[:min(len(d.New), someItems)], d.Resolved[:min(len(d.Resolved), someItems)]
	return short
}

// briefly keeps what comes from the source from filling a message.
func briefly(text string) string {
	const most = 300
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// How long a report waits for people's names, and for how many.
const (
	namesTime = 10 * time.Second
	mostNames = 100
)

// names are what people are called; whose name is not to be had is not among them.
func (h *hands) names(ctx context.Context, ids []string) map[string]string {
	names := map[string]string{}
	if h.crew.Name == nil {
		return names
	}
	ctx, cancel := context.WithTimeout(ctx, namesTime)
	defer cancel()
	for _, id := range ids[:min(len(ids), mostNames)] {
		if name, err := h.crew.Name(ctx, id); err == nil && name != "" {
			names[id] = "@" + name
		}
	}
	return names
}
