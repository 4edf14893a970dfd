// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxName is the length in bytes of PostgreSQL's names; longer ones are cut by the server (NAMEDATALEN).
const maxName = 63

// TargetName is the name that an Oracle name has on the target: lower case, as the DMS rules convert it, and where that is longer
// than PostgreSQL's 63 bytes its beginning with a hash of the whole.
func TargetName(oracle string) string {
	name := strings.ToLower(oracle)
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	cut := maxName - 9
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "_" + hex.EncodeToString(sum[:4])
}

func tooLong(oracle string) bool { return len(strings.ToLower(oracle)) > maxName }

// ident quotes a name for PostgreSQL, which takes no NUL in one.
func ident(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = `"` + strings.ReplaceAll(strings.ReplaceAll(p, "\x00", ""), `"`, `""`) + `"`
	}
	return strings.Join(quoted, ".")
}

// writeIdent writes what ident gives for one name.
func writeIdent(b *strings.Builder, name string) {
	if strings.ContainsAny(name, "\"\x00") {
		b.WriteString(ident(name))
		return
	}
	b.WriteByte('"')
	b.WriteString(name)
	b.WriteByte('"')
}

func idents(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = ident(n)
	}
	return strings.Join(quoted, ", ")
}

// literal quotes a text. A backslash is itself, as standard_conforming_strings has it.
func literal(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}

func targetNames(oracle []string) []string {
	out := make([]string, len(oracle))
	for i, n := range oracle {
		out[i] = TargetName(n)
	}
	return out
}

// names are the names that are taken in one name space of the target.
type names map[string]bool

func (n names) claim(name string) bool {
	if n[name] {
		return false
	}
	n[name] = true
	return true
}

// free claims name, or name with a suffix and if need be a number.
func (n names) free(name, suffix string) string { return firstFree(name, suffix, n.claim) }

func firstFree(name, suffix string, claim func(string) bool) string {
	if claim(name) {
		return name
	}
	for i := 1; ; i++ {
		other := TargetName(name + suffix)
		if i > 1 {
			other = TargetName(name + suffix + strconv.Itoa(i))
		}
		if claim(other) {
			return other
		}
	}
}
