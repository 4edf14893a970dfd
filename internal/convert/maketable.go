// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// tablesStep makes the tables, with defaults, identities and NOT NULL; keys and checks come after.
func (c *converter) tablesStep() {
	for _, t := range c.tableOrder {
		var text strings.Builder
		text.Grow(64 + 48*len(t.columns))
		text.WriteString("CREATE TABLE " + t.qualified() + " (\n")
		var needs []string
		for i, x := range t.columns {
			if i > 0 {
				text.WriteString(",\n")
			}
			if need := c.writeColumn(&text, t, x); need != "" {
				needs = append(needs, need)
			}
		}
		text.WriteString("\n)")
		if t.partitioning != nil {
			text.WriteString(t.partitioning.clause())
		}
		c.add(Statement{Kind: KindTable, Object: t.object, Schema: t.schema, Table: t.name, Name: t.name, DependsOn: needs, SQL: text.String()})
		c.set(t.object, Converted, "")
		c.makePartitions(t)
		c.storageNotes(t)
	}
}

// writeColumn writes a column as CREATE TABLE takes it, and gives the ID of the statement that it needs.
func (c *converter) writeColumn(text *strings.Builder, t *table, x *column) (need string) {
	text.WriteString("    ")
	writeIdent(text, x.name)
	text.WriteByte(' ')
	text.WriteString(x.typ.SQL)
	if x.collate != "" {
		text.WriteString(" COLLATE " + ident(x.collate))
	}
	extra, need := c.columnExtra(t, x)
	if extra != "" {
		text.WriteByte(' ')
		text.WriteString(extra)
	}
	if x.Nullable == "N" {
		text.WriteString(" NOT NULL")
	}
	return need
}

func (c *converter) storageNotes(t *table) {
	switch {
	case t.IOTType == "IOT":
		c.note(NoteStorage, t.object, "", "the table is index-organized on Oracle; PostgreSQL keeps its rows in a heap beside the primary key", "")
	case t.Cluster != "":
		c.note(NoteStorage, t.object, "", "the table is in the cluster "+t.Cluster+" on Oracle", "")
	}
}

// columnExtra is the identity, generation or default clause of a column, and the ID of the statement that it needs.
func (c *converter) columnExtra(t *table, x *column) (clause, need string) {
	switch {
	case x.identity != nil:
		return c.identityClause(t, x), ""
	case x.virtual != "":
		return "GENERATED ALWAYS AS (" + x.virtual + ") STORED", ""
	}
	text := strings.TrimSpace(x.Default)
	if text == "" || c.offload[ColumnName{t.Owner, t.Table.Name, x.Column.Name}] != nil {
		return "", ""
	}
	e, err := sql.ParseExpr(text)
	var got expression
	if err == nil {
		got, err = emit(e, defaultScope{c, t.Owner})
	}
	if err == nil {
		got, err = assign(got, x)
	}
	if err != nil {
		c.action(CodeDefault, t.object, x.Column.Name, fmt.Sprintf("its default %s is not converted: %v; the column has none", clip(text), err),
			"set a default that means the same")
		return "", ""
	}
	if x.DefaultOnNull == "YES" {
		c.note(NoteDefaultOnNull, t.object, x.Column.Name, "DEFAULT ON NULL also replaces a NULL that is given; PostgreSQL's default does not",
			"let the application leave the column out")
	}
	if got.null {
		return "", ""
	}
	if n, ok := e.(sql.Name); ok && strings.HasPrefix(got.SQL, "nextval(") {
		need = string(KindSequence) + ":" + c.sequenceOf(t.Owner, n.Parts[:len(n.Parts)-1])
	}
	return "DEFAULT " + operand(got), need
}

func (c *converter) sequenceOf(owner string, parts []string) string {
	if len(parts) == 2 {
		owner = parts[0]
	}
	return TargetName(owner) + "." + TargetName(parts[len(parts)-1])
}

