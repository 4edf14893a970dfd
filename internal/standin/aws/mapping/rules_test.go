// SPDX-License-Identifier: Apache-2.0

package mapping_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/standin/aws/mapping"
	"github.com/stretchr/testify/require"
)

const lowercase = `{"rules":[
{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"BOXOFFICE","table-name":"%"},"rule-action":"include","filters":[]},
{"rule-type":"selection","rule-id":"2","rule-name":"2","object-locator":{"schema-name":"BOXOFFICE","table-name":"TMP_%"},"rule-action":"exclude"},
{"rule-type":"selection","rule-id":"3","rule-name":"3","object-locator":{"schema-name":"FERRYMAN","table-name":"FERRYMAN_MARKER"},"rule-action":"explicit"},
{"rule-type":"transformation","rule-id":"4","rule-name":"4","rule-target":"schema","object-locator":{"schema-name":"%"},"rule-action":"convert-lowercase"},
{"rule-type":"transformation","rule-id":"5","rule-name":"5","rule-target":"table","object-locator":{"schema-name":"%","table-name":"%"},"rule-action":"convert-lowercase"},
{"rule-type":"transformation","rule-id":"6","rule-name":"6","rule-target":"column","object-locator":{"schema-name":"%","table-name":"%","column-name":"%"},"rule-action":"convert-lowercase"},
{"rule-type":"transformation","rule-id":"7","rule-name":"7","rule-target":"column","object-locator":{"schema-name":"BOXOFFICE","table-name":"SEAT","column-name":"ROW_NO"},"rule-action":"remove-column"}
]}`

func TestSelectionAndNames(t *testing.T) {
	t.Parallel()
	rules, err := mapping.Parse(lowercase)
	require.NoError(t, err)
	for table, want := range map[[2]string]bool{{"BOXOFFICE", "TICKET"}: true, {"BOXOFFICE", "TMP_X"}: false, {"FERRYMAN", "FERRYMAN_MARKER"}: true,
		{"FERRYMAN", "OTHER"}: false, {"boxoffice", "TICKET"}: false} {
		selected, _ := rules.Selects(table[0], table[1])
		require.Equal(t, want, selected, table)
	}
	require.Equal(t, "boxoffice", rules.Schema("BOXOFFICE"))
	require.Equal(t, "ticket", rules.Table("BOXOFFICE", "TICKET"))
	name, keep := rules.Column("BOXOFFICE", "TICKET", "ID")
	require.True(t, keep)
	require.Equal(t, "id", name)
	_, keep = rules.Column("BOXOFFICE", "SEAT", "ROW_NO")
	require.False(t, keep)
}

func TestWhatDMSRefuses(t *testing.T) {
	t.Parallel()
	rule := func(text string) string {
		return `{"rules":[{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"S","table-name":"%"},"rule-action":"include"},` + text + `]}`
	}
	for document, words := range map[string]string{
		`{`:            "Invalid Table Mappings document",
		`{"rules":[]}`: "Invalid Table Mappings document",
		rule(`{"rule-type":"selection","rule-id":"1","rule-name":"x"}`):                                                                                                               "ruleId = 1 failed validation. Reason: rule-id is used more than once",
		rule(`{"rule-type":"selection","rule-id":"2","rule-name":"x","object-locator":{"schema-name":"S","table-name":"%"},"rule-action":"explicit"}`):                                "without %",
		rule(`{"rule-type":"transformation","rule-id":"2","rule-name":"x","rule-target":"table","object-locator":{"schema-name":"S","table-name":"T"},"rule-action":"rename"}`):       "rename needs a value",
		rule(`{"rule-type":"transformation","rule-id":"2","rule-name":"x","rule-target":"table","object-locator":{"schema-name":"S","table-name":"T"},"rule-action":"shout"}`):        "is not served",
		rule(`{"rule-type":"table-settings","rule-id":"2","rule-name":"x","object-locator":{"schema-name":"S","table-name":"%"},"parallel-load":{"type":"none"}}`):                    "without %",
		rule(`{"rule-type":"selection","rule-id":"2","rule-name":"x","object-locator":{"schema-name":"S","table-name":"T"},"rule-action":"include","filters":[{"column-name":"A"}]}`): "filter-type",
		`{"rules":[{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"S","table-name":"%"},"rule-action":"exclude"}]}`:                           "At least one selection rule",
	} {
		_, err := mapping.Parse(document)
		var refused *mapping.Error
		require.ErrorAs(t, err, &refused, document)
		require.Contains(t, err.Error(), words, document)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	f := mapping.Filter{Type: "source", Column: "ID", Conditions: []mapping.Condition{
		{Operator: "between", Start: "10", End: "20"}, {Operator: "eq", Value: "99"}}}
	require.Equal(t, `("ID" BETWEEN 10 AND 20 OR "ID" = 99)`, f.SQL(`"ID"`, func(v string) string { return v }))
	value := func(s string) *string { return &s }
	require.True(t, f.Accepts(value("9.5e1")) == false)
	require.True(t, f.Accepts(value("15")))
	require.True(t, f.Accepts(value("99.0")))
	require.False(t, f.Accepts(value("100")))
	require.False(t, f.Accepts(nil))
	null := mapping.Filter{Conditions: []mapping.Condition{{Operator: "null"}}}
	require.True(t, null.Accepts(nil))
	require.False(t, null.Accepts(value("x")))
}
