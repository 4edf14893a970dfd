// SPDX-License-Identifier: Apache-2.0

package exportcsv_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/exportcsv"
	"github.com/stretchr/testify/require"
)

func readAll(text string, limit int64) (records [][]string, lines []int, err error) {
	r := exportcsv.NewReader(strings.NewReader(text), limit)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, lines, nil
		}
		if err != nil {
			return records, lines, err
		}
		records, lines = append(records, slices.Clone(record)), append(lines, r.Line())
	}
}

func TestEveryByteComesBack(t *testing.T) {
	t.Parallel()
	records := [][]string{{"OWNER", "TEXT"}, {"X", "begin\r\n  x := 'a,\"b\"';\r\nend;\n"}, {`"`, `""`}, {"\r", "\n"}, {" a ", "\ufeffb"}, {"", "é😀"}, {"DROP TABLE x; --", ""},
		{strings.Repeat("long ", 40_000), strings.Repeat("\"\n", 40_000)}}
	var out bytes.Buffer
	w := exportcsv.NewWriter(&out)
	for i, record := range records {
		for _, field := range record {
			w.Field(field, i%2 == 0)
		}
		w.End()
	}
	require.NoError(t, w.Flush())
	got, lines, err := readAll(out.String(), 1<<20)
	require.NoError(t, err)
	require.Equal(t, records, got)
	require.Equal(t, []int{1, 2, 6}, lines[:3], "a record is named by the line on which it begins")
}

func TestFaultsNameTheirLine(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text  string
		line  int
		fault error
	}{
		"never closed":  {"A,B\nx,\"y\nz,w\n", 2, exportcsv.ErrOpen},
		"too few":       {"A,B\nx,y\nz\n", 3, exportcsv.ErrFields},
		"too many":      {"A,B\nx,y,z\n", 2, exportcsv.ErrFields},
		"in the middle": {"A,B\nx\"y,z\n", 2, exportcsv.ErrQuote},
		"after":         {"A,B\n\"x\ny\"z,w\n", 3, exportcsv.ErrQuote},
		"too large":     {"A,B\n" + strings.Repeat("x,y\n", 100), 52, exportcsv.ErrTooLarge},
		"one long line": {"A\n\"" + strings.Repeat("x", 200_000), 2, exportcsv.ErrTooLarge},
	} {
		_, _, err := readAll(tc.text, 204)
		require.ErrorIs(t, err, tc.fault, name)
		var fault *exportcsv.Error
		require.ErrorAs(t, err, &fault)
		require.Equal(t, tc.line, fault.Line, name)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\ufeffA,B\r\nx,\r\n", "A,B\nx,", "A,B\n\nx,\n\n", "A,\"B\"\n\"x\",\"\""} {
		got, _, err := readAll(text, 100)
		require.NoError(t, err)
		require.Equal(t, [][]string{{"A", "B"}, {"x", ""}}, got)
	}
	got, _, err := readAll("", 1)
	require.NoError(t, err)
	require.Empty(t, got)
	got, _, err = readAll("A\n\nx\n", 10)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"A"}, {""}, {"x"}}, got, "with one column an empty line is a NULL")
}

func FuzzRead(f *testing.F) {
	f.Add("A,B\n\"x\"\"\",y\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, text string) {
		records, _, err := readAll(text, 1<<20)
		if err != nil || len(records) == 0 || len(records[0]) == 1 {
			return
		}
		var out bytes.Buffer
		w := exportcsv.NewWriter(&out)
		for _, record := range records {
			for _, field := range record {
				w.Field(field, false)
			}
			w.End()
		}
		require.NoError(t, w.Flush())
		again, _, err := readAll(out.String(), 1<<21)
		require.NoError(t, err)
		require.Equal(t, records, again)
	})
}
