// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"strconv"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// usualBlock is the size of a block in bytes where the database did not say. A tablespace may have another; the dictionary of a schema does
// not hold it.
const usualBlock = 8192

const fromSegments = "DBA_SEGMENTS"

// space is how many bytes things take on Oracle, where that is known.
type space struct {
	segments  bool
	block     int64                     // bytes
	table     map[dictionary.Name]int64 // with its partitions and LOBs
	segment   map[dictionary.Name]int64 // by segment name, all partitions
	partition map[partitionName]int64
}

type partitionName struct{ owner, table, partition string }

func readSpace(d *dictionary.Dictionary) *space {
	s := &space{segments: d.Knows("DBA_SEGMENTS") && len(d.Segments) > 0, block: usualBlock, table: map[dictionary.Name]int64{},
		segment: map[dictionary.Name]int64{}, partition: map[partitionName]int64{}}
	if d.Database != nil {
		if n, err := strconv.ParseInt(d.Database.Parameters["db_block_size"], 10, 64); err == nil && n > 0 && n <= 1<<16 {
			s.block = n
		}
	}
	for _, g := range d.Segments {
		s.segment[dictionary.Name{Owner: g.Owner, Name: g.Name}] += g.Bytes
		if g.Partition != "" {
			s.partition[partitionName{g.Owner, g.Name, g.Partition}] += g.Bytes
		}
	}
	if s.segments {
		for i := range d.Tables {
			n := dictionary.Name{Owner: d.Tables[i].Owner, Name: d.Tables[i].Name}
			if b, ok := s.segment[n]; ok {
				s.table[n] = b
			}
		}
		for _, l := range d.Lobs {
			if b, ok := s.segment[dictionary.Name{Owner: l.Owner, Name: l.Segment}]; ok {
				s.table[dictionary.Name{Owner: l.Owner, Name: l.Table}] += b
			}
		}
		return s
	}
	for i := range d.Tables {
		if t := &d.Tables[i]; t.Blocks != nil {
			s.table[dictionary.Name{Owner: t.Owner, Name: t.Name}] = *t.Blocks * s.block
		}
	}
	for i := range d.Partitions {
		if p := &d.Partitions[i]; p.Blocks != nil {
			s.partition[partitionName{p.Owner, p.Table, p.Name}] = *p.Blocks * s.block
		}
	}
	return s
}

// source names what the sizes come from.
func (s *space) source() string {
	if s.segments {
		return fromSegments
	}
	return fmt.Sprintf("blocks when it was analysed, of %d bytes", s.block)
}

// of is a table's size, or nil where it is not known.
func (s *space) of(owner, table string) *int64 {
	if b, ok := s.table[dictionary.Name{Owner: owner, Name: table}]; ok {
		return &b
	}
	return nil
}

// add sums sizes; one that is not known makes the sum unknown only where nothing is known.
func add(sum, more *int64) *int64 {
	if more == nil {
		return sum
	}
	total := *more
	if sum != nil {
		total += *sum
	}
	return &total
}
