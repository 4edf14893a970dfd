// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

func TestNamesKeepDMSsRules(t *testing.T) {
	t.Parallel()
	require.Equal(t, dms.Names{Instance: "ferryman-box-office", Source: "ferryman-box-office-source", Target: "ferryman-box-office-target",
		Task: "ferryman-box-office-task"}, dms.NamesFor("box-office"))

	rule := regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
	seen := map[string]string{}
	for _, migration := range []string{"a", "a-", "a--b", "a-b", "a---b", strings.Repeat("x", 40), strings.Repeat("x-", 20), strings.Repeat("x", 39) + "-", "9", "Ä", "A-B"} {
		names := dms.NamesFor(migration)
		for _, name := range []string{names.Instance, names.Source, names.Target, names.Task} {
			require.Regexp(t, rule, name, migration)
			require.LessOrEqual(t, len(name), 63)
			require.Empty(t, seen[name], "%s and %s share %s", migration, seen[name], name)
			seen[name] = migration
		}
	}
	require.Equal(t, "ABC", dms.ResourceID("arn:aws:dms:eu-central-1:123456789012:task:ABC"))
}
