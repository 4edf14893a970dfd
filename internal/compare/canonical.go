// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// canonical is a value's one form; null is true for NULL and all that counts as it.
func canonical(k kind, v any) (form string, null bool, err error) {
	if v == nil {
		return "", true, nil
	}
	switch k {
	case number, double, single:
		form, err = canonicalNumber(k, v)
	case text, padded:
		form, err = canonicalText(k, v)
	case bytesKind:
		form, err = canonicalBytes(v)
	case clock, instant:
		form, err = canonicalMoment(v, k == instant)
	default:
		return "", true, nil
	}
	return form, form == "", err
}

func canonicalNumber(k kind, v any) (string, error) {
	s, err := numeral(v)
	if err != nil || s == "" {
		return "", err
	}
	switch s { // PostgreSQL's boolean, where a NUMBER(1) became one
	case "t", "true":
		s = "1"
	case "f", "false":
		s = "0"
	}
	var form string
	var ok bool
	switch k {
	case double:
		form, ok = rounded(s, 64)
	case single:
		form, ok = rounded(s, 32)
	default:
		form, ok = decimal(s)
	}
	if !ok { // a text column on the target that holds something else: it differs, and the row is named
		return "not a number: " + s, nil
	}
	return form, nil
}

func canonicalText(k kind, v any) (string, error) {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case []byte:
		s = string(v)
	default:
		return "", fmt.Errorf("a %T is no text", v)
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", " ")
	}
	if k == padded {
		s = strings.TrimRight(s, " ")
	}
	return s, nil
}

func canonicalBytes(v any) (string, error) {
	switch v := v.(type) {
	case []byte:
		return string(v), nil
	case string:
		if len(v) == 36 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-' { // uuid
			if raw, err := hex.DecodeString(strings.ReplaceAll(v, "-", "")); err == nil {
				return string(raw), nil
			}
		}
		return v, nil
	}
	return "", fmt.Errorf("a %T is no bytes", v)
}

// appendValue adds a canonical value to a row's bytes so that no two different rows have the same.
func appendValue(row []byte, form string, null bool) []byte {
	if null {
		return append(row, 0)
	}
	row = append(row, 1)
	row = binary.AppendUvarint(row, uint64(len(form)))
	return append(row, form...)
}
