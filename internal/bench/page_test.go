// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPartIsReplaced(t *testing.T) {
	t.Parallel()
	page := "# Page\n<!-- bench: a -->\nold\n<!-- end -->\nbetween\n<!-- bench: b -->\nkept\n<!-- end -->\n"
	got, err := replacePart([]byte(page), "a", "new\n\n")
	require.NoError(t, err)
	require.Equal(t, "# Page\n<!-- bench: a -->\n\nnew\n\n<!-- end -->\nbetween\n<!-- bench: b -->\nkept\n<!-- end -->\n", string(got))
	_, err = replacePart([]byte(page), "c", "new")
	require.ErrorContains(t, err, "bench: c")
	_, err = replacePart([]byte("<!-- bench: a -->\n"), "a", "new")
	require.ErrorContains(t, err, "end")
}

func TestThePageHasAPlaceForEveryPart(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/performance.md")
	require.NoError(t, err)
	for _, part := range append([]string{"machine"}, parts...) {
		_, err := replacePart(page, part, fmt.Sprintf("measured %s", part))
		require.NoError(t, err)
	}
}
