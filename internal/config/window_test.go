// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

func TestWindows(t *testing.T) {
	t.Parallel()
	const form = "Mon 2006-01-02 15:04 MST"
	weekend := config.Cutover{TimeZone: "Europe/Berlin", Windows: []config.Window{{Days: []string{"sat", "sun"}, From: "22:00", To: "04:00"}}}
	daily := config.Cutover{TimeZone: "UTC", Windows: []config.Window{{From: "23:00", To: "23:30"}, {From: "23:30", To: "01:00"}, {From: "00:30", To: "00:45"}}}
	whole := config.Cutover{TimeZone: "UTC", Windows: []config.Window{{From: "06:00", To: "06:00"}}}
	for name, c := range map[string]struct {
		cutover       config.Cutover
		now, from, to string
		within        bool
	}{
		"in it":                       {weekend, "Sat 2026-11-21 23:15 CET", "Sat 2026-11-21 22:00 CET", "Sun 2026-11-22 04:00 CET", true},
		"after midnight":              {weekend, "Sun 2026-11-22 03:59 CET", "Sat 2026-11-21 22:00 CET", "Sun 2026-11-22 04:00 CET", true},
		"its first moment":            {weekend, "Sat 2026-11-21 22:00 CET", "Sat 2026-11-21 22:00 CET", "Sun 2026-11-22 04:00 CET", true},
		"its end is outside":          {weekend, "Sun 2026-11-22 04:00 CET", "Sun 2026-11-22 22:00 CET", "Mon 2026-11-23 04:00 CET", false},
		"the next is days away":       {weekend, "Mon 2026-11-23 04:00 CET", "Sat 2026-11-28 22:00 CET", "Sun 2026-11-29 04:00 CET", false},
		"by the zone, not UTC":        {weekend, "Sat 2026-11-21 21:30 UTC", "Sat 2026-11-21 22:00 CET", "Sun 2026-11-22 04:00 CET", true},
		"the clocks go forward":       {weekend, "Sat 2026-03-28 23:00 CET", "Sat 2026-03-28 22:00 CET", "Sun 2026-03-29 04:00 CEST", true},
		"the clocks go back":          {weekend, "Sun 2026-10-25 03:30 CET", "Sat 2026-10-24 22:00 CEST", "Sun 2026-10-25 04:00 CET", true},
		"windows that touch are one":  {daily, "Mon 2026-11-23 23:10 UTC", "Mon 2026-11-23 23:00 UTC", "Tue 2026-11-24 01:00 UTC", true},
		"the next of several":         {daily, "Mon 2026-11-23 12:00 UTC", "Mon 2026-11-23 23:00 UTC", "Tue 2026-11-24 01:00 UTC", false},
		"all day, every day, has one": {whole, "Mon 2026-11-23 12:00 UTC", "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(c.cutover.TimeZone)
			require.NoError(t, err)
			at := func(text string) time.Time {
				if strings.HasSuffix(text, "UTC") {
					when, err := time.Parse(form, text)
					require.NoError(t, err)
					return when
				}
				when, err := time.ParseInLocation(form, text, zone)
				require.NoError(t, err)
				return when
			}
			from, to, within := c.cutover.Window(at(c.now))
			require.Equal(t, c.within, within)
			if c.from != "" {
				require.Equal(t, c.from, from.Format(form))
				require.Equal(t, c.to, to.Format(form))
			}
		})
	}
}

func TestWindowsOfTheFile(t *testing.T) {
	t.Parallel()
	with := func(cutover string) string {
		return strings.Replace(minimal, "    operators:", "    cutover: "+cutover+"\n    operators:", 1)
	}
	p := parse(t, with("{windows: [{days: [sat, sun], from: \"22:00\", to: 04:00}], time_zone: Europe/Berlin}")).Profiles["box-office"]
	require.Equal(t, []config.Window{{Days: []string{"sat", "sun"}, From: "22:00", To: "04:00"}}, p.Cutover.Windows)
	require.Empty(t, parse(t, minimal).Profiles["box-office"].Cutover.Windows)
	for cutover, want := range map[string]string{
		"{windows: [{from: 22, to: \"04:00\"}]}":                     "cutover.windows[0].from: must be a text, not a whole number",
		"{windows: [{from: \"24:00\", to: \"04:00\"}]}":              "cutover.windows[0].from: must be a time of day with hours and minutes, such as \"22:00\"",
		"{windows: [{from: \"22:00\"}]}":                             "cutover.windows[0].to: is missing: When it ends",
		"{windows: [{days: [caturday], from: \"1:00\", to: \"x\"}]}": "cutover.windows[0].days[0]: must be one of: mon tue wed thu fri sat sun",
		"{windows: [{day: [sat], from: \"01:00\", to: \"02:00\"}]}":  "cutover.windows[0].day: unknown key; did you mean \"days\"?",
		"{time_zone: Europe/Atlantis}":                               "cutover.time_zone: is not a time zone that is known here",
		"{time_zone: Local}":                                         "cutover.time_zone: is not a time zone that is known here",
		"{windows: [{from: \"22:00\", to: \"23:00\", force: true}]}": "cutover.windows[0].force: unknown key; known here: days, from, to",
	} {
		_, err := config.Parse("f.yaml", []byte(with(cutover)), env())
		require.ErrorContains(t, err, want, cutover)
	}
}

// A cutover night is moved while its migration is open: the windows are no part of what an open migration holds fast.
func TestWindowsAreNoPartOfThePolicy(t *testing.T) {
	t.Parallel()
	p := parse(t, minimal).Profiles["box-office"]
	e, err := p.Endpoints(t.Context(), nil)
	require.NoError(t, err)
	before := p.PolicyHash(e)
	p.Cutover.Windows = []config.Window{{From: "22:00", To: "04:00"}}
	require.Equal(t, before, p.PolicyHash(e))
}
