// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// partitioningOf translates a table's partitions. The error says what has no counterpart.
func (c *converter) partitioningOf(t *table, done map[*table]bool) (*partitioning, error) {
	n := dictionary.Name{Owner: t.Owner, Name: t.Table.Name}
	row := c.facts.partTables[n]
	if view := c.firstUnknown("ALL_PART_TABLES", "ALL_PART_KEY_COLUMNS", "ALL_TAB_PARTITIONS"); view != "" || row == nil {
		if view == "" {
			view = "ALL_PART_TABLES"
		}
		return nil, uncertain("the dictionary does not say how (%s)", view)
	}
	if row.Partitioning == "REFERENCE" {
		return c.referencePartitioning(t, row, done)
	}
	key, err := c.partitionKeyOf(t, row.Partitioning, c.facts.partKeys[n])
	if err != nil {
		return nil, err
	}
	p := &partitioning{partitionKey: *key}
	list := c.facts.partitions[n]
	if len(list) == 0 {
		return nil, uncertain("its partitions are not in the dictionary")
	}
	values := make([]highValue, len(list))
	for i, x := range list {
		values[i] = highValue{name: x.Name, text: x.HighValue, interval: x.Interval == "YES"}
	}
	if p.parts, err = key.translate(values, parseInterval(row.Interval), row.Interval != ""); err != nil {
		return nil, err
	}
	if row.Subpartitioning != "" && row.Subpartitioning != "NONE" {
		err = c.subpartitions(t, p, row)
	}
	return p, err
}

// partitionKeyOf finds the columns of a partition key. Text that is compared for order is compared byte by byte, as on Oracle.
func (c *converter) partitionKeyOf(t *table, method string, names []string) (*partitionKey, error) {
	if !slices.Contains([]string{"RANGE", "LIST", "HASH"}, method) {
		return nil, uncertain("PostgreSQL has no partitions by %s", clip(method))
	}
	columns, ok := t.targetColumns(names)
	if !ok {
		return nil, uncertain("its partition key (%s) is not on the target", clip(strings.Join(names, ", ")))
	}
	if method == "LIST" && len(columns) > 1 {
		return nil, uncertain("PostgreSQL has lists of values of one column only, its key has %d (%s)", len(columns), clip(strings.Join(names,
			", ")))
	}
	for _, x := range columns {
		if x.typ.cat == catLob || x.typ.cat == catOther {
			return nil, uncertain("its key %s is of type %s", clip(x.name), x.typ.SQL)
		}
	}
	return &partitionKey{method: method, columns: columns}, nil
}

// highValue is a partition as the dictionary has it.
type highValue struct {
	name, text string
	interval   bool // Oracle made it by itself, one interval wide
}

// translate makes the partitions of one level. With more, rows that lie in none of them are to be taken too.
func (k *partitionKey) translate(values []highValue, width *interval, more bool) ([]*part, error) {
	switch k.method {
	case "HASH":
		var out []*part
		for i, v := range values {
			out = append(out, &part{source: v.name, bounds: fmt.Sprintf("FOR VALUES WITH (MODULUS %d, REMAINDER %d)", len(values), i)})
		}
		return out, nil
	case "LIST":
		return k.lists(values)
	}
	return k.ranges(values, width, more)
}

func (k *partitionKey) types() []targetType {
	out := make([]targetType, len(k.columns))
	for i, x := range k.columns {
		out[i] = *x.typ
	}
	return out
}

func (k *partitionKey) lists(values []highValue) ([]*part, error) {
	var out []*part
	for _, v := range values {
		bounds, err := parseBounds(v.text, k.types())
		if err != nil {
			return nil, uncertain("partition %s: %v", clip(v.name), err)
		}
		if bounds[0].kind == "default" {
			out = append(out, &part{source: v.name, bounds: "DEFAULT"})
			continue
		}
		var texts []string
		for _, b := range bounds {
			switch {
			case b.kind == "null":
				texts = append(texts, "NULL")
			case b.kind != "value" || b.number != nil && k.columns[0].typ.integer() && !b.number.IsInt():
				return nil, uncertain("partition %s: its value %s is none of the column", clip(v.name), clip(v.text))
			default:
				texts = append(texts, b.sql)
			}
		}
		out = append(out, &part{source: v.name, bounds: "FOR VALUES IN (" + strings.Join(texts, ", ") + ")"})
	}
	return out, nil
}

// ranges gives each partition what lies below its bound and not below the one before. Where the key may be NULL, which Oracle puts
// above all values, the last partition becomes PostgreSQL's DEFAULT partition, the only one that takes NULL.
func (k *partitionKey) ranges(values []highValue, width *interval, more bool) ([]*part, error) {
	nullable := slices.ContainsFunc(k.columns, func(x *column) bool { return x.Nullable != "N" })
	lower := make([]bound, len(k.columns))
	for i := range lower {
		lower[i].kind = "min"
	}
	for _, x := range k.columns {
		if x.typ.cat == catText || x.typ.cat == catChar {
			x.mark(func(s *special) { s.collate = "C" })
		}
	}
	var out []*part
	for _, v := range values {
		upper, err := parseBounds(v.text, k.types())
		if err == nil && len(upper) != len(k.columns) {
			err = uncertain("its bound %s has another number of values than the key has columns", clip(v.text))
		}
		if err == nil {
			err = k.settle(upper)
		}
		if err != nil {
			return nil, uncertain("partition %s: %v", clip(v.name), err)
		}
		if upper[0].kind == "max" && nullable {
			out = append(out, &part{source: v.name, bounds: "DEFAULT"})
			more = false
			continue
		}
		from := lower
		if v.interval && len(upper) == 1 {
			if b, ok := width.before(upper[0]); ok && (lower[0].kind == "min" || b.above(lower[0])) {
				from = []bound{b}
			}
		}
		out = append(out, &part{source: v.name, upper: upper, bounds: "FOR VALUES FROM (" + boundList(from) + ") TO (" + boundList(upper) + ")"})
		lower = upper
	}
	if more || nullable && len(k.columns) > 1 && lower[0].kind != "max" && !slices.ContainsFunc(out,
		func(x *part) bool { return x.bounds == "DEFAULT" }) {
		out = append(out, &part{bounds: "DEFAULT", leaf: true})
	}
	return out, nil
}

