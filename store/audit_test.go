// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// chained writes n entries, several in one commit, and returns the migration.
func chained(t *testing.T, s *store.Store, n int) *store.Migration {
	t.Helper()
	ctx := context.Background()
	m, err := s.Create(ctx, migration("m"), store.Change{Audit: []store.Audit{{What: "command", Who: "U1", Object: "open <&> \"quoted\" \x00 ü"}}})
	require.NoError(t, err)
	for i := 1; i < n; {
		m, err = s.Update(ctx, "m", func(*store.Migration, time.Time) (store.Change, error) {
			entries := []store.Audit{{What: "step", Who: "ferryman", Phase: "prepare", Object: fmt.Sprint(i), Outcome: "done", SQL: "ab", AWS: []string{"r1", "r2"}}}
			if i+1 < n && i%3 == 0 {
				entries = append(entries, store.Audit{What: "phase", Who: "ferryman", Outcome: "failed", Why: "because"})
			}
			return store.Change{Audit: entries}, nil
		})
		require.NoError(t, err)
		i = int(m.AuditSeq)
	}
	return m
}

func TestTheChainIsVerifiedFromItsBytes(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	m := chained(t, s, 12)
	lines, err := s.AuditLines(t.Context(), "m", 0)
	require.NoError(t, err)
	require.Len(t, lines, 12)

	// What anybody can do with a stored line and sha256sum.
	hash := regexp.MustCompile(`^(.*"hash":")([0-9a-f]{64})("})$`)
	prev := ""
	for i, line := range lines {
		parts := hash.FindStringSubmatch(line)
		require.NotNil(t, parts, line)
		sum := sha256.Sum256([]byte(parts[1] + parts[3]))
		require.Equal(t, parts[2], hex.EncodeToString(sum[:]))
		var e struct {
			Seq  int
			Prev string
		}
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		require.Equal(t, i+1, e.Seq)
		require.Equal(t, prev, e.Prev)
		prev = parts[2]
	}
	require.Equal(t, m.AuditHead, prev)

	entries, err := s.AuditFrom(t.Context(), "m", 0)
	require.NoError(t, err)
	require.NoError(t, store.VerifyChain(entries))
	tail, err := s.AuditFrom(t.Context(), "m", 9)
	require.NoError(t, err)
	require.Equal(t, entries[9:], tail)
	require.NoError(t, store.VerifyChain(tail), "a part of a chain is one")
	none, err := s.AuditFrom(t.Context(), "m", 12)
	require.NoError(t, err)
	require.Empty(t, none)
	none, err = s.AuditFrom(t.Context(), "unknown", 0)
	require.NoError(t, err)
	require.Empty(t, none)

	// A chain that goes on elsewhere begins later.
	require.NoError(t, s.Client().LTrim(t.Context(), "ferryman:{m}:audit", 4, -1).Err())
	tail, err = s.AuditFrom(t.Context(), "m", 9)
	require.NoError(t, err)
	require.Equal(t, entries[9:], tail)
	all, err := s.AuditFrom(t.Context(), "m", 2)
	require.NoError(t, err)
	require.Equal(t, entries[4:], all)
}

func TestAFieldOfALaterProgramIsCovered(t *testing.T) {
	t.Parallel()
	later := `{"seq":1,"at":"2026-11-22T10:00:00Z","prev":"","what":"vote","who":"U1","weight":2,"hash":""}`
	sum := sha256.Sum256([]byte(later))
	line := later[:len(later)-2] + hex.EncodeToString(sum[:]) + `"}`
	e, err := store.ParseAuditEntry(line)
	require.NoError(t, err)
	require.Equal(t, line, e.Line())
	require.NoError(t, store.VerifyChain([]store.AuditEntry{e}))
	e, err = store.ParseAuditEntry(line[:len(later)-12] + "3" + line[len(later)-11:])
	require.NoError(t, err)
	var wrong *store.ChainError
	require.ErrorAs(t, store.VerifyChain([]store.AuditEntry{e}), &wrong)
}

func parse(t *testing.T, lines []string) []store.AuditEntry {
	t.Helper()
	entries := make([]store.AuditEntry, len(lines))
	for i, line := range lines {
		var err error
		entries[i], err = store.ParseAuditEntry(line)
		require.NoError(t, err)
	}
	return entries
}

