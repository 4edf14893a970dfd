// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"regexp"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// The two ways in which a trigger fills a column from a sequence, and the way in which a default does.
const identifier = `"?([A-Za-z][\w$#]*)"?`

var (
	selectInto = regexp.MustCompile(`(?i)(?:` + identifier + `\s*\.\s*)?` + identifier + `\s*\.\s*NEXTVAL\s+INTO\s+:NEW\s*\.\s*` + identifier)
	assign     = regexp.MustCompile(`(?i):NEW\s*\.\s*` + identifier + `\s*:=\s*(?:` + identifier + `\s*\.\s*)?` + identifier + `\s*\.\s*NEXTVAL`)
	byDefault  = regexp.MustCompile(`(?i)(?:` + identifier + `\s*\.\s*)?` + identifier + `\s*\.\s*"?NEXTVAL"?`)
)

// fills finds the columns that are filled from a sequence: how far they are counts for where the sequence has to be. What a body hides
// from this is still covered by the sequence's own LAST_NUMBER.
func fills(d *dictionary.Dictionary) map[string][]postgres.ColumnName {
	found := map[string][]postgres.ColumnName{}
	add := func(seqOwner, seq, owner, table, column string) {
		if seqOwner == "" {
			seqOwner = owner
		}
		name := convert.TargetName(strings.ToUpper(seqOwner)) + "." + convert.TargetName(strings.ToUpper(seq))
		c := postgres.ColumnName{Schema: convert.TargetName(owner), Table: convert.TargetName(table), Column: convert.TargetName(strings.ToUpper(column))}
		if d.Column(owner, table, strings.ToUpper(column)) != nil {
			found[name] = append(found[name], c)
		}
	}
	for _, t := range d.Triggers {
		for _, m := range selectInto.FindAllStringSubmatch(t.Body, -1) {
			add(m[1], m[2], t.TableOwner, t.Table, m[3])
		}
		for _, m := range assign.FindAllStringSubmatch(t.Body, -1) {
			add(m[2], m[3], t.TableOwner, t.Table, m[1])
		}
	}
	for _, c := range d.Columns {
		if m := byDefault.FindStringSubmatch(c.Default); m != nil {
			add(m[1], m[2], c.Owner, c.Table, c.Name)
		}
	}
	return found
}
