// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"encoding/json"
	"testing"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

func table(schema, name string) dms.TableName { return dms.TableName{Schema: schema, Table: name} }

func TestTableMappings(t *testing.T) {
	t.Parallel()
	spec := dms.MappingSpec{
		Tables: []dms.TableName{table("BOXOFFICE", "TICKET"), table("BOXOFFICE", "SEAT")},
		Marker: table("FERRYMAN", "FERRYMAN_MARKER"),
		LOB:    map[dms.TableName]int{table("BOXOFFICE", "TICKET"): 64, table("BOXOFFICE", "SEAT"): 0, table("OTHER", "T"): 1},
	}
	text, err := dms.TableMappings(spec)
	require.NoError(t, err)
	require.JSONEq(t, `{"rules":[
		{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"BOXOFFICE","table-name":"SEAT"},"rule-action":"explicit","filters":[]},
		{"rule-type":"selection","rule-id":"2","rule-name":"2","object-locator":{"schema-name":"BOXOFFICE","table-name":"TICKET"},"rule-action":"explicit","filters":[]},
		{"rule-type":"selection","rule-id":"3","rule-name":"3","object-locator":{"schema-name":"FERRYMAN","table-name":"FERRYMAN_MARKER"},"rule-action":"explicit","filters":[]},
		{"rule-type":"transformation","rule-id":"4","rule-name":"4","rule-target":"schema","object-locator":{"schema-name":"BOXOFFICE"},"rule-action":"convert-lowercase"},
		{"rule-type":"transformation","rule-id":"5","rule-name":"5","rule-target":"table","object-locator":{"schema-name":"BOXOFFICE","table-name":"%"},"rule-action":"convert-lowercase"},
		{"rule-type":"transformation","rule-id":"6","rule-name":"6","rule-target":"column","object-locator":{"schema-name":"BOXOFFICE","table-name":"%","column-name":"%"},"rule-action":"convert-lowercase"},
		{"rule-type":"transformation","rule-id":"7","rule-name":"7","rule-target":"schema","object-locator":{"schema-name":"FERRYMAN"},"rule-action":"convert-lowercase"},
		{"rule-type":"transformation","rule-id":"8","rule-name":"8","rule-target":"table","object-locator":{"schema-name":"FERRYMAN","table-name":"%"},"rule-action":"convert-lowercase"},
		{"rule-type":"transformation","rule-id":"9","rule-name":"9","rule-target":"column","object-locator":{"schema-name":"FERRYMAN","table-name":"%","column-name":"%"},"rule-action":"convert-lowercase"},
		{"rule-type":"table-settings","rule-id":"10","rule-name":"10","object-locator":{"schema-name":"BOXOFFICE","table-name":"SEAT"},"lob-settings":{"mode":"unlimited"}},
		{"rule-type":"table-settings","rule-id":"11","rule-name":"11","object-locator":{"schema-name":"BOXOFFICE","table-name":"TICKET"},"lob-settings":{"mode":"limited","bulk-max-size":"64"}}
	]}`, text)

	spec.Tables = []dms.TableName{spec.Tables[1], spec.Tables[0], spec.Tables[1], spec.Marker}
	again, err := dms.TableMappings(spec)
	require.NoError(t, err)
	require.Equal(t, text, again, "the order of tables, and a table named twice, change nothing")
}

func TestTableMappingsRefuseWhatDMSWouldMisread(t *testing.T) {
	t.Parallel()
	for want, tables := range map[string][]dms.TableName{
		"has no table":              nil,
		"wildcard":                  {table("S", "A%B")},
		"without schema or name":    {table("", "A")},
		"would both become s.a on ": {table("S", "A"), table("S", "a")},
	} {
		_, err := dms.TableMappings(dms.MappingSpec{Tables: tables})
		require.ErrorContains(t, err, want)
	}
}

func TestTableMappingsKeepOddNames(t *testing.T) {
	t.Parallel()
	text, err := dms.TableMappings(dms.MappingSpec{Tables: []dms.TableName{table("S", `A"<&>\Ü_`)}})
	require.NoError(t, err)
	var doc struct {
		Rules []struct {
			Locator map[string]string `json:"object-locator"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &doc))
	require.Equal(t, `A"<&>\Ü_`, doc.Rules[0].Locator["table-name"])
}

func TestMappingDifferences(t *testing.T) {
	t.Parallel()
	want, err := dms.TableMappings(dms.MappingSpec{Tables: []dms.TableName{table("S", "A"), table("S", "B")}})
	require.NoError(t, err)
	diff := func(change func(rules []map[string]any) []map[string]any) []string {
		var doc struct {
			Rules []map[string]any `json:"rules"`
		}
		require.NoError(t, json.Unmarshal([]byte(want), &doc))
		doc.Rules = change(doc.Rules)
		have, err := json.Marshal(doc)
		require.NoError(t, err)
		found, err := dms.MappingDifferences(want, string(have))
		require.NoError(t, err)
		return found
	}
	require.Empty(t, diff(func(r []map[string]any) []map[string]any { // reordered, numbers for texts, keys added
		r[0], r[1] = r[1], r[0]
		r[0]["rule-id"], r[0]["added"] = 2, nil
		return r
	}))
	require.Equal(t, []string{"rule 1 is missing"}, diff(func(r []map[string]any) []map[string]any { return r[1:] }))
	require.Equal(t, []string{"rule 9 is there beyond those wanted"}, diff(func(r []map[string]any) []map[string]any {
		return append(r, map[string]any{"rule-id": "9", "rule-type": "selection"})
	}))
	require.Equal(t, []string{"rule 1.rule-action is include, should be explicit"}, diff(func(r []map[string]any) []map[string]any {
		r[0]["rule-action"] = "include"
		return r
	}))
	_, err = dms.MappingDifferences(want, "{")
	require.ErrorContains(t, err, "the table mapping of AWS is not JSON")
}
