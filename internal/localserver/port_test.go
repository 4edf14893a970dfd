// SPDX-License-Identifier: Apache-2.0

package localserver_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// So many ports would repeat by chance, within a process and between two.
func TestAPortIsGivenOnceWhoeverAsks(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for range 500 {
		port, err := localserver.FreePort()
		require.NoError(t, err)
		require.False(t, given[fmt.Sprint(port)], "%d is given twice", port)
		given[fmt.Sprint(port)] = true
		if os.Getenv("FERRYMAN_TEST_PORTS") != "" {
			fmt.Printf("port %d\n", port)
		}
	}
	if os.Getenv("FERRYMAN_TEST_PORTS") != "" {
		return
	}
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestAPortIsGivenOnceWhoeverAsks$")
	other.Env = append(os.Environ(), "FERRYMAN_TEST_PORTS=1")
	out, err := other.CombinedOutput()
	require.NoError(t, err, string(out))
	n := 0
	for line := range strings.Lines(string(out)) {
		if port, ok := strings.CutPrefix(strings.TrimSpace(line), "port "); ok {
			n++
			require.False(t, given[port], "%s is given to another process too", port)
		}
	}
	require.Equal(t, 500, n)
}

// The server that has the port answers as the new one would.
func TestAServerWhosePortIsTakenDoesNotStart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	redis, postgres := testenv.OwnRedis(t, nil), testenv.Server(t)
	for range 3 {
		_, err := localserver.StartRedis(ctx, redis.Port)
		require.ErrorContains(t, err, "ended while starting")
	}
	_, err := localserver.StartPostgres(ctx, localserver.PostgresOptions{Port: postgres.Port})
	require.ErrorContains(t, err, "ended while starting")
}
