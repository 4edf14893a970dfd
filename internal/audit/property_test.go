// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/audit"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// linked writes a chain of n entries of chance.
func linked(t *testing.T, n int) []string {
	t.Helper()
	lines, prev := make([]string, n), ""
	for i := range lines {
		e := store.AuditEntry{Seq: int64(i + 1), At: time.Unix(rand.Int64N(4e9), rand.Int64N(1e9)).UTC(), Prev: prev,
			Audit: store.Audit{What: []string{"vote", "step", "command", "refused"}[rand.IntN(4)], Who: fmt.Sprintf("U%d", rand.IntN(5)), Object: string([]rune{rune(rand.IntN(0x3000)), '"', '\n', '\\'}[:rand.IntN(5)])}}
		body, err := json.Marshal(e)
		require.NoError(t, err)
		sum := sha256.Sum256(body)
		prev = hex.EncodeToString(sum[:])
		lines[i] = strings.TrimSuffix(string(body), `"}`) + prev + `"}`
	}
	return lines
}

func hashOf(line string) string { return line[len(line)-66 : len(line)-2] }

// kept is a chain as it is in all places: the target lacks the last two entries.
func kept(lines []string) audit.Evidence {
	n := len(lines)
	v := audit.Evidence{Migration: "box",
		Redis:  audit.Copy{Known: true, Open: true, Lines: slices.Clone(lines), EndSeq: int64(n), EndHash: hashOf(lines[n-1]), Exactly: true},
		Target: audit.Copy{Known: true, Open: true, Lines: slices.Clone(lines[:n-2]), EndSeq: int64(n - 2), EndHash: hashOf(lines[n-3])}}
	for i, line := range lines {
		if i < n-2 {
			v.Target.Rows = append(v.Target.Rows, postgres.ChainEntry{Seq: int64(i + 1), Hash: hashOf(line), Entry: line})
		}
		if i%3 == 2 {
			v.Heads = append(v.Heads, audit.Head{Seq: int64(i + 1), Hash: hashOf(line), TS: fmt.Sprintf("17000000%02d.000100", i), Key: "m"})
		}
	}
	return v
}

// A change is a single one of a single entry, at a place of the list.
var changes = map[string]func(lines []string, at int) []string{
	"a byte": func(lines []string, at int) []string {
		b := []byte(lines[at])
		i := rand.IntN(len(b))
		b[i] ^= byte(1 + rand.IntN(255))
		lines[at] = string(b)
		return lines
	},
	"a byte more": func(lines []string, at int) []string {
		i := rand.IntN(len(lines[at]) + 1)
		lines[at] = lines[at][:i] + string(rune('!'+rand.IntN(90))) + lines[at][i:]
		return lines
	},
	"a byte less": func(lines []string, at int) []string {
		i := rand.IntN(len(lines[at]))
		lines[at] = lines[at][:i] + lines[at][i+1:]
		return lines
	},
	"emptied":  func(lines []string, at int) []string { lines[at] = ""; return lines },
	"replaced": func(lines []string, at int) []string { lines[at] = lines[(at+1)%len(lines)]; return lines },
	"removed":  func(lines []string, at int) []string { return slices.Delete(lines, at, at+1) },
	"twice":    func(lines []string, at int) []string { return slices.Insert(lines, at, lines[at]) },
	"moved": func(lines []string, at int) []string {
		line := lines[at]
		lines = slices.Delete(lines, at, at+1)
		to := rand.IntN(len(lines))
		if to >= at {
			to++
		}
		return slices.Insert(lines, to, line)
	},
	"rewritten with its hash": func(lines []string, at int) []string {
		body := strings.Replace(lines[at][:len(lines[at])-66], `"who":"U`, `"who":"M`, 1)
		sum := sha256.Sum256([]byte(body + `"}`))
		lines[at] = body + hex.EncodeToString(sum[:]) + `"}`
		return lines
	},
	"cut off": func(lines []string, at int) []string { return lines[:at] },
}

func rounds() int {
	if os.Getenv("FERRYMAN_TEST_FULL") != "" {
		return 20000
	}
	return 100
}

// Any single change of any stored entry, in Redis or on the target, is found, by the number of the entry or of one beside it.
func TestAnySingleChangeIsFound(t *testing.T) {
	t.Parallel()
	require.Empty(t, audit.Verify(kept(linked(t, 14))).Findings)
	for name, change := range changes {
		for range rounds() {
			lines := linked(t, 8+rand.IntN(8))
			v := kept(lines)
			place := &v.Redis
			where := audit.InRedis
			if rand.IntN(2) == 0 {
				place, where = &v.Target, audit.OnTarget
			}
			at := rand.IntN(len(place.Lines))
			before := slices.Clone(place.Lines)
			place.Lines = change(place.Lines, at)
			if slices.Equal(before, place.Lines) {
				continue
			}
			place.Rows = place.Rows[:min(len(place.Rows), len(place.Lines))]
			for len(place.Rows) < len(place.Lines) && where == audit.OnTarget {
				place.Rows = append(place.Rows, postgres.ChainEntry{Seq: int64(len(place.Rows) + 1)})
			}
			r := audit.Verify(v)
			require.NotEmpty(t, r.Findings, "%s, %s %d:\n%s", name, where, at+1, strings.Join(place.Lines, "\n"))
			require.True(t, name == "moved" /* or those that it jumped over */ || slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
				return f.Where == where && int64(at) <= max(f.Seq, f.To) && f.Seq <= int64(at+2)
			}), "%s, %s %d: %v", name, where, at+1, r.Findings)
		}
	}
}

// A chain that is rewritten whole, from any entry on, in Redis and on the target alike, is found by the first head that it changes.
func TestAnyRewritingOfBothIsFoundByTheThread(t *testing.T) {
	t.Parallel()
	for range rounds() {
		lines := linked(t, 14)
		v := kept(lines)
		from := rand.IntN(12) // the last head is that of entry 12
		after := kept(rewritten(t, lines, from))
		after.Heads = v.Heads
		r := audit.Verify(after)
		require.NotEmpty(t, r.Findings)
		require.Equal(t, audit.InThread, r.Findings[0].Where)
		require.Equal(t, int64(from/3*3+3), r.Findings[0].Seq)
	}
}

// The same of a file alone; cutting off its end together with what it says of its end is left to the thread.
func TestAnySingleChangeOfAFileIsFound(t *testing.T) {
	t.Parallel()
	for name, change := range changes {
		for range rounds() {
			lines := linked(t, 8+rand.IntN(8))
			var file bytes.Buffer
			require.NoError(t, audit.Export{Migration: "box", Chain: lines, Others: []postgres.AuditLine{{ID: 1, Actor: "dba", Action: "restore"}}}.Write(&file))
			clean, err := audit.VerifyFile(bytes.NewReader(file.Bytes()))
			require.NoError(t, err)
			require.Empty(t, clean.Findings)
			all := strings.Split(strings.TrimSuffix(file.String(), "\n"), "\n")
			require.Equal(t, lines, all[:len(lines)], "byte for byte")

			changed := change(slices.Clone(lines), rand.IntN(len(lines)))
			if slices.Equal(changed, lines) {
				continue
			}
			report, err := audit.VerifyFile(strings.NewReader(strings.Join(append(changed, all[len(lines):]...), "\n")))
			require.NoError(t, err)
			require.NotEmpty(t, report.Findings, "%s:\n%s", name, strings.Join(changed, "\n"))
		}
	}
}