// assign fits a default to its column's type, as Oracle converts it when it is used.
func assign(got expression, x *column) (expression, error) {
	to := x.typ.cat
	moments := got.cat == catDate || got.cat == catTimestamp
	switch {
	case got.null, got.cat == to, got.cat == catText && (to == catChar || to == catLob), moments && (to == catDate || to == catTimestamp):
		return got, nil
	case got.SQL == "CURRENT_TIMESTAMP" && (to == catDate || to == catTimestamp):
		got.SQL = "LOCALTIMESTAMP"
		return got, nil
	case got.SQL == "LOCALTIMESTAMP(0)" && to == catZoned:
		got.SQL = "CURRENT_TIMESTAMP(0)"
		return got, nil
	case got.constant && got.cat == catNumber && (to == catText || to == catChar):
		got.SQL = literal(got.SQL)
		return got, nil
	case got.constant && got.cat == catText && to == catNumber && plainNumber(got.literal):
		got.SQL = got.literal
		return got, nil
	case got.constant && got.cat == catText && to == catBytes && isHex(got.literal):
		got.SQL = `'\x` + strings.ToLower(got.literal) + "'"
		return got, nil
	}
	return got, uncertain("Oracle converts it to %s by the session's settings", x.Type)
}

func isHex(s string) bool {
	return len(s)%2 == 0 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

// identityClause gives the identity the place that its sequence on Oracle has reached.
func (c *converter) identityClause(t *table, x *column) string {
	how := "ALWAYS"
	if strings.HasPrefix(x.identity.Generation, "BY DEFAULT") {
		how = "BY DEFAULT"
		if x.DefaultOnNull == "YES" {
			c.note(NoteDefaultOnNull, t.object, x.Column.Name, "the identity also replaces a NULL that is given; PostgreSQL's refuses it",
				"let the application leave the column out")
		}
	}
	options := ""
	row := c.facts.sequences[dictionary.Name{Owner: t.Owner, Name: x.identity.Sequence}]
	if row != nil {
		if o, why := sequenceOptions(row); why == "" {
			options = " (" + o + ")"
		} else {
			c.action(CodeSequence, t.object, x.Column.Name, "its identity: "+why, "set the identity's bounds and start by hand")
		}
		c.set(Object{t.Owner, "SEQUENCE", row.Name}, Converted, "made with the identity column "+t.Table.Name+"."+x.Column.Name)
	}
	if row == nil {
		options = identityOptions(x.identity.Options)
		c.action(CodeSequence, t.object, x.Column.Name,
			"how far its identity has come is not known (its sequence was not read); it starts at its beginning", "set it behind the greatest value")
	}
	return "GENERATED " + how + " AS IDENTITY" + options
}

var identityOption = regexp.MustCompile(`(START WITH|INCREMENT BY|MIN_VALUE|MAX_VALUE|CYCLE_FLAG):\s*(-?\d{1,28}|[YN])`)

// identityOptions reads ALL_TAB_IDENTITY_COLS.IDENTITY_OPTIONS, which says how an identity began and not how far it has come.
func identityOptions(text string) string {
	s := dictionary.Sequence{Min: "1", Max: "9999999999999999999999999999", Increment: "1", LastNumber: "1"}
	for _, m := range identityOption.FindAllStringSubmatch(text, -1) {
		switch m[1] {
		case "START WITH":
			s.LastNumber = dictionary.Decimal(m[2])
		case "INCREMENT BY":
			s.Increment = dictionary.Decimal(m[2])
		case "MIN_VALUE":
			s.Min = dictionary.Decimal(m[2])
		case "MAX_VALUE":
			s.Max = dictionary.Decimal(m[2])
		case "CYCLE_FLAG":
			s.Cycle = m[2]
		}
	}
	if o, why := sequenceOptions(&s); why == "" {
		return " (" + o + ")"
	}
	return ""
}
