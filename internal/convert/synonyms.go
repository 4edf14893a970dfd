// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// synonymsStep makes views of the schemas' own synonyms for tables and views. PostgreSQL has no synonyms; a view of all columns takes
// the same statements on rows.
func (c *converter) synonymsStep() {
	for _, o := range c.objectsOf("SYNONYM") {
		if v := c.firstUnknown("ALL_SYNONYMS"); v != "" {
			c.notRead(o, v)
			continue
		}
		s := c.facts.synonyms[dictionary.Name{Owner: o.Owner, Name: o.Name}]
		switch {
		case s == nil:
			c.notRead(o, "ALL_SYNONYMS")
		case s.DBLink != "":
			c.action(CodeSynonym, o, "", "it means "+s.Table+" in another database ("+s.DBLink+")", "see what reads it")
		default:
			c.makeSynonym(o, s)
		}
	}
}

func (c *converter) makeSynonym(o Object, s *dictionary.Synonym) {
	n := c.resolve(s.TableOwner, sql.Table{Owner: s.TableOwner, Name: s.Table})
	t, kind := c.tables[n], c.views[n]
	switch {
	case t == nil && kind == "" && c.sequences[n] != "":
		c.action(CodeSynonym, o, "", fmt.Sprintf("PostgreSQL has no synonyms; %s is another name of the sequence %s", o.Name,
			TargetName(n.Owner)+"."+c.sequences[n]),
			"use the sequence's own name")
	case t == nil && kind == "":
		c.action(CodeSynonym, o, "", fmt.Sprintf("it means %s.%s, which is not on the target", s.TableOwner, s.Table), "see what reads it")
	case o.Owner == "PUBLIC" && TargetName(o.Name) == TargetName(n.Name):
		c.set(o, LeftOut, fmt.Sprintf("PostgreSQL has no synonyms; with %s in search_path the name %s means the same", TargetName(n.Owner),
			TargetName(o.Name)))
	case o.Owner == "PUBLIC":
		c.action(CodeSynonym, o, "", fmt.Sprintf("PostgreSQL has no synonyms; %s is another name of %s for everybody", o.Name,
			TargetName(n.Owner)+"."+TargetName(n.Name)),
			"use the name itself, or make a view where the application looks")
	default:
		c.synonymView(o, n, t, kind)
	}
}

func (c *converter) synonymView(o Object, n dictionary.Name, t *table, kind Kind) {
	schema, name := TargetName(o.Owner), TargetName(o.Name)
	toSchema, to, need := TargetName(n.Owner), TargetName(n.Name), kind
	var columns []string
	if t != nil {
		toSchema, to, need = t.schema, t.name, KindTable
		for _, x := range t.columns {
			columns = append(columns, ident(x.name))
		}
	} else {
		for _, x := range c.d.ColumnsOf(n.Owner, n.Name) {
			columns = append(columns, ident(TargetName(x.Name)))
		}
	}
	if len(columns) == 0 {
		c.action(CodeSynonym, o, "", fmt.Sprintf("it means %s.%s, whose columns are not known", n.Owner, n.Name), "see what reads it")
		return
	}
	c.longName(o, "", o.Name)
	c.add(Statement{Kind: KindView, Object: o, Schema: schema, Table: name, Name: name, DependsOn: []string{string(need) + ":" + toSchema +
		"." + to},
		SQL: fmt.Sprintf("CREATE VIEW %s AS\nSELECT %s\n  FROM %s", ident(schema, name), strings.Join(columns, ", "), ident(toSchema, to))})
	c.set(o, Converted, "")
	c.note(NoteSynonym, o, "", fmt.Sprintf("it is a view of all columns of %s.%s; columns that are added there later are not in it", toSchema,
		to), "")
}
