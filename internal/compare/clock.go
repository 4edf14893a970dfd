// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// moment is PostgreSQL's ISO form, and that of DMS where it writes a timestamp as text.
var moment = regexp.MustCompile(`^([0-9]{4,6})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?)?` +
	` ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?(?::?[0-9]{2})?)?( BC)?$`)

// parseMoment reads a date, a timestamp or a timestamp with zone; without a zone it is in UTC.
func parseMoment(s string) (time.Time, error) {
	m := moment.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return time.Time{}, fmt.Errorf("%q is no date", cutText(s))
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	year := n(1)
	if m[9] != "" {
		year = 1 - year
	}
	nanoseconds, _ := strconv.Atoi((m[7] + "000000000")[:9])
	at := time.Date(year, time.Month(n(2)), n(3), n(4), n(5), n(6), nanoseconds, time.UTC)
	return at.Add(-offset(m[8])), nil
}

// offset reads +02, +02:00, -03:30 or Z.
func offset(zone string) time.Duration {
	if zone == "" || zone == "Z" {
		return 0
	}
	plain := strings.ReplaceAll(zone[1:], ":", "") + "0000"
	part := func(i int) time.Duration { v, _ := strconv.Atoi(plain[i : i+2]); return time.Duration(v) }
	d := part(0)*time.Hour + part(2)*time.Minute + part(4)*time.Second
	if zone[0] == '-' {
		return -d
	}
	return d
}

// writeMoment is the canonical form: to the microsecond, without zeros at the end.
func writeMoment(t time.Time) string {
	s := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second())
	if micro := t.Nanosecond() / 1000; micro != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%06d", micro), "0")
	}
	return s
}

// canonicalMoment is a value's wall clock, or its instant in UTC.
func canonicalMoment(v any, zoned bool) (string, error) {
	var at time.Time
	switch v := v.(type) {
	case time.Time:
		at = v
	case string:
		if s := strings.ToLower(v); strings.HasSuffix(s, "infinity") { // PostgreSQL only: equals nothing that Oracle has
			return s, nil
		}
		var err error
		if at, err = parseMoment(v); err != nil {
			return "", err
		}
	default:
		return "", fmt.Errorf("a %T is no date", v)
	}
	if zoned {
		at = at.UTC()
	}
	return writeMoment(at), nil
}

// cutText keeps an error short.
func cutText(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
