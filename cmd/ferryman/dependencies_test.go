// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// required are the modules that go.mod requires directly.
func required(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	require.NoError(t, json.Unmarshal(out, &file))
	var paths []string
	for _, r := range file.Require {
		if !r.Indirect {
			paths = append(paths, r.Path)
		}
	}
	require.NotEmpty(t, paths)
	return paths
}

// imported are the packages outside this module that it imports, in its tests too.
func imported(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}{{"\n"}}{{join .TestImports "\n"}}{{"\n"}}{{join .XTestImports "\n"}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

var moduleRow = regexp.MustCompile("(?m)^\\| `([^` ]+/[^` ]+)` \\| (?:production|rehearsal|tests)")

// Each module that is required and used has its row in docs/dependencies.md, and no other has one.
func TestEveryDependencyIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/dependencies.md")
	require.NoError(t, err)
	var explained []string
	for _, m := range moduleRow.FindAllStringSubmatch(string(page), -1) {
		explained = append(explained, m[1])
	}
	packages := imported(t)
	var used []string
	for _, module := range required(t) {
		if slices.ContainsFunc(packages, func(p string) bool { return p == module || strings.HasPrefix(p, module+"/") }) {
			used = append(used, module)
		}
	}
	require.ElementsMatch(t, used, explained, "docs/dependencies.md names the modules that are used")
}
