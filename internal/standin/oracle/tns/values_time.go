// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	minYear      = -4712
	maxYear      = 9999
	zoneIsRegion = 0x80
	zoneLocal    = 0x40       // the fields are the wall clock, not UTC
	bias         = 0x80000000 // of the signed parts of intervals
	partBias     = 60
)

// time writes DATE (7 bytes), TIMESTAMP and TIMESTAMP WITH LOCAL TIME ZONE (11) or TIMESTAMP WITH TIME ZONE (13, its fields in UTC).
func (w *writer) time(t DataType, at time.Time) error {
	_, offset := at.Zone()
	if t == TimestampTZ || t == TimestampLTZ {
		at = at.UTC()
	}
	year := at.Year()
	if year < minYear || year > maxYear || year == 0 {
		return Errorf(1841, "(full) year must be between -4713 and +9999, and not be 0")
	}
	b := []byte{
		byte(year/100 + 100), byte(year%100 + 100), byte(at.Month()), byte(at.Day()),
		byte(at.Hour() + 1), byte(at.Minute() + 1), byte(at.Second() + 1),
	}
	if t != Date {
		b = binary.BigEndian.AppendUint32(b, uint32(at.Nanosecond()))
	}
	if t == TimestampTZ {
		b = append(b, byte(offset/3600+20), byte(offset/60%60+60))
	}
	w.clr(b)
	return nil
}

// decodeTime reads what time writes. A zone given as a region of Oracle's own numbering becomes UTC, the instant is right.
func decodeTime(b []byte) (time.Time, error) {
	if len(b) != 7 && len(b) != 11 && len(b) != 13 {
		return time.Time{}, Errorf(1801, "date format is too long for internal buffer (%d bytes)", len(b))
	}
	nanoseconds := 0
	if len(b) > 7 {
		nanoseconds = int(binary.BigEndian.Uint32(b[7:]))
	}
	year := 100*(int(b[0])-100) + int(b[1]) - 100
	at := time.Date(year, time.Month(b[2]), int(b[3]), int(b[4])-1, int(b[5])-1, int(b[6])-1, nanoseconds, time.UTC)
	if year < minYear || year > maxYear || int(at.Month()) != int(b[2]) || at.Day() != int(b[3]) || at.Nanosecond() != nanoseconds {
		return time.Time{}, Errorf(1858, "a date has parts out of their range")
	}
	if len(b) < 13 || b[11]&zoneIsRegion != 0 {
		return at, nil
	}
	offset := 3600*(int(b[11]&0x3F)-20) + 60*(int(b[12])-60)
	if offset == 0 {
		return at, nil
	}
	zone := time.FixedZone("", offset)
	if b[11]&zoneLocal != 0 {
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), nanoseconds, zone), nil
	}
	return at.In(zone), nil
}

// months writes INTERVAL YEAR TO MONTH; both parts have the sign.
func (w *writer) months(m Months) {
	b := binary.BigEndian.AppendUint32(nil, uint32(int64(m/12)+bias))
	w.clr(append(b, byte(m%12+partBias)))
}

func decodeMonths(b []byte) (Months, error) {
	if len(b) != 5 {
		return 0, fmt.Errorf("INTERVAL YEAR TO MONTH of %d bytes", len(b))
	}
	return Months(12*(int64(binary.BigEndian.Uint32(b))-bias) + int64(b[4]) - partBias), nil
}

// duration writes INTERVAL DAY TO SECOND; all parts have the sign.
func (w *writer) duration(d time.Duration) {
	b := binary.BigEndian.AppendUint32(nil, uint32(int64(d/(24*time.Hour))+bias))
	b = append(b, byte(d/time.Hour%24+partBias), byte(d/time.Minute%60+partBias), byte(d/time.Second%60+partBias))
	w.clr(binary.BigEndian.AppendUint32(b, uint32(int64(d%time.Second)+bias)))
}

func decodeDuration(b []byte) (time.Duration, error) {
	if len(b) != 11 {
		return 0, fmt.Errorf("INTERVAL DAY TO SECOND of %d bytes", len(b))
	}
	days := int64(binary.BigEndian.Uint32(b)) - bias
	if days > 100_000 || days < -100_000 {
		return 0, Errorf(1873, "the leading precision of the interval is too small (%d days)", days)
	}
	d := time.Duration(days) * 24 * time.Hour
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		d += time.Duration(int(b[4+i])-partBias) * unit
	}
	return d + time.Duration(int64(binary.BigEndian.Uint32(b[7:]))-bias), nil
}
