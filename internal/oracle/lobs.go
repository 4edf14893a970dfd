// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// LobColumn is a column to measure. TableRows is what the dictionary says of the table's rows, nil where it was never analysed.
type LobColumn struct {
	Owner, Table, Column, Type string
	TableRows                  *int64
}

// LobSample is what was measured of a column's values: bytes of a BLOB or BFILE, characters of a CLOB, an NCLOB, or of an XMLTYPE's text.
type LobSample struct {
	LobColumn
	// Looked is the number of rows that were looked at; All says that the table has no more. Where it is false, the largest value may be
	// among the others.
	Looked int64
	All    bool
	// Values is how many of the rows have one that is not NULL.
	Values, Empty, Greatest, Total int64
	Took                           time.Duration
	// Why says why it was not measured; "" where it was.
	Why string
}

// Average is the mean length of the values that were looked at.
func (s LobSample) Average() float64 {
	if s.Values == 0 {
		return 0
	}
	return float64(s.Total) / float64(s.Values)
}

// LobLimits bounds a measurement. A zero is the default.
type LobLimits struct {
	// Rows is the most rows that are looked at in each table (10,000).
	Rows int64
	// Each is the most time for one column (10 seconds), All for all together (10 minutes).
	Each, All time.Duration
}

func (l LobLimits) orDefault() LobLimits {
	if l.Rows <= 0 {
		l.Rows = 10_000
	}
	if l.Each <= 0 {
		l.Each = 10 * time.Second
	}
	if l.All <= 0 {
		l.All = 10 * time.Minute
	}
	return l
}

// LobColumns lists the columns of tables that hold large values, as the dictionary has them; columns of views are none.
func LobColumns(d *dictionary.Dictionary) []LobColumn {
	var out []LobColumn
	for i := range d.Columns {
		c := &d.Columns[i]
		t := d.Table(c.Owner, c.Table)
		if t == nil || c.Virtual == "YES" {
			continue
		}
		switch c.Type {
		case "CLOB", "NCLOB", "BLOB", "BFILE", "LONG", "LONG RAW", "XMLTYPE":
			out = append(out, LobColumn{c.Owner, c.Table, c.Name, c.Type, t.NumRows})
		}
	}
	return out
}

var (
	errLobTime  = errors.New("it took longer than its share of time")
	errLobsTime = errors.New("the time for all columns was up")
)

// MeasureLobs measures columns one after the other, each in one bounded query: a sample of the blocks of tables that are said to be large,
// else the first rows. What can't be measured in time, or may not be read, is in the answer with the reason. progress (may be nil)
// is called after each. When ctx ends the answer holds what was measured until then, and the error is ctx's.
func (s *Source) MeasureLobs(ctx context.Context, columns []LobColumn, limits LobLimits, progress func(LobSample)) ([]LobSample, error) {
	limits = limits.orDefault()
	within, cancel := context.WithTimeoutCause(ctx, limits.All, errLobsTime)
	defer cancel()
	var out []LobSample
	for _, c := range columns {
		m, err := s.measureLob(within, c, limits)
		switch {
		case ctx.Err() != nil:
			return out, context.Cause(ctx)
		case errors.Is(err, errLobTime) || errors.Is(err, errLobsTime):
			m.Why = err.Error()
		case oracleCode(err) != 0:
			m.Why = err.Error()
		case err != nil:
			return out, fmt.Errorf("measure %s.%s.%s: %w", c.Owner, c.Table, c.Column, err)
		}
		out = append(out, m)
		if progress != nil {
			progress(m)
		}
	}
	return out, nil
}

func (s *Source) measureLob(ctx context.Context, c LobColumn, limits LobLimits) (LobSample, error) {
	m := LobSample{LobColumn: c}
	switch c.Type {
	case "CLOB", "NCLOB", "BLOB", "BFILE", "XMLTYPE":
	default:
		m.Why = "no function of Oracle's SQL tells the length of a " + c.Type + "; a copy of the table that is made with TO_LOB can be measured"
		return m, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Each, errLobTime)
	defer cancel()
	begin := time.Now()
	sample := ""
	if c.TableRows != nil && *c.TableRows > 4*limits.Rows {
		// Twice as many rows as are wanted, because blocks hold unlike numbers of them.
		sample = " SAMPLE BLOCK (" + strconv.FormatFloat(max(200*float64(limits.Rows)/float64(*c.TableRows), 0.001), 'f', 6, 64) + ")"
	}
	err := s.lobQuery(ctx, &m, sample, limits.Rows)
	if err == nil && sample != "" && m.Looked == 0 { // no block was chosen, or the statistics are old
		err = s.lobQuery(ctx, &m, "", limits.Rows)
		sample = ""
	}
	m.All = err == nil && sample == "" && m.Looked < limits.Rows
	m.Took = time.Since(begin)
	return m, err
}

func (s *Source) lobQuery(ctx context.Context, m *LobSample, sample string, rows int64) error {
	value := quote(m.Column)
	if m.Type == "XMLTYPE" {
		value = "XMLSERIALIZE(CONTENT " + value + " AS CLOB)"
	}
	query := `SELECT COUNT(*), COUNT("N"), COUNT(CASE WHEN "N" = 0 THEN 1 END), MAX("N"), SUM("N") FROM (SELECT DBMS_LOB.GETLENGTH(` + value +
		`) AS "N" FROM ` + quote(m.Owner) + "." + quote(m.Table) + sample + " WHERE ROWNUM <= :1)"
	return s.each(ctx, query, []any{rows}, func(v []any) error {
		m.Looked, m.Values, m.Empty, m.Greatest, m.Total = integer(v[0]), integer(v[1]), integer(v[2]), integer(v[3]), integer(v[4])
		return nil
	})
}
