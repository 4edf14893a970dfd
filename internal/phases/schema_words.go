// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
)

// summary is the difference in numbers and words.
func (d *difference) summary(decided convert.Decisions) SchemaPlanned {
	p := SchemaPlanned{Make: map[convert.Kind]int{}}
	if d.want == nil {
		p.NoScratch = "there was no scratch database of the target's version to compare with"
	}
	for _, w := range d.wishes {
		told := Differs{Object: w.name(), Words: w.words, Why: w.why}
		quiet := w.thing.Kind == string(convert.KindSchema) || w.thing.Kind == string(convert.KindComment)
		switch w.verdict {
		case toMake:
			p.Make[kindOf(w)]++
			if w.added {
				p.Added = append(p.Added, w.name())
			}
		case toReplace:
			p.Make[kindOf(w)]++
			p.Replace = append(p.Replace, told)
		case isSame:
			if !quiet {
				p.There = append(p.There, w.name())
			}
		case isThere:
			p.There = append(p.There, w.name())
			p.Uncompared++
		case isLeft:
			p.Left = append(p.Left, told)
		case isRefused:
			p.Refused = append(p.Refused, told)
		}
		if w.script == nil || w.verdict != toMake && w.verdict != toReplace {
			continue
		}
		for _, s := range decided.Scripts {
			if s.Object == w.source {
				p.Scripts = append(p.Scripts, ScriptRun{Object: w.name(), By: s.By, At: s.At, From: s.From})
			}
		}
	}
	p.Beside, p.Stale = d.beside()
	return p
}

func kindOf(w *wish) convert.Kind {
	if w.script != nil {
		return "script"
	}
	return convert.Kind(w.thing.Kind)
}

// twoPeople is why two people are asked, empty where they are not.
func (p SchemaPlanned) twoPeople() string {
	var why []string
	if n := len(p.Replace); n > 0 {
		why = append(why, fmt.Sprintf("it replaces %s on the target", objects(n)))
	}
	if n := len(p.Added); n > 0 {
		why = append(why, fmt.Sprintf("it adds %s to what was on the target", objects(n)))
	}
	if n := len(p.Scripts); n > 0 {
		why = append(why, fmt.Sprintf("%s given by people", plural(n, "script", "scripts")))
	}
	return strings.Join(why, ", and ")
}

func objects(n int) string { return plural(n, "object", "objects") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// tells tells whether there is more to say than what is made.
func (p SchemaPlanned) tells() bool {
	return len(p.There)+len(p.Replace)+len(p.Left)+len(p.Added)+len(p.Beside)+len(p.Stale)+len(p.Refused)+len(p.Scripts) > 0
}

// bound cuts the lists to what a message may need.
func (p *SchemaPlanned) bound() {
	cut := func(list *[]Differs) {
		if len(*list) > shownDifferences {
			more := len(*list) - shownDifferences
			*list = append((*list)[:shownDifferences:shownDifferences], Differs{Object: fmt.Sprintf("and %d more, in %s", more, SchemaDifferenceFile)})
		}
		for i := range *list {
			(*list)[i].Words = (*list)[i].Words[:min(len((*list)[i].Words), 5)]
		}
	}
	cut(&p.Replace)
	cut(&p.Left)
	cut(&p.Refused)
}

// text is the whole difference, to read.
func (p SchemaPlanned) text() string {
	var b strings.Builder
	plain := func(title string, list []string) {
		if len(list) > 0 {
			fmt.Fprintf(&b, "%s (%d)\n", title, len(list))
			for _, o := range list {
				fmt.Fprintf(&b, "  %s\n", plainLine(o))
			}
			b.WriteByte('\n')
		}
	}
	differs := func(title string, list []Differs) {
		if len(list) > 0 {
			fmt.Fprintf(&b, "%s (%d)\n", title, len(list))
			for _, o := range list {
				fmt.Fprintf(&b, "  %s", plainLine(o.Object))
				if o.Why != "" {
					fmt.Fprintf(&b, ": %s", plainLine(o.Why))
				}
				b.WriteByte('\n')
				for _, line := range o.Words {
					fmt.Fprintf(&b, "      %s\n", plainLine(line))
				}
			}
			b.WriteByte('\n')
		}
	}
	if p.NoScratch != "" {
		fmt.Fprintf(&b, "Objects that are on the target were found by name alone: %s.\n\n", p.NoScratch)
	}
	if p.Engine != "" {
		b.WriteString("What is made is what AWS DMS Schema Conversion wrote, with people's scripts in its place where they gave some.\n\n")
	}
	made := 0
	for _, n := range p.Make {
		made += n
	}
	fmt.Fprintf(&b, "Made: %d statements and scripts; the plan's .sql has them.\n\n", made)
	differs("There, made by Ferryman, different: dropped and made anew", p.Replace)
	plain("Put on tables that were there", p.Added)
	differs("There and different: left as it is", p.Left)
	differs("Refused by PostgreSQL in the scratch database: not made", p.Refused)
	plain("There, and not of this conversion: not touched", p.Beside)
	plain("There, made by Ferryman, not wanted any more: not touched", p.Stale)
	plain("There and the same", p.There)
	return b.String()
}

// why says what a step does, for the plan.
func (s *applyStep) why() string {
	var drops, scripts, makes, outside int
	for _, i := range s.items {
		if i.Outside && i.Action == postgres.ApplyMake {
			outside++
		}
		switch {
		case i.Action == postgres.ApplyDrop:
			drops++
		case i.Script != nil:
			scripts++
		default:
			makes++
		}
	}
	parts := []string{"makes " + objects(makes)}
	if outside > 0 {
		parts[0] += fmt.Sprintf(" (%d as AWS DMS Schema Conversion wrote them)", outside)
	}
	if drops > 0 {
		parts = append(parts, fmt.Sprintf("drops before %s that Ferryman made and makes anew", objects(drops)))
	}
	if scripts > 0 {
		parts = append(parts, "runs "+plural(scripts, "script of a person", "scripts of people"))
	}
	return strings.Join(parts, ", ") + ", in one transaction"
}

// schemaProblem puts what stopped a step into words.
func schemaProblem(step runbook.Step, err error) error {
	var moved *postgres.MovedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &moved):
		return &runbook.Problem{What: fmt.Sprintf("The target changed since the plan was made: %s is not as it was.", moved.Object), Means: sentence(moved.What) + " Nothing of " + step.Object + " was applied.",
			Do: "See who changed it. Then give the command again: the plan is made anew.", Err: err}
	}
	return problem("PostgreSQL refused a statement; nothing of "+step.Object+" was applied.", err)
}
