// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"strings"
)

// partitionedKeySQL adds a foreign key to the partitions of the referencing table first, each under its own name: ADD on the parent
// adopts them, where it would else make new ones under its own name. PostgreSQL takes NOT VALID on no partitioned table.
func (o *objects) partitionedKeySQL(k *Constraint) []string {
	var create []string
	for _, part := range o.keyParts[ident(k.Schema, k.Table, k.Name)] {
		if part.Schema != k.Schema || part.Table != k.Table {
			create = append(create, o.partitionedKeySQL(part)...)
		}
	}
	table := ident(k.Schema, k.Table)
	create = append(create, fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s%s", table, ident(k.Name), k.Definition, k.notValid()))
	create = append(create, commentOn("CONSTRAINT "+ident(k.Name)+" ON "+table, k.Comment)...)
	parts := o.referencedParts(k)
	if len(parts) == 0 {
		return create
	}
	create = append(create, renameParts(k, parts))
	for _, part := range parts {
		create = append(create, commentOn("CONSTRAINT "+ident(part.Name)+" ON "+table, part.Comment)...)
	}
	return create
}

// referencedParts lists the rows that PostgreSQL keeps of a key for each partition of the table it refers to. Their names show in its
// messages.
func (o *objects) referencedParts(k *Constraint) []*Constraint {
	var list []*Constraint
	for _, part := range o.keyParts[ident(k.Schema, k.Table, k.Name)] {
		if part.Schema == k.Schema && part.Table == k.Table {
			list = append(append(list, part), o.referencedParts(part)...)
		}
	}
	return list
}

// renameParts gives those rows, whose names PostgreSQL makes up, the names they had. They pass through names that nothing has, for
// one may have got the name of another.
func renameParts(k *Constraint, parts []*Constraint) string {
	table := literal(ident(k.Schema, k.Table))
	values := make([]string, len(parts))
	for i, part := range parts {
		values[i] = fmt.Sprintf("(%s::regclass, %s)", literal(ident(part.RefSchema, part.RefTable)), literal(part.Name))
	}
	return "DO " + literal(fmt.Sprintf(`DECLARE part record; names text[]; i int; BEGIN
	FOR part IN WITH RECURSIVE tree AS (SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = %[1]s::regclass AND conname = %[2]s
			UNION ALL SELECT k.oid FROM tree JOIN pg_catalog.pg_constraint k ON k.conparentid = tree.oid AND k.conrelid = %[1]s::regclass)
		SELECT k.conname AS now, v.name FROM tree JOIN pg_catalog.pg_constraint k ON k.oid = tree.oid
		JOIN (VALUES %[3]s) v(part, name) ON v.part = k.confrelid WHERE k.conname <> v.name LOOP
		names := names || part.name;
		EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', %[1]s, part.now, 'ferryman_' || cardinality(names));
	END LOOP;
	FOR i IN 1 .. coalesce(cardinality(names), 0) LOOP
		EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', %[1]s, 'ferryman_' || i, names[i]);
	END LOOP;
END`, table, literal(k.Name), strings.Join(values, ", ")))
}

// checkComments are the comments on a check and on what partitions have of it.
func (o *objects) checkComments(k *Constraint) []string {
	sql := commentOn("CONSTRAINT "+ident(k.Name)+" ON "+ident(k.Schema, k.Table), k.Comment)
	for _, t := range o.partitions[ident(k.Schema, k.Table)] {
		if part := o.constraints[ident(t.Schema, t.Name, k.Name)]; part != nil && part.Type == "c" && part.Inherited {
			sql = append(sql, o.checkComments(part)...)
		}
	}
	return sql
}

// withOptions is the definition of a unique constraint with its index's storage parameters, which PostgreSQL leaves out of it. ALTER
// INDEX can't set those of a partitioned index afterwards.
func withOptions(k *Constraint, x *IndexInfo) string {
	if x.Options == "" {
		return k.Definition
	}
	late := when(k.Deferrable, " DEFERRABLE", "") + when(k.Deferred, " INITIALLY DEFERRED", "")
	return strings.TrimSuffix(k.Definition, late) + " WITH (" + x.Options + ")" + late
}

// depth is how many partitioned tables are above an object's table.
func (o *objects) depth(object Object) int {
	depth := 0
	for t := o.tables[ident(object.Schema, object.Table)]; t != nil && t.PartitionOf != ""; t = o.tables[t.PartitionOf] {
		depth++
	}
	return depth
}
