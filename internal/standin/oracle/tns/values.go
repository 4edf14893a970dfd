// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// normal gives the DataType of the values of a type code, 0 for one that is not supported.
func normal(code DataType) DataType {
	switch code {
	case Varchar2, Char, NumberType, Long, Date, Raw, LongRaw, BinaryFloat, BinaryDouble, Clob, Blob, Timestamp, TimestampTZ,
		TimestampLTZ, IntervalYearToMonth, IntervalDayToSecond, RowID, Boolean:
		return code
	case codeVarNum, 3: // 3 is BINARY_INTEGER
		return NumberType
	case 5, 9:
		return Varchar2
	case codeLongVarchar:
		return Long
	case codeLongVarRaw:
		return LongRaw
	case codeTimestamp:
		return Timestamp
	case codeTimestampTZ:
		return TimestampTZ
	case codeTimestampLTZ:
		return TimestampLTZ
	case codeIntervalYM:
		return IntervalYearToMonth
	case codeIntervalDS:
		return IntervalDayToSecond
	case codeURowID:
		return RowID
	}
	return 0
}

// decode gives a bind's value from its bytes.
func (c *conn) decode(t valueType, b []byte) (any, error) {
	if len(b) == 0 {
		return nil, nil
	}
	switch code := normal(t.code); code {
	case Varchar2, Char, Long, RowID:
		return decodeText(b, t.national)
	case NumberType:
		return decodeNumber(b)
	case Date, Timestamp, TimestampTZ, TimestampLTZ:
		return decodeTime(b)
	case Raw, LongRaw:
		return b, nil
	case Clob, Blob:
		return c.lobs.value(b)
	case BinaryFloat, BinaryDouble:
		return decodeFloat(b)
	case IntervalYearToMonth:
		return decodeMonths(b)
	case IntervalDayToSecond:
		return decodeDuration(b)
	case Boolean:
		return b[len(b)-1] == 1, nil
	}
	return nil, Errorf(3115, "unsupported network datatype or representation (%d)", t.code)
}

// encode writes a value as the type that the client expects; nil is NULL. After an error the output holds parts of it.
func (c *conn) encode(t valueType, v any) error {
	w := c.out
	if v == nil {
		w.u8(0)
		return nil
	}
	switch normal(t.code) {
	case Varchar2, Char, Long:
		s, err := asText(v)
		if err != nil {
			return err
		}
		if t.national {
			w.clr(encodeUTF16(s))
		} else {
			w.clrText(s)
		}
		return nil
	case NumberType:
		return w.number(v)
	case Raw, LongRaw:
		if b, ok := v.([]byte); ok {
			w.clr(b)
			return nil
		}
	case Date, Timestamp, TimestampTZ, TimestampLTZ:
		if at, ok := v.(time.Time); ok {
			return w.time(normal(t.code), at)
		}
	case Clob, Blob:
		return c.encodeLOB(t, v)
	case BinaryFloat, BinaryDouble:
		return w.float(normal(t.code), v)
	case IntervalYearToMonth:
		if m, ok := v.(Months); ok {
			w.months(m)
			return nil
		}
	case IntervalDayToSecond:
		if d, ok := v.(time.Duration); ok {
			w.duration(d)
			return nil
		}
	case RowID:
		if s, ok := v.(string); ok {
			return w.rowID(s)
		}
	case Boolean:
		if yes, ok := v.(bool); ok {
			if yes {
				w.u8(2, 1, 1)
			} else {
				w.u8(1, 0)
			}
			return nil
		}
	}
	return Errorf(932, "inconsistent datatypes: value of Go type %T for type %d", v, t.code)
}

func asText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case Number:
		return string(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case int:
		return strconv.Itoa(v), nil
	}
	return "", Errorf(932, "inconsistent datatypes: value of Go type %T for text", v)
}

func decodeText(b []byte, national bool) (string, error) {
	if national {
		return decodeUTF16(b)
	}
	if !utf8.Valid(b) {
		return "", Errorf(29275, "partial multibyte character")
	}
	return string(b), nil
}

// encodeUTF16 gives the UTF-16 of a string, big-endian.
func encodeUTF16(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for _, r := range s {
		if r < 0x10000 {
			b = binary.BigEndian.AppendUint16(b, uint16(r))
			continue
		}
		r1, r2 := utf16.EncodeRune(r)
		b = binary.BigEndian.AppendUint16(b, uint16(r1))
		b = binary.BigEndian.AppendUint16(b, uint16(r2))
	}
	return b
}

func decodeUTF16(b []byte) (string, error) {
	if len(b)%2 != 0 {
		return "", Errorf(29275, "partial multibyte character")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// float writes BINARY_FLOAT or BINARY_DOUBLE: the IEEE bytes in an order in which they compare as the numbers do.
func (w *writer) float(t DataType, v any) error {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case float32:
		f = float64(v)
	default:
		return Errorf(932, "inconsistent datatypes: value of Go type %T for BINARY_DOUBLE", v)
	}
	var b []byte
	if t == BinaryFloat {
		b = binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(f)))
	} else {
		b = binary.BigEndian.AppendUint64(nil, math.Float64bits(f))
	}
	if b[0]&0x80 == 0 {
		b[0] |= 0x80
	} else {
		for i := range b {
			b[i] = ^b[i]
		}
	}
	w.clr(b)
	return nil
}

func decodeFloat(b []byte) (any, error) {
	var bits [8]byte
	if len(b) != 4 && len(b) != 8 {
		return nil, fmt.Errorf("BINARY_DOUBLE of %d bytes", len(b))
	}
	copy(bits[:], b)
	if bits[0]&0x80 != 0 {
		bits[0] &^= 0x80
	} else {
		for i := range b {
			bits[i] = ^bits[i]
		}
	}
	if len(b) == 4 {
		return float64(math.Float32frombits(binary.BigEndian.Uint32(bits[:]))), nil
	}
	return math.Float64frombits(binary.BigEndian.Uint64(bits[:])), nil
}
