// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/jackc/pgx/v5/pgconn"
)

// tableDDL writes CREATE TABLE with what needs no other object: columns and NOT NULLs.
func tableDDL(t *dict.Table) string {
	var columns []string
	for _, c := range t.Columns {
		text := quote(c.Name) + " " + sqltext.Type(c)
		if !c.Nullable && !c.Virtual {
			text += " NOT NULL"
		}
		columns = append(columns, text)
	}
	return fmt.Sprintf("CREATE TABLE %s (%s);\n", relation(t.Name), strings.Join(columns, ", "))
}

// defaults sets the columns' defaults.
func (l *loader) defaults(ctx context.Context, t *dict.Table) {
	for _, c := range t.Columns {
		if c.Default == "" || c.Virtual || strings.EqualFold(c.Default, "NULL") {
			continue
		}
		text, err := sqltext.Expression(c.Default, l.system(t.Owner), "")
		if err != nil {
			l.note("default of %s.%s is not kept: %v", t.Name, c.Name, err)
			continue
		}
		l.try(ctx, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", relation(t.Name), quote(c.Name), text),
			"default of %s.%s is not kept", t.Name, c.Name)
	}
}

var notNull = regexp.MustCompile(`^"[^"]+" IS NOT NULL$`)

// constraints adds keys first, then checks, then foreign keys. Rows that break one are the export's fault.
func (l *loader) constraints(ctx context.Context) error {
	if err := l.drop(ctx); err != nil {
		return err
	}
	for _, kinds := range []string{"PU", "C", "R"} {
		for _, c := range l.model.Constraints {
			t := l.model.Table(dict.Name{Owner: c.Owner, Name: c.Table})
			if !strings.Contains(kinds, c.Type) || !c.Enabled || t == nil || t.Kind != "TABLE" || c.Type == "C" && notNull.MatchString(c.Condition) {
				continue
			}
			ddl, err := l.constraintDDL(c, t)
			if err != nil {
				l.note("constraint %s.%s is not enforced: %v", c.Owner, c.Name, err)
				continue
			}
			if _, err := l.conn.Exec(ctx, ddl); err != nil {
				var pg *pgconn.PgError
				if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "23") {
					return fmt.Errorf("the rows of %s break constraint %s: %s %s", t.Name, c.Name, pg.Message, pg.Detail)
				}
				l.note("constraint %s.%s is not enforced: %s", c.Owner, c.Name, reason(err))
			}
		}
	}
	return nil
}

// constraintDDL writes ALTER TABLE … ADD CONSTRAINT.
func (l *loader) constraintDDL(c *dict.Constraint, t *dict.Table) (string, error) {
	name := l.catalog.pgName(c.Owner, c.Name, c.Name)
	add := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s ", relation(t.Name), quote(name))
	columns := quoteAll(c.Columns)
	after := ""
	if c.Deferrable {
		after = " DEFERRABLE"
		if c.Deferred {
			after += " INITIALLY DEFERRED"
		}
	}
	switch c.Type {
	case "P":
		return add + "PRIMARY KEY (" + columns + ")" + after, nil
	case "U":
		text := add + "UNIQUE (" + columns + ")" + after
		// Oracle compares the rest of a key that is NULL in part.
		if slices.ContainsFunc(c.Columns, func(name string) bool { return t.Column(name).Nullable }) && len(c.Columns) > 1 && !c.Deferrable {
			extra := l.catalog.pgName(c.Owner, c.Name+"$N", c.Name)
			text += fmt.Sprintf("; CREATE UNIQUE INDEX %s ON %s (%s) NULLS NOT DISTINCT WHERE num_nonnulls(%s) > 0", quote(extra),
				relation(t.Name), columns, columns)
		}
		return text, nil
	case "C":
		condition, err := sqltext.Expression(c.Condition, l.system(c.Owner), "")
		if err == nil && !c.Validated {
			after += " NOT VALID"
		}
		return add + "CHECK (" + condition + ")" + after, err
	}
	parent := l.parent(c)
	if parent == nil {
		return "", fmt.Errorf("the key %s.%s it refers to is not in the export", c.ROwner, c.RName)
	}
	text := fmt.Sprintf("%sFOREIGN KEY (%s) REFERENCES %s (%s)", add, columns, relation(dict.Name{Owner: parent.Owner,
		Name: parent.Table}), quoteAll(parent.Columns))
	if c.DeleteRule == "CASCADE" || c.DeleteRule == "SET NULL" {
		text += " ON DELETE " + c.DeleteRule
	}
	text += after
	if !c.Validated {
		text += " NOT VALID"
	}
	return text, nil
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}

