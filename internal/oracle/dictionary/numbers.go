// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"github.com/ferryman/ferryman/internal/exportcsv"
)

// NumbersFile is the file of an export with what was measured in NUMBER columns. An export may lack it.
const NumbersFile = "MEASURED_NUMBERS.csv"

// MeasuredNumber is how many digits the values of one NUMBER column have. It holds no value: the least and the greatest of a column are
// values of rows, such as a salary.
type MeasuredNumber struct {
	Owner, Table, Column string
	// Looked is the number of rows that were looked at; All says that the table has no more. Values is how many of them are not NULL.
	Looked int64
	All    bool
	Values int64
	// Integer is the most digits before the point, Fraction the most behind it; MaxFraction and more count as MaxFraction.
	Integer, Fraction int
	// On is the day, by the clock of who measured.
	On time.Time
	// Why says why it was not measured; "" where it was.
	Why string
}

// MaxFraction is the most digits behind the point that are told apart.
const MaxFraction = 38

// OpenNumber says whether the dictionary leaves open how large a NUMBER column's values are, so that only they can tell: it has no
// precision, or more digits than a whole number of 64 bits.
func (c *Column) OpenNumber() bool {
	if c.Type != "NUMBER" || c.Virtual == "YES" {
		return false
	}
	if c.Precision == nil {
		return c.Scale == nil || *c.Scale == 0
	}
	return *c.Precision > 18 && (c.Scale == nil || *c.Scale == 0)
}

// OpenNumbers lists the columns that a measurement can say something of, of tables that have rows of their own, in the order of
// the dictionary.
func (d *Dictionary) OpenNumbers() []*Column {
	var out []*Column
	for i := range d.Columns {
		c := &d.Columns[i]
		if !c.OpenNumber() || c.Hidden == "YES" && c.UserGenerated != "YES" {
			continue
		}
		t := d.Table(c.Owner, c.Table)
		if t == nil || t.Temporary == "Y" || t.Secondary == "Y" || t.External == "YES" || t.Nested == "YES" || len(t.IOTType) > 3 {
			continue
		}
		out = append(out, c)
	}
	return out
}

var numberColumns = []string{"OWNER", "TABLE_NAME", "COLUMN_NAME", "ROWS_LOOKED_AT", "ALL_ROWS", "VALUES_FOUND", "INTEGER_DIGITS", "FRACTION_DIGITS",
	"MEASURED_ON", "NOT_MEASURED"}

// WriteNumbers writes NumbersFile, in the order of the columns' names.
func WriteNumbers(out io.Writer, numbers []MeasuredNumber) error {
	w := exportcsv.NewWriter(out)
	for _, c := range numberColumns {
		w.Field(c, false)
	}
	w.End()
	numbers = slices.SortedFunc(slices.Values(numbers), func(a, b MeasuredNumber) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Column, b.Column))
	})
	for _, n := range numbers {
		all := "NO"
		if n.All {
			all = "YES"
		}
		for _, text := range []string{n.Owner, n.Table, n.Column, strconv.FormatInt(n.Looked, 10), all, strconv.FormatInt(n.Values, 10),
			strconv.Itoa(n.Integer), strconv.Itoa(n.Fraction), n.On.Format(dayLayout)} {
			w.Field(text, false)
		}
		w.Field(n.Why, true)
		w.End()
	}
	return w.Flush()
}

// ReadNumbers reads NumbersFile of an export, nil where it has none. Errors are *ExportError.
func ReadNumbers(dir fs.FS) ([]MeasuredNumber, error) {
	f, err := dir.Open(NumbersFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &ExportError{File: NumbersFile, Err: err}
	}
	defer f.Close()
	return ParseNumbers(f)
}

// ParseNumbers reads what WriteNumbers wrote. Errors are *ExportError.
func ParseNumbers(in io.Reader) ([]MeasuredNumber, error) {
	r := exportcsv.NewReader(in, MaxFileBytes)
	header, err := r.Read()
	if err != nil {
		return nil, csvError(NumbersFile, err)
	}
	if !slices.Equal(header, numberColumns) {
		return nil, &ExportError{File: NumbersFile, Line: 1, Err: fmt.Errorf("its columns are not %q", numberColumns)}
	}
	var out []MeasuredNumber
	for {
		record, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, csvError(NumbersFile, err)
		}
		n, err := measuredNumber(record)
		if err == nil && len(out) == MaxRows {
			err = fmt.Errorf("it has more than %d rows", MaxRows)
		}
		if err != nil {
			return nil, &ExportError{File: NumbersFile, Line: r.Line(), Err: err}
		}
		out = append(out, n)
	}
}

func measuredNumber(record []string) (MeasuredNumber, error) {
	text := slices.Clone(record)
	n := MeasuredNumber{Owner: text[0], Table: text[1], Column: text[2], All: text[4] == "YES", Why: text[9]}
	var counts [4]int64
	for i, at := range []int{3, 5, 6, 7} {
		v, err := strconv.ParseInt(text[at], 10, 64)
		if err != nil || v < 0 || at > 5 && v > 1000 {
			return n, fmt.Errorf("%s: %q is not a number of rows or digits", numberColumns[at], clip(text[at]))
		}
		counts[i] = v
	}
	if text[4] != "YES" && text[4] != "NO" {
		return n, fmt.Errorf("ALL_ROWS: %q is neither YES nor NO", clip(text[4]))
	}
	on, err := time.Parse(dayLayout, text[8])
	if err != nil {
		return n, fmt.Errorf("MEASURED_ON: %q is not a day like 2026-01-31", clip(text[8]))
	}
	n.Looked, n.Values, n.Integer, n.Fraction, n.On = counts[0], counts[1], int(counts[2]), int(counts[3]), on
	return n, nil
}