// settle fits the bounds to what PostgreSQL takes: whole numbers for whole-number columns, and nothing but MAXVALUE after MAXVALUE,
// where it makes no difference.
func (k *partitionKey) settle(bounds []bound) error {
	for i := range bounds {
		b := &bounds[i]
		switch {
		case i > 0 && bounds[i-1].kind == "max":
			*b = bound{kind: "max"}
		case b.kind != "value" && b.kind != "max":
			return uncertain("a range that ends at %s", b.kind)
		case b.number != nil && k.columns[i].typ.integer() && !b.number.IsInt():
			// Whole numbers below 10.5 are those below 11.
			n := new(big.Int).Div(b.number.Num(), b.number.Denom())
			b.number = new(big.Rat).SetInt(n.Add(n, big.NewInt(1)))
			b.sql = plainDecimal(b.number)
		}
	}
	return nil
}

func boundList(bounds []bound) string {
	texts := make([]string, len(bounds))
	for i, b := range bounds {
		texts[i] = map[string]string{"min": "MINVALUE", "max": "MAXVALUE", "value": b.sql}[b.kind]
	}
	return strings.Join(texts, ", ")
}

// subpartitions adds the second level. Where the dictionary does not hold it, the first alone is made.
func (c *converter) subpartitions(t *table, p *partitioning, row *dictionary.PartTable) error {
	n := dictionary.Name{Owner: t.Owner, Name: t.Table.Name}
	view := c.firstUnknown("ALL_TAB_SUBPARTITIONS", "ALL_SUBPART_KEY_COLUMNS")
	if view != "" {
		c.action(CodeSubpartition, t.object, "",
			"its subpartitions ("+row.Subpartitioning+") are not made: the dictionary view "+view+" could not be read",
			"grant SELECT on it and assess again, or give a script for the table")
		return nil
	}
	key, err := c.partitionKeyOf(t, row.Subpartitioning, c.facts.subpartKeys[n])
	if err != nil {
		return uncertain("its subpartitions: %w", err)
	}
	for _, x := range p.parts {
		if x.source == "" {
			continue
		}
		list := c.facts.subpartitions[ColumnName{t.Owner, t.Table.Name, x.source}]
		if len(list) == 0 {
			return uncertain("the subpartitions of %s are not in the dictionary", clip(x.source))
		}
		values := make([]highValue, len(list))
		for i, s := range list {
			values[i] = highValue{name: s.Name, text: s.HighValue}
		}
		if x.parts, err = key.translate(values, nil, false); err != nil {
			return err
		}
	}
	p.sub = key
	return nil
}

// referencePartitioning gives a table the partitions of the table that it refers to, by the columns of the foreign key. On Oracle it
// needs none of them; on PostgreSQL it does.
func (c *converter) referencePartitioning(t *table, row *dictionary.PartTable, done map[*table]bool) (*partitioning, error) {
	k := c.d.Constraint(t.Owner, row.RefConstraint)
	var r *dictionary.Constraint
	if k != nil {
		r = c.d.Constraint(k.ROwner, k.RName)
	}
	if r == nil {
		return nil, uncertain("the foreign key %s that it is partitioned by is not in the dictionary", clip(row.RefConstraint))
	}
	parent := c.tables[dictionary.Name{Owner: r.Owner, Name: r.Table}]
	if parent == nil {
		return nil, uncertain("it follows the partitions of %s, which is not on the target", clip(r.Table))
	}
	c.planPartitioned(parent, done)
	switch {
	case parent.partitioning == nil:
		return nil, uncertain("it follows the partitions of %s, which is made plain", clip(r.Table))
	case parent.partitioning.sub != nil:
		return nil, uncertain("it follows the subpartitions of %s", clip(r.Table))
	}
	here, there := c.d.ConstraintColumns(k.Owner, k.Name), c.d.ConstraintColumns(r.Owner, r.Name)
	p := &partitioning{partitionKey: partitionKey{method: parent.partitioning.method}}
	for _, x := range parent.partitioning.columns {
		at := slices.Index(there, x.Column.Name)
		if at < 0 || at >= len(here) || t.column(here[at]) == nil {
			return nil, uncertain("it follows the partitions of %s by the foreign key %s, which does not hold that table's partition key %s: a PostgreSQL table needs the column itself",
				clip(r.Table), clip(k.Name), clip(x.Column.Name))
		}
		mine := t.column(here[at])
		mine.mark(func(s *special) { s.collate = x.collate })
		p.columns = append(p.columns, mine)
	}
	own := c.facts.partitions[dictionary.Name{Owner: t.Owner, Name: t.Table.Name}]
	i := 0
	for _, x := range parent.partitioning.parts {
		y := &part{bounds: x.bounds, leaf: true}
		if x.source != "" && i < len(own) {
			y.source = own[i].Name
			i++
		} else if x.source != "" {
			return nil, uncertain("%s has more partitions than it", clip(r.Table))
		}
		p.parts = append(p.parts, y)
	}
	if i < len(own) {
		return nil, uncertain("it has more partitions than %s", clip(r.Table))
	}
	return p, nil
}
