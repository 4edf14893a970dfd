// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/store"
)

// The kinds of decisions that people make in the thread.
const (
	DecideLeaveOut = "leave_out"
	DecidePurge    = "purge"
	DecideOffload  = "offload"
	DecideTakeBack = "take_back"
	// DecideScripts takes people's scripts from a folder of S3.
	DecideScripts = "scripts"
)

// The fields of their forms.
const (
	FieldObjects  = "objects"
	FieldTable    = "table"
	FieldColumn   = "column"
	FieldOperator = "operator"
	FieldValue    = "value"
	FieldColumns  = "columns"
	FieldTaken    = "taken"
	FieldFolder   = "folder"
	FieldWhy      = "why"
)

// decidedAtOnce bounds how many objects or columns one form takes.
const decidedAtOnce = 200

// Propose holds what somebody filled into a form against the source's dictionary: what is decided by it, or what is wrong, by field.
func (c *Crew) Propose(ctx context.Context, m *store.Migration, kind string, fields map[string]string) (convert.Decisions, map[string]string, error) {
	if strings.TrimSpace(fields[FieldWhy]) == "" {
		return convert.Decisions{}, map[string]string{FieldWhy: "A reason is needed: it is kept with the decision and shown in the thread."}, nil
	}
	profile, ends, err := c.profile(ctx, m.Profile)
	if err != nil {
		return convert.Decisions{}, nil, err
	}
	h := &hands{crew: c, profile: profile, ends: ends, migration: m.Name, targetID: m.TargetID, schemas: m.Schemas}
	defer h.Close()
	dict, err := h.dictionary(ctx, nil)
	if err != nil {
		return convert.Decisions{}, nil, err
	}
	d, wrong := Proposal(dict, kind, fields)
	return d, wrong, nil
}

// Proposal is what Propose does, with a dictionary that was read.
func Proposal(dict *dictionary.Dictionary, kind string, fields map[string]string) (d convert.Decisions, wrong map[string]string) {
	field, err := "", error(nil)
	switch kind {
	case DecideLeaveOut:
		field = FieldObjects
		d.LeaveOut, err = proposedObjects(dict, fields[FieldObjects])
	case DecidePurge:
		var p convert.Purge
		if p, field, err = proposedPurge(dict, fields); err == nil {
			d.Purge = []convert.Purge{p}
		}
	case DecideOffload:
		field = FieldColumns
		d.Offload, err = proposedColumns(dict, fields[FieldColumns])
	default:
		field, err = FieldWhy, fmt.Errorf("there is no decision %q", kind)
	}
	if err != nil {
		text := err.Error()
		return convert.Decisions{}, map[string]string{field: strings.ToUpper(text[:1]) + text[1:] + "."}
	}
	return d, nil
}

func lines(text string) ([]string, error) {
	var list []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' || r == ';' }) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("nothing is named")
	case len(list) > decidedAtOnce:
		return nil, fmt.Errorf("that is more than %d at once", decidedAtOnce)
	}
	return list, nil
}

