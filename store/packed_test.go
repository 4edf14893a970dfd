// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// A big report is kept packed and comes back as it was; so does one that the version before kept as it is, and whatever is small.
func TestABigReportIsKeptPacked(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	raw := s.Client()
	kept := func(name string) []byte {
		b, err := raw.Get(ctx, "ferryman:{m}:file:"+name).Bytes()
		require.NoError(t, err)
		return b
	}
	var report bytes.Buffer
	for i := range 50_000 {
		fmt.Fprintf(&report, `{"owner":"BOXOFFICE","type":"TABLE","name":"T_%d","outcome":"converted","codes":[]},`, i)
	}
	big, small := report.Bytes(), []byte(`{"objects":[]}`)

	require.NoError(t, s.PutPacked(ctx, "m", "report.json", big))
	require.Less(t, len(kept("report.json"))*8, len(big))
	read, err := s.File(ctx, "m", "report.json")
	require.NoError(t, err)
	require.True(t, bytes.Equal(big, read))

	require.NoError(t, s.PutPacked(ctx, "m", "small.json", small))
	require.Equal(t, small, kept("small.json"))
	require.NoError(t, raw.Set(ctx, "ferryman:{m}:file:old.json", big, 0).Err(), "as the version before kept it")
	require.NoError(t, s.PutFile(ctx, "m", "attachment.csv", big))
	for name, want := range map[string][]byte{"small.json": small, "old.json": big, "attachment.csv": big} {
		read, err = s.File(ctx, "m", name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, read), name)
	}
	require.True(t, bytes.Equal(big, kept("attachment.csv")), "a replica of the version before may send it")

	broken := kept("report.json")
	require.NoError(t, raw.Set(ctx, "ferryman:{m}:file:report.json", broken[:len(broken)/2], 0).Err())
	_, err = s.File(ctx, "m", "report.json")
	require.ErrorContains(t, err, "file report.json of m")
}
