// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
)

// fill is what an export's trigger does that fills a column from a sequence before an insert.
type fill struct {
	column, owner, sequence string
	always                  bool // also where the column has a value
}

const trigName = `("?[A-Za-z][\w$#]*"?)`

var (
	trigSelect = regexp.MustCompile(`(?is)^SELECT\s+(?:` + trigName + `\s*\.\s*)?` + trigName +
		`\s*\.\s*NEXTVAL\s+INTO\s+:\s*NEW\s*\.\s*` + trigName + `\s+FROM\s+(?:SYS\s*\.\s*)?DUAL$`)
	trigAssign = regexp.MustCompile(`(?is)^:\s*NEW\s*\.\s*` + trigName + `\s*:=\s*(?:` + trigName + `\s*\.\s*)?` + trigName +
		`\s*\.\s*NEXTVAL$`)
	trigIf    = regexp.MustCompile(`(?is)^IF\s*\(?\s*:\s*NEW\s*\.\s*` + trigName + `\s+IS\s+NULL\s*\)?\s+THEN\s+(.*?)\s*;\s*END\s+IF$`)
	trigBlock = regexp.MustCompile(`(?is)^(?:DECLARE\s+)?BEGIN\s+(.*?)\s*;\s*END\s*(?:"?[\w$#]+"?)?\s*;?\s*/?\s*$`)
	trigWhen  = regexp.MustCompile(`(?is)^\(?\s*NEW\s*\.\s*` + trigName + `\s+IS\s+NULL\s*\)?$`)
	comments  = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/`)
)

// readFill recognises a trigger that does nothing but fill one column from a sequence.
func readFill(t *dict.Trigger) (*fill, bool) {
	if !strings.HasPrefix(t.Type, "BEFORE EACH ROW") || !strings.HasPrefix(t.Event, "INSERT") {
		return nil, false
	}
	block := trigBlock.FindStringSubmatch(strings.TrimSpace(comments.ReplaceAllString(t.Body, " ")))
	if block == nil {
		return nil, false
	}
	body, guarded := block[1], ""
	if m := trigIf.FindStringSubmatch(body); m != nil {
		guarded, body = name(m[1]), m[2]
	}
	if m := trigWhen.FindStringSubmatch(strings.TrimSpace(t.When)); m != nil {
		guarded = name(m[1])
	} else if t.When != "" {
		return nil, false
	}
	f := &fill{}
	if m := trigSelect.FindStringSubmatch(body); m != nil {
		f.owner, f.sequence, f.column = name(m[1]), name(m[2]), name(m[3])
	} else if m := trigAssign.FindStringSubmatch(body); m != nil {
		f.column, f.owner, f.sequence = name(m[1]), name(m[2]), name(m[3])
	} else {
		return nil, false
	}
	if guarded != "" && guarded != f.column {
		return nil, false
	}
	f.always = guarded == ""
	return f, true
}

// name is a name as the dictionary has it.
func name(text string) string {
	if strings.HasPrefix(text, `"`) {
		return strings.Trim(text, `"`)
	}
	return strings.ToUpper(text)
}

// triggers puts on each table what checks and completes its rows, and what records their changes.
func (l *loader) triggers(ctx context.Context) error {
	fills := l.fills()
	keys := primaryKeys(l.model)
	for _, t := range l.model.Tables {
		if _, err := l.conn.Exec(ctx, l.beforeTrigger(t, fills[t.Name])); err != nil {
			return fmt.Errorf("make the checks of %s: %w", t.Name, err)
		}
		if t.Temporary {
			l.note("temporary table %s: its rows are seen by every session", t.Name)
			continue
		}
		if _, err := l.conn.Exec(ctx, redoTrigger(t, keys[t.Name], l.catalog.logged(t.Name, l.opts))+attachRedo(t)); err != nil {
			return fmt.Errorf("make the redo of %s: %w", t.Name, err)
		}
	}
	return nil
}

// fills finds the triggers that fill a column, by table, and notes the others.
func (l *loader) fills() map[dict.Name][]*fill {
	fills := map[dict.Name][]*fill{}
	for _, t := range l.model.Triggers {
		if !t.Enabled {
			continue
		}
		f, ok := readFill(t)
		if !ok {
			l.note("trigger %s is not executed: the stand-in runs only triggers that fill a column from a sequence", t.Name)
			continue
		}
		table := dict.Name{Owner: t.TableOwner, Name: t.Table}
		if _, err := l.system(t.Owner).Sequence(f.owner, f.sequence); err != nil {
			l.note("trigger %s is not executed: %v", t.Name, err)
			continue
		}
		fills[table] = append(fills[table], f)
	}
	return fills
}

func primaryKeys(m *dict.Model) map[dict.Name][]string {
	keys := map[dict.Name][]string{}
	for _, c := range m.Constraints {
		if c.Type == "P" && c.Enabled {
			keys[dict.Name{Owner: c.Owner, Name: c.Table}] = c.Columns
		}
	}
	return keys
}