// leavable are the types of objects that can be left out; what is part of another goes with it.
var leavable = []string{"TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "INDEX", "TRIGGER", "FUNCTION", "PROCEDURE", "PACKAGE", "PACKAGE BODY", "TYPE", "TYPE BODY", "SYNONYM"}

// proposedObjects reads a line for each object: OLD_TICKET, BOXOFFICE.OLD_TICKET, or TABLE BOXOFFICE.OLD_TICKET.
func proposedObjects(dict *dictionary.Dictionary, text string) ([]convert.Omission, error) {
	list, err := lines(text)
	if err != nil {
		return nil, err
	}
	var out []convert.Omission
	for _, line := range list {
		words := strings.Fields(line)
		kind, name := strings.ToUpper(strings.Join(words[:len(words)-1], " ")), words[len(words)-1]
		var found []convert.Object
		for _, o := range dict.Objects {
			x := convert.Object{Owner: o.Owner, Type: o.Type, Name: o.Name}
			if dict.InScope(o.Owner) && o.Subobject == "" && slices.Contains(leavable, o.Type) && (kind == "" || kind == o.Type) && isNamed(o.Owner, o.Name, name) && !slices.Contains(found, x) {
				found = append(found, x)
			}
		}
		switch {
		case len(found) == 0:
			return nil, fmt.Errorf("there is no %s on Oracle", line)
		case len(found) > 1:
			return nil, fmt.Errorf("%s could be %s %s.%s or %s %s.%s: write the type before it", line, found[0].Type, found[0].Owner, found[0].Name, found[1].Type, found[1].Owner, found[1].Name)
		}
		out = append(out, convert.Omission{Object: found[0]})
	}
	return out, nil
}

// isNamed tells whether what somebody wrote is an object's name, with or without its owner's. Upper and lower case are the same unless that
// leaves a choice.
func isNamed(owner, name, written string) bool {
	written = strings.ReplaceAll(written, `"`, "")
	return strings.EqualFold(written, name) || strings.EqualFold(written, owner+"."+name)
}

func proposedTable(dict *dictionary.Dictionary, written string) (*dictionary.Table, error) {
	var found []*dictionary.Table
	for i := range dict.Tables {
		if t := &dict.Tables[i]; dict.InScope(t.Owner) && isNamed(t.Owner, t.Name, strings.TrimSpace(written)) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no table %s on Oracle", strings.TrimSpace(written))
	}
	return nil, fmt.Errorf("%s could be %s.%s or %s.%s", written, found[0].Owner, found[0].Name, found[1].Owner, found[1].Name)
}

func proposedColumn(dict *dictionary.Dictionary, t *dictionary.Table, written string) (*dictionary.Column, error) {
	for _, c := range dict.ColumnsOf(t.Owner, t.Name) {
		if strings.EqualFold(c.Name, strings.TrimSpace(strings.ReplaceAll(written, `"`, ""))) && c.ID != nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%s.%s has no column %s", t.Owner, t.Name, strings.TrimSpace(written))
}

// proposedPurge reads a filter; the field is the one that is wrong.
func proposedPurge(dict *dictionary.Dictionary, fields map[string]string) (p convert.Purge, field string, err error) {
	t, err := proposedTable(dict, fields[FieldTable])
	if err != nil {
		return p, FieldTable, err
	}
	c, err := proposedColumn(dict, t, fields[FieldColumn])
	if err != nil {
		return p, FieldColumn, err
	}
	if c.Virtual == "YES" {
		return p, FieldColumn, fmt.Errorf("%s is computed by Oracle, and DMS can't filter by it", c.Name)
	}
	p = convert.Purge{Owner: t.Owner, Table: t.Name, Filter: convert.Filter{Column: c.Name, Operator: fields[FieldOperator], Value: strings.TrimSpace(fields[FieldValue])}}
	if err := p.Filter.Check(); err != nil {
		return p, FieldValue, err
	}
	return p, FieldValue, (compare.Filter{Column: c.Name, OracleType: c.Type, Operator: p.Filter.Operator, Value: p.Filter.Value}).Check()
}

// offloadable are the types whose values may leave the database: a reference takes their place.
var offloadable = []string{"BLOB", "CLOB", "NCLOB", "LONG", "LONG RAW", "BFILE", "RAW", "VARCHAR2", "NVARCHAR2", "XMLTYPE"}

// proposedColumns reads a line for each column: TICKET_SCAN.SCAN_IMAGE, with the owner before it or not.
func proposedColumns(dict *dictionary.Dictionary, text string) ([]convert.Offload, error) {
	list, err := lines(text)
	if err != nil {
		return nil, err
	}
	var out []convert.Offload
	for _, line := range list {
		i := strings.LastIndexByte(line, '.')
		if i < 0 {
			return nil, fmt.Errorf("%s names no column: write TABLE.COLUMN", line)
		}
		t, err := proposedTable(dict, line[:i])
		if err != nil {
			return nil, err
		}
		c, err := proposedColumn(dict, t, line[i+1:])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(offloadable, c.Type) {
			return nil, fmt.Errorf("%s.%s is a %s: only LOBs, RAWs and texts can leave the database", t.Name, c.Name, c.Type)
		}
		if key := keyWith(dict, t, c.Name); key != "" {
			return nil, fmt.Errorf("%s.%s is in the key %s, and has to stay", t.Name, c.Name, key)
		}
		out = append(out, convert.Offload{Owner: t.Owner, Table: t.Name, Column: c.Name})
	}
	return out, nil
}

// keyWith is a key of the table that has the column, or "".
func keyWith(dict *dictionary.Dictionary, t *dictionary.Table, column string) string {
	for _, k := range dict.ConstraintsOf(t.Owner, t.Name) {
		if (k.Type == "P" || k.Type == "U" || k.Type == "R") && slices.Contains(dict.ConstraintColumns(k.Owner, k.Name), column) {
			return k.Name
		}
	}
	return ""
}

// Add adds decisions to those that there are: the later one counts where both are about the same.
func Add(d, more convert.Decisions, by, why string, at time.Time) convert.Decisions {
	who := convert.Decided{By: by, At: at, Why: why}
	d.LeaveOut, d.Purge, d.Offload = slices.Clone(d.LeaveOut), slices.Clone(d.Purge), slices.Clone(d.Offload)
	for _, x := range more.LeaveOut {
		x.Decided = who
		d.LeaveOut = append(slices.DeleteFunc(d.LeaveOut, func(o convert.Omission) bool { return o.Object == x.Object }), x)
	}
	for _, x := range more.Purge {
		x.Decided = who
		same := func(o convert.Purge) bool {
			return o.Owner == x.Owner && o.Table == x.Table && o.Filter.Column == x.Filter.Column && o.Filter.Operator == x.Filter.Operator
		}
		d.Purge = append(slices.DeleteFunc(d.Purge, same), x)
	}
	for _, x := range more.Offload {
		x.Decided = who
		same := func(o convert.Offload) bool { return o.Owner == x.Owner && o.Table == x.Table && o.Column == x.Column }
		d.Offload = append(slices.DeleteFunc(d.Offload, same), x)
	}
	return d
}

// Decision is one decision, to be shown and taken back. ID is the same for as long as it stands.
type Decision struct{ ID, Words, By string }

// List are the decisions one by one, in a fixed order.
func List(d convert.Decisions) []Decision {
	var list []Decision
	add := func(words string, who convert.Decided) {
		sum := sha256.Sum256([]byte(words + "\x00" + who.By + who.At.UTC().Format(time.RFC3339Nano)))
		list = append(list, Decision{ID: hex.EncodeToString(sum[:8]), Words: words, By: who.By})
	}
	for _, x := range d.LeaveOut {
		add(fmt.Sprintf("leave out %s %s.%s", strings.ToLower(x.Type), x.Owner, x.Name), x.Decided)
	}
	for _, x := range d.Purge {
		add(fmt.Sprintf("only rows of %s.%s with %s", x.Owner, x.Table, x.Filter), x.Decided)
	}
	for _, x := range d.Offload {
		add(fmt.Sprintf("offload %s.%s.%s", x.Owner, x.Table, x.Column), x.Decided)
	}
	for _, x := range d.Scripts {
		add(fmt.Sprintf("script %s for %s %s.%s", x.From, strings.ToLower(x.Object.Type), x.Object.Owner, x.Object.Name), x.Decided)
	}
	return list
}

// TakeBack drops the decisions with these ids, and says which they were.
func TakeBack(d convert.Decisions, ids []string) (left convert.Decisions, gone []Decision) {
	n := 0
	all := List(d)
	keep := func() bool {
		x := all[n]
		n++
		if slices.Contains(ids, x.ID) {
			gone = append(gone, x)
			return false
		}
		return true
	}
	for _, x := range d.LeaveOut {
		if keep() {
			left.LeaveOut = append(left.LeaveOut, x)
		}
	}
	for _, x := range d.Purge {
		if keep() {
			left.Purge = append(left.Purge, x)
		}
	}
	for _, x := range d.Offload {
		if keep() {
			left.Offload = append(left.Offload, x)
		}
	}
	for _, x := range d.Scripts {
		if keep() {
			left.Scripts = append(left.Scripts, x)
		}
	}
	return left, gone
}
