// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Use is whether something is in use, as far as evidence goes.
type Use string

// The three answers. That nothing was seen is never proof that nobody uses it.
const (
	Used       Use = "used"
	NoEvidence Use = "no evidence"
	UseUnknown Use = "unknown"
)

// TableUse is what is known about a table's use. Since is the day from which on no use was seen, where Use is NoEvidence.
type TableUse struct {
	Owner    string    `json:"owner"`
	Table    string    `json:"table"`
	Use      Use       `json:"use"`
	Since    time.Time `json:"since,omitzero"`
	Evidence string    `json:"evidence"`
}

// usage says for every table whether it is in use, with the evidence. Only changes and reads that Oracle counted are proof of use; code
// that names a table and keys that point at it speak against calling it unused.
func usage(d *dictionary.Dictionary) []TableUse {
	changed := map[dictionary.Name]*dictionary.Modification{}
	for i := range d.Modifications {
		m := &d.Modifications[i]
		n := dictionary.Name{Owner: m.Owner, Name: m.Table}
		if had := changed[n]; had == nil || m.Partition == "" || changes(had) == 0 {
			changed[n] = m
		}
	}
	named := map[dictionary.Name]string{}
	for _, x := range d.Dependencies {
		named[dictionary.Name{Owner: x.ReferencedOwner, Name: x.ReferencedName}] = x.Name
	}
	keyed := map[dictionary.Name]string{}
	for _, k := range d.Constraints {
		if r := d.Constraint(k.ROwner, k.RName); k.Type == "R" && r != nil && (r.Owner != k.Owner || r.Table != k.Table) {
			keyed[dictionary.Name{Owner: r.Owner, Name: r.Table}] = k.Table
		}
	}
	heat, searched := heatOf(d), indexesUsed(d)
	out := make([]TableUse, 0, len(d.Tables))
	for i := range d.Tables {
		t := &d.Tables[i]
		n := dictionary.Name{Owner: t.Owner, Name: t.Name}
		u := TableUse{Owner: t.Owner, Table: t.Name, Use: UseUnknown}
		m := changed[n]
		switch {
		case m != nil && (changes(m) > 0 || m.Truncated == "YES"):
			u.Use = Used
			u.Evidence = fmt.Sprintf("%d inserts, %d updates, %d deletes up to %s (ALL_TAB_MODIFICATIONS)", count(m.Inserts), count(m.Updates),
				count(m.Deletes), m.Timestamp.Format("2006-01-02 15:04"))
		case !heat[n].IsZero():
			u.Use, u.Evidence = Used, "last touched "+heat[n].Format("2006-01-02 15:04")+" (DBA_HEAT_MAP_SEGMENT)"
		case searched[n].Index != "":
			u.Use = Used
			u.Evidence = fmt.Sprintf("its index %s was searched, last on %s (DBA_INDEX_USAGE)", searched[n].Index, searched[n].LastUsed.Format("2006-01-02"))
		case named[n] != "":
			u.Evidence = "code or a view names it (" + named[n] + "), whether that runs is not known"
		case keyed[n] != "":
			u.Evidence = "table " + keyed[n] + " refers to it"
		case !d.Knows("ALL_TAB_MODIFICATIONS") || !d.Knows("ALL_DEPENDENCIES"):
			u.Evidence = "ALL_TAB_MODIFICATIONS or ALL_DEPENDENCIES was not read"
		case t.LastAnalyzed.IsZero():
			u.Evidence = "it was never analysed, so its changes are counted from no known day"
		default:
			u.Use, u.Since = NoEvidence, t.LastAnalyzed
			u.Evidence = "no change since it was analysed on " + t.LastAnalyzed.Format("2006-01-02") + " (ALL_TAB_MODIFICATIONS), no code and no foreign key names it" + readsLeave(d)
		}
		out = append(out, u)
	}
	return out
}

// readsLeave says whether a table that is only read would have been seen.
func readsLeave(d *dictionary.Dictionary) string {
	if d.Knows("DBA_INDEX_USAGE") && len(d.IndexUsage) > 0 {
		return ", none of its indexes was searched (DBA_INDEX_USAGE); a full scan leaves no trace here"
	}
	return "; reading leaves no trace here"
}

func heatOf(d *dictionary.Dictionary) map[dictionary.Name]time.Time {
	last := map[dictionary.Name]time.Time{}
	for _, h := range d.HeatMap {
		n := dictionary.Name{Owner: h.Owner, Name: h.Name}
		for _, t := range []time.Time{h.Write, h.FullScan, h.Lookup} {
			if t.After(last[n]) {
				last[n] = t
			}
		}
	}
	return last
}

// indexesUsed is, for each table, the index that was last searched.
func indexesUsed(d *dictionary.Dictionary) map[dictionary.Name]dictionary.IndexUse {
	last := map[dictionary.Name]dictionary.IndexUse{}
	for _, u := range d.IndexUsage {
		if i := d.Index(u.Owner, u.Index); i != nil && count(u.Accesses) > 0 {
			if n := (dictionary.Name{Owner: i.TableOwner, Name: i.Table}); last[n].Index == "" || u.LastUsed.After(last[n].LastUsed) {
				last[n] = u
			}
		}
	}
	return last
}

func changes(m *dictionary.Modification) int64 {
	return count(m.Inserts) + count(m.Updates) + count(m.Deletes)
}

func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
