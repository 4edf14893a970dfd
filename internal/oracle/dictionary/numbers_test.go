// SPDX-License-Identifier: Apache-2.0

package dictionary_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

func TestMeasuredNumbersComeBack(t *testing.T) {
	t.Parallel()
	on := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	numbers := []dictionary.MeasuredNumber{
		{Owner: "S", Table: "A,\"\n'; DROP", Column: "😀", Looked: 12, All: true, Values: 9, Integer: 40, Fraction: 38, On: on},
		{Owner: "S", Table: "B", Column: "C", On: on, Why: "ORA-00942: table or view \"S\",\ndoes not exist"},
	}
	var b bytes.Buffer
	require.NoError(t, dictionary.WriteNumbers(&b, []dictionary.MeasuredNumber{numbers[1], numbers[0]}))
	got, err := dictionary.ParseNumbers(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	require.Equal(t, numbers, got)

	head, _, _ := strings.Cut(b.String(), "\n")
	for says, line := range map[string]string{
		`line 2: INTEGER_DIGITS: "many" is not`: "S,T,C,1,YES,1,many,0,2026-03-02,",
		`line 2: FRACTION_DIGITS: "-1" is not`:  "S,T,C,1,YES,1,1,-1,2026-03-02,",
		`line 2: INTEGER_DIGITS: "99999" is`:    "S,T,C,1,YES,1,99999,1,2026-03-02,",
		`line 2: ALL_ROWS: "MAYBE" is neither`:  "S,T,C,1,MAYBE,1,1,1,2026-03-02,",
		`line 2: MEASURED_ON: "Monday" is not`:  "S,T,C,1,NO,1,1,1,Monday,",
		"line 2: wrong number of fields":        "S,T,C",
	} {
		export := fstest.MapFS{"ALL_OBJECTS.csv": {Data: []byte("OWNER,OBJECT_NAME,OBJECT_TYPE\nS,T,TABLE\n")},
			dictionary.NumbersFile: {Data: []byte(head + "\n" + line + "\n")}}
		_, err := dictionary.ReadExport(export)
		var broken *dictionary.ExportError
		require.ErrorAs(t, err, &broken, says)
		require.ErrorContains(t, err, dictionary.NumbersFile+", "+says)
	}
	_, err = dictionary.ParseNumbers(strings.NewReader("OWNER,TABLE_NAME\n"))
	require.ErrorContains(t, err, "line 1: its columns are not")
	_, err = dictionary.ParseNumbers(strings.NewReader(""))
	require.ErrorContains(t, err, "the file is empty")
}
