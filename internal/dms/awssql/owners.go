// SPDX-License-Identifier: Apache-2.0

package awssql

import (
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// owners finds the object of the source that something on the target is for.
type owners struct {
	schemas map[string]string // Oracle's names by those on the target
	objects map[string]convert.Object
	parts   map[convert.Object]string // the partitions of a table by their names on the target
}

func key(schema, kind, name string) string { return schema + "\x00" + kind + "\x00" + name }

func ownersOf(outcomes []convert.ObjectOutcome, schemas []string) *owners {
	o := &owners{schemas: map[string]string{}, objects: map[string]convert.Object{}, parts: map[convert.Object]string{}}
	for _, s := range schemas {
		o.schemas[convert.TargetName(s)] = s
	}
	for _, row := range outcomes {
		name := row.Name
		if row.Subobject != "" {
			continue
		}
		k := key(convert.TargetName(row.Owner), row.Type, convert.TargetName(name))
		if _, taken := o.objects[k]; !taken { // the second of two equal in lower case is not made
			o.objects[k] = row.Object
		}
	}
	return o
}

// whole is the schema itself.
func (o *owners) whole(schema string) convert.Object {
	return convert.Object{Owner: o.schemas[schema], Type: "SCHEMA", Name: o.schemas[schema]}
}

func (o *owners) find(schema, name string, types ...string) (convert.Object, bool) {
	for _, t := range types {
		if found, ok := o.objects[key(schema, t, name)]; ok {
			return found, true
		}
	}
	return convert.Object{}, false
}

var relations = []string{"TABLE", "VIEW", "MATERIALIZED VIEW", "SYNONYM", "SEQUENCE", "INDEX"}

// of is the object that a statement is for; the schema where there is none. AWS calls the function of a trigger trigger$table, and those of
// a package package$name.
func (o *owners) of(s statement) convert.Object {
	type try struct {
		name  string
		types []string
	}
	var tries []try
	switch s.kind {
	case convert.KindTable, convert.KindPrimaryKey, convert.KindUnique, convert.KindCheck, convert.KindForeignKey:
		tries = []try{{s.name, []string{"TABLE"}}}
	case convert.KindPartition:
		tries = []try{{s.part, []string{"TABLE"}}}
	case convert.KindSequence:
		tries = []try{{s.name, []string{"SEQUENCE"}}}
	case convert.KindView:
		tries = []try{{s.name, []string{"VIEW", "SYNONYM", "MATERIALIZED VIEW"}}}
	case convert.KindMaterializedView:
		tries = []try{{s.name, []string{"MATERIALIZED VIEW", "VIEW"}}}
	case convert.KindIndex:
		tries = []try{{s.part, []string{"INDEX"}}, {s.name, relations}}
	case convert.KindTrigger:
		tries = []try{{s.part, []string{"TRIGGER"}}, {s.name, relations}}
	case convert.KindType:
		tries = []try{{s.name, []string{"TYPE"}}}
	case convert.KindFunction, convert.KindProcedure:
		tries = []try{{s.name, []string{"FUNCTION", "PROCEDURE", "TRIGGER"}}}
		for i := strings.LastIndexByte(s.name, '$'); i > 0; i = strings.LastIndexByte(s.name[:i], '$') {
			tries = append(tries, try{s.name[:i], []string{"PACKAGE BODY", "PACKAGE", "TRIGGER", "TYPE BODY", "TYPE", "FUNCTION", "PROCEDURE", "TABLE"}})
		}
	default:
		tries = []try{{s.name, append(slices.Clone(relations), "FUNCTION", "PROCEDURE", "TYPE", "TRIGGER")}}
	}
	if s.kind == convert.KindTrigger || s.kind == convert.KindType {
		name := s.part
		if s.kind == convert.KindType {
			name = s.name
		}
		if before, _, ok := strings.Cut(name, "$"); ok {
			tries = append(tries[:1:1], append([]try{{before, []string{"TRIGGER", "PACKAGE BODY", "PACKAGE", "TYPE"}}}, tries[1:]...)...)
		}
	}
	for _, t := range tries {
		if found, ok := o.find(s.schema, t.name, t.types...); ok {
			return found
		}
	}
	return o.whole(s.schema)
}
