// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"math"
	"strings"
)

// chart is the hours of every run, as an SVG's coordinates.
type chart struct {
	Width, Height, Left, Right, Top, Bottom int
	// Band are the corners of the area between the low and the high hours, High and Low the lines along its edges.
	Band, High, Low string
	Dots            []dot
	Grid            []gridLine
	From, Until     string
}

type dot struct {
	X, Y  string
	Title string
}

type gridLine struct{ Y, Label string }

// burnDown draws the history; nil where there is less than two runs to draw.
func (r *Report) burnDown() *chart {
	points := r.History
	if len(points) < 2 {
		return nil
	}
	c := &chart{Width: 720, Height: 240, Left: 48, Right: 704, Top: 12, Bottom: 208}
	first, last := points[0].At, points[len(points)-1].At
	most := 1.0
	for _, p := range points {
		most = max(most, p.HoursHigh)
	}
	step := nice(most / 4)
	top := math.Ceil(most/step) * step
	span := last.Sub(first).Seconds()
	x := func(i int) float64 {
		share := float64(i) / float64(len(points)-1)
		if span > 0 {
			share = points[i].At.Sub(first).Seconds() / span
		}
		return float64(c.Left) + share*float64(c.Right-c.Left)
	}
	y := func(hours float64) float64 { return float64(c.Bottom) - hours/top*float64(c.Bottom-c.Top) }
	var high, low []string
	for i, p := range points {
		high = append(high, fmt.Sprintf("%.1f,%.1f", x(i), y(p.HoursHigh)))
		low = append(low, fmt.Sprintf("%.1f,%.1f", x(i), y(p.HoursLow)))
		c.Dots = append(c.Dots, dot{fmt.Sprintf("%.1f", x(i)), fmt.Sprintf("%.1f", y(p.HoursHigh)),
			fmt.Sprintf("%s: %s–%s hours, %d of %d objects need hands", p.At.Format("2006-01-02 15:04"), hours(p.HoursLow), hours(p.HoursHigh), p.Action, p.Objects)})
	}
	c.High, c.Low = strings.Join(high, " "), strings.Join(low, " ")
	for i := len(low) - 1; i >= 0; i-- {
		high = append(high, low[i])
	}
	c.Band = strings.Join(high, " ")
	for h := 0.0; h <= top+step/2; h += step {
		c.Grid = append(c.Grid, gridLine{fmt.Sprintf("%.1f", y(h)), hours(h)})
	}
	layout := "2006-01-02"
	if span < 48*3600 {
		layout = "2006-01-02 15:04"
	}
	c.From, c.Until = first.Format(layout), last.Format(layout)
	return c
}

// nice is a round number not below v.
func nice(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if v <= f*unit {
			return f * unit
		}
	}
	return 10 * unit
}
