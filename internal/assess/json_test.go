// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/stretchr/testify/require"
)

// What is written element by element is what the encoder makes of the whole.
func TestJSONIsThatOfTheEncoder(t *testing.T) {
	t.Parallel()
	full := report(t, boxOffice, nil)
	full.Findings[0].Why = "a line that looks like one of the frame:\n  \"objects\": null,\n"
	full.Findings[0].Objects[0].Detail = "<&>  \"actions\": null"
	for name, r := range map[string]*assess.Report{
		"whole": full,
		"nil":   {},
		"empty": {Objects: []convert.ObjectOutcome{}, Findings: []assess.Finding{{}, {Objects: []assess.FindingObject{}}}, Usage: []assess.TableUse{}},
	} {
		want, err := json.MarshalIndent(r, "", "  ")
		require.NoError(t, err, name)
		got, err := r.JSON()
		require.NoError(t, err, name)
		require.Equal(t, string(want)+"\n", string(got), name)
	}
}

// An assessment that keeps no statements finds the same.
func TestWhatIsForgottenWasConverted(t *testing.T) {
	t.Parallel()
	d := load(t, boxOffice)
	kept, forgotten := convert.Convert(d, convert.Options{}), convert.Convert(d, convert.Options{Forget: true})
	require.NotEmpty(t, kept.Statements)
	require.Empty(t, forgotten.Statements)
	require.Equal(t, kept.Outcomes, forgotten.Outcomes)
	require.Equal(t, kept.Actions, forgotten.Actions)
	o := assess.Options{Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	fresh := load(t, boxOffice)
	beside, err := assess.Beside(fresh, o, func() (*convert.Conversion, error) { return convert.Convert(fresh, convert.Options{Forget: true}), nil })
	require.NoError(t, err)
	require.Equal(t, assess.Assess(d, kept, o), beside)
}
