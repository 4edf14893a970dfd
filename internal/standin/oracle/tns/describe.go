// SPDX-License-Identifier: Apache-2.0

package tns

const (
	sizeNumber      = 22
	sizeDate        = 7
	sizeTimestamp   = 11
	sizeTimestampTZ = 13
	sizeLOB         = 4000
	defaultText     = 4000
	defaultRaw      = 2000
	scaleAny        = -127 // of a NUMBER without precision
)

func hasLong(columns []Column) bool {
	for _, col := range columns {
		switch col.Type {
		case Clob, Blob, Long, LongRaw:
			return true
		}
	}
	return false
}

// describe writes the columns of a query.
func (c *conn) describe(cur *cursor) {
	w := c.out
	w.u8(16)
	w.u8(0) // no digest
	size := 0
	for _, col := range cur.columns {
		bytes, _ := columnSize(col)
		size += bytes
	}
	w.ub(uint64(size))
	w.ub(uint64(len(cur.columns)))
	w.u8(1)
	for i, col := range cur.columns {
		w.column(i, col)
	}
	w.ub(0) // no date
	w.ubs(0, 0, 0, 0, 0)
}

func (w *writer) column(i int, col Column) {
	precision, scale := col.Precision, col.Scale
	if col.Type == NumberType && precision == 0 && scale == 0 {
		scale = scaleAny
	}
	w.u8(byte(col.Type), 0, byte(precision))
	switch col.Type {
	case NumberType, Timestamp, TimestampTZ, TimestampLTZ, IntervalDayToSecond:
		w.sb(int64(scale))
	default:
		w.u8(byte(scale))
	}
	bytes, chars := columnSize(col)
	w.ub(uint64(bytes))
	w.ubs(0, 0, 0, 0) // array elements, flags, object id, version
	charset, form := 0, 0
	switch {
	case col.Type != Varchar2 && col.Type != Char && col.Type != Clob && col.Type != Long:
	case col.National:
		charset, form = charsetUTF16, 2
	default:
		charset, form = charsetUTF8, 1
	}
	w.ub(uint64(charset))
	w.u8(byte(form))
	w.ub(uint64(chars))
	nullable := byte(0)
	if col.Nullable {
		nullable = 1
	}
	w.u8(nullable, byte(min(len(col.Name), 255)))
	w.dlc(col.Name)
	w.ubs(0, 0) // schema and name of an object type
	w.ub(uint64(i + 1))
	w.ub(0)
}

// columnSize gives a column's greatest size in bytes and, for text, in characters; it steers how many rows go-ora fetches at once.
// Text and RAW must have one: clients take a column without size for always NULL and read nothing.
func columnSize(col Column) (bytes, chars int) {
	switch col.Type {
	case Varchar2, Char:
		chars = col.Size
		if chars <= 0 {
			chars = defaultText
		}
		if col.National {
			return 2 * chars, chars
		}
		return chars, chars
	case Raw:
		if col.Size <= 0 {
			return defaultRaw, 0
		}
		return col.Size, 0
	case Date:
		return sizeDate, 0
	case Timestamp, TimestampLTZ, IntervalDayToSecond:
		return sizeTimestamp, 0
	case TimestampTZ:
		return sizeTimestampTZ, 0
	case IntervalYearToMonth:
		return 5, 0
	case BinaryFloat:
		return 4, 0
	case BinaryDouble:
		return 8, 0
	case RowID:
		return 18, 0
	case Clob, Blob:
		return sizeLOB, 0
	case Long, LongRaw:
		return 0, 0
	}
	return sizeNumber, 0
}
