// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// usage says for every table whether it is in use, with the evidence. Only changes that Oracle counted are proof of use; code that
// names a table and keys that point at it speak against calling it unused.
func usage(d *dictionary.Dictionary) []TableUse {
	changed := map[dictionary.Name]*dictionary.Modification{}
	for i := range d.Modifications {
		if m := &d.Modifications[i]; m.Partition == "" {
			changed[dictionary.Name{Owner: m.Owner, Name: m.Table}] = m
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
	out := []TableUse{}
	for i := range d.Tables {
		t := &d.Tables[i]
		n := dictionary.Name{Owner: t.Owner, Name: t.Name}
		u := TableUse{Owner: t.Owner, Table: t.Name, Use: UseUnknown}
		m := changed[n]
		switch {
		case m != nil && count(m.Inserts)+count(m.Updates)+count(m.Deletes) > 0:
			u.Use = Used
			u.Evidence = fmt.Sprintf("%d inserts, %d updates, %d deletes up to %s (ALL_TAB_MODIFICATIONS)", count(m.Inserts), count(m.Updates),
				count(m.Deletes),
				m.Timestamp.Format("2006-01-02 15:04"))
		case named[n] != "":
			u.Evidence = "code or a view names it (" + named[n] + "), whether that runs is not known"
		case keyed[n] != "":
			u.Evidence = "table " + keyed[n] + " refers to it"
		case !d.Knows("ALL_TAB_MODIFICATIONS") || !d.Knows("ALL_DEPENDENCIES"):
			u.Evidence = "ALL_TAB_MODIFICATIONS or ALL_DEPENDENCIES was not read"
		case t.LastAnalyzed.IsZero():
			u.Evidence = "it was never analysed, so its changes are counted from no known day"
		default:
			u.Use = NoEvidence
			u.Evidence = "no change since it was analysed on " + t.LastAnalyzed.Format("2006-01-02") + ", no code and no foreign key names it; reading leaves no trace here"
		}
		out = append(out, u)
	}
	return out
}

func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
