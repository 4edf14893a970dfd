// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// looseKey is a foreign key of the target that is aside or not validated.
type looseKey struct {
	schema, table, name string
	aside               bool
	there, valid        bool // in the catalog
	source              sourceKey
	told                *OpenKey // as rebuild has told it, nil where it has not
}

// looseKeys lists them, and how each stands on the source.
func (h *hands) looseKeys(ctx context.Context, m *store.Migration, saved []postgres.SavedObject) ([]looseKey, error) {
	var done Rebuilt
	if _, err := m.Fact(rebuiltFact, &done); err != nil {
		return nil, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return nil, err
	}
	var keys []looseKey
	references := map[[3]string]postgres.Reference{}
	for _, c := range cat.Constraints {
		if c.Type == "f" && c.Enforced && !c.Validated {
			keys = append(keys, looseKey{schema: c.Schema, table: c.Table, name: c.Name, there: true})
			references[[3]string{c.Schema, c.Table, c.Name}] = postgres.Reference{Columns: c.Columns, RefSchema: c.RefSchema, RefTable: c.RefTable,
				RefColumns: c.RefColumns}
		}
	}
	for _, o := range saved {
		if o.RestoredAt != nil || o.Kind != postgres.ForeignKey {
			continue
		}
		id := [3]string{o.Schema, o.Table, o.Name}
		if _, there := references[id]; there {
			i := slices.IndexFunc(keys, func(k looseKey) bool { return k.schema == o.Schema && k.table == o.Table && k.name == o.Name })
			keys[i].aside = true
			continue
		}
		valid := slices.ContainsFunc(cat.Constraints, func(c postgres.Constraint) bool {
			return c.Type == "f" && c.Validated && c.Schema == o.Schema && c.Table == o.Table && c.Name == o.Name
		})
		keys = append(keys, looseKey{schema: o.Schema, table: o.Table, name: o.Name, aside: true, there: valid, valid: valid})
		references[id], _ = o.Reference()
	}
	slices.SortFunc(keys, func(a, b looseKey) int {
		return cmp.Or(strings.Compare(a.schema, b.schema), strings.Compare(a.table, b.table), strings.Compare(a.name, b.name))
	})
	for i := range keys {
		k := &keys[i]
		if at := slices.IndexFunc(done.Open, func(o OpenKey) bool { return o.Schema == k.schema && o.Table == k.table && o.Name == k.name }); at >= 0 {
			k.told = &done.Open[at]
		}
		if k.valid {
			continue
		}
		d, err := h.dictionary(ctx, nil)
		if err != nil {
			return nil, err
		}
		schema, table := rootOf(cat, k.schema, k.table)
		k.source = keyOnSource(d, schema, table, references[[3]string{k.schema, k.table, k.name}])
	}
	return keys, nil
}

// rootOf is the partitioned table that a partition belongs to, at the top; another table is its own.
func rootOf(cat *postgres.Catalog, schema, table string) (string, string) {
	for range cat.Tables {
		t := findTable(cat, schema, table)
		if t == nil || t.PartitionOf == "" {
			break
		}
		i := slices.IndexFunc(cat.Tables, func(p postgres.Table) bool { return pgx.Identifier{p.Schema, p.Name}.Sanitize() == t.PartitionOf })
		if i < 0 {
			break
		}
		schema, table = cat.Tables[i].Schema, cat.Tables[i].Name
	}
	return schema, table
}

