// SPDX-License-Identifier: Apache-2.0

package faulty

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// changing are the beginnings of CommandComplete tags of statements that write, whatever they are about.
var changing = []string{
	"CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE", "COMMENT", "REINDEX", "CLUSTER", "VACUUM", "ANALYZE", "DO", "CALL", "REFRESH", "SECURITY", "COPY",
}

var hidden = regexp.MustCompile(`(?i)\bsetval\s*\(|\b(insert\s+into|update|delete\s+from)\s+[a-z_"]+\s*\.`)

// writes tells by its tag, and where that says nothing by its text, whether a statement wrote something.
func writes(tag, sql string) bool {
	word, rest, _ := strings.Cut(tag, " ")
	switch word {
	case "INSERT", "UPDATE", "DELETE", "MERGE":
		return !strings.HasSuffix(" "+rest, " 0")
	case "SELECT":
		return hidden.MatchString(sql)
	}
	return slices.Contains(changing, word) && !strings.HasPrefix(tag, "COPY 0")
}

// act is a statement's verb and what it is about.
var act = regexp.MustCompile(`(?is)^\s*(?:/\*.*?\*/\s*)?(insert\s+into|update|delete\s+from|select|with|create(?:\s+unique)?\s+\w+|alter\s+\w+|drop\s+\w+|truncate|grant|revoke|comment\s+on\s+\w+|\w+)` +
	`(?:\s+(?:if\s+(?:not\s+)?exists|concurrently|only|table)\b)*\s*("?[\w$]+"?(?:\."?[\w$]+"?)?)?`)

// postgresWrite names what one transaction has written.
func postgresWrite(written []statement) Write {
	var kinds []string
	sum := sha256.New()
	for _, s := range written {
		_, _ = sum.Write([]byte(s.sql + "\x00" + s.params + "\x00"))
		kind := "statement"
		if found := act.FindStringSubmatch(s.sql); found != nil {
			verb := strings.ToUpper(strings.Join(strings.Fields(found[1]), " "))
			switch verb {
			case "INSERT INTO", "UPDATE", "DELETE FROM", "TRUNCATE":
				kind = verb + " " + found[2]
			case "SELECT", "WITH":
				kind = verb + " that writes"
			default:
				kind = verb
			}
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	// A long list says less than its beginning.
	if len(kinds) > 4 {
		kinds = append(kinds[:4:4], "…")
	}
	w := Write{Service: Postgres, Kind: strings.Join(kinds, ", "), ID: hex.EncodeToString(sum.Sum(nil))[:16]}
	w.Repeats = w.Kind == "UPDATE ferryman.fence" || strings.HasPrefix(w.Kind, "VACUUM") || strings.HasPrefix(w.Kind, "ANALYZE")
	return w
}
