// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// sequencesStep makes the sequences, except those behind identity columns.
func (c *converter) sequencesStep() {
	rows := c.facts.sequences
	identity := map[dictionary.Name]string{}
	for _, i := range c.d.IdentityCols {
		identity[dictionary.Name{Owner: i.Owner, Name: i.Sequence}] = i.Table
	}
	for _, o := range c.objectsOf("SEQUENCE") {
		key := dictionary.Name{Owner: o.Owner, Name: o.Name}
		if tab, ok := identity[key]; ok && rows[key] != nil {
			if c.tables[dictionary.Name{Owner: o.Owner, Name: tab}] == nil {
				c.set(o, LeftOut, "it belongs to an identity column of "+tab+", which is not on the target")
			}
			continue
		}
		if v := c.firstUnknown("ALL_SEQUENCES"); v != "" || rows[key] == nil {
			c.notRead(o, "ALL_SEQUENCES")
			continue
		}
		options, why := sequenceOptions(rows[key])
		if why != "" {
			c.action(CodeSequence, o, "", why, "make a sequence with other bounds by hand")
			continue
		}
		schema, name := TargetName(o.Owner), TargetName(o.Name)
		if !c.schemaNames(schema).claim(name) {
			c.action(CodeCollision, o, "", fmt.Sprintf("a table or sequence is called %s on the target already", name), "rename one of them on Oracle")
			continue
		}
		c.longName(o, "", o.Name)
		c.sequences[key] = name
		c.add(Statement{Kind: KindSequence, Object: o, Schema: schema, Name: name,
			SQL: "CREATE SEQUENCE " + ident(schema, name) + " AS bigint " + options})
		c.set(o, Converted, "")
	}
}

var (
	minBigint = big.NewInt(math.MinInt64)
	maxBigint = big.NewInt(math.MaxInt64)
)

// sequenceOptions gives a sequence its bounds, cut to 64 bits, and starts it at the first number that Oracle has not handed out or
// cached. There is no CACHE: PostgreSQL's is for each session and would hand out numbers out of order; it logs 32 ahead anyway.
func sequenceOptions(s *dictionary.Sequence) (options, why string) {
	number := func(d dictionary.Decimal) *big.Int {
		n, ok := new(big.Int).SetString(string(d), 10)
		if !ok {
			return nil
		}
		return n
	}
	lo, hi, by, last := number(s.Min), number(s.Max), number(s.Increment), number(s.LastNumber)
	if lo == nil || hi == nil || by == nil || last == nil || by.Sign() == 0 {
		return "", "its bounds, increment or last number are not known"
	}
	if lo.Cmp(minBigint) < 0 {
		lo = minBigint
	}
	if hi.Cmp(maxBigint) > 0 {
		hi = maxBigint
	}
	if !by.IsInt64() || lo.Cmp(hi) >= 0 {
		return "", "its bounds or its increment do not fit 64 bits"
	}
	if last.Cmp(lo) < 0 || last.Cmp(hi) > 0 {
		if s.Cycle != "Y" {
			return "", fmt.Sprintf("its next number %s lies outside its bounds: on Oracle it is used up, or beyond 64 bits", last)
		}
		if last = lo; by.Sign() < 0 {
			last = hi
		}
	}
	options = fmt.Sprintf("INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s", by, lo, hi, last)
	if s.Cycle == "Y" {
		options += " CYCLE"
	}
	return strings.TrimSpace(options), ""
}
