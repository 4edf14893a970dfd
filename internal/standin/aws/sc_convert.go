// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

var (
	wholeColumn = regexp.MustCompile(`(?m)^(\s+"(?:[^"]|"")+" )integer\b`)
	ofDefiner   = regexp.MustCompile(` SECURITY DEFINER\b`)
	makesCode   = regexp.MustCompile(`^CREATE (FUNCTION|PROCEDURE|VIEW) `)
)

// scConverted words a conversion as AWS's converter does where that shows in the catalog: whole numbers are NUMERIC, the function of a
// trigger is called trigger$table, and code runs with its caller's rights. Grants it has none.
func scConverted(c *convert.Conversion) *convert.Conversion {
	renamed := map[string][2]string{} // ids of functions: the name that is replaced, and the new one
	for _, s := range c.Statements {
		if s.Kind != convert.KindTrigger {
			continue
		}
		for _, id := range s.DependsOn {
			if name, ok := strings.CutPrefix(id, string(convert.KindFunction)+":"+s.Schema+"."); ok {
				renamed[id] = [2]string{scName(s.Schema, name), scName(s.Schema, s.Name+"$"+s.Table)}
			}
		}
	}
	out := &convert.Conversion{Outcomes: c.Outcomes, Actions: c.Actions}
	for _, s := range c.Statements {
		switch s.Kind {
		case convert.KindGrant:
			continue
		case convert.KindTable:
			s.SQL = wholeColumn.ReplaceAllString(s.SQL, "${1}NUMERIC(9,0)")
			if strings.HasSuffix(s.SQL, "\n)") {
				s.SQL += "\n        WITH (\n        OIDS=FALSE\n        )"
			}
		case convert.KindFunction, convert.KindProcedure:
			s.SQL = ofDefiner.ReplaceAllString(s.SQL, "")
			if names, ok := renamed[s.ID]; ok {
				s.SQL = strings.Replace(s.SQL, names[0]+"(", names[1]+"(", 1)
			}
		case convert.KindTrigger:
			for _, id := range s.DependsOn {
				if names, ok := renamed[id]; ok {
					s.SQL = strings.Replace(s.SQL, "EXECUTE FUNCTION "+names[0], "EXECUTE PROCEDURE "+names[1], 1)
				}
			}
		}
		s.SQL = makesCode.ReplaceAllString(s.SQL, "CREATE OR REPLACE $1 ")
		out.Statements = append(out.Statements, s)
	}
	return out
}

func scName(schema, name string) string {
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	return quote(schema) + "." + quote(name)
}

// scStages are the parts of a script, in AWS's order, with what they make.
var scStages = []struct {
	name  string
	kinds []convert.Kind
}{
	{"CREATE-DATABASE", []convert.Kind{convert.KindSchema}},
	{"CREATE-SEQUENCE", []convert.Kind{convert.KindSequence}},
	{"CREATE-TABLE", []convert.Kind{convert.KindTable, convert.KindPartition}},
	{"CREATE-VIEW", []convert.Kind{convert.KindView, convert.KindMaterializedView}},
	{"CREATE-INDEX", []convert.Kind{convert.KindIndex}},
	{"CREATE-CONSTRAINT", []convert.Kind{convert.KindPrimaryKey, convert.KindUnique, convert.KindCheck}},
	{"CREATE-FOREIGN-KEY-CONSTRAINT", []convert.Kind{convert.KindForeignKey}},
	{"CREATE-FUNCTION", []convert.Kind{convert.KindFunction}},
	{"CREATE-PROCEDURE", []convert.Kind{convert.KindProcedure}},
	{"CREATE-TRIGGER", []convert.Kind{convert.KindTrigger}},
}

// EditScripts has the text of each script that Schema Conversion exports from now on changed: by what AWS's converter might write too, or
// by somebody who may write to the bucket.
func (s *Server) EditScripts(edit func(sql string) string) {
	s.see(func() { s.conversions.edit = edit })
}

var scFunction = regexp.MustCompile(`^CREATE OR REPLACE FUNCTION ("(?:[^"]|"")+"\."(?:[^"]|"")+"\(\))`)

// scScriptText writes statements as AWS does: stage by stage, first what takes earlier functions away.
func scScriptText(list []convert.Statement) string {
	var b strings.Builder
	stage := func(name string) {
		fmt.Fprintf(&b, "-- ------------ Write %s-stage scripts -----------\n\n", name)
	}
	stage("DROP-FUNCTION")
	for _, s := range list {
		if m := scFunction.FindStringSubmatch(s.SQL); m != nil {
			fmt.Fprintf(&b, "DROP FUNCTION IF EXISTS %s;\n\n\n\n", m[1])
		}
	}
	write := func(kinds []convert.Kind, s convert.Statement) {
		if slices.Contains(kinds, s.Kind) {
			fmt.Fprintf(&b, "%s;\n\n\n\n", s.SQL)
		}
	}
	for _, st := range scStages {
		stage(st.name)
		for _, s := range list {
			write(st.kinds, s)
		}
	}
	var staged []convert.Kind
	for _, st := range scStages {
		staged = append(staged, st.kinds...)
	}
	for _, s := range list {
		if !slices.Contains(staged, s.Kind) {
			write([]convert.Kind{s.Kind}, s)
		}
	}
	return b.String()
}
