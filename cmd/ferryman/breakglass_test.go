// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// sources are the parsed Go files of the program itself, by their path in the repository.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		for _, notInside := range []string{"cmd/rehearse/", "internal/standin/", "internal/testenv/", "internal/localserver/", "internal/bench/", "internal/ledger/"} {
			if strings.HasPrefix(name, notInside) {
				return nil
			}
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
		return err
	}))
	require.Greater(t, len(files), 100)
	return files
}

// exprName is the name of a constant or function, with or without its package.
func exprName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
		return e.Sel.Name
	}
	return ""
}

// writes finds the files in which something is set to a value, calls those in which a function is called.
func writes(files map[string]*ast.File, value string) []string {
	return filesWith(files, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			return slices.ContainsFunc(n.Rhs, func(e ast.Expr) bool { return exprName(e) == value })
		case *ast.KeyValueExpr:
			return exprName(n.Value) == value
		}
		return false
	})
}

func calls(files map[string]*ast.File, function string) []string {
	return filesWith(files, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		return ok && (exprName(c.Fun) == function || strings.HasSuffix(exprName(c.Fun), "."+function))
	})
}

func filesWith(files map[string]*ast.File, is func(ast.Node) bool) []string {
	var found []string
	for name, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil && is(n) && !slices.Contains(found, name) {
				found = append(found, name)
			}
			return true
		})
	}
	slices.Sort(found)
	return found
}

// A request is granted and used up by the rule alone, and a phase runs by one of two ways: a plan that needs one person, and a request that
// was used up.
func TestThereIsOneWayToASecondPersonsYes(t *testing.T) {
	t.Parallel()
	files := sources(t)
	for _, status := range []string{"Granted", "Consumed"} {
		require.Equal(t, []string{"approvals/decide.go"}, writes(files, status), "who sets a request to %s", status)
		require.Empty(t, writes(files, "approvals."+status), "who sets a request to %s", status)
	}
	require.Equal(t, []string{"commands/click.go"}, writes(files, "store.Granted"), "who calls a phase granted: the click, by what the rule decided")
	require.Equal(t, []string{"internal/runbook/gate.go"}, writes(files, "store.Holding"))
	require.Equal(t, []string{"internal/runbook/machine.go"}, writes(files, "store.Running"))
	require.Equal(t, []string{"internal/runbook/start.go"}, calls(files, "approvals.Begin"))
	require.Equal(t, []string{"internal/runbook/start.go"}, calls(files, "hands.Consume"))
	require.Equal(t, []string{"internal/phases/steps.go"}, calls(files, "ConsumeApproval"))
	require.Equal(t, []string{"internal/runbook/run.go"}, calls(files, "hands.Step"))
	require.Equal(t, 2, approvals.Quorum)
	require.Equal(t, 2, config.Quorum)
}

// Nothing that is read from outside can lower the rule: the environment, the flags, and the configuration's keys about people are these.
func TestNothingFromOutsideLowersTheRule(t *testing.T) {
	t.Parallel()
	files := sources(t)
	var names []string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok || exprName(c.Fun) != "os.Getenv" && exprName(c.Fun) != "os.LookupEnv" {
				return true
			}
			literal, ok := c.Args[0].(*ast.BasicLit)
			require.True(t, ok, "a variable's name is no constant")
			if name := strings.Trim(literal.Value, `"`); !slices.Contains(names, name) {
				names = append(names, name)
			}
			return true
		})
	}
	slices.Sort(names)
	require.Equal(t, []string{"FERRYMAN_CONFIG", "REDIS_URL", "SLACK_API_URL", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"}, names)
	require.Empty(t, calls(files, "os.Environ"))

	var flags []string
	run := runCommand()
	run.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	require.Equal(t, []string{"config", "listen"}, flags)

	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Properties map[string]any `json:"properties"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(config.Schema(), &schema))
	for section, keys := range map[string][]string{"operators": {"groups", "users"}, "approvers": {"groups", "requester_may_approve", "users"}, "approvals": {"expires"}} {
		require.Equal(t, keys, slices.Sorted(maps.Keys(schema.Defs["profile"].Properties[section].Properties)), section)
	}
}

// What brings things back without Slack is restore, and it does nothing else: no other command of the program reaches the engine.
func TestOnlyRunReachesTheEngine(t *testing.T) {
	t.Parallel()
	files := sources(t)
	engines := filesWith(files, func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		return ok && exprName(c.Type) == "runbook.Engine"
	})
	require.Equal(t, []string{"cmd/ferryman/run.go"}, engines)
	drops := calls(files, "SetAsideObjects")
	require.Equal(t, []string{"internal/phases/setaside.go"}, drops)
	require.Equal(t, []string{"internal/phases/cutover.go"}, calls(files, "CloseMigration"))
}
