// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// The export is written and read again, as that of a live Oracle is.
func TestRulesOfCompression(t *testing.T) {
	t.Parallel()
	d := &dictionary.Dictionary{Schemas: []string{"S"}}
	table := func(name, kind string) {
		d.Objects = append(d.Objects, dictionary.Object{Owner: "S", Name: name, Type: "TABLE", Status: "VALID"})
		d.Tables = append(d.Tables, dictionary.Table{Owner: "S", Name: name, CompressFor: kind})
	}
	part := func(table, name, kind string) {
		d.Partitions = append(d.Partitions, dictionary.Partition{Owner: "S", Table: table, Name: name, CompressFor: kind})
	}
	table("PLAIN", "")
	table("OLTP", "ADVANCED")
	table("COLD", "ARCHIVE HIGH")
	table("WARM", "QUERY LOW ROW LEVEL LOCKING")
	table("SALES", "QUERY LOW") // what partitions to come will have
	part("SALES", "P1", "QUERY LOW")
	part("SALES", "P2", "DISABLED")
	part("SALES", "P3", "QUERY HIGH")
	table("NEXT", "QUERY LOW")
	part("NEXT", "P1", "")
	table("DEEP", "")
	part("DEEP", "P1", "NONE")
	for _, sub := range []string{"S1", "S2"} {
		d.Subpartitions = append(d.Subpartitions, dictionary.Subpartition{Owner: "S", Table: "DEEP", Partition: "P1", Name: sub, CompressFor: map[string]string{"S2": "BASIC"}[sub]})
	}
	dir := t.TempDir()
	require.NoError(t, dictionary.WriteExport(d, dir))
	d, err := dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	r := assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: monday})
	low := finding(r, "FM-DMS-059")
	require.Equal(t, []string{"SALES: QUERY LOW, 1 of 3 partitions", "WARM: QUERY LOW"}, names(low))
	require.Equal(t, assess.Warns, low.Severity)
	require.Equal(t, "useLogMinerReader=Y", low.Objects[0].Fix)
	require.Equal(t, "DMS endpoint", low.Mend.On)
	require.Equal(t, []string{"COLD: ARCHIVE HIGH", "DEEP: BASIC, 1 of 2 partitions", "OLTP: ADVANCED", "SALES: QUERY HIGH, 1 of 3 partitions; QUERY LOW, 1 of 3 partitions", "WARM: QUERY LOW"},
		names(finding(r, "FM-ORA-009")))

	old := filepath.Join(dir, "ALL_TABLES.csv")
	require.NoError(t, os.WriteFile(old, []byte("OWNER,TABLE_NAME\nS,WARM\n"), 0o600))
	d, err = dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	r = assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: monday})
	require.Contains(t, r.Unknown, assess.Unknown{What: "ALL_TABLES.COMPRESS_FOR", Reason: "the column is not in the export"}, "not read is not none")
}
