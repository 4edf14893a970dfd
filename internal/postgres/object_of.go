// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// objects makes the objects of a catalog that can be set aside, each with the SQL that drops and makes it.
type objects struct {
	cat          *Catalog
	tables       map[string]*Table          // by their quoted schema and name
	children     map[string][]*IndexInfo    // of a partitioned index, by its quoted schema and name
	indexNamed   map[[3]string]*IndexInfo   // by schema, table and name
	triggerNamed map[[3]string]*TriggerInfo // by schema, table and name
	backing      map[string]*IndexInfo      // of a constraint, by its quoted schema, table and name
	constraints  map[string]*Constraint     // by their quoted schema, table and name
	keyParts     map[string][]*Constraint   // the foreign keys that come from one, by its quoted schema, table and name
	partitions   map[string][]*Table        // by their parent's quoted schema and name
}

func objectsOf(cat *Catalog) *objects {
	o := &objects{cat: cat, tables: map[string]*Table{}, children: map[string][]*IndexInfo{}, backing: map[string]*IndexInfo{},
		indexNamed: map[[3]string]*IndexInfo{}, triggerNamed: map[[3]string]*TriggerInfo{}, constraints: map[string]*Constraint{}, keyParts: map[string][]*Constraint{}, partitions: map[string][]*Table{}}
	for i := range cat.Tables {
		t := &cat.Tables[i]
		o.tables[ident(t.Schema, t.Name)] = t
		if t.PartitionOf != "" {
			o.partitions[t.PartitionOf] = append(o.partitions[t.PartitionOf], t)
		}
	}
	for i := range cat.Indexes {
		x := &cat.Indexes[i]
		o.indexNamed[[3]string{x.Schema, x.Table, x.Name}] = x
		if x.Parent != "" {
			o.children[x.Parent] = append(o.children[x.Parent], x)
		}
		if x.Constraint != "" {
			o.backing[ident(x.Schema, x.Table, x.Constraint)] = x
		}
	}
	for i := range cat.Triggers {
		g := &cat.Triggers[i]
		o.triggerNamed[[3]string{g.Schema, g.Table, g.Name}] = g
	}
	for i := range cat.Constraints {
		k := &cat.Constraints[i]
		o.constraints[ident(k.Schema, k.Table, k.Name)] = k
		if k.Type == "f" && k.Parent != "" {
			o.keyParts[k.Parent] = append(o.keyParts[k.Parent], k)
		}
	}
	return o
}

// find makes the object of that kind and name as the catalog has it; ok is false where there is none, or where it is aside: a
// disabled trigger, a column without NOT NULL, an identity BY DEFAULT.
func (o *objects) find(kind Kind, schema, table, name string) (object Object, ok bool) {
	t := o.tables[ident(schema, table)]
	switch kind {
	case ForeignKey, Unique, Exclusion, CheckConstraint:
		if k := o.constraints[ident(schema, table, name)]; k != nil && constraintKinds[k.Type] == kind {
			return o.constraint(k), true
		}
	case Index:
		if x := o.indexNamed[[3]string{schema, table, name}]; x != nil && x.Constraint == "" && x.Valid {
			return o.index(x), true
		}
	case Trigger:
		if g := o.triggerNamed[[3]string{schema, table, name}]; g != nil && g.Enabled != "D" {
			return trigger(g), true
		}
	case NotNull, Identity:
		for i := 0; t != nil && i < len(t.Columns); i++ {
			c := &t.Columns[i]
			if c.Name != name {
				continue
			}
			if kind == NotNull && c.NotNull {
				return o.notNull(t, c), true
			}
			if kind == Identity && c.Identity == "a" {
				return identity(t, c), true
			}
		}
	}
	return Object{}, false
}

var constraintKinds = map[string]Kind{"f": ForeignKey, "u": Unique, "x": Exclusion, "c": CheckConstraint, "p": PrimaryKey}

func (o *objects) constraint(k *Constraint) Object {
	table := ident(k.Schema, k.Table)
	object := Object{Kind: constraintKinds[k.Type], Schema: k.Schema, Table: k.Table, Name: k.Name,
		Drop: fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", table, ident(k.Name))}
	var create []string
	add := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, ident(k.Name), k.Definition)
	described := commentOn("CONSTRAINT "+ident(k.Name)+" ON "+table, k.Comment)
	x := o.backing[ident(k.Schema, k.Table, k.Name)]
	switch {
	case k.Type == "f" && k.TouchesPartitions:
		create = o.partitionedKeySQL(k)
	case k.Type == "f":
		create = append([]string{add + when(k.Enforced, " NOT VALID", "")}, described...)
		if k.Validated {
			create = append(create, validation(object))
		}
	case k.Type == "c":
		create = append([]string{add + k.notValid()}, o.checkComments(k)...)
	case x == nil:
	case k.Type == "u" && !x.WithoutOverlaps:
		create = o.uniqueSQL(k)
	default:
		if k.Type == "u" {
			add = fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, ident(k.Name), withOptions(k, x))
		}
		create = append(append(inTablespace(x.Tablespace, add), described...), marks(x)...)
	}
	return define(object, create)
}

// notValid is what the definition of a constraint that was never validated has at its end.
func (k *Constraint) notValid() string { return when(k.Validated || !k.Enforced, "", " NOT VALID") }

