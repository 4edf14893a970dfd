// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

var schemaCommand = Spec{Name: "/migrate-schema", Phase: "schema", Usage: named,
	Description: "Convert the schema, show the difference to the target, and apply it (two people where it alters what is there)"}

// differsShown is how many objects of a difference a message names.
const differsShown = 5

func askSchema(summary json.RawMessage, ask runbook.Ask) (string, error) {
	var p phases.SchemaPlanned
	if err := json.Unmarshal(summary, &p); err != nil {
		return "", err
	}
	made := statements(p)
	from := ""
	if p.Engine == assess.DMS {
		from = " from AWS's script, as it was tried"
	}
	text := fmt.Sprintf("Makes *%s* on the target%s, in one transaction for each schema.", several(made, "object", "objects"), from)
	if n := len(p.Replace); n > 0 {
		text += fmt.Sprintf("\n*Drops and makes anew %s* that Ferryman made and nobody changed since; tables among them are empty, and stay so:\n%s",
			several(n, "object", "objects"), differs(p.Replace))
	}
	if n := len(p.Added); n > 0 {
		text += fmt.Sprintf("\n*Adds %s to what was there*: %s.", several(n, "object", "objects"), strings.Join(few(p.Added, differsShown), ", "))
	}
	if len(p.Scripts) > 0 {
		var lines []string
		for _, s := range p.Scripts[:min(len(p.Scripts), differsShown)] {
			lines = append(lines, fmt.Sprintf("• %s: by <@%s>, %s, from `%s`", Escape(s.Object), Escape(s.By), day(s.At), Escape(s.From)))
		}
		if more := len(p.Scripts) - differsShown; more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		text += fmt.Sprintf("\n*Runs %s of people*, with the rights of Ferryman's role; each was tried, and made its object and nothing else:\n%s",
			several(len(p.Scripts), "script", "scripts"), strings.Join(lines, "\n"))
	}
	text += "\n" + untouched(p)
	text += "\n*Way back*: none by Ferryman for what is made anew; it was empty, or holds no rows. Nothing that Ferryman did not make is dropped, and no row is touched.\n" + howLong(ask)
	return text, nil
}

func statements(p phases.SchemaPlanned) int {
	made := 0
	for _, n := range p.Make {
		made += n
	}
	return made
}

// differs names objects with their differences.
func differs(list []phases.Differs) string {
	var lines []string
	for _, d := range list[:min(len(list), differsShown)] {
		line := "• " + Escape(d.Object)
		if d.Why != "" {
			line += ": " + Escape(d.Why)
		}
		if len(d.Words) > 0 {
			line += " – " + strings.Join(few(d.Words, 2), "; ")
		}
		lines = append(lines, cut(line, 400))
	}
	if more := len(list) - differsShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// cut shortens text that was escaped, without splitting what was.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	short := string(runes[:most])
	if i := strings.LastIndexByte(short, '&'); i >= 0 && !strings.Contains(short[i:], ";") {
		short = short[:i]
	}
	return short + "…"
}

// untouched says what is there and stays as it is.
func untouched(p phases.SchemaPlanned) string {
	parts := []string{}
	if n := len(p.There); n > 0 {
		same := several(n, "object is there and the same", "objects are there and the same")
		if p.Uncompared > 0 {
			same = several(n, "object is there by its name", "objects are there by their names")
		}
		parts = append(parts, same)
	}
	if n := len(p.Beside); n > 0 {
		parts = append(parts, several(n, "is there and not of this conversion", "are there and not of this conversion"))
	}
	if n := len(p.Stale); n > 0 {
		parts = append(parts, several(n, "was made by Ferryman and is not wanted any more", "were made by Ferryman and are not wanted any more"))
	}
	text := ""
	if len(parts) > 0 {
		text = "Not touched: " + strings.Join(parts, ", ") + "."
	}
	if p.Uncompared > 0 {
		text += fmt.Sprintf(" Whether %s the same is not known: %s.", several(p.Uncompared, "of them is", "of them are"), Escape(p.NoScratch))
	}
	if n := len(p.Left); n > 0 {
		text += fmt.Sprintf("\n*There and different, left as found* (%d):\n%s", n, differs(p.Left))
	}
	if n := len(p.Refused); n > 0 {
		text += fmt.Sprintf("\n*Not made, PostgreSQL refuses it* (%d):\n%s", n, differs(p.Refused))
	}
	return strings.TrimSpace(text)
}

func schemaApplied(m *store.Migration, e runbook.Ended) (Message, error) {
	var s phases.SchemaDone
	if err := json.Unmarshal(e.Data, &s); err != nil {
		return Message{}, err
	}
	made := statements(s.SchemaPlanned)
	head := fmt.Sprintf("*Applied the schema in %s*: %s, one transaction for each schema.", took(e.Took),
		several(made, "statement", "statements"))
	if made == 0 {
		head = "*The schema is there already*: nothing was applied."
	}
	var parts []string
	if n := len(s.Replace); n > 0 {
		parts = append(parts, several(n, "object that Ferryman made was made anew", "objects that Ferryman made were made anew"))
	}
	if n := len(s.Scripts); n > 0 {
		parts = append(parts, several(n, "script of a person was run", "scripts of people were run"))
	}
	if len(parts) > 0 {
		head += " " + sentence(strings.Join(parts, ", "))
	}
	there := fmt.Sprintf("On the target now: %s.",
		list(some(s.Tables, "table", "tables"), some(s.PrimaryKeys, "primary key", "primary keys"),
			some(s.ForeignKeys, "foreign key", "foreign keys"),
			some(s.Indexes, "index", "indexes"), some(s.Sequences, "sequence", "sequences"), some(s.Triggers, "trigger", "triggers"),
			some(s.Views, "view", "views")))
	var hands string
	if s.Hands > 0 {
		hands = fmt.Sprintf("%s not made and left to hands; they are in action-items.csv of the assessment.",
			several(s.Hands, "object was", "objects were"))
	}
	return message(head+" "+there, hands, untouched(s.SchemaPlanned)), nil
}
