// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

// numbering gives a numeric key its values, as the sequence behind it would have done.
type numbering struct {
	column      string
	start, step int64
	largest     int64 // that the column can hold
	sequence    *dict.Sequence
}

// numbering finds the key column that counts, nil where there is none.
func (t *table) numbering(made *Made) *numbering {
	feed, fed := t.options.Feeds[t.Table.Name]
	column := feed.Column
	if !fed {
		for _, key := range t.uniques {
			if c := t.Column(key[0]); len(key) == 1 && c != nil && c.DataType == "NUMBER" && t.limits[key[0]] == nil && !t.references(key[0]) {
				column = key[0]
				break
			}
		}
	}
	c := t.Column(column)
	if c == nil {
		return nil
	}
	n := &numbering{column: column, start: 1, step: 1}
	largest := int64(1) << 53
	if c.Precision > 0 && c.Precision-max(c.Scale, 0) < 16 {
		largest = pow10(c.Precision-max(c.Scale, 0)) - 1
	}
	n.largest = largest
	for _, s := range t.model.Sequences {
		if fed && s.Name == feed.Sequence || !fed && s.Owner == t.Owner && t.named(s.Name.Name, column) {
			n.sequence = s
		}
	}
	if n.sequence == nil {
		return n
	}
	count := int64(t.options.Rows)
	step, err1 := strconv.ParseInt(n.sequence.Increment, 10, 64)
	last, err2 := strconv.ParseInt(n.sequence.Last, 10, 64)
	if highest, err := strconv.ParseInt(n.sequence.Max, 10, 64); err == nil {
		largest = min(largest, highest)
	}
	if err1 != nil || err2 != nil || step <= 0 {
		return n
	}
	switch {
	case last-count*step >= 1: // the numbers given out last
		n.start, n.step = last-count*step, step
	case last+(count-1)*step <= largest: // the numbers to come
		n.start, n.step = max(last, 1), step
	}
	return n
}

// references says whether a column is part of a foreign key.
func (t *table) references(column string) bool {
	for _, f := range t.foreign {
		for _, c := range f.columns {
			if c == column {
				return true
			}
		}
	}
	return false
}

// named says whether a sequence is called after the table or its key.
func (t *table) named(sequence, column string) bool {
	name := t.Table.Name.Name
	for _, base := range []string{name, strings.TrimSuffix(name, "S"), name + "S", name + "_" + column, column, strings.TrimSuffix(column,
		"_ID")} {
		for _, form := range []string{base + "_SEQ", base + "_SQ", "SEQ_" + base, "SQ_" + base, "S_" + base, base + "_S"} {
			if sequence == form {
				return true
			}
		}
	}
	return false
}

// next is the number of a row; false when the column cannot hold it.
func (n *numbering) next(i int) (string, bool) {
	v := n.start + int64(i)*n.step
	return strconv.FormatInt(v, 10), v <= n.largest
}

// finish moves the sequence behind the numbers that were used.
func (n *numbering) finish(t *table, made *Made) {
	if n.sequence == nil || len(t.rows) == 0 {
		return
	}
	after := n.start + int64(len(t.rows))*n.step
	last, err := strconv.ParseInt(n.sequence.Last, 10, 64)
	highest, err2 := strconv.ParseInt(n.sequence.Max, 10, 64)
	if err == nil && after > last && (err2 != nil || after <= highest) {
		made.Sequences[n.sequence.Name] = strconv.FormatInt(after, 10)
	}
}

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
