// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// csvHeader are the columns of the action items that AWS's Schema Conversion Tool writes (release 663), so that what reads those can
// read these.
var csvHeader = []string{"Category", "Occurrence", "Action item", "Subject", "Group", "Description", "Documentation references",
	"Recommended action", "Filtered", "Estimated complexity", "Line", "Position", "Source", "Target", "Server IP address and port",
	"Database name", "Schema name"}

// CSV is the action items with the columns of AWS's Schema Conversion Tool: every field quoted, lines end with a line feed.
func (r *Report) CSV() ([]byte, error) {
	var b bytes.Buffer
	writeCSV(&b, csvHeader)
	for _, a := range r.Actions {
		line := ""
		if a.Line > 0 {
			line = strconv.Itoa(a.Line)
		}
		writeCSV(&b, []string{strings.ToLower(a.Object.Type), occurrence(a), a.Code, a.Subject, convert.Titles[a.Code], a.Reason, "", a.Hint, "",
			string(a.Complexity), line, "", "Oracle", "PostgreSQL", "", "", a.Object.Owner})
	}
	return b.Bytes(), nil
}

// occurrence is the path that the Schema Conversion Tool gives an object: Schemas.X.Procedures.Y[: Line n].
func occurrence(a convert.ActionItem) string {
	kind := strings.ReplaceAll(strings.ToLower(a.Object.Type), " ", "-")
	plural := strings.ToUpper(kind[:1]) + kind[1:] + "s"
	switch kind {
	case "index":
		plural = "Indexes"
	case "package-body":
		plural = "Package-bodies"
	}
	path := "Schemas." + a.Object.Owner + "." + plural + "." + a.Object.Name
	if a.Line > 0 {
		path += ": Line " + strconv.Itoa(a.Line)
	}
	return path
}

func writeCSV(b *bytes.Buffer, fields []string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		// A spreadsheet takes a field that starts so for a formula.
		if f != "" && strings.ContainsRune("=+-@\t\r", rune(f[0])) {
			f = "'" + f
		}
		b.WriteString(`"` + strings.ReplaceAll(f, `"`, `""`) + `"`)
	}
	b.WriteByte('\n')
}