// uniqueSQL builds the index first and makes it the constraint's afterwards. PostgreSQL does not take that for a partitioned table:
// there the constraint is added to the table alone, and those of the partitions, made the same way, are attached to it.
func (o *objects) uniqueSQL(k *Constraint) []string {
	x := o.backing[ident(k.Schema, k.Table, k.Name)]
	if x == nil {
		return nil
	}
	add := fmt.Sprintf("ALTER TABLE ONLY %s ADD CONSTRAINT %s ", ident(k.Schema, k.Table), ident(k.Name))
	var create []string
	if x.Partitioned {
		create = inTablespace(x.Tablespace, add+withOptions(k, x))
	} else {
		create = append(inTablespace(x.Tablespace, x.Definition), fmt.Sprintf("%sUNIQUE USING INDEX %s%s%s", add, ident(x.Name),
			when(k.Deferrable, " DEFERRABLE", ""), when(k.Deferred, " INITIALLY DEFERRED", "")))
	}
	create = append(create, commentOn("CONSTRAINT "+ident(k.Name)+" ON "+ident(k.Schema, k.Table), k.Comment)...)
	create = append(create, marks(x)...)
	for _, child := range o.children[ident(x.Schema, x.Name)] {
		if below := o.constraints[ident(child.Schema, child.Table, child.Constraint)]; below != nil {
			create = append(create, o.uniqueSQL(below)...)
			create = append(create, fmt.Sprintf("ALTER INDEX %s ATTACH PARTITION %s", ident(x.Schema, x.Name), ident(child.Schema, child.Name)))
		}
	}
	return create
}

// validation is the statement that checks the rows of a foreign key that was added NOT VALID.
func validation(o Object) string {
	return fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", ident(o.Schema, o.Table), ident(o.Name))
}

// index gives a partitioned index with all that is attached to it, so that every part comes back under its own name.
func (o *objects) index(x *IndexInfo) Object {
	object := Object{Kind: Index, Schema: x.Schema, Table: x.Table, Name: x.Name, Drop: "DROP INDEX " + ident(x.Schema, x.Name)}
	return define(object, o.indexSQL(x))
}

func (o *objects) indexSQL(x *IndexInfo) []string {
	create := append(inTablespace(x.Tablespace, x.Definition), marks(x)...)
	for _, child := range o.children[ident(x.Schema, x.Name)] {
		create = append(create, o.indexSQL(child)...)
		create = append(create, fmt.Sprintf("ALTER INDEX %s ATTACH PARTITION %s", ident(x.Schema, x.Name), ident(child.Schema, child.Name)))
	}
	return create
}

// below lists the indexes attached to x, and to those.
func (o *objects) below(x *IndexInfo) []*IndexInfo {
	var list []*IndexInfo
	for _, child := range o.children[ident(x.Schema, x.Name)] {
		list = append(append(list, child), o.below(child)...)
	}
	return list
}

// marks are what an index has besides its definition.
func marks(x *IndexInfo) []string {
	var sql []string
	for _, s := range x.Statistics {
		sql = append(sql, fmt.Sprintf("ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d", ident(x.Schema, x.Name), s.Position, s.Target))
	}
	if x.Clustered {
		sql = append(sql, fmt.Sprintf("ALTER TABLE %s CLUSTER ON %s", ident(x.Schema, x.Table), ident(x.Name)))
	}
	for _, extension := range x.Extensions {
		sql = append(sql, fmt.Sprintf("ALTER INDEX %s DEPENDS ON EXTENSION %s", ident(x.Schema, x.Name), ident(extension)))
	}
	return append(sql, commentOn("INDEX "+ident(x.Schema, x.Name), x.Comment)...)
}

func inTablespace(tablespace, sql string) []string {
	if tablespace == "" {
		return []string{sql}
	}
	return []string{"SET LOCAL default_tablespace = " + ident(tablespace), sql, "SET LOCAL default_tablespace = ''"}
}

func commentOn(what, text string) []string {
	if text == "" {
		return nil
	}
	return []string{"COMMENT ON " + what + " IS " + literal(text)}
}

func trigger(g *TriggerInfo) Object {
	table := ident(g.Schema, g.Table)
	enable := map[string]string{"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}[g.Enabled]
	// ONLY: a partition's copy of the trigger has a state of its own, and is an object of its own.
	return Object{Kind: Trigger, Schema: g.Schema, Table: g.Table, Name: g.Name,
		Definition: g.Definition + "; state " + g.Enabled,
		Drop:       fmt.Sprintf("ALTER TABLE ONLY %s DISABLE TRIGGER %s", table, ident(g.Name)),
		Create:     []string{fmt.Sprintf("ALTER TABLE ONLY %s %s TRIGGER %s", table, enable, ident(g.Name))}}
}

func identity(t *Table, c *Column) Object {
	column := fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET GENERATED ", ident(t.Schema, t.Name), ident(c.Name))
	return define(Object{Kind: Identity, Schema: t.Schema, Table: t.Name, Name: c.Name, Drop: column + "BY DEFAULT"}, []string{column + "ALWAYS"})
}

// define makes the SQL of an object its definition, too: it says everything that is brought back.
func define(object Object, create []string) Object {
	object.Create = slices.Clip(create)
	object.Definition = strings.Join(create, ";\n")
	return object
}
