// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// objectRules look at tables, indexes, triggers and what stands beside them.
var objectRules = []Rule{
	{Code: "FM-DMS-019", Severity: Blocks, Title: "Index-organized table with an overflow segment", Source: dmsLimits, Checks: []string{"oracle-validate-iot-overflow-segments"},
		Why: "DMS does not capture changes of such tables.",
		find: func(in *input) (out []FindingObject) {
			for i := range in.d.Tables {
				if t := &in.d.Tables[i]; t.IOTType == "IOT_OVERFLOW" {
					out = append(out, FindingObject{Object: tableObject(t), Detail: "its overflow segment"})
				}
			}
			return out
		}},
	{Code: "FM-DMS-056", Severity: Informs, Title: "Index-organized table", Source: dmsReaders,
		Why:   "It becomes a plain table with a primary key. Binary Reader needs the mapping of its rows; LogMiner reads it as any table.",
		table: func(_ *input, t *dictionary.Table) (FindingObject, bool) { return FindingObject{}, t.IOTType == "IOT" }},
	{Code: "FM-DMS-020", Severity: Informs, Title: "Global temporary table", Source: dmsLimits, Checks: []string{"oracle-validate-global-temporary-tables"},
		Why: "Its rows belong to sessions; there is nothing to carry.",
		find: func(in *input) (out []FindingObject) {
			for i := range in.d.Tables {
				if t := &in.d.Tables[i]; t.Temporary == "Y" {
					out = append(out, FindingObject{Object: tableObject(t)})
				}
			}
			return out
		}},
	{Code: "FM-DMS-021", Severity: Informs, Title: "Index on an expression", Source: dmsLimits, Checks: []string{"oracle-validate-function-based-indexes"},
		Why:  "DMS makes no such index; the conversion does where its expression is the same on PostgreSQL.",
		find: functionIndexes},
	{Code: "FM-DMS-022", Severity: Informs, Title: "Constraint that can be deferred", Source: dmsLimits,
		Why: "Oracle may accept changes in an order that breaks it for a moment; DMS applies them one by one. Foreign keys are set aside during the load.",
		find: func(in *input) (out []FindingObject) {
			for _, k := range in.d.Constraints {
				if t := in.d.Table(k.Owner, k.Table); t != nil && k.Deferrable == "DEFERRABLE" {
					out = append(out, FindingObject{Object: tableObject(t), Subject: k.Name, Detail: k.Name + ", initially " + strings.ToLower(k.Deferred)})
				}
			}
			return out
		}},
	{Code: "FM-DMS-023", Severity: Informs, Title: "Trigger that must not run while DMS writes", Source: dmsPractices, Checks: []string{"oracle-target-triggers-are-enabled"},
		Why: "Its work was done on Oracle already. The prepare phase switches the target's triggers off, the cutover on.",
		find: func(in *input) (out []FindingObject) {
			for _, t := range in.d.Triggers {
				if t.Status == "ENABLED" && t.BaseObjectType == "TABLE" {
					out = append(out, FindingObject{Object: object(t.Owner, "TRIGGER", t.Name), Detail: strings.ToLower(t.Event) + " on " + t.Table})
				}
			}
			return out
		}},
	{Code: "FM-DMS-024", Severity: Informs, Title: "Secondary indexes", Source: dmsPractices, Checks: []string{"oracle-check-secondary-indexes"},
		Why:  "A load into a table with indexes takes many times as long. The prepare phase takes them away, the rebuild phase brings them back before changes are applied.",
		find: secondaryIndexes},
	{Code: "FM-DMS-035", Severity: Warns, Title: "Encrypted column", Source: dmsReaders, Checks: []string{"oracle-check-tde-enabled"},
		Why: "LogMiner reads it while the wallet is open and the DMS user may SELECT SYS.ENC$; Binary Reader must be given the keys (securityDbEncryption). On PostgreSQL the column is not encrypted.",
		find: func(in *input) (out []FindingObject) {
			for _, c := range in.d.EncryptedCols {
				out = append(out, FindingObject{Object: object(c.Owner, "TABLE", c.Table), Subject: c.Column, Detail: c.Column + ", " + c.Algorithm,
					Fix: "GRANT SELECT ON SYS.ENC$ TO the DMS user"})
			}
			return out
		}, Mend: Mend{onOracle, "nothing", "nothing", "before the endpoint is tested"}},
	{Code: "FM-DMS-036", Severity: Blocks, Title: "Row level security (VPD) hides rows", Source: oraReference,
		Why:  "A policy adds its condition to what DMS and Ferryman read: rows that their users may not see are neither loaded nor counted.",
		Mend: Mend{onOracle, "nothing", "nothing", "before the load starts; take it back after the cutover"},
		find: policies},
	{Code: "FM-DMS-038", Severity: Blocks, Title: "Nested table", Source: dmsLimits,
		Why: "DMS does not carry nested tables: the column arrives empty.",
		find: func(in *input) (out []FindingObject) {
			for _, t := range in.d.NestedTables {
				out = append(out, FindingObject{Object: object(t.Owner, "TABLE", t.ParentTable), Subject: t.ParentColumn, Detail: t.ParentColumn + " (stored in " + t.Table + ")"})
			}
			return out
		}},
	{Code: "FM-DMS-039", Severity: Blocks, Title: "Table of objects", Source: dmsLimits,
		Why: "DMS does not carry tables of an object type. Copy the attributes into a plain table first, or leave it out.",
		find: func(in *input) (out []FindingObject) {
			for _, t := range in.d.ObjectTables {
				if t.Nested != "YES" && t.Temporary != "Y" {
					out = append(out, FindingObject{Object: object(t.Owner, "TABLE", t.Table), Detail: "of " + t.TypeOwner + "." + t.Type})
				}
			}
			return out
		}},
	{Code: "FM-DMS-040", Severity: Warns, Title: "Table in a cluster", Source: dmsReaders,
		Why: "Binary Reader does not read tables of a cluster; LogMiner does. On the target it is a plain table.",
		table: func(_ *input, t *dictionary.Table) (FindingObject, bool) {
			return FindingObject{Detail: "cluster " + t.Cluster}, t.Cluster != ""
		}},
	{Code: "FM-DMS-041", Severity: Informs, Title: "External table", Source: dmsLimits,
		Why: "Its rows are in files outside the database; DMS does not carry them.",
		find: func(in *input) (out []FindingObject) {
			for _, t := range in.d.ExternalTables {
				out = append(out, FindingObject{Object: object(t.Owner, "TABLE", t.Table), Detail: "directory " + t.Directory})
			}
			return out
		}},
	{Code: "FM-DMS-045", Severity: Warns, Title: "More tables than one task should have", Source: dmsPractices,
		Why: fmt.Sprintf("AWS advises at most about %s tables for one task.", number(mostTables)),
		find: func(in *input) []FindingObject {
			if len(in.tables) <= mostTables {
				return nil
			}
			return onDatabase(in, number(int64(len(in.tables)))+" tables", "")
		}},
	{Code: "FM-DMS-048", Severity: Warns, Title: "Text in the primary key", Source: dmsValidate, Checks: []string{"oracle-check-handlecollationdiff"},
		Why:  "DMS's validation walks through the key in order, and Oracle and PostgreSQL sort text differently: rows look missing. The key's collation must be \"C\", or HandleCollationDiff true.",
		Mend: Mend{onTask, "nothing", "nothing", "when the task is made"},
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			k := in.d.PrimaryKey(t.Owner, t.Name)
			if k == nil {
				return FindingObject{}, false
			}
			for _, name := range in.d.ConstraintColumns(k.Owner, k.Name) {
				if c := in.d.Column(t.Owner, t.Name, name); c != nil && strings.Contains(c.Type, "CHAR") {
					return FindingObject{Subject: c.Name, Detail: typed(c), Fix: "HandleCollationDiff: true"}, true
				}
			}
			return FindingObject{}, false
		}},
	{Code: "FM-DMS-049", Severity: Informs, Title: "Validation of LOBs", Source: dmsValidate, Checks: []string{"oracle-prerequisites-privileges-of-validation-feature"},
		Why:  "To compare LOBs, DMS's validation makes hashes on Oracle and needs EXECUTE on SYS.DBMS_CRYPTO.",
		Mend: Mend{onOracle, "nothing", "nothing", "before validation starts"},
		find: func(in *input) []FindingObject {
			n := 0
			in.columns(func(_ *dictionary.Table, c *dictionary.Column) {
				if isLob(c) {
					n++
				}
			})
			if n == 0 {
				return nil
			}
			return onDatabase(in, number(int64(n))+" LOB columns", "GRANT EXECUTE ON SYS.DBMS_CRYPTO TO the DMS user")
		}},
	{Code: "FM-DMS-050", Severity: Warns, Title: "Oracle makes partitions by itself", Source: dmsLimits,
		Why: "DMS does not carry DDL of partitions: once a row starts a new interval on Oracle, its partition is missing on the target. Make partitions ahead, or a default one.",
		find: func(in *input) (out []FindingObject) {
			for _, p := range in.d.PartTables {
				if t := in.d.Table(p.Owner, p.Table); t != nil && p.Interval != "" {
					out = append(out, FindingObject{Object: tableObject(t), Detail: "every " + p.Interval})
				}
			}
			return out
		}},
	{Code: "FM-DMS-054", Severity: Informs, Title: "Materialized view", Source: dmsLimits,
		Why: "Its rows are not loaded; it is refreshed on the target.",
		find: func(in *input) (out []FindingObject) {
			for _, m := range in.d.MViews {
				out = append(out, FindingObject{Object: object(m.Owner, "MATERIALIZED VIEW", m.Name), Detail: strings.ToLower(m.RefreshMethod + " on " + m.RefreshMode)})
			}
			return out
		}},
}

