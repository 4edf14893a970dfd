// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // an image without a time zone database must not move a window
)

// zone is the windows' time zone. The machine's own is nobody's decision, so its name is not taken.
func (c Cutover) zone() (*time.Location, error) {
	if c.TimeZone == "Local" {
		return nil, errors.New("the zone Local depends on the machine")
	}
	return time.LoadLocation(c.TimeZone)
}

// Window is the time around now in which a cutover is allowed, or the next one where now is in none. Windows that touch are one. Without
// windows it is always allowed: call it only where there are some.
func (c Cutover) Window(now time.Time) (from, to time.Time, within bool) {
	zone, err := c.zone()
	if err != nil { // which check refuses
		return time.Time{}, time.Time{}, false
	}
	type span struct{ from, to time.Time }
	var spans []span
	// Every window begins again within a week, and one that began yesterday may still be open.
	first := now.In(zone).AddDate(0, 0, -2)
	for day := range 12 {
		date := first.AddDate(0, 0, day)
		for _, w := range c.Windows {
			if len(w.Days) > 0 && !slices.Contains(w.Days, strings.ToLower(date.Weekday().String()[:3])) {
				continue
			}
			from, to := w.From, w.To
			s := span{clockOn(date, from, 0), clockOn(date, to, 0)}
			if to <= from {
				s.to = clockOn(date, to, 1)
			}
			if s.from.Before(s.to) { // else the clocks were changed over it
				spans = append(spans, s)
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		for i+1 < len(spans) && !spans[i+1].from.After(s.to) {
			i++
			if spans[i].to.After(s.to) {
				s.to = spans[i].to
			}
		}
		if now.Before(s.to) {
			return s.from, s.to, !now.Before(s.from)
		}
	}
	return time.Time{}, time.Time{}, false
}

// clockOn is an hour and minute of a date, some days later. What the clocks skip is as much later as they skip.
func clockOn(date time.Time, clock string, later int) time.Time {
	at, _ := time.Parse("15:04", clock)
	return time.Date(date.Year(), date.Month(), date.Day()+later, at.Hour(), at.Minute(), 0, 0, date.Location())
}
