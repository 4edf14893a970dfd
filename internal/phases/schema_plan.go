// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/postgres"
)

// verdict is what becomes of an object of the conversion.
type verdict string

const (
	toMake     verdict = "make"
	toReplace  verdict = "replace"
	isSame     verdict = "same"
	isThere    verdict = "there" // and not compared
	isLeft     verdict = "left"  // there and different, and left as it is
	isRefused  verdict = "refused"
	isNeedless verdict = "needless" // it only goes with what is left as it is
)

// wish is one object of the conversion: a statement of the engine, or a person's whole script.
type wish struct {
	id      string
	thing   postgres.Thing
	script  *postgres.ScriptObject
	by      string
	sql     []string
	needs   []string // ids of statements
	source  convert.Object
	verdict verdict
	// found is what of it is on the target, words how that differs, why the reason for what it is left.
	found []postgres.Entry
	words []string
	why   string
	// added tells that it is put on a table that was there, outside that another program wrote it.
	added, outside bool
}

func (w *wish) item(action string) postgres.ApplyItem {
	return postgres.ApplyItem{ID: w.id, Action: action, Thing: w.thing, Script: w.script, By: w.by, Outside: w.outside}
}

func (w *wish) name() string { return w.item("").Words() }

func (w *wish) entries(s postgres.Snapshot) []postgres.Entry {
	if w.script != nil {
		return s.Of(*w.script)
	}
	return s.OfThing(w.thing)
}

// wishes are what the conversion makes, in its order. The statements of a person's script are one wish, and there are no others for its
// object.
func wishes(c *convert.Conversion, decided convert.Decisions) ([]*wish, error) {
	scripts := slices.DeleteFunc(slices.Clone(decided.Scripts), func(s convert.Script) bool {
		return slices.ContainsFunc(decided.LeaveOut, func(x convert.Omission) bool { return x.Object == s.Object })
	})
	given := map[convert.Object]*wish{}
	at := map[convert.Object]int{}
	for _, s := range scripts {
		list, err := postgres.SplitScript(s.SQL)
		if err != nil {
			return nil, fmt.Errorf("the script for %s: %w", s.Object.Name, err)
		}
		o := scriptObject(s.Object)
		w := &wish{id: "script:" + s.Object.Type + " " + s.Object.Owner + "." + s.Object.Name, script: &o, by: s.By, source: s.Object,
			thing: postgres.Thing{Kind: "script", Schema: o.Schema, Name: o.Name}}
		for i, one := range list {
			sql := one.SQL
			if i == 0 {
				sql = fmt.Sprintf("-- script by %s for %s\n%s", plainLine(s.By), plainLine(o.String()), sql)
			}
			w.sql = append(w.sql, sql)
		}
		given[s.Object] = w
	}
	last := 0
	for i, s := range c.Statements {
		if given[s.Object] != nil {
			if _, ok := at[s.Object]; !ok || !first(s.Object) {
				at[s.Object] = i
			}
		}
		if s.Kind != convert.KindComment && s.Kind != convert.KindGrant {
			last = i
		}
	}
	var list []*wish
	placed := map[convert.Object]bool{}
	outside := map[string]*wish{}
	for i, s := range c.Statements {
		if w := given[s.Object]; w == nil && outside[s.ID] != nil { // another routine of that name
			x := outside[s.ID]
			x.sql, x.needs = append(x.sql, s.SQL), append(x.needs, s.DependsOn...)
		} else if w == nil {
			x := &wish{id: s.ID, source: s.Object, sql: []string{s.SQL}, needs: slices.Clone(s.DependsOn), outside: s.Outside,
				thing: postgres.Thing{Kind: string(s.Kind), Schema: s.Schema, Table: s.Table, Name: s.Name}}
			if list = append(list, x); s.Outside {
				outside[s.ID] = x
			}
		} else {
			w.needs = append(w.needs, s.DependsOn...)
			if at[s.Object] == i {
				list, placed[s.Object] = append(list, w), true
			}
		}
		if i == last {
			for _, x := range scripts {
				if _, somewhere := at[x.Object]; !somewhere && !placed[x.Object] {
					given[x.Object].needs = append(given[x.Object].needs, string(convert.KindSchema)+":"+convert.TargetName(x.Object.Owner))
					list, placed[x.Object] = append(list, given[x.Object]), true
				}
			}
		}
	}
	return list, nil
}

// first tells whether an object's script comes where its first statement would: others need it.
func first(o convert.Object) bool {
	return o.Type == "TABLE" || o.Type == "SEQUENCE" || strings.HasPrefix(o.Type, "TYPE")
}

// scriptObject is an object of the source by its name on the target.
func scriptObject(o convert.Object) postgres.ScriptObject {
	return postgres.ScriptObject{Type: o.Type, Schema: convert.TargetName(o.Owner), Name: convert.TargetName(o.Name)}
}

func plainLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}

// difference is the conversion held against the target.
type difference struct {
	wishes []*wish
	byID   map[string]*wish // of every statement's id
	made   map[string]postgres.Made
	have   postgres.Snapshot
	// want is nil where there was no scratch database, or one that prints definitions otherwise.
	want postgres.Snapshot
}

