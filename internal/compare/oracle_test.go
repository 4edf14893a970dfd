// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

// silent accepts connections and never answers.
func silent(t *testing.T) config.Secret {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return config.Secret("oracle://user:hunter2@" + listener.Addr().String() + "/FREE")
}

func TestAnOracleThatStallsIsGivenUp(t *testing.T) {
	t.Parallel()
	side := compare.OracleSide(silent(t), compare.OracleOptions{Stall: 50 * time.Millisecond})
	begin := time.Now()
	result := one(t, people, side, rowsOf())
	require.Contains(t, result.Error, "read S.PEOPLE on the source")
	require.NotContains(t, result.Error, "hunter2")
	require.Less(t, time.Since(begin), 10*time.Second)
}

func TestAnOracleThatStallsEndsWithTheContext(t *testing.T) {
	t.Parallel()
	side := compare.OracleSide(silent(t), compare.OracleOptions{Stall: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := side(people)(ctx, func([]any) error { return nil })
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
