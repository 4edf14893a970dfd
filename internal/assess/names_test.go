// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/stretchr/testify/require"
)

// The page shows what people are called; the report keeps their ids, and whose name is not known keeps the id on the page too.
func TestThePageHasPeoplesNames(t *testing.T) {
	t.Parallel()
	price, old := convert.Object{Owner: "S", Type: "FUNCTION", Name: "PRICE"}, convert.Object{Owner: "S", Type: "TABLE", Name: "OLD"}
	r := &assess.Report{Schemas: []string{"S"}, Decided: []assess.Given{
		{Object: price, What: "script", By: "U000000DBA", At: time.Now()}, {Object: old, What: "left out", By: "U00STRANGER", At: time.Now()},
		{Object: old, What: "left out", By: "root", At: time.Now()},
	},
		Objects: []convert.ObjectOutcome{{Object: old, Outcome: convert.LeftOut, Why: "left out by U000000DBA"}},
		Delta:   &assess.Delta{Resolved: []assess.Item{{Object: price, Text: "9 lines", By: "U000000DBA", Why: "a script of U000000DBA"}}},
	}
	require.Equal(t, []string{"U000000DBA", "U00STRANGER"}, r.People())
	r.Names = map[string]string{"U000000DBA": "@Dana <Baker>"}
	page, err := r.HTML()
	require.NoError(t, err)
	require.NotContains(t, string(page), "U000000DBA")
	for _, words := range []string{"a script of @Dana &lt;Baker&gt;", "left out by @Dana &lt;Baker&gt;", "<td>@Dana &lt;Baker&gt;, ", "<td>U00STRANGER, ", "<td>root, "} {
		require.Contains(t, string(page), words)
	}
	kept, err := r.JSON()
	require.NoError(t, err)
	require.Contains(t, string(kept), "a script of U000000DBA")
	require.NotContains(t, string(kept), "Dana")
}
