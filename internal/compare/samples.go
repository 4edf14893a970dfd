// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// maxKept bounds how many rows of each side the second reading keeps in memory.
const maxKept = 200_000

// maxKeyText bounds how much of a key's text is shown, in bytes.
const maxKeyText = 100

// found is a row of the second reading.
type found struct {
	key []string
	sum sum128
}

var errEnough = errors.New("enough rows")

// findSamples reads both sides again and compares, row by row, those parts of the table whose first digests differ.
func findSamples(ctx context.Context, t Table, opts Options, source, target *digest) ([]Sample, string, error) {
	if len(t.Key) == 0 {
		return nil, "the table has no primary key, so the rows that differ can't be named", nil
	}
	for _, i := range t.Key {
		if kindOf(t.Columns[i]) == skipped {
			return nil, "the primary key has a type that is not compared, so the rows that differ can't be named", nil
		}
	}
	wanted := choose(source, target)
	var here, there map[string]found
	both, inner := errgroup.WithContext(ctx)
	both.Go(func() (err error) { here, err = collect(inner, t, opts.Source(t), wanted); return err })
	both.Go(func() (err error) { there, err = collect(inner, t, opts.Target(t), wanted); return err })
	if err := both.Wait(); err != nil {
		return nil, "", err
	}
	var samples []Sample
	for key, row := range here {
		other, ok := there[key]
		switch {
		case !ok:
			samples = append(samples, Sample{Key: row.key, Kind: Missing})
		case other.sum != row.sum:
			samples = append(samples, Sample{Key: row.key, Kind: Different})
		}
	}
	for key, row := range there {
		if _, ok := here[key]; !ok {
			samples = append(samples, Sample{Key: row.key, Kind: Extra})
		}
	}
	slices.SortFunc(samples, func(a, b Sample) int { return cmp.Or(compareKeys(t, a.Key, b.Key), cmp.Compare(a.Kind, b.Kind)) })
	note := ""
	if len(samples) == 0 {
		note = "a second reading found no row that differs: rows changed meanwhile"
	}
	return samples[:min(len(samples), opts.Samples)], note, nil
}

// choose takes differing parts of the table, the smallest first, as many as fit into memory.
func choose(source, target *digest) map[int]bool {
	var differing []int
	for i := range buckets {
		if source.parts[i] != target.parts[i] {
			differing = append(differing, i)
		}
	}
	size := func(i int) int64 { return max(source.parts[i].rows, target.parts[i].rows) }
	slices.SortFunc(differing, func(a, b int) int { return cmp.Or(cmp.Compare(size(a), size(b)), cmp.Compare(a, b)) })
	wanted, rows := map[int]bool{}, int64(0)
	for _, i := range differing {
		if rows += size(i); rows > maxKept && len(wanted) > 0 {
			break
		}
		wanted[i] = true
	}
	return wanted
}

// collect keeps the rows of the wanted parts. Two rows with one key, which a target without its key may have, count as one that differs.
func collect(ctx context.Context, t Table, rows Rows, wanted map[int]bool) (map[string]found, error) {
	h, kept := newHasher(t), map[string]found{}
	err := rows(ctx, func(values []any) error {
		r, err := h.hash(values)
		if err != nil || !wanted[r.bucket] {
			return err
		}
		key := string(h.keyForm)
		if earlier, ok := kept[key]; ok {
			r.sum.add(earlier.sum)
		} else if len(kept) >= 2*maxKept {
			return errEnough
		}
		kept[key] = found{key: h.keyTexts(values), sum: r.sum}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil, errors.New("too many rows differ to keep them in memory")
	}
	return kept, err
}

// keyTexts are the key's values for people.
func (h *hasher) keyTexts(values []any) []string {
	texts := make([]string, len(h.key))
	for n, i := range h.key {
		form, null, _ := canonical(h.kinds[i], values[i]) // hash has read it already
		switch {
		case null:
			form = "NULL"
		case h.kinds[i] == bytesKind || !utf8.ValidString(form):
			form = hex.EncodeToString([]byte(form[:min(len(form), maxKeyText/2)]))
		}
		if len(form) > maxKeyText {
			form = strings.ToValidUTF8(form[:maxKeyText], "") + "…"
		}
		texts[n] = form
	}
	return texts
}

// compareKeys orders keys, numbers by their value.
func compareKeys(t Table, a, b []string) int {
	for n, i := range t.Key {
		x, y := a[n], b[n]
		if kindOf(t.Columns[i]) == number {
			negative := strings.HasPrefix(x, "-")
			if c := cmp.Compare(b2i(strings.HasPrefix(y, "-")), b2i(negative)); c != 0 {
				return c
			}
			wholeX, _, _ := strings.Cut(x, ".")
			wholeY, _, _ := strings.Cut(y, ".")
			c := cmp.Or(cmp.Compare(len(wholeX), len(wholeY)), cmp.Compare(x, y))
			if negative {
				c = -c
			}
			if c != 0 {
				return c
			}
			continue
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
