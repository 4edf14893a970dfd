// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// PostgreSQL's numbers of the types that the stand-in uses.
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidFloat4      = 700
	oidFloat8      = 701
	oidBpchar      = 1042
	oidTimestamp   = 1114
	oidTimestampTZ = 1184
	oidInterval    = 1186
	oidNumeric     = 1700
)

// distinct takes the values of binds by name: a name that is there twice is one parameter.
func distinct(names []string, binds []tns.Bind) ([]tns.Bind, error) {
	var unique []string
	first := map[string]int{}
	for i, name := range names {
		if _, ok := first[name]; !ok {
			first[name] = i
			unique = append(unique, name)
		}
	}
	values := make([]tns.Bind, 0, len(unique))
	switch len(binds) {
	case len(names):
		for _, name := range unique {
			values = append(values, binds[first[name]])
		}
	case len(unique):
		values = append(values, binds...)
	default:
		if len(binds) < len(unique) {
			return nil, tns.Errorf(1008, "not all variables bound")
		}
		return nil, tns.Errorf(1036, "illegal variable name/number")
	}
	return values, nil
}

// parameterType is the type a bind is prepared with. 0 leaves it to PostgreSQL, which takes it from where the bind stands; certain
// chooses a type for those that PostgreSQL cannot tell.
func parameterType(b tns.Bind, certain bool) uint32 {
	switch b.Value.(type) {
	case tns.Number, int64, int, float32:
		return oidNumeric
	case float64:
		if b.Type == tns.BinaryDouble || b.Type == tns.BinaryFloat {
			return oidFloat8
		}
		return oidNumeric
	case []byte:
		return oidBytea
	}
	if !certain {
		return 0
	}
	if t, ok := b.Value.(time.Time); ok && !t.IsZero() {
		return oidTimestamp
	}
	return oidText
}

// encode writes a bind's value as text for a parameter of a type; nil is NULL, which ” is too.
func encode(b tns.Bind, oid uint32) ([]byte, error) {
	switch v := b.Value.(type) {
	case nil:
		return nil, nil
	case string:
		if v == "" {
			return nil, nil
		}
		if oid == oidBytea {
			raw, err := hex.DecodeString(v)
			if err != nil {
				return nil, tns.Errorf(1465, "invalid hex number")
			}
			return encodeBytes(raw), nil
		}
		if oid == oidNumeric {
			v = strings.TrimSpace(v)
		}
		if strings.ContainsRune(v, 0) {
			v = strings.ReplaceAll(v, "\x00", "") // PostgreSQL's text cannot hold it
		}
		return []byte(v), nil
	case tns.Number:
		return []byte(v), nil
	case int64:
		return strconv.AppendInt(nil, v, 10), nil
	case int:
		return strconv.AppendInt(nil, int64(v), 10), nil
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), nil
	case float32:
		return strconv.AppendFloat(nil, float64(v), 'g', -1, 32), nil
	case []byte:
		if len(v) == 0 {
			return nil, nil
		}
		return encodeBytes(v), nil
	case time.Time:
		if oid == oidTimestampTZ {
			return []byte(v.Format("2006-01-02 15:04:05.999999999Z07:00:00")), nil
		}
		return []byte(v.Format("2006-01-02 15:04:05.999999999")), nil
	case time.Duration:
		return []byte(fmt.Sprintf("%d microseconds", v.Microseconds())), nil
	case tns.Months:
		return []byte(fmt.Sprintf("%d months", int(v))), nil
	}
	return nil, tns.Errorf(932, "inconsistent datatypes: the Oracle stand-in does not take a bind of type %T", b.Value)
}

func encodeBytes(v []byte) []byte {
	out := make([]byte, 2+hex.EncodedLen(len(v)))
	copy(out, `\x`)
	hex.Encode(out[2:], v)
	return out
}