// compareAll gives each wish that stands by itself its verdict, but for what must be made anew because of another. The rest are attached.
func (d *difference) compareAll() (attached []*wish) {
	for _, w := range d.wishes {
		w.found = w.entries(d.have)
		if w.verdict == isRefused {
			continue
		}
		wanted := w.entries(d.want)
		comparable := d.want != nil && len(wanted) > 0
		record := d.made[w.id]
		switch {
		case w.thing.Kind == string(convert.KindSchema):
			w.verdict = isSame
			if len(w.found) == 0 {
				w.verdict = toMake
			}
		case w.script == nil && (!w.thing.Known() || w.thing.Kind == string(convert.KindComment) || d.want != nil && len(wanted) == 0):
			attached = append(attached, w)
		case len(w.found) == 0:
			w.verdict = toMake
			w.added = d.onWhatIsThere(w)
		case !comparable:
			w.verdict, w.why = isThere, "there was no scratch database to compare it with"
		case postgres.Digest(w.found) == postgres.Digest(wanted):
			w.verdict = isSame
		default:
			w.words = postgres.DifferenceWords(w.found, wanted)
			switch {
			case record.Ours(w.found):
				w.verdict = toReplace
			case record.ID == "":
				w.verdict, w.why = isLeft, "Ferryman did not make it"
			default:
				w.verdict, w.why = isLeft, "somebody changed it, or made it anew, since Ferryman made it"
			}
		}
	}
	return attached
}

// compareAttached decides on what only goes with another object: a comment, a grant, a trigger that is turned off.
func (d *difference) compareAttached(w *wish) {
	wanted := w.entries(d.want)
	making, ours := false, true
	for _, id := range w.needs {
		need := d.byID[id]
		if need == nil || need.thing.Kind == string(convert.KindSchema) && len(w.needs) > 1 {
			continue
		}
		switch {
		case need.verdict == toMake || need.verdict == toReplace:
			making = true
		case need.verdict == isRefused, !d.made[need.id].Ours(need.found) && need.thing.Kind != string(convert.KindSchema):
			ours = false
		}
	}
	record := d.made[w.id]
	known := record.ID != "" && record.SQLSum == postgres.SQLSum(w.sql)
	comment := w.thing.Kind == string(convert.KindComment)
	switch {
	case making && ours:
		w.verdict = toMake
	case !ours:
		w.verdict = isNeedless
	case comment && d.want != nil && postgres.Digest(w.found) == postgres.Digest(wanted), comment && d.want == nil && len(w.found) > 0, !comment && known:
		w.verdict = isSame
	case comment && len(w.found) > 0 && !record.Ours(w.found):
		w.verdict, w.why, w.words = isLeft, "Ferryman did not write it", postgres.DifferenceWords(w.found, wanted)
	default:
		w.verdict, w.added = toMake, true
	}
}

// onWhatIsThere tells whether a part is put on a table that was there.
func (d *difference) onWhatIsThere(w *wish) bool {
	if w.script != nil || w.thing.Table == "" {
		return false
	}
	for _, id := range w.needs {
		if need := d.byID[id]; need != nil && need.thing.Schema == w.thing.Schema && need.thing.Name == w.thing.Table && len(need.found) > 0 {
			return need.verdict != toReplace
		}
	}
	return false
}

// index finds the wishes by the ids of their statements.
func (d *difference) index(c *convert.Conversion) {
	d.byID = map[string]*wish{}
	bySource := map[convert.Object]*wish{}
	for _, w := range d.wishes {
		d.byID[w.id] = w
		if w.script != nil {
			bySource[w.source] = w
		}
	}
	for _, s := range c.Statements {
		if w := bySource[s.Object]; w != nil {
			d.byID[s.ID] = w
		}
	}
}

// beside are the objects in the schemas that the conversion does not make and Ferryman did not either.
func (d *difference) beside() (others, stale []string) {
	known := map[string]bool{}
	key := func(e postgres.Entry) string { return fmt.Sprintf("%q%q%q%q", e.Kind, e.Schema, e.Table, e.Name) }
	wished := map[string]bool{}
	for _, w := range d.wishes {
		wished[w.id] = true
		for _, e := range w.found {
			known[key(e)] = true
		}
	}
	for id, m := range d.made {
		found := m.Entries(d.have)
		if !wished[id] && len(found) > 0 && m.Thing.Kind != "comment" {
			stale = append(stale, postgres.ApplyItem{Thing: m.Thing, Script: m.Script}.Words())
		}
		for _, e := range found {
			known[key(e)] = true
		}
	}
	constraints := map[string]bool{}
	for _, e := range d.have {
		if e.Kind == "constraint" {
			constraints[e.Schema+"\x00"+e.Table+"\x00"+e.Name] = true
		}
	}
	for _, e := range d.have {
		switch e.Kind {
		case "table", "view", "materialized view", "function", "procedure", "aggregate", "trigger", "constraint", "type", "domain", "foreign table":
		case "sequence":
			if e.Table != "" {
				continue // its column's
			}
		case "index":
			if constraints[e.Schema+"\x00"+e.Table+"\x00"+e.Name] {
				continue // its constraint's
			}
		default:
			continue
		}
		if !known[key(e)] {
			others = append(others, e.Words())
		}
	}
	slices.Sort(stale)
	return others, stale
}
