// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/jackc/pgx/v5/pgconn"
)

// decoder turns a value from PostgreSQL's wire into what package tns takes.
type decoder func(value []byte) any

// describe finds the Oracle type of each result column: by the dictionary where the value comes from a column, else by PostgreSQL's type
// and the column that the expression is made from.
func (s *session) describe(fields []pgconn.FieldDescription, hints map[string]*dict.Column) ([]tns.Column, []decoder, []int16) {
	columns := make([]tns.Column, len(fields))
	decoders := make([]decoder, len(fields))
	formats := make([]int16, len(fields))
	for i, f := range fields {
		origin := s.server.catalog.origin(f.TableOID, f.TableAttributeNumber)
		if origin != nil {
			columns[i] = fromDictionary(f.Name, origin)
			columns[i].Nullable = origin.Nullable
		} else {
			columns[i] = fromType(f, hints[f.Name])
		}
		decoders[i], formats[i] = decoderFor(f.DataTypeOID, columns[i].Type)
	}
	return columns, decoders, formats
}

// fromDictionary describes a column of a table or view.
func fromDictionary(name string, c *dict.Column) tns.Column {
	col := tns.Column{Name: name, National: c.National(), Nullable: true}
	if digits, zone, ok := sqltext.Fraction(c.DataType); ok {
		col.Type, col.Scale = map[string]tns.DataType{"": tns.Timestamp, "TZ": tns.TimestampTZ, "LOCAL": tns.TimestampLTZ}[zone], digits
		return col
	}
	switch c.DataType {
	case "NUMBER":
		col.Type = tns.NumberType
		if c.Precision > 0 {
			col.Precision = c.Precision
			if c.Scale != dict.NoScale {
				col.Scale = c.Scale
			}
		} else if c.Scale == 0 {
			col.Precision = 38
		}
	case "FLOAT":
		col.Type, col.Precision, col.Scale = tns.NumberType, max(c.Precision, 1), dict.NoScale
	case "BINARY_FLOAT":
		col.Type = tns.BinaryFloat
	case "BINARY_DOUBLE":
		col.Type = tns.BinaryDouble
	case "CHAR", "NCHAR":
		col.Type, col.Size = tns.Char, textSize(c)
	case "DATE":
		col.Type = tns.Date
	case "RAW":
		col.Type, col.Size = tns.Raw, max(c.Length, 1)
	case "LONG RAW":
		col.Type = tns.LongRaw
	case "BLOB":
		col.Type = tns.Blob
	case "CLOB", "NCLOB", "XMLTYPE", "JSON":
		col.Type = tns.Clob
	case "LONG":
		col.Type = tns.Long
	case "BOOLEAN":
		col.Type, col.Precision = tns.NumberType, 1
	default:
		switch {
		case strings.HasPrefix(c.DataType, "INTERVAL YEAR"):
			col.Type = tns.IntervalYearToMonth
		case strings.HasPrefix(c.DataType, "INTERVAL DAY"):
			col.Type, col.Scale = tns.IntervalDayToSecond, 6
		default:
			col.Type, col.Size = tns.Varchar2, textSize(c)
		}
	}
	return col
}

func textSize(c *dict.Column) int {
	if c.National() {
		return max(c.CharLength, 1)
	}
	return max(c.Length, c.CharLength, 1)
}

// fromType describes an expression.
func fromType(f pgconn.FieldDescription, hint *dict.Column) tns.Column {
	col := tns.Column{Name: f.Name, Nullable: true}
	switch f.DataTypeOID {
	case oidNumeric, oidInt2, oidInt4, oidInt8, oidBool:
		col.Type = tns.NumberType
	case oidFloat4:
		col.Type = tns.BinaryFloat
	case oidFloat8:
		col.Type = tns.BinaryDouble
	case oidTimestamp:
		col.Type = tns.Date
		if f.TypeModifier != 0 && hint != nil && hint.DataType != "DATE" {
			col.Type, col.Scale = tns.Timestamp, 6
		} else if f.TypeModifier != 0 && hint == nil {
			col.Type, col.Scale = tns.Timestamp, 6
		}
	case oidTimestampTZ:
		col.Type, col.Scale = tns.TimestampTZ, 6
	case oidBytea:
		col.Type, col.Size = tns.Raw, 2000
		if hint != nil && hint.DataType == "BLOB" {
			col.Type, col.Size = tns.Blob, 0
		}
	case oidInterval:
		col.Type, col.Scale = tns.IntervalDayToSecond, 6
	default:
		col.Type, col.Size = tns.Varchar2, 4000
		if hint != nil && hint.LOB() && hint.TypeOwner == "" {
			col.Type, col.Size = tns.Clob, 0
		} else if hint != nil && hint.CharLength > 0 && f.DataTypeOID == oidText {
			col.Size = min(4000, max(4*textSize(hint), 128))
		}
	}
	return col
}

// decoderFor chooses how a column comes over PostgreSQL's wire (1 is binary) and how it is read.
func decoderFor(oid uint32, target tns.DataType) (decoder, int16) {
	switch oid {
	case oidTimestamp, oidTimestampTZ:
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			return timestampOf(int64(binary.BigEndian.Uint64(v)))
		}, 1
	case oidBytea:
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			return append([]byte{}, v...)
		}, 1
	case oidInt8:
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			return int64(binary.BigEndian.Uint64(v))
		}, 1
	case oidInterval:
		return func(v []byte) any { return intervalOf(v, target) }, 1
	case oidBool:
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			return tns.Number(map[bool]string{true: "1", false: "0"}[v[0] == 't'])
		}, 0
	case oidFloat4, oidFloat8:
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			f, err := strconv.ParseFloat(string(v), 64)
			if err != nil {
				f = math.NaN()
			}
			return f
		}, 0
	}
	if target == tns.NumberType {
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			return tns.Number(v)
		}, 0
	}
	if target == tns.Clob || target == tns.Long {
		return func(v []byte) any {
			if v == nil {
				return nil
			}
			return string(v)
		}, 0
	}
	return func(v []byte) any {
		if len(v) == 0 {
			return nil // Oracle has no empty string
		}
		return string(v)
	}, 0
}

var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// timestampOf reads microseconds since 2000, as PostgreSQL sends them.
func timestampOf(us int64) time.Time {
	seconds, rest := us/1e6, us%1e6
	return time.Unix(postgresEpoch.Unix()+seconds, rest*1000).UTC()
}

// intervalOf reads microseconds, days and months.
func intervalOf(v []byte, target tns.DataType) any {
	if v == nil {
		return nil
	}
	us, days, months := int64(binary.BigEndian.Uint64(v)), int32(binary.BigEndian.Uint32(v[8:])), int32(binary.BigEndian.Uint32(v[12:]))
	if target == tns.IntervalYearToMonth {
		return tns.Months(months)
	}
	return time.Duration(us)*time.Microsecond + time.Duration(days+30*months)*24*time.Hour
}
