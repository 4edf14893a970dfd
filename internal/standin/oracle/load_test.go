// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestDMSSampleWithItsData(t *testing.T) {
	t.Parallel()
	s := start(t, "DMS_SAMPLE", nil, testenv.Inputs(t, "dms_sample"))
	for _, n := range s.Notes() {
		t.Log(n)
	}
	db := open(t, s, "DMS_SAMPLE")
	require.Equal(t, 2230, one[int](t, db, "SELECT COUNT(*) FROM mlb_data"))
	require.Equal(t, "Angel Stadium", one[string](t, db, "SELECT name FROM sport_location WHERE id = :1", 1))
	require.Equal(t, 16, one[int](t, db, "SELECT COUNT(*) FROM user_tables"))
}
