// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDigits bounds how long a number is written out; Oracle's greatest has 126 digits.
const maxDigits = 400

// decimal writes a number in its one canonical form: no plus, no zeros that can be left out, no exponent. NaN and the infinities are
// nan, inf and -inf. ok is false for what is no number.
func decimal(s string) (canonical string, ok bool) {
	s = strings.TrimSpace(s)
	sign := ""
	rest := s
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		if rest[0] == '-' {
			sign = "-"
		}
		rest = rest[1:]
	}
	switch strings.ToLower(rest) {
	case "nan":
		return "nan", true
	case "inf", "infinity", "~": // Oracle writes ~ for NUMBER's infinity
		return sign + "inf", true
	}
	mantissa, exponent, scientific := rest, 0, false
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		scientific = true
		var err error
		if exponent, err = strconv.Atoi(rest[i+1:]); err != nil || exponent > maxDigits || exponent < -maxDigits {
			return "", false
		}
		mantissa = rest[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !digits(whole) || !digits(fraction) {
		return "", false
	}
	if scientific {
		whole, fraction = shift(whole, fraction, exponent)
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	switch {
	case whole == "" && fraction == "":
		return "0", true
	case fraction == "":
		return sign + whole, true
	case whole == "":
		return sign + "0." + fraction, true
	}
	return sign + whole + "." + fraction, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// shift moves the decimal point by exponent places.
func shift(whole, fraction string, exponent int) (string, string) {
	if exponent >= 0 {
		fraction += strings.Repeat("0", max(exponent-len(fraction), 0))
		return whole + fraction[:exponent], fraction[exponent:]
	}
	whole = strings.Repeat("0", max(-exponent-len(whole), 0)) + whole
	cut := len(whole) + exponent
	return whole[:cut], whole[cut:] + fraction
}

// rounded brings a number to the digits that a binary floating-point type of so many bits keeps.
func rounded(s string, bits int) (string, bool) {
	canonical, ok := decimal(s)
	if !ok || strings.HasSuffix(canonical, "inf") || canonical == "nan" {
		return canonical, ok
	}
	f, err := strconv.ParseFloat(canonical, bits)
	if err != nil && !math.IsInf(f, 0) {
		return "", false
	}
	precision := 15
	if bits == 32 {
		precision = 6
	}
	return decimal(strconv.FormatFloat(f, 'e', precision-1, bits))
}

// numeral is the text of a value that a driver gave for a number.
func numeral(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), nil
	case bool:
		if v {
			return "1", nil
		}
		return "0", nil
	}
	return "", fmt.Errorf("a %T is no number", v)
}