// beforeTrigger completes and checks a row: sequences and identities, defaults for NULLs, virtual columns, ” as NULL, blanks of
// CHARs, lengths in bytes or characters.
func (l *loader) beforeTrigger(t *dict.Table, fills []*fill) string {
	var body strings.Builder
	if len(fills) > 0 {
		body.WriteString("IF TG_OP = 'INSERT' THEN\n")
		for _, f := range fills {
			sequence, _ := l.system(t.Owner).Sequence(f.owner, f.sequence)
			if f.always {
				fmt.Fprintf(&body, "NEW.%s := nextval(%s);\n", quote(f.column), literal(sequence))
			} else {
				fmt.Fprintf(&body, "IF NEW.%s IS NULL THEN NEW.%s := nextval(%s); END IF;\n", quote(f.column), quote(f.column), literal(sequence))
			}
		}
		body.WriteString("END IF;\n")
	}
	var tooLong, which []string
	for _, c := range t.Columns {
		col := "NEW." + quote(c.Name)
		switch {
		case c.Virtual:
			text, err := sqltext.Expression(c.Default, l.system(t.Owner), "NEW")
			if err != nil {
				l.note("virtual column %s.%s stays NULL: %v", t.Name, c.Name, err)
				continue
			}
			fmt.Fprintf(&body, "%s := %s;\n", col, text)
			continue
		case c.DefaultOnNull && c.Default != "":
			if text, err := sqltext.Expression(c.Default, l.system(t.Owner), ""); err == nil {
				fmt.Fprintf(&body, "IF TG_OP = 'INSERT' AND %s IS NULL THEN %s := %s; END IF;\n", col, col, text)
			}
		}
		length, size := "octet_length", charSize(c)
		if c.CharUsed == "C" {
			length = "char_length"
		}
		switch c.DataType {
		case "VARCHAR2", "NVARCHAR2", "VARCHAR", "ROWID", "UROWID":
			fmt.Fprintf(&body, "IF %s = '' THEN %s := NULL; END IF;\n", col, col)
		case "CHAR", "NCHAR":
			// A bpchar loses its blanks when it becomes text; concat keeps them. The length that is checked is without them.
			fmt.Fprintf(&body, "IF octet_length(%s) = 0 THEN %s := NULL; END IF;\n", col, col)
			width := fmt.Sprintf("%d - octet_length(%s::text) + char_length(%s::text)", size, col, col)
			if c.CharUsed == "C" {
				width = strconv.Itoa(size)
			}
			fmt.Fprintf(&body, "IF %s IS NOT NULL THEN %s := pg_catalog.rpad(pg_catalog.concat(%s), "+
				"greatest(%s, char_length(%s::text)))::bpchar; END IF;\n", col, col, col, width, col)
			length = "char_length"
			if c.CharUsed != "C" {
				length = "octet_length"
			}
			col += "::text"
		case "RAW":
			size = c.Length
		default:
			continue
		}
		if size > 0 {
			tooLong = append(tooLong, fmt.Sprintf("%s(%s) > %d", length, col, size))
			message := fmt.Sprintf(`'value too large for column "%s"."%s"."%s" (actual: ' || %s(%s)::text || ', maximum: %d)'`,
				strings.ReplaceAll(t.Owner, "'", "''"), strings.ReplaceAll(t.Name.Name, "'", "''"), strings.ReplaceAll(c.Name, "'", "''"), length,
				col, size)
			which = append(which, fmt.Sprintf("IF %s(%s) > %d THEN PERFORM ora.refuse('OR899', %s); END IF;\n", length, col, size, message))
		}
	}
	if len(tooLong) > 0 {
		fmt.Fprintf(&body, "IF %s THEN\n%sEND IF;\n", strings.Join(tooLong, " OR "), strings.Join(which, ""))
	}
	if body.Len() == 0 {
		return ""
	}
	function := triggerFunction(t, "check")
	return fmt.Sprintf("CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %s;\n"+
		"CREATE TRIGGER \"ora$check\" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s();\n",
		function, dollar("BEGIN\n"+body.String()+"RETURN NEW;\nEND"), relation(t.Name), function)
}

func triggerFunction(t *dict.Table, what string) string {
	name := what + " " + t.Owner + "." + t.Name.Name
	if len(name) > 63 {
		name = fmt.Sprintf("%s %.40x", what, sha256.Sum224([]byte(t.Name.String())))
	}
	return "dict." + quote(name)
}

// dollar quotes a function's body.
func dollar(body string) string {
	tag := "$ora$"
	for i := 0; strings.Contains(body, tag); i++ {
		tag = fmt.Sprintf("$ora%d$", i)
	}
	return tag + body + tag
}

// logged says which columns of a table are in the redo of every change: "" none, "PK" the primary key, "ALL" all.
func (c *catalog) logged(name dict.Name, opts *Options) *logging {
	c.mu.RLock()
	defer c.mu.RUnlock()
	l := &logging{primaryKey: opts.SupplementalLogPK, all: opts.SupplementalLogAll, groups: map[string][]string{}}
	if mine := c.logging[name]; mine != nil {
		l.primaryKey, l.all = l.primaryKey || mine.primaryKey, l.all || mine.all
		for group, columns := range mine.groups {
			l.groups[group] = slices.Clone(columns)
		}
	}
	return l
}
