// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/stretchr/testify/require"
)

func TestOnlyWhatWasKeptCountsInWhateverOrder(t *testing.T) {
	t.Parallel()
	ctx, l := ledger.New(t.Context())
	require.Empty(t, l.SQL())
	ledger.Statement(ctx, "outside of a transaction")
	failed, _ := ledger.Attempt(ctx)
	ledger.Statement(failed, "rolled back")

	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			ctx, keep := ledger.Attempt(ctx)
			ledger.Statement(ctx, fmt.Sprintf("b %02d", i))
			ledger.Statement(ctx, fmt.Sprintf("a %02d", i))
			keep()
			ledger.Request(ctx, "same")
		})
	}
	all.Wait()
	text := ""
	for _, s := range []string{"a", "b"} {
		for i := range 20 {
			text += fmt.Sprintf("%s %02d\n", s, i)
		}
	}
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(text))), l.SQL())
	require.Equal(t, []string{"same"}, l.Requests())
}

func TestWithoutALedgerNothingIsNoted(t *testing.T) {
	t.Parallel()
	ctx, keep := ledger.Attempt(t.Context())
	ledger.Statement(ctx, "x")
	ledger.Request(ctx, "x")
	keep()
	require.Equal(t, t.Context(), ctx)
}
