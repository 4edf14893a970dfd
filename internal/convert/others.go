// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// othersStep gives every object that is left its outcome, by its type.
func (c *converter) othersStep() {
	for _, o := range c.objectsOf("SYNONYM") {
		c.synonymOutcome(o)
	}
	for _, row := range c.objects {
		if row.Outcome == "" {
			c.other(row.Object)
		}
	}
}

func (c *converter) synonymOutcome(o Object) {
	s := c.synonym(dictionary.Name{Owner: o.Owner, Name: o.Name})
	switch {
	case s == nil:
		c.notRead(o, "ALL_SYNONYMS")
	case s.DBLink != "":
		c.action(CodeSynonym, o, "", "it means "+s.Table+" in another database ("+s.DBLink+")", "see what reads it")
	default:
		n := dictionary.Name{Owner: s.TableOwner, Name: s.Table}
		target := TargetName(n.Owner) + "." + TargetName(n.Name)
		here := c.tables[n] != nil || c.views[n] || c.sequences[n] != ""
		switch {
		case here && TargetName(o.Name) == TargetName(s.Table):
			c.set(o, LeftOut, fmt.Sprintf("PostgreSQL has no synonyms; with %s in search_path the name %s means %s", TargetName(n.Owner),
				TargetName(o.Name), target))
		case here:
			c.action(CodeSynonym, o, "", fmt.Sprintf("PostgreSQL has no synonyms; %s is another name of %s", o.Name, target),
				"use the name itself, or make a view")
		default:
			c.action(CodeSynonym, o, "", fmt.Sprintf("it means %s.%s, which is not on the target", s.TableOwner, s.Table), "see what reads it")
		}
	}
}

func (c *converter) other(o Object) {
	switch o.Type {
	case "TABLE PARTITION", "TABLE SUBPARTITION":
		c.set(o, LeftOut, "its rows are in the plain table")
	case "INDEX PARTITION", "INDEX SUBPARTITION", "LOB PARTITION", "LOB SUBPARTITION":
		c.set(o, LeftOut, "it belongs to partitions, which the plain table has not")
	case "LOB":
		c.set(o, LeftOut, "it is the storage of a LOB column; PostgreSQL keeps long values by itself")
	case "CLUSTER":
		c.set(o, LeftOut, "it is storage; its tables are made as plain ones")
	case "MATERIALIZED VIEW":
		c.action(CodeMView, o, "", c.mviewReason(o), "write it as a materialized view and refresh it by a job (pg_cron), or as a view")
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

func (c *converter) mviewReason(o Object) string {
	for _, m := range c.d.MViews {
		if m.Owner == o.Owner && m.Name == o.Name {
			return fmt.Sprintf("a materialized view, refreshed %s %s", strings.ToLower(m.RefreshMethod), strings.ToLower(m.RefreshMode))
		}
	}
	return "a materialized view"
}

func (c *converter) typeReason(o Object) string {
	for _, t := range c.d.Types {
		if t.Owner == o.Owner && t.Name == o.Name {
			reason := "a type (" + strings.ToLower(t.Code) + ")"
			if t.Supertype != "" {
				reason += " under " + t.Supertype
			}
			if t.Methods != nil && *t.Methods > 0 {
				reason += fmt.Sprintf(" with %d methods", *t.Methods)
			}
			return reason
		}
	}
	return "a type"
}

func (c *converter) jobReason(o Object) string {
	for _, j := range c.d.SchedulerJobs {
		if j.Owner == o.Owner && j.Name == o.Name {
			state := "switched on"
			if j.Enabled != "TRUE" {
				state = "switched off"
			}
			return "a scheduler job, " + state + ", " + clip(j.Interval)
		}
	}
	return "an object of the scheduler"
}
