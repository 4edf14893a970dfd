// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

var convertNothing convert.Conversion

func TestWhatCouldBePurged(t *testing.T) {
	t.Parallel()
	r := full(t)
	var ticket *assess.Purgeable
	for i := range r.Purge {
		if r.Purge[i].Table == "TICKET" {
			ticket = &r.Purge[i]
		}
	}
	require.NotNil(t, ticket)
	require.Equal(t, []string{"P1", "P2"}, ticket.Partitions, "the one that ends two months ago stays, and so does MAXVALUE")
	require.Equal(t, int64(2000), *ticket.Rows)
	require.Equal(t, "SOLD_AT >= '2022-06-01'", ticket.Filter.String(), "where the youngest old partition ends")

	d := &dictionary.Dictionary{Schemas: []string{"S"}}
	when := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for name, blocks := range map[string]int64{"ORDERS": 10, "ORDERS_BAK": 50, "ORDERS_20210301": 40, "TMP_X": 30, "ACCESS_LOG": 90, "CATALOG": 20, "ORDERS_OLD": 0} {
		rows := blocks * 10
		d.Tables = append(d.Tables, dictionary.Table{Owner: "S", Name: name, Blocks: &blocks, NumRows: &rows, LastAnalyzed: when})
		d.Columns = append(d.Columns, dictionary.Column{Owner: "S", Table: name, Name: "AT_WHICH", ID: ptr(int64(1)), ColumnTraits: &dictionary.ColumnTraits{Type: "DATE"}},
			dictionary.Column{Owner: "S", Table: name, Name: "LOGGED_AT", ID: ptr(int64(2)), ColumnTraits: &dictionary.ColumnTraits{Type: "TIMESTAMP(6)"}})
		if name != "ORDERS_BAK" { // something names it, so use is not known
			d.Dependencies = append(d.Dependencies, dictionary.Dependency{Owner: "S", Name: "V", Type: "VIEW", ReferencedOwner: "S", ReferencedName: name, ReferencedType: "TABLE"})
		}
	}
	got := map[string]string{}
	var order []string
	for _, p := range assess.Assess(d, &convertNothing, assess.Options{Now: monday}).Purge {
		filter := ""
		if p.Filter != nil {
			filter = p.Filter.String()
		}
		got[p.Table] = filter
		order = append(order, p.Table)
	}
	require.Equal(t, []string{"ACCESS_LOG", "ORDERS_BAK", "ORDERS_20210301", "TMP_X"}, order, "the biggest first; an empty table is no gain")
	require.Equal(t, "LOGGED_AT >= '2024-03-02'", got["ACCESS_LOG"], "two years, by the column that says when a row was written")
	require.Empty(t, got["ORDERS_BAK"], "the whole table")
}

func TestSizesAreMeasuredOrNamedAsNotKnown(t *testing.T) {
	t.Parallel()
	r := report(t, boxOffice, func(d *dictionary.Dictionary) {
		delete(d.Unknown, "DBA_SEGMENTS")
		d.Lobs = append(d.Lobs[:0:0], dictionary.Lob{Owner: "BOXOFFICE", Table: "TICKET_SCAN", Column: "SCAN_IMAGE", Segment: "SEG1"})
		d.Segments = []dictionary.Segment{{Owner: "BOXOFFICE", Name: "TICKET_SCAN", Type: "TABLE", Bytes: 1 << 20}, {Owner: "BOXOFFICE", Name: "SEG1", Type: "LOBSEGMENT", Bytes: 22 << 30},
			{Owner: "BOXOFFICE", Name: "CUSTOMER", Partition: "P1", Type: "TABLE PARTITION", Bytes: 5}, {Owner: "BOXOFFICE", Name: "CUSTOMER", Partition: "P2", Type: "TABLE PARTITION", Bytes: 6}}
	})
	require.Equal(t, "SCAN_IMAGE", r.Offload[0].Column, "the biggest first")
	require.Equal(t, int64(22<<30), *r.Offload[0].Bytes)
	require.True(t, r.Offload[0].FileLike)
	var text *assess.Offloadable
	for i := range r.Offload {
		if r.Offload[i].Column == "SCAN_TEXT" {
			text = &r.Offload[i]
		}
	}
	require.Nil(t, text.Bytes)
	require.Equal(t, int64(41000), *text.Max)
	for _, row := range r.Inventory.Types {
		if row.Type == "TABLE" {
			require.Equal(t, int64(1<<20+22<<30+11), *row.Bytes, "with LOBs and partitions")
		}
		if row.Type == "VIEW" {
			require.Nil(t, row.Bytes)
			require.Positive(t, *row.Lines)
			require.Positive(t, *row.Needs)
		}
		if row.Type == "FUNCTION" {
			require.Equal(t, 1, row.Invalid)
		}
	}
	require.Equal(t, "DBA_SEGMENTS", r.Inventory.SizesFrom)
	blind := report(t, boxOffice, func(d *dictionary.Dictionary) {
		d.Dependencies = nil
		d.SetUnknown("ALL_DEPENDENCIES", "not granted")
	})
	for _, row := range blind.Inventory.Types {
		require.Nil(t, row.Needs, "not read is not none")
	}
}
