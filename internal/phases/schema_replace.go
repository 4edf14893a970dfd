// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/postgres"
)

// replaceAll decides for each object that is to be made anew whether it can be, and takes what needs it along. Nothing goes that Ferryman
// did not make, or that somebody changed, and no table that has rows.
func (d *difference) replaceAll(ctx context.Context, tgt *postgres.Target) error {
	needed := map[*wish][]*wish{}
	for _, w := range d.wishes {
		for _, id := range w.needs {
			if need := d.byID[id]; need != nil && need != w && need.thing.Kind != string(convert.KindSchema) {
				needed[need] = append(needed[need], w)
			}
		}
	}
	for _, w := range d.wishes {
		if w.verdict != toReplace {
			continue
		}
		along := []*wish{w}
		for i := 0; i < len(along); i++ {
			for _, other := range needed[along[i]] {
				if len(other.found) > 0 && other.thing.Kind != string(convert.KindComment) && !slices.Contains(along, other) {
					along = append(along, other)
				}
			}
		}
		why, err := d.blocked(ctx, tgt, along)
		if err != nil {
			return err
		}
		for _, x := range along {
			switch {
			case why == "":
				x.verdict = toReplace
			case x == w:
				x.verdict, x.why = isLeft, why
			}
		}
	}
	return nil
}

// blocked says why objects can't be made anew together, empty where they can.
func (d *difference) blocked(ctx context.Context, tgt *postgres.Target, along []*wish) (why string, err error) {
	var oids []uint32
	tables := map[[2]string]bool{}
	covered := map[string]bool{}
	for _, w := range along {
		if w.thing.Schema != along[0].thing.Schema {
			return fmt.Sprintf("%s, in another schema, needs it", w.name()), nil
		}
		if !d.made[w.id].Ours(w.found) {
			return fmt.Sprintf("%s needs it, which is not as Ferryman made it", w.name()), nil
		}
		for _, e := range w.found {
			oids = append(oids, e.OID)
			covered[e.Kind+" "+e.Name] = true
			if e.Kind != "table" {
				continue
			}
			tables[[2]string{e.Schema, e.Name}] = true
			rows, err := tgt.HasRows(ctx, e.Schema, e.Name)
			if err != nil || rows {
				return fmt.Sprintf("the table %s has rows, which would be lost with it", e.Name), err
			}
		}
	}
	known := slices.Clone(oids)
	for _, e := range d.have {
		if !tables[[2]string{e.Schema, e.Table}] || e.Kind == "column" || e.Kind == "comment" {
			continue
		}
		known = append(known, e.OID)
		switch {
		case covered[e.Kind+" "+e.Name], e.Kind == "index" && covered["constraint "+e.Name], e.Kind == "sequence":
		default:
			return fmt.Sprintf("%s would go with it, which Ferryman did not make", e.Words()), nil
		}
	}
	others, err := tgt.Dependents(ctx, oids, known)
	if err != nil || len(others) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s depends on it, which Ferryman did not make", others[0]), nil
}

// applyStep is the work in one schema, in one transaction.
type applyStep struct {
	schema string
	round  int
	items  []postgres.ApplyItem
	sql    []string
}

// steps orders what is done: a transaction for each schema, those first that others need. What needs a schema that comes later is done in
// a second one.
func (d *difference) steps() []*applyStep {
	var schemas []string
	before := map[string]map[string]bool{}
	for _, w := range d.wishes {
		if w.verdict != toMake && w.verdict != toReplace {
			continue
		}
		schema := w.thing.Schema
		if !slices.Contains(schemas, schema) {
			schemas = append(schemas, schema)
		}
		for _, id := range w.needs {
			if need := d.byID[id]; need != nil && need.thing.Schema != schema {
				if before[schema] == nil {
					before[schema] = map[string]bool{}
				}
				before[schema][need.thing.Schema] = true
			}
		}
	}
	var order []string
	var visit func(schema string, path []string)
	visit = func(schema string, path []string) {
		if slices.Contains(order, schema) || slices.Contains(path, schema) {
			return
		}
		for _, other := range schemas {
			if before[schema][other] {
				visit(other, append(path, schema))
			}
		}
		order = append(order, schema)
	}
	for _, s := range schemas {
		visit(s, nil)
	}
	found := map[string]*applyStep{}
	var all [2][]*applyStep
	for _, s := range order {
		for round := range 2 {
			step := &applyStep{schema: s, round: round + 1}
			found[fmt.Sprint(s, "\x00", round+1)] = step
			all[round] = append(all[round], step)
		}
	}
	rounds := map[*wish]int{}
	for _, w := range d.wishes {
		if w.verdict != toMake && w.verdict != toReplace {
			continue
		}
		round := 1
		for _, id := range w.needs {
			need := d.byID[id]
			if need == nil || need == w {
				continue
			}
			if rounds[need] == 2 || rounds[need] != 0 && slices.Index(order, need.thing.Schema) > slices.Index(order, w.thing.Schema) {
				round = 2
			}
		}
		rounds[w] = round
		found[fmt.Sprint(w.thing.Schema, "\x00", round)].add(w)
	}
	steps := slices.Concat(all[0], all[1])
	for _, s := range steps {
		s.drop(d.wishes)
	}
	return slices.DeleteFunc(steps, func(s *applyStep) bool { return len(s.items) == 0 })
}

func (s *applyStep) add(w *wish) {
	item := w.item(postgres.ApplyMake)
	item.Statements, item.Added = len(w.sql), w.added
	s.items = append(s.items, item)
	s.sql = append(s.sql, w.sql...)
}

// drop puts what is made anew away first, last made first.
func (s *applyStep) drop(all []*wish) {
	var items []postgres.ApplyItem
	var sql []string
	for _, w := range slices.Backward(all) {
		if w.verdict != toReplace || w.thing.Schema != s.schema || s.round != 1 {
			continue
		}
		drops := w.thing.DropSQL(w.found)
		if w.script != nil {
			drops = postgres.DropScriptSQL(w.found)
		}
		item := w.item(postgres.ApplyDrop)
		item.Found, item.Statements = postgres.Digest(w.found), len(drops)
		item.Empty = slices.ContainsFunc(w.found, func(e postgres.Entry) bool { return e.Kind == "table" })
		items, sql = append(items, item), append(sql, drops...)
	}
	s.items, s.sql = append(items, s.items...), append(sql, s.sql...)
}
