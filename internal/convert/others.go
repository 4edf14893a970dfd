// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// othersStep gives every object that is left its outcome, by its type.
func (c *converter) othersStep() {
	for i := range c.out.Outcomes {
		if row := &c.out.Outcomes[i]; row.Outcome == "" {
			c.other(row.Object, row.Subobject)
		}
	}
}

func (c *converter) other(o Object, subobject string) {
	switch o.Type {
	case "TABLE PARTITION", "TABLE SUBPARTITION":
		t := c.tables[dictionary.Name{Owner: o.Owner, Name: o.Name}]
		switch {
		case t == nil:
			c.setPart(o, subobject, LeftOut, "its table is not on the target")
		case t.partitioning == nil:
			c.setPart(o, subobject, LeftOut, "its rows are in the plain table")
		case o.Type == "TABLE SUBPARTITION" && t.partitioning.sub == nil:
			c.setPart(o, subobject, LeftOut, "its rows are in its partition, which is not divided further")
		default:
			// It is in ALL_OBJECTS and not in ALL_TAB_PARTITIONS: made or dropped while both were read.
			c.setPart(o, subobject, NotTried, "it is not among the table's partitions in the dictionary; assess again")
		}
		c.set(o, LeftOut, "it has no name of its own")
	case "INDEX PARTITION", "INDEX SUBPARTITION":
		c.indexPartition(o)
	case "LOB PARTITION", "LOB SUBPARTITION":
		c.set(o, LeftOut, "it is the storage of a LOB column; PostgreSQL keeps long values by itself")
	case "LOB":
		c.set(o, LeftOut, "it is the storage of a LOB column; PostgreSQL keeps long values by itself")
	case "CLUSTER":
		c.set(o, LeftOut, "it is storage; its tables are made as plain ones")
	case "DATABASE LINK":
		c.action(CodeDBLink, o, "", "a database link to another Oracle database", "use oracle_fdw or postgres_fdw, or let the application call both")
	case "TYPE":
		if strings.HasPrefix(o.Name, "SYS_PLSQL_") || strings.HasPrefix(o.Name, "SYSTP") {
			c.set(o, LeftOut, "Oracle made it by itself, for code or a query")
			return
		}
		c.action(CodeType, o, "", c.typeReason(o), "use a composite type, an array or jsonb, by what reads it")
	case "JOB", "PROGRAM", "SCHEDULE", "CHAIN":
		c.action(CodeJob, o, "", c.jobReason(o), "set it up with pg_cron or outside the database, after cutover")
	default:
		c.action(CodeKind, o, "", "an object of type "+clip(o.Type)+" is not converted", "see what uses it")
	}
}

// indexPartition: PostgreSQL makes an index's partitions with those of its table.
func (c *converter) indexPartition(o Object) {
	i := c.d.Index(o.Owner, o.Name)
	if i == nil {
		c.set(o, LeftOut, "its index is not in the dictionary")
		return
	}
	t := c.tables[dictionary.Name{Owner: i.TableOwner, Name: i.Table}]
	index := c.outcomes[Object{o.Owner, "INDEX", o.Name}]
	p := c.facts.partIndexes[dictionary.Name{Owner: o.Owner, Name: o.Name}]
	switch {
	case t == nil || len(index) == 0 || index[0].Outcome != Converted:
		c.set(o, LeftOut, "its index is not on the target")
	case t.partitioning == nil:
		c.set(o, LeftOut, "its entries are in the plain table's index")
	case p != nil && p.Locality == "GLOBAL":
		c.set(o, LeftOut, "its entries are in the indexes of the table's partitions")
	default:
		c.set(o, Converted, "made with its index, for the table's partition")
	}
}

func (c *converter) typeReason(o Object) string {
	if t := c.facts.types[dictionary.Name{Owner: o.Owner, Name: o.Name}]; t != nil {
		reason := "a type (" + strings.ToLower(t.Code) + ")"
		if t.Supertype != "" {
			reason += " under " + t.Supertype
		}
		if t.Methods != nil && *t.Methods > 0 {
			reason += fmt.Sprintf(" with %d methods", *t.Methods)
		}
		return reason
	}
	return "a type"
}

func (c *converter) jobReason(o Object) string {
	if j := c.facts.jobs[dictionary.Name{Owner: o.Owner, Name: o.Name}]; j != nil {
		state := "switched on"
		if j.Enabled != "TRUE" {
			state = "switched off"
		}
		return "a scheduler job, " + state + ", " + clip(j.Interval)
	}
	return "an object of the scheduler"
}