// mostTables is what AWS advises for one task.
const mostTables = 60000

func functionIndexes(in *input) (out []FindingObject) {
	for _, i := range in.d.Indexes {
		var texts []string
		for _, c := range in.d.IndexColumns(i.Owner, i.Name) {
			if c.Expression != "" {
				texts = append(texts, c.Expression)
			}
		}
		if len(texts) > 0 {
			out = append(out, FindingObject{Object: object(i.Owner, "INDEX", i.Name), Detail: strings.Join(texts, ", ")})
		}
	}
	return out
}

// secondaryIndexes counts those that are no key's.
func secondaryIndexes(in *input) []FindingObject {
	keys := map[dictionary.Name]bool{}
	for _, k := range in.d.Constraints {
		if k.Type == "P" || k.Type == "U" {
			keys[dictionary.Name{Owner: k.IndexOwner, Name: k.IndexName}] = true
			keys[dictionary.Name{Owner: k.Owner, Name: k.IndexName}] = true
		}
	}
	n := 0
	for _, i := range in.d.Indexes {
		if i.Type != "LOB" && !strings.HasPrefix(i.Type, "IOT") && !keys[dictionary.Name{Owner: i.Owner, Name: i.Name}] {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return onDatabase(in, number(int64(n))+" indexes besides the keys' own", "")
}

func policies(in *input) (out []FindingObject) {
	for _, p := range in.d.Policies {
		if p.Enabled == "NO" || p.Select == "NO" {
			continue
		}
		kind := "TABLE"
		if in.d.Table(p.Owner, p.Object) == nil {
			kind = "VIEW"
		}
		out = append(out, FindingObject{Object: object(p.Owner, kind, p.Object), Subject: p.Name,
			Detail: "policy " + p.Name + ", by " + p.FunctionOwner + "." + strings.TrimPrefix(p.Package+"."+p.Function, "."),
			Fix:    "GRANT EXEMPT ACCESS POLICY TO the DMS user and to Ferryman's"})
	}
	return out
}
