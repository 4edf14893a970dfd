// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// dateLayout is DATE in an export.
const dateLayout = "2006-01-02 15:04:05"

// setValue takes what a driver gives.
func (a *Appender) setValue(field reflect.Value, c *viewColumn, i int, value any) error {
	switch v := value.(type) {
	case int64:
		if c.kind == kindNumber || c.kind == kindNullableNumber {
			setNumber(field, c.kind, v)
			return nil
		}
	case time.Time:
		if c.kind == kindDate {
			setTime(field, v)
			return nil
		}
	case []byte:
		return a.setText(field, c, i, strings.ToUpper(hex.EncodeToString(v))) // a RAW: TYPE_OID
	}
	return a.setText(field, c, i, asText(value))
}

func setNumber(field reflect.Value, kind columnKind, n int64) {
	if kind == kindNumber {
		field.SetInt(n)
		return
	}
	field.Set(reflect.ValueOf(pointerTo(n)))
}

func setTime(field reflect.Value, t time.Time) {
	*(field.Addr().Interface().(*time.Time)) = t
}

var small = func() (list [1024]int64) {
	for i := range list {
		list[i] = int64(i)
	}
	return list
}()

// pointerTo shares the small numbers, which are nearly all: lengths, positions and scales. Nobody writes through the pointers.
func pointerTo(n int64) *int64 {
	if n >= 0 && n < int64(len(small)) {
		return &small[n]
	}
	return &n
}

func parseInt(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func asText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case time.Time:
		return v.Format(dateLayout)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return fmt.Sprint(v)
	}
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{dateLayout, time.RFC3339Nano, "2006-01-02 15:04:05.999999999 -07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date like %s", clip(text), dateLayout)
}

func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// clip keeps a hostile value from filling a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