func TestWhatIsWrongWithAChainIsNamed(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	chained(t, s, 8)
	lines, err := s.AuditLines(t.Context(), "m", 0)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		change func([]string) []string
		wrong  []string
	}{
		"changed": {func(l []string) []string {
			l[3] = regexp.MustCompile(`"who":"[^"]*"`).ReplaceAllString(l[3], `"who":"U9"`)
			return l
		}, []string{"4 changed: its content does not have its hash"}},
		"missing":   {func(l []string) []string { return slices.Delete(l, 2, 4) }, []string{"3-4 missing"}},
		"reordered": {func(l []string) []string { l[2], l[3] = l[3], l[2]; return l }, []string{"3 out of order: it stands after entry 4"}},
		"twice":     {func(l []string) []string { return slices.Insert(l, 5, l[4]) }, []string{"5 there twice"}},
		"padded":    {func(l []string) []string { l[0] = l[0] + " "; return l }, []string{"1 changed: it is not written as Ferryman writes entries"}},
		"rewritten": {func(l []string) []string { l[4] = rehash(t, l[4], `"who":"ferryman"`, `"who":"U9"`); return l }, []string{"6 does not follow: it names another entry before it than the one that is there. Entry 5 was rewritten, or the chain from 6 on"}},
		"beheaded":  {func(l []string) []string { return []string{rehash(t, l[1], `"seq":2`, `"seq":1`)} }, []string{"1 cut or rewritten: it is the first and names one before it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries := parse(t, c.change(slices.Clone(lines)))
			var said []string
			for _, w := range store.ChainErrors(entries) {
				if w.To > w.Seq {
					said = append(said, fmt.Sprintf("%d-%d %s", w.Seq, w.To, w.What))
					continue
				}
				said = append(said, fmt.Sprintf("%d %s", w.Seq, w.What))
			}
			require.Equal(t, c.wrong, said)
			var first *store.ChainError
			require.ErrorAs(t, store.VerifyChain(entries), &first)
		})
	}
}

// rehash changes a line and gives it the hash of its new content, as somebody does who knows how.
func rehash(t *testing.T, line, old, now string) string {
	t.Helper()
	body := regexp.MustCompile(regexp.QuoteMeta(old)).ReplaceAllLiteralString(line[:len(line)-66], now)
	require.NotEqual(t, line[:len(line)-66], body)
	sum := sha256.Sum256([]byte(body + `"}`))
	return body + hex.EncodeToString(sum[:]) + `"}`
}

// Any single byte of any entry.
func TestAnyChangedByteIsFound(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	chained(t, s, 20)
	lines, err := s.AuditLines(t.Context(), "m", 0)
	require.NoError(t, err)
	entries := parse(t, lines)
	tried := 0
	for range 4000 {
		i := rand.IntN(len(lines))
		b := []byte(lines[i])
		at, to := rand.IntN(len(b)), byte(rand.IntN(256))
		if b[at] == to {
			continue
		}
		b[at] = to
		changed, err := store.ParseAuditEntry(string(b))
		if err != nil {
			continue // not even JSON any more: AuditFrom says so
		}
		tried++
		mine := slices.Clone(entries)
		mine[i] = changed
		var wrong *store.ChainError
		require.ErrorAs(t, store.VerifyChain(mine), &wrong, "byte %d of entry %d to %q", at, i+1, to)
	}
	require.Greater(t, tried, 500)
}

func TestMessagesNameTheEndOfTheChain(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	ctx := t.Context()
	_, err := s.Create(ctx, migration("m"), store.Change{Audit: []store.Audit{{What: "command", Who: "U1"}}})
	require.NoError(t, err)
	m, err := s.Update(ctx, "m", func(*store.Migration, time.Time) (store.Change, error) {
		return store.Change{Audit: []store.Audit{{What: "vote", Who: "U2"}, {What: "vote", Who: "U3"}}, Outgoing: []store.Outgoing{{ID: "1", Migration: "m", Key: "k"}}}, nil
	})
	require.NoError(t, err)
	leased(t, s, "m", "a")
	o, err := s.NextOutgoing(ctx, "m", "a")
	require.NoError(t, err)
	require.Equal(t, int64(3), o.AuditSeq)
	require.Equal(t, m.AuditHead, o.AuditHead)
}
