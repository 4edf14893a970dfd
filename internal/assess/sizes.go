// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// blockBytes is Oracle's usual block size; the dictionary of a schema does not hold the tablespaces' own.
const blockBytes = 8192

// Where a size comes from.
const (
	fromSegments   = "DBA_SEGMENTS"
	fromStatistics = "blocks when it was analysed, of 8 kB"
)

// space is how many bytes things take on Oracle, where that is known.
type space struct {
	segments  bool
	table     map[dictionary.Name]int64 // with its partitions and LOBs
	segment   map[dictionary.Name]int64 // by segment name, all partitions
	partition map[partitionName]int64
}

type partitionName struct{ owner, table, partition string }

func readSpace(d *dictionary.Dictionary) *space {
	s := &space{segments: d.Knows("DBA_SEGMENTS") && len(d.Segments) > 0, table: map[dictionary.Name]int64{},
		segment: map[dictionary.Name]int64{}, partition: map[partitionName]int64{}}
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
			s.table[dictionary.Name{Owner: t.Owner, Name: t.Name}] = *t.Blocks * blockBytes
		}
	}
	for i := range d.Partitions {
		if p := &d.Partitions[i]; p.Blocks != nil {
			s.partition[partitionName{p.Owner, p.Table, p.Name}] = *p.Blocks * blockBytes
		}
	}
	return s
}

// source names what the sizes come from.
func (s *space) source() string {
	if s.segments {
		return fromSegments
	}
	return fromStatistics
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
