// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"fmt"
	"strconv"
	"time"
)

// epoch is a time as AWS JSON writes it: seconds since 1970 with milliseconds.
type epoch time.Time

// MarshalJSON writes seconds with three decimals, null for the zero time.
func (e epoch) MarshalJSON() ([]byte, error) {
	t := time.Time(e)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%d.%03d", t.Unix(), t.Nanosecond()/1e6), nil
}

// UnmarshalJSON reads a number of seconds.
func (e *epoch) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	seconds, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("not a time: %w", err)
	}
	*e = epoch(time.UnixMilli(int64(seconds * 1000)))
	return nil
}

// IsZero lets omitzero leave unset times out.
func (e epoch) IsZero() bool { return time.Time(e).IsZero() }

func now() epoch { return epoch(time.Now()) }
