// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/bits"
)

// sum128 is a sum modulo 2^128 of row hashes: it does not depend on the order of rows, and a row that is there twice counts twice.
type sum128 struct{ high, low uint64 }

func (s *sum128) add(o sum128) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, o.low, 0)
	s.high, _ = bits.Add64(s.high, o.high, carry)
}

func (s sum128) String() string { return fmt.Sprintf("%016x%016x", s.high, s.low) }

// buckets is into how many parts a table's rows are divided by their key, so that a difference can be looked for in a part.
const buckets = 4096

// digest is one side of a table.
type digest struct {
	rows  int64
	sum   sum128
	parts [buckets]part
}

type part struct {
	rows int64
	sum  sum128
}

// keySeed is the same for both sides, else keys would fall into different buckets.
var keySeed = maphash.MakeSeed()

// hasher turns rows of one table into hashes.
type hasher struct {
	table   Table
	kinds   []kind
	key     []int
	row     []byte
	keyForm []byte
}

// hashed is one row: its hash and the bucket of its key.
type hashed struct {
	sum    sum128
	bucket int
}

func newHasher(t Table) *hasher {
	h := &hasher{table: t, key: t.Key}
	for _, c := range t.Columns {
		h.kinds = append(h.kinds, kindOf(c))
	}
	return h
}

// hash reads one row. The row's key stays in keyForm until the next call.
func (h *hasher) hash(values []any) (hashed, error) {
	if len(values) != len(h.kinds) {
		return hashed{}, fmt.Errorf("a row has %d values instead of %d", len(values), len(h.kinds))
	}
	h.row = h.row[:0]
	for i, v := range values {
		if h.kinds[i] == skipped {
			continue
		}
		form, null, err := canonical(h.kinds[i], v)
		if err != nil {
			return hashed{}, fmt.Errorf("column %s: %w", h.table.Columns[i].Source, err)
		}
		h.row = appendValue(h.row, form, null)
	}
	full := sha256.Sum256(h.row)
	result := hashed{sum: sum128{high: binary.BigEndian.Uint64(full[:8]), low: binary.BigEndian.Uint64(full[8:16])}}
	key := h.row
	if len(h.key) > 0 {
		h.keyForm = h.keyForm[:0]
		for _, i := range h.key {
			form, null, err := canonical(h.kinds[i], values[i])
			if err != nil {
				return hashed{}, err
			}
			h.keyForm = appendValue(h.keyForm, form, null)
		}
		key = h.keyForm
	}
	result.bucket = int(maphash.Bytes(keySeed, key) % buckets)
	return result, nil
}

func (d *digest) add(r hashed) {
	d.rows++
	d.sum.add(r.sum)
	p := &d.parts[r.bucket]
	p.rows++
	p.sum.add(r.sum)
}
