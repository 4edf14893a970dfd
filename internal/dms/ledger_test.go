// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/stretchr/testify/require"
)

func TestRequestsThatChangeSomethingAreNoted(t *testing.T) {
	c := account(t, aws.Options{})
	ctx, notes := ledger.New(t.Context())
	spec := instanceSpec()
	_, err := c.EnsureInstance(ctx, spec)
	require.NoError(t, err)
	require.Len(t, notes.Requests(), 1, "the creation, and none of the readings")
	require.Regexp(t, `^[0-9a-f-]{36}$`, notes.Requests()[0])
	_, err = c.WaitInstance(ctx, spec.ID, tick)
	require.NoError(t, err)
	_, err = c.EnsureInstance(ctx, spec)
	require.NoError(t, err)
	require.Len(t, notes.Requests(), 1, "nothing was left to change")

	ctx, notes = ledger.New(t.Context())
	require.Error(t, c.TestConnection(ctx, "arn:aws:dms:eu-central-1:000000000000:rep:NONE", "arn:aws:dms:eu-central-1:000000000000:endpoint:NONE", tick))
	require.Len(t, notes.Requests(), 1, "one that AWS refused")
}
