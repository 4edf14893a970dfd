// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// NumberTable is a table whose NUMBER columns are measured together, in one pass over its rows.
type NumberTable struct {
	Owner, Table string
	Columns      []string
	// Rows is what the dictionary says of the table's rows, nil where it was never analysed.
	Rows *int64
}

// NumberLimits bounds a measurement. A zero is the default.
type NumberLimits struct {
	// Rows is the most rows of a table that is read whole, by what the dictionary says of it (10,000,000). Of a larger one, and of one that
	// takes too long, a sample of Sample rows (100,000) is read.
	Rows, Sample int64
	// Each is the most time for one reading of a table (1 minute), All for all together (15 minutes).
	Each, All time.Duration
}

func (l NumberLimits) orDefault() NumberLimits {
	return NumberLimits{Rows: cmp.Or(l.Rows, 10_000_000), Sample: cmp.Or(l.Sample, 100_000), Each: cmp.Or(l.Each, time.Minute),
		All: cmp.Or(l.All, 15*time.Minute)}
}

// mostNumbers is the number of columns that one query measures.
const mostNumbers = 40

// NumberTables lists the tables with columns whose digits the dictionary leaves open.
func NumberTables(d *dictionary.Dictionary) []NumberTable {
	var out []NumberTable
	at := map[dictionary.Name]int{}
	for _, c := range d.OpenNumbers() {
		n := dictionary.Name{Owner: c.Owner, Name: c.Table}
		i, ok := at[n]
		if !ok || len(out[i].Columns) == mostNumbers {
			i = len(out)
			at[n] = i
			out = append(out, NumberTable{Owner: c.Owner, Table: c.Table, Rows: d.Table(c.Owner, c.Table).NumRows})
		}
		out[i].Columns = append(out[i].Columns, c.Name)
	}
	return out
}

var (
	errNumberTime  = errors.New("it took longer than its share of time")
	errNumbersTime = errors.New("the time for all tables was up")
)

// MeasureNumbers counts the digits of the values of NUMBER columns, one table after the other: all rows where they are not too many and are
// read in time, else a sample. What can't be measured, or may not be read, is in the answer with the reason. No value leaves the
// database but the greatest of each column, of which the digits are kept. progress (may be nil) is called after each table. When ctx
// ends the answer holds what was measured until then, and the error is ctx's.
func (s *Source) MeasureNumbers(ctx context.Context, tables []NumberTable, limits NumberLimits, progress func(NumberTable)) ([]dictionary.MeasuredNumber, error) {
	limits = limits.orDefault()
	within, cancel := context.WithTimeoutCause(ctx, limits.All, errNumbersTime)
	defer cancel()
	var out []dictionary.MeasuredNumber
	for _, t := range tables {
		found, err := s.measureNumbers(within, t, limits)
		switch {
		case ctx.Err() != nil:
			return out, context.Cause(ctx)
		case errors.Is(err, errNumberTime), errors.Is(err, errNumbersTime), oracleCode(err) != 0:
			for i := range found {
				found[i].Why = err.Error()
			}
		case err != nil:
			return out, fmt.Errorf("measure the numbers of %s.%s: %w", t.Owner, t.Table, err)
		}
		out = append(out, found...)
		if progress != nil {
			progress(t)
		}
	}
	return out, nil
}

func (s *Source) measureNumbers(ctx context.Context, t NumberTable, limits NumberLimits) ([]dictionary.MeasuredNumber, error) {
	whole := t.Rows == nil || *t.Rows <= limits.Rows
	if whole {
		found, err := s.numbersIn(ctx, t, "", limits.Each)
		if !errors.Is(err, errNumberTime) {
			return found, err
		}
	}
	block := ""
	if t.Rows != nil && *t.Rows > limits.Sample {
		block = samplePercent(limits.Sample, *t.Rows)
	}
	first := " WHERE ROWNUM <= " + strconv.FormatInt(limits.Sample, 10)
	found, err := s.numbersIn(ctx, t, block+first, limits.Each)
	if err == nil && block != "" && found[0].Looked == 0 { // no block was chosen, or the statistics are old
		found, err = s.numbersIn(ctx, t, first, limits.Each)
	}
	return found, err
}

// samplePercent is the clause that reads blocks here and there with about twice as many rows as are wanted, because blocks hold unlike
// numbers of them.
func samplePercent(wanted, rows int64) string {
	return " SAMPLE BLOCK (" + strconv.FormatFloat(min(max(200*float64(wanted)/float64(rows), 0.001), 99), 'f', 6, 64) + ")"
}

// numbersIn reads a table, or with clause a part of it, once.
func (s *Source) numbersIn(ctx context.Context, t NumberTable, clause string, most time.Duration) ([]dictionary.MeasuredNumber, error) {
	found := make([]dictionary.MeasuredNumber, len(t.Columns))
	inner, outer := make([]string, len(t.Columns)), []string{"COUNT(*)"}
	for i, c := range t.Columns {
		found[i] = dictionary.MeasuredNumber{Owner: t.Owner, Table: t.Table, Column: c, On: time.Now().UTC().Truncate(24 * time.Hour)}
		n := `"N` + strconv.Itoa(i) + `"`
		inner[i] = quote(c) + " AS " + n
		outer = append(outer, "COUNT("+n+")", "MAX(ABS("+n+"))", "MAX("+fractionDigits(n)+")")
	}
	within, cancel := context.WithTimeoutCause(ctx, most, errNumberTime)
	defer cancel()
	query := "SELECT " + strings.Join(outer, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + " FROM " + quote(t.Owner) + "." + quote(t.Table) + clause + ")"
	err := s.each(within, query, nil, func(v []any) error {
		for i := range found {
			m := &found[i]
			m.Looked, m.All, m.Values, m.Fraction = integer(v[0]), clause == "", integer(v[1+3*i]), int(integer(v[3+3*i]))
			digits, err := integerDigits(str(v[2+3*i]))
			if err != nil {
				return err
			}
			m.Integer = digits
		}
		return nil
	})
	if err != nil && within.Err() != nil {
		return found, context.Cause(within)
	}
	return found, err
}

// fractionDigits is the number of digits behind the point that a number needs, dictionary.MaxFraction where it needs that many or more.
func fractionDigits(n string) string {
	var b strings.Builder
	b.WriteString("CASE WHEN " + n + " = TRUNC(" + n + ") THEN 0")
	for _, digits := range slices.Concat(upTo(12), []int{15, 20, 30}) {
		fmt.Fprintf(&b, " WHEN %s = TRUNC(%s, %d) THEN %d", n, n, digits, digits)
	}
	// NULL is equal to nothing and would be taken for the longest.
	fmt.Fprintf(&b, " WHEN %s IS NOT NULL THEN %d END", n, dictionary.MaxFraction)
	return b.String()
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// integerDigits counts the digits before the point of a number as go-ora writes it; 0 for less than one, and for none.
func integerDigits(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	mantissa, exponent, _ := strings.Cut(strings.ToUpper(text), "E")
	power, err := strconv.Atoi(cmp.Or(strings.TrimPrefix(exponent, "+"), "0"))
	if len(mantissa) > 200 || err != nil || power > 200 || power < -200 {
		return 0, fmt.Errorf("%q is no number that Oracle gives", text[:min(len(text), 40)])
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, fmt.Errorf("%q is no number that Oracle gives", text)
	}
	whole := new(big.Int).Quo(n.Num(), n.Denom())
	if whole.Sign() == 0 {
		return 0, nil
	}
	return len(whole.Abs(whole).String()), nil
}
