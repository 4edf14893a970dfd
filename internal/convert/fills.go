// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// SequenceFill is a column that gets its numbers from a sequence.
type SequenceFill struct {
	SequenceOwner, Sequence string
	Owner, Table, Column    string
	// Guess is true where nothing says so but the names: the table has a trigger for inserted rows whose text is not known, and the
	// sequence is called like the table.
	Guess bool
}

// SequenceFills finds the columns that triggers, defaults and identities fill from sequences. A sequence may be missing in it: an
// application can use one by itself.
func SequenceFills(d *dictionary.Dictionary) []SequenceFill {
	var out []SequenceFill
	add := func(f SequenceFill) {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	for _, i := range d.IdentityCols {
		add(SequenceFill{SequenceOwner: i.Owner, Sequence: i.Sequence, Owner: i.Owner, Table: i.Table, Column: i.Column})
	}
	for i := range d.Columns {
		c := &d.Columns[i]
		if !strings.Contains(strings.ToUpper(c.Default), "NEXTVAL") || c.Identity == "YES" {
			continue
		}
		if e, err := sql.ParseExpr(c.Default); err == nil {
			if n, ok := e.(sql.Name); ok && len(n.Parts) > 1 && n.Parts[len(n.Parts)-1] == "NEXTVAL" {
				owner, name := sequenceName(c.Owner, n.Parts[:len(n.Parts)-1])
				add(SequenceFill{SequenceOwner: owner, Sequence: name, Owner: c.Owner, Table: c.Table, Column: c.Name})
			}
		}
	}
	for i := range d.Triggers {
		t := &d.Triggers[i]
		if !strings.Contains(t.Event, "INSERT") || t.Type != "BEFORE EACH ROW" {
			continue
		}
		if strings.TrimSpace(t.Body) == "" {
			if f, ok := guessFill(d, t); ok {
				add(f)
			}
			continue
		}
		for _, f := range triggerFills(t.Body) {
			owner, name := sequenceName(t.Owner, f.Sequence.Parts)
			add(SequenceFill{SequenceOwner: owner, Sequence: name, Owner: t.TableOwner, Table: t.Table, Column: f.Column})
		}
	}
	slices.SortFunc(out, func(a, b SequenceFill) int {
		return cmp.Or(cmp.Compare(a.SequenceOwner, b.SequenceOwner), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Table, b.Table))
	})
	return out
}

// triggerFills are the columns of :NEW that a trigger fills from sequences, whatever else it does. A body that is not read has none.
func triggerFills(body string) []sql.Fill {
	if fills, err := sql.ParseFillTrigger(body); err == nil {
		return fills
	}
	block, err := sql.ParseTrigger(body)
	if err != nil {
		return nil
	}
	var out []sql.Fill
	take := func(to sql.Name, value sql.Expr) {
		n, ok := value.(sql.Name)
		if last := len(n.Parts) - 1; ok && last > 0 && last < 3 && n.Parts[last] == "NEXTVAL" && to.Bind && len(to.Parts) == 2 && to.Parts[0] == "NEW" {
			out = append(out, sql.Fill{Column: to.Parts[1], Sequence: sql.Name{Parts: n.Parts[:last]}})
		}
	}
	sql.WalkStatements(block.Body, func(s sql.Stmt) {
		switch s := s.(type) {
		case sql.Assign:
			take(s.Target, s.Value)
		case sql.Fetch:
			for i, to := range s.Query.Into {
				if i < len(s.Query.Items) {
					take(to, s.Query.Items[i].Expr)
				}
			}
		}
	})
	return out
}

func sequenceName(owner string, parts []string) (string, string) {
	if len(parts) == 2 {
		owner = parts[0]
	}
	return owner, parts[len(parts)-1]
}

// guessFill takes the sequence T_SEQ or SEQ_T for the one that fills the one number column of T's primary key.
func guessFill(d *dictionary.Dictionary, t *dictionary.Trigger) (SequenceFill, bool) {
	k := d.PrimaryKey(t.TableOwner, t.Table)
	if k == nil {
		return SequenceFill{}, false
	}
	columns := d.ConstraintColumns(k.Owner, k.Name)
	if len(columns) != 1 {
		return SequenceFill{}, false
	}
	if c := d.Column(t.TableOwner, t.Table, columns[0]); c == nil || c.Type != "NUMBER" {
		return SequenceFill{}, false
	}
	for _, s := range d.Sequences {
		if s.Owner == t.Owner && (s.Name == t.Table+"_SEQ" || s.Name == "SEQ_"+t.Table) {
			return SequenceFill{SequenceOwner: s.Owner, Sequence: s.Name, Owner: t.TableOwner, Table: t.Table, Column: columns[0], Guess: true}, true
		}
	}
	return SequenceFill{}, false
}
