// SPDX-License-Identifier: Apache-2.0

package dictionary

import "hash/maphash"

// hashed finds the rows of a slice by a name that each has. It takes eight to sixteen bytes a row and holds no pointers: of the largest views there
// are hundreds of thousands of rows, most of them alone under their name, and a map of slices would take ten times as much.
type hashed[T any] struct {
	rows  []T
	name  func(*T) Name
	seed  maphash.Seed
	heads []int32 // by hash: the number of the first row, from 1; 0 is none
	next  []int32 // by row: the number of the next one with the same hash
}

func hash[T any](rows []T, name func(*T) Name) hashed[T] {
	size := 16
	for size < len(rows) {
		size *= 2
	}
	h := hashed[T]{rows: rows, name: name, seed: maphash.MakeSeed(), heads: make([]int32, size), next: make([]int32, len(rows))}
	for i := len(rows) - 1; i >= 0; i-- { // backwards, so that rows of a name are found in their order
		at := h.at(name(&rows[i]))
		h.next[i], h.heads[at] = h.heads[at], int32(i+1)
	}
	return h
}

func (h *hashed[T]) at(n Name) uint64 {
	return maphash.Comparable(h.seed, n) & uint64(len(h.heads)-1)
}

// each calls fn for every row of a name, in their order, until it says no.
func (h *hashed[T]) each(n Name, fn func(*T) bool) {
	for i := h.heads[h.at(n)]; i > 0; i = h.next[i-1] {
		if row := &h.rows[i-1]; h.name(row) == n && !fn(row) {
			return
		}
	}
}

// last is the last row of a name, or nil.
func (h *hashed[T]) last(n Name) (found *T) {
	h.each(n, func(row *T) bool { found = row; return true })
	return found
}
