// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

func overflow(in *input) *Finding {
	f := &Finding{Code: "FM-DMS-019", Severity: Blocks, Title: "Index-organized table with an overflow segment", Source: dmsLimits,
		Why: "DMS does not capture changes of such tables."}
	for i := range in.d.Tables {
		if t := &in.d.Tables[i]; t.IOTType == "IOT_OVERFLOW" {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Detail: "its overflow segment"})
		}
	}
	return f
}

func temporary(in *input) *Finding {
	f := &Finding{Code: "FM-DMS-020", Severity: Informs, Title: "Global temporary table", Source: dmsLimits,
		Why: "Its rows belong to sessions; there is nothing to carry."}
	for i := range in.d.Tables {
		if t := &in.d.Tables[i]; t.Temporary == "Y" {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t)})
		}
	}
	return f
}

func functionIndexes(in *input) *Finding {
	f := &Finding{Code: "FM-DMS-021", Severity: Informs, Title: "Index on an expression", Source: dmsLimits,
		Why: "DMS makes no such index; the conversion does where its expression is the same on PostgreSQL."}
	for _, i := range in.d.Indexes {
		var texts []string
		for _, c := range in.d.IndexColumns(i.Owner, i.Name) {
			if c.Expression != "" {
				texts = append(texts, c.Expression)
			}
		}
		if len(texts) > 0 {
			f.Objects = append(f.Objects, FindingObject{Object: object(i.Owner, "INDEX", i.Name), Detail: strings.Join(texts, ", ")})
		}
	}
	return f
}

func deferred(in *input) *Finding {
	f := &Finding{Code: "FM-DMS-022", Severity: Informs, Title: "Constraint that can be deferred", Source: dmsLimits,
		Why: "Oracle may accept changes in an order that breaks it for a moment; DMS applies them one by one. Foreign keys are set aside during the load."}
	for _, k := range in.d.Constraints {
		if t := in.d.Table(k.Owner, k.Table); t != nil && k.Deferrable == "DEFERRABLE" {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Detail: k.Name + ", initially " + strings.ToLower(k.Deferred)})
		}
	}
	return f
}

// btreeLimit is a third of a page: PostgreSQL's B-tree refuses longer entries.
const btreeLimit = 2704

func wideIndexes(in *input) *Finding {
	f := &Finding{Code: "FM-PG-004", Severity: Warns, Title: "Index whose entries may be too long", Source: pgManual,
		Why: fmt.Sprintf("A B-tree takes entries up to %d bytes; a longer one makes the INSERT or the building of the index fail.", btreeLimit)}
	for _, i := range in.d.Indexes {
		length := int64(0)
		for _, p := range in.d.IndexColumns(i.Owner, i.Name) {
			if c := in.d.Column(i.TableOwner, i.Table, p.Column); c != nil {
				length += c.Length
			}
		}
		if length > btreeLimit && i.Type != "LOB" {
			f.Objects = append(f.Objects, FindingObject{Object: object(i.Owner, "INDEX", i.Name), Detail: number(length) + " bytes at most on Oracle"})
		}
	}
	return f
}

func triggers(in *input) *Finding {
	f := &Finding{Code: "FM-DMS-023", Severity: Informs, Title: "Trigger that must not run while DMS writes", Source: dmsPractices,
		Why: "Its work was done on Oracle already. The prepare phase switches the target's triggers off, the cutover on."}
	for _, t := range in.d.Triggers {
		if t.Status == "ENABLED" && t.BaseObjectType == "TABLE" {
			f.Objects = append(f.Objects, FindingObject{Object: object(t.Owner, "TRIGGER", t.Name), Detail: strings.ToLower(t.Event) + " on " + t.Table})
		}
	}
	return f
}

func emptyTables(in *input) *Finding {
	f := &Finding{Code: "FM-ORA-003", Severity: Informs, Title: "Table that was empty when it was analysed", Source: oraReference,
		Why: "It may not be needed on the target."}
	for _, t := range in.tables() {
		if t.NumRows != nil && *t.NumRows == 0 {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t), Detail: "analysed " + t.LastAnalyzed.Format("2006-01-02")})
		}
	}
	return f
}

func unusedTables(in *input) *Finding {
	f := &Finding{Code: "FM-ORA-005", Severity: Informs, Title: "Table without evidence of use", Source: oraReference,
		Why: "Ask before it is left out: what only reads it leaves no trace here."}
	for _, u := range in.usage {
		if u.Use == NoEvidence {
			f.Objects = append(f.Objects, FindingObject{Object: convert.Object{Owner: u.Owner, Type: "TABLE", Name: u.Table}, Detail: u.Evidence})
		}
	}
	return f
}
