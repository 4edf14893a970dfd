// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"fmt"
	"strconv"
	"strings"
)

// A NUMBER on the wire is an exponent byte and base-100 digits: a positive one has 193+e and digits plus 1, a negative one 62-e and
// 101 minus digit, with a 102 behind if there is room; zero is 0x80.
const (
	maxPairs       = 20 // base-100 digits
	maxExponent    = 62
	minExponent    = -65
	numberZero     = 0x80
	maxNumberInput = 1000 // characters
)

// number writes a NUMBER.
func (w *writer) number(v any) error {
	switch v := v.(type) {
	case Number:
		if n, ok := plainInteger(string(v)); ok {
			w.integer(n)
			return nil
		}
		return w.decimal(string(v))
	case string:
		return w.decimal(v)
	case int64:
		w.integer(v)
		return nil
	case int:
		w.integer(int64(v))
		return nil
	case float64:
		return w.decimal(strconv.FormatFloat(v, 'g', -1, 64))
	case bool:
		if v {
			w.integer(1)
		} else {
			w.integer(0)
		}
		return nil
	}
	return Errorf(932, "inconsistent datatypes: value of Go type %T for NUMBER", v)
}

// plainInteger reads what most numbers of a dictionary are: up to 18 digits without a sign.
func plainInteger(s string) (n int64, ok bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int64(s[i]-'0')
	}
	return n, true
}

func (w *writer) integer(v int64) {
	var pairs [10]byte
	u, n := uint64(v), 0
	if v < 0 {
		u = -u
	}
	for ; u > 0; u /= 100 {
		n++
		pairs[len(pairs)-n] = byte(u % 100)
	}
	w.pairs(v < 0, n-1, pairs[len(pairs)-n:])
}

// pairs writes base-100 digits, of which the first stands for digit·100^exponent. Zeros at the end are left out.
func (w *writer) pairs(negative bool, exponent int, pairs []byte) {
	for len(pairs) > 0 && pairs[len(pairs)-1] == 0 {
		pairs = pairs[:len(pairs)-1]
	}
	if len(pairs) == 0 {
		w.u8(1, numberZero)
		return
	}
	if !negative {
		w.u8(byte(1+len(pairs)), byte(193+exponent))
		for _, p := range pairs {
			w.u8(p + 1)
		}
		return
	}
	end := len(pairs) < maxPairs
	size := 1 + len(pairs)
	if end {
		size++
	}
	w.u8(byte(size), byte(62-exponent))
	for _, p := range pairs {
		w.u8(101 - p)
	}
	if end {
		w.u8(102)
	}
}

// decimal writes a NUMBER given as text, with an optional sign, fraction and exponent.
func (w *writer) decimal(s string) error {
	text := strings.TrimSpace(s)
	if len(text) > maxNumberInput {
		return Errorf(1722, "invalid number")
	}
	negative := strings.HasPrefix(text, "-")
	mantissa, power := strings.TrimLeft(text, "+-"), 0
	if len(text)-len(mantissa) > 1 {
		return Errorf(1722, "invalid number")
	}
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		p, err := strconv.Atoi(mantissa[i+1:])
		if err != nil || p < -maxNumberInput || p > maxNumberInput {
			return Errorf(1722, "invalid number")
		}
		mantissa, power = mantissa[:i], p
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Errorf(1722, "invalid number")
	}
	point := len(whole) + power // digits before the decimal point
	trimmed := strings.TrimLeft(digits, "0")
	point -= len(digits) - len(trimmed)
	if point%2 != 0 { // pairs are counted from the point
		trimmed, point = "0"+trimmed, point+1
	}
	if len(trimmed)%2 != 0 {
		trimmed += "0"
	}
	pairs := make([]byte, 0, maxPairs+1)
	for i := 0; i < len(trimmed) && len(pairs) <= maxPairs; i += 2 {
		pairs = append(pairs, 10*(trimmed[i]-'0')+trimmed[i+1]-'0')
	}
	exponent := point/2 - 1
	if len(pairs) > maxPairs {
		up := pairs[maxPairs] >= 50
		pairs = pairs[:maxPairs]
		for i := maxPairs - 1; up && i >= 0; i-- {
			pairs[i]++
			if up = pairs[i] == 100; up {
				pairs[i] = 0
			}
		}
		if up {
			pairs, exponent = append([]byte{1}, pairs[:maxPairs-1]...), exponent+1
		}
	}
	if strings.Trim(trimmed, "0") == "" || exponent < minExponent {
		pairs = nil // zero, or too small to tell from it
	} else if exponent > maxExponent {
		return Errorf(1426, "numeric overflow")
	}
	w.pairs(negative, exponent, pairs)
	return nil
}

// decodeNumber gives a NUMBER in plain decimal notation.
func decodeNumber(b []byte) (Number, error) {
	if len(b) == 1 && b[0] == numberZero {
		return "0", nil
	}
	positive := b[0] >= numberZero
	exponent, pairs := int(b[0])-193, b[1:]
	if !positive {
		exponent = 62 - int(b[0])
		if len(pairs) > 0 && pairs[len(pairs)-1] == 102 {
			pairs = pairs[:len(pairs)-1]
		}
	}
	if len(pairs) == 0 || len(pairs) > maxPairs+1 {
		return "", Errorf(1722, "invalid number")
	}
	var digits strings.Builder
	for _, p := range pairs {
		if positive {
			p--
		} else {
			p = 101 - p
		}
		if p > 99 {
			return "", Errorf(1722, "invalid number")
		}
		fmt.Fprintf(&digits, "%02d", p)
	}
	text, point := digits.String(), 2*(exponent+1)
	switch {
	case point <= 0:
		text = "0." + strings.Repeat("0", -point) + text
	case point >= len(text):
		text += strings.Repeat("0", point-len(text))
	default:
		text = text[:point] + "." + text[point:]
	}
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if trimmed := strings.TrimLeft(text, "0"); trimmed == "" || trimmed[0] == '.' {
		text = "0" + trimmed
	} else {
		text = trimmed
	}
	if !positive && text != "0" {
		text = "-" + text
	}
	return Number(text), nil
}
