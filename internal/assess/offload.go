// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Offloadable is a column whose values could live outside the database.
type Offloadable struct {
	Owner  string `json:"owner"`
	Table  string `json:"table"`
	Column string `json:"column"`
	Type   string `json:"type"`
	// Bytes is what the column takes on Oracle, Rows how many values it has, Max the length of the greatest; nil where not known.
	Bytes *int64 `json:"bytes"`
	Rows  *int64 `json:"rows"`
	Max   *int64 `json:"max"`
	// FileLike is true where names say that it holds files.
	FileLike bool   `json:"file_like"`
	Evidence string `json:"evidence"`
}

var (
	fileName = regexp.MustCompile(`(?i)FILE|DOC|PDF|IMAGE|IMG|PHOTO|PICTURE|SCAN|ATTACH|UPLOAD|VIDEO|AUDIO|THUMB|SIGNATURE|BINARY|CONTENT`)
	kindName = regexp.MustCompile(`(?i)MIME|CONTENT_?TYPE|FILE_?NAME|FILE_?TYPE|EXTENSION|FILE_?SIZE`)
)

// offloadable lists LOB, LONG and file-like columns, the biggest first.
func (in *input) offloadable(size *space) []Offloadable {
	var out []Offloadable
	for i, t := range in.tables {
		columns := in.has[i]
		if !slices.ContainsFunc(columns, big) {
			continue
		}
		kind := ""
		for _, c := range columns {
			if kindName.MatchString(c.Name) {
				kind = c.Name
			}
		}
		for _, c := range columns {
			if !big(c) || c.Hidden == "YES" && c.UserGenerated != "YES" {
				continue
			}
			o := Offloadable{Owner: t.Owner, Table: t.Name, Column: c.Name, Type: c.Type, Evidence: "its size is not known"}
			o.FileLike = c.Type == "BFILE" || c.Type != "CLOB" && c.Type != "NCLOB" && c.Type != "LONG" && (fileName.MatchString(c.Name) || kind != "")
			if l := in.lob(t, c); l != nil && size.segments {
				if b, ok := size.segment[dictionary.Name{Owner: t.Owner, Name: l.Segment}]; ok {
					o.Bytes, o.Evidence = &b, "space of its segment "+l.Segment+" ("+fromSegments+")"
				}
			}
			if s, ok := in.sizes[convert.ColumnName{Owner: t.Owner, Table: t.Name, Column: c.Name}]; ok {
				switch {
				case s.Why != "" && o.Bytes == nil:
					o.Evidence = "its size is not known: " + s.Why
				case s.Why != "":
					o.Evidence += "; its values are not measured: " + s.Why
				default:
					o.Rows, o.Max, o.Evidence = &s.Rows, &s.Max, "measured"+sampled(s.Sampled)
				}
				if s.Bytes > 0 {
					o.Bytes = &s.Bytes
				}
			}
			if o.FileLike && kind != "" {
				o.Evidence += "; " + kind + " beside it speaks of files"
			}
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Offloadable) int {
		return cmp.Or(cmp.Compare(count(b.Bytes), count(a.Bytes)), cmp.Compare(count(b.Max), count(a.Max)), boolFirst(a.FileLike, b.FileLike),
			cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// big holds for columns whose values may be as long as a file.
func big(c *dictionary.Column) bool {
	return isLob(c) || c.Type == "LONG" || c.Type == "LONG RAW" || c.Type == "BFILE" || c.Type == "RAW" && c.Length >= 1000
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
