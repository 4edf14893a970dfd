// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"
	"time"
)

// Point is one run in a report's history.
type Point struct {
	At        time.Time `json:"at"`
	Engine    string    `json:"engine,omitempty"`
	Objects   int       `json:"objects"`
	Action    int       `json:"action"`
	HoursLow  float64   `json:"hours_low"`
	HoursHigh float64   `json:"hours_high"`
}

// mostRuns is how many runs a history keeps. The first is kept for good: hours are burned down from it.
const mostRuns = 100

func (r *Report) point() Point {
	return Point{At: r.At, Engine: r.Engine, Objects: r.Totals.Objects, Action: r.Totals.Action, HoursLow: r.Totals.HoursLow, HoursHigh: r.Totals.HoursHigh}
}

// history is that of the run before, with this one. Runs of another engine count other things and are left out.
func (r *Report) history(previous *Report) []Point {
	if previous == nil {
		return []Point{r.point()}
	}
	points := slices.DeleteFunc(slices.Clone(previous.History), func(p Point) bool {
		return p.Engine != r.Engine || !p.At.Before(r.At)
	})
	if over := len(points) + 1 - mostRuns; over > 0 {
		points = slices.Delete(points, 1, 1+over)
	}
	return append(points, r.point())
}
