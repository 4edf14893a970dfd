// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/standin/aws/mapping"
	"github.com/stretchr/testify/require"
)

// What people decided is in the mapping as DMS reads it: rows that stay behind, columns that do.
func TestTableMappingsLeaveRowsAndColumnsBehind(t *testing.T) {
	t.Parallel()
	ticket, seat := table("BOXOFFICE", "TICKET"), table("BOXOFFICE", "SEAT")
	spec := dms.MappingSpec{Tables: []dms.TableName{ticket, seat},
		Only:    map[dms.TableName][]dms.Filter{ticket: {{"SOLD_AT", ">=", "2020-01-01"}, {"ID", "<>", `7" or "1`}}},
		Without: map[dms.TableName][]string{ticket: {"SCAN", "PDF", "SCAN"}}}
	text, err := dms.TableMappings(spec)
	require.NoError(t, err)
	rules, err := mapping.Parse(text)
	require.NoError(t, err)
	selected, filters := rules.Selects("BOXOFFICE", "TICKET")
	require.True(t, selected)
	require.Equal(t, []mapping.Filter{{Type: "source", Column: "ID", Conditions: []mapping.Condition{{Operator: "noteq", Value: `7" or "1`}}},
		{Type: "source", Column: "SOLD_AT", Conditions: []mapping.Condition{{Operator: "gte", Value: "2020-01-01"}}}}, filters)
	_, filters = rules.Selects("BOXOFFICE", "SEAT")
	require.Empty(t, filters)
	for column, keep := range map[string]bool{"SCAN": false, "PDF": false, "ID": true} {
		_, kept := rules.Column("BOXOFFICE", "TICKET", column)
		require.Equal(t, keep, kept, column)
	}
	_, kept := rules.Column("BOXOFFICE", "SEAT", "SCAN")
	require.True(t, kept)

	spec.Only[ticket] = []dms.Filter{{"ID", "LIKE", "1"}}
	_, err = dms.TableMappings(spec)
	require.ErrorContains(t, err, "DMS can't filter BOXOFFICE.TICKET by ID LIKE")
}