// rebuiltEvidence looks whether indexes and keys are back. A foreign key that rebuild left NOT VALID, as it may be by the source, does not
// count as missing, and neither does one that a person has validated since.
func (h *hands) rebuiltEvidence(ctx context.Context, m *store.Migration) (runbook.Evidence, error) {
	e := runbook.Evidence{Name: "indexes and keys are back", Query: "ferryman.saved", ReadAt: time.Now(), Fix: "Run /migrate-rebuild again.",
		Holds: true, Value: "all are back"}
	tgt, err := h.target(ctx)
	if err != nil {
		return e, err
	}
	saved, err := tgt.Saved(ctx, m.Name)
	if err != nil {
		return e, problem("What was set aside can't be read.", err)
	}
	saved = slices.DeleteFunc(saved, func(o postgres.SavedObject) bool {
		return o.RestoredAt != nil || !slices.Contains(postgres.RebuildKinds, o.Kind)
	})
	if len(saved) == 0 {
		return e, nil
	}
	keys, err := h.looseKeys(ctx, m, saved)
	if err != nil {
		return e, err
	}
	var missing, open []string
	for _, o := range saved {
		i := slices.IndexFunc(keys, func(k looseKey) bool {
			return o.Kind == postgres.ForeignKey && k.schema == o.Schema && k.table == o.Table && k.name == o.Name
		})
		switch {
		case i >= 0 && keys[i].valid:
		case i >= 0 && keys[i].told != nil && keys[i].source.allows():
			open = append(open, o.Name)
		case o.Error != "":
			missing = append(missing, o.Name+" ("+clip(o.Error)+")")
		default:
			missing = append(missing, o.Name)
		}
	}
	switch {
	case len(missing) > 0:
		e.Holds, e.Value = false, "still aside: "+some(missing)
	case len(open) > 0:
		e.Value = "all are back; NOT VALID, for Oracle does not enforce them either: " + some(open)
	}
	return e, nil
}

// clipped bounds an error within a line.
const clipped = 200

func clip(text string) string {
	if runes := []rune(text); len(runes) > clipped {
		return string(runes[:clipped]) + "…"
	}
	return text
}

// validKeys looks for foreign keys that were never validated. Where the source does not enforce them either, the target is what
// the source was, and the key is named; else the target would take for true what nobody has looked at.
func (h *hands) validKeys(ctx context.Context, m *store.Migration) (runbook.Evidence, error) {
	e := runbook.Evidence{Name: "foreign keys hold", Query: "pg_constraint.convalidated, ALL_CONSTRAINTS"}
	open, not, err := h.notValid(ctx, m)
	if err != nil {
		return e, err
	}
	e.ReadAt = h.looked()
	var names, fixes []string
	for _, k := range not {
		state := "enforced on Oracle"
		if k.source.state == keyUnknown {
			state = "whether Oracle enforces it is not known"
		}
		names = append(names, fmt.Sprintf("%s of %s.%s (%s)", k.name, k.schema, k.table, state))
		fixes = append(fixes, k.validation()+";")
	}
	e.Holds, e.Value = len(not) == 0, "all are validated"
	switch {
	case len(not) > 0:
		e.Value = "not validated: " + some(names)
		e.Fix = "Bring the rows that are missing, then on the target:\n" + strings.Join(few(fixes), "\n")
	case len(open) > 0:
		e.Value = "all but those that Oracle does not enforce either; NOT VALID: " + some(openWords(open))
	}
	return e, nil
}

// notValid are the foreign keys that are not validated: those whose rows the source does not look at either, and all others.
func (h *hands) notValid(ctx context.Context, m *store.Migration) (open, not []looseKey, err error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return nil, nil, err
	}
	saved, err := tgt.Saved(ctx, m.Name)
	if err != nil {
		return nil, nil, problem("What was set aside can't be read.", err)
	}
	keys, err := h.looseKeys(ctx, m, saved)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range keys {
		switch {
		case k.valid, !k.there && k.told == nil: // the latter is missing, which is another fact
		case k.source.allows():
			open = append(open, k)
		default:
			not = append(not, k)
		}
	}
	return open, not, nil
}

// openWords name keys that stay NOT VALID, how they stand on the source, and the rows that rebuild has counted.
func openWords(keys []looseKey) []string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = fmt.Sprintf("%s of %s.%s (%s on Oracle", k.name, k.schema, k.table, k.source.state)
		if k.told != nil && k.told.Target.Rows > 0 {
			words[i] += fmt.Sprintf("; rebuild counted %d rows without a row in %s", k.told.Target.Rows, k.told.Parent)
		}
		words[i] += ")"
	}
	return words
}

// decisions are what a cutover's plan says of keys that stay NOT VALID: who approves it says yes to that.
func decisions(keys []looseKey) []string {
	var words []string
	for _, k := range keys {
		words = append(words, fmt.Sprintf("Foreign key %s of %s.%s stays NOT VALID, for it is %s on Oracle: "+
			"rows that come from now on are checked, those that are there may break it.", k.name, k.schema, k.table, k.source.state))
	}
	return words
}

// validation is the statement that validates the key.
func (k looseKey) validation() string {
	return fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", pgx.Identifier{k.schema, k.table}.Sanitize(), pgx.Identifier{k.name}.Sanitize())
}
