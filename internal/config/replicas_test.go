// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

func TestTakeoverHasBounds(t *testing.T) {
	t.Parallel()
	require.Equal(t, 15*time.Second, parse(t, minimal).Replicas.Takeover)
	require.Equal(t, 2*time.Second, parse(t, minimal+"replicas: { takeover: 2s }\n").Replicas.Takeover)
	for _, value := range []string{"0s", "1999ms", "121s", "1h"} {
		_, err := config.Parse("ferryman.yaml", []byte(minimal+"replicas: { takeover: "+value+" }\n"), env())
		require.ErrorContains(t, err, "replicas.takeover", value)
		require.ErrorContains(t, err, "must be between 2s and 2m0s", value)
	}
}