// uniqueIndexes adds the unique indexes that no constraint has brought. Others enforce nothing and are left out.
func (l *loader) uniqueIndexes(ctx context.Context) {
	used := map[dict.Name]bool{}
	for _, c := range l.model.Constraints {
		if c.Enabled && (c.Type == "P" || c.Type == "U") {
			used[dict.Name{Owner: c.Owner, Name: c.Index}] = true
			used[dict.Name{Owner: c.Owner, Name: c.Name}] = true
		}
	}
	for _, x := range l.model.Indexes {
		t := l.model.Table(dict.Name{Owner: x.Owner, Name: x.Table})
		if !x.Unique || len(x.Terms) == 0 || used[dict.Name{Owner: x.Owner, Name: x.Name}] || t == nil || t.Kind != "TABLE" {
			continue
		}
		var terms, columns []string
		var failed error
		for _, term := range x.Terms {
			text := quote(term.Column)
			if term.Column == "" {
				text, failed = sqltext.Expression(term.Expression, l.system(x.Owner), "")
				text = "(" + text + ")"
			} else {
				columns = append(columns, text)
			}
			terms = append(terms, text)
			if failed != nil {
				break
			}
		}
		if failed != nil {
			l.note("unique index %s.%s is not enforced: %v", x.Owner, x.Name, failed)
			continue
		}
		name := l.catalog.pgName(x.Owner, x.Name, x.Name)
		ddl := fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (%s)", quote(name), relation(t.Name), strings.Join(terms, ", "))
		if len(terms) > 1 && len(columns) == len(terms) {
			ddl += fmt.Sprintf(" NULLS NOT DISTINCT WHERE num_nonnulls(%s) > 0", strings.Join(columns, ", "))
		}
		l.try(ctx, ddl, "unique index %s.%s is not enforced", x.Owner, x.Name)
	}
}

var readOnlyView = regexp.MustCompile(`(?is)\s+WITH\s+(READ\s+ONLY|CHECK\s+OPTION)(\s+CONSTRAINT\s+\S+)?\s*$`)

// views makes the views whose SQL the stand-in runs; those that need others are tried again when these are there.
func (l *loader) views(ctx context.Context) {
	pending := slices.Clone(l.model.Views)
	for {
		var failed []*dict.ViewText
		var notes []string
		for _, v := range pending {
			if err := l.view(ctx, v); err != nil {
				failed = append(failed, v)
				notes = append(notes, fmt.Sprintf("view %s is not there: %s", v.Name, reason(err)))
			}
		}
		if len(failed) == 0 || len(failed) == len(pending) {
			l.notes = append(l.notes, notes...)
			return
		}
		pending = failed
	}
}

func (l *loader) view(ctx context.Context, v *dict.ViewText) error {
	text := readOnlyView.ReplaceAllString(v.Text, "")
	tokens, err := sqltext.Tokens(text)
	if err != nil {
		return err
	}
	statement, err := sqltext.Translate(text, tokens, l.system(v.Owner))
	if err != nil {
		return err
	}
	if !statement.Query {
		return errors.New("its text is not a query")
	}
	t := l.model.Table(v.Name)
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	list := ""
	if len(names) > 0 {
		list = " (" + quoteAll(names) + ")"
	}
	if _, err := l.conn.Exec(ctx, "CREATE VIEW "+relation(v.Name)+list+" AS "+statement.SQL); err != nil {
		return err
	}
	l.catalog.tables[v.Name] = t
	return nil
}

// sequenceDDL writes CREATE SEQUENCE. What does not fit 64 bits is cut to them.
func sequenceDDL(ddl *strings.Builder, s *dict.Sequence) {
	low, high := "-9223372036854775808", "9223372036854775807"
	minimum, maximum := clamp(s.Min, low, high, low), clamp(s.Max, low, high, high)
	start := clamp(s.Last, minimum, maximum, "1")
	step := clamp(s.Increment, low, high, "1")
	cycle := ""
	if s.Cycle {
		cycle = " CYCLE"
	}
	fmt.Fprintf(ddl, "CREATE SEQUENCE %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s%s;\n", relation(s.Name), step, minimum, maximum,
		start, cycle)
	fmt.Fprintf(ddl, "INSERT INTO ora.sequences VALUES (%s, %s, %s, %s, %d, %s);\n", literal(s.Owner), literal(s.Name.Name), start, step,
		max(s.Cache, 1), literal(relation(s.Name)))
}

// addSequence makes a sequence known. The caller holds the lock.
func (c *catalog) addSequence(s *dict.Sequence) {
	c.sequences[s.Name] = relation(s.Name)
	c.used[s.Name] = true
}

// clamp keeps a whole number between two others.
func clamp(text, low, high, otherwise string) string {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return otherwise
	}
	lowest, _ := new(big.Int).SetString(low, 10)
	highest, _ := new(big.Int).SetString(high, 10)
	if n.Cmp(lowest) < 0 {
		return low
	}
	if n.Cmp(highest) > 0 {
		return high
	}
	return n.String()
}
