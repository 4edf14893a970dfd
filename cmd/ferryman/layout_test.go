// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/ferryman/ferryman/"

type listed struct {
	ImportPath string
	Imports    []string
}

func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var l listed
		require.NoError(t, dec.Decode(&l))
		all = append(all, l)
	}
	require.NotEmpty(t, all)
	return all
}

// layers are the arrows of the design, from the top: a package may import what is below it and never what is above.
var layers = []string{"cmd", "bot", "commands", "internal/audit", "internal/adopt", "internal/phases", "internal/runbook", "store", "approvals"}

func layer(path string) int {
	return slices.IndexFunc(layers, func(l string) bool { return path == l || strings.HasPrefix(path, l+"/") })
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "./...") {
		from := layer(strings.TrimPrefix(p.ImportPath, module))
		for _, i := range p.Imports {
			path, ours := strings.CutPrefix(i, module)
			if !ours {
				continue
			}
			to := layer(path)
			if from < 0 {
				require.Less(t, to, 0, "%s is a package of its own subject and imports %s of the layers above it", p.ImportPath, path)
				continue
			}
			require.True(t, to < 0 || to >= from, "%s imports %s: the arrow turns round", p.ImportPath, path)
		}
	}
}

// Only the rehearsal, the bench and tests know the stand-ins and the local servers.
func TestTheBinaryHasNoStandIn(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "-deps", "./cmd/ferryman") {
		require.NotContains(t, p.ImportPath, module+"internal/standin")
		require.NotContains(t, p.ImportPath, module+"internal/localserver")
		require.NotContains(t, p.ImportPath, module+"internal/testenv")
		require.NotContains(t, p.ImportPath, "miniredis")
	}
	for _, p := range goList(t, "./...") {
		if strings.HasPrefix(p.ImportPath, module+"internal/standin") || p.ImportPath == module+"cmd/rehearse" || p.ImportPath == module+"internal/bench" {
			continue
		}
		for _, i := range p.Imports {
			require.NotContains(t, i, module+"internal/standin", p.ImportPath)
		}
	}
}
