// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func pages(t *testing.T) []string {
	t.Helper()
	top, err := filepath.Glob("../../*.md")
	require.NoError(t, err)
	docs, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, docs)
	return append(top, docs...)
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// anchors are the names under which a page's headings can be linked to.
func anchors(page string) []string {
	var names []string
	for _, h := range heading.FindAllStringSubmatch(page, -1) {
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, h[1]))
	}
	return names
}

// What a page of the documentation links to in the repository is there, the heading too.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, path := range pages(t) {
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(body), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, hasAnchor := strings.Cut(m[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			linked, err := os.ReadFile(target)
			if info, statErr := os.Stat(target); statErr == nil && info.IsDir() {
				continue
			}
			require.NoError(t, err, "%s links to %s", path, m[1])
			if hasAnchor {
				require.Contains(t, anchors(string(linked)), anchor, "%s links to %s", path, m[1])
			}
		}
	}
}

var dmsCall = regexp.MustCompile(`c\.(dms|logs)\.([A-Z][A-Za-z]+)\(ctx`)

// The calls to AWS that the code makes are those that docs/aws.md lists.
func TestEveryCallToAWSIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/aws.md")
	require.NoError(t, err)
	files, err := filepath.Glob("../../internal/dms/*.go")
	require.NoError(t, err)
	calls := 0
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range dmsCall.FindAllStringSubmatch(string(body), -1) {
			calls++
			require.Contains(t, string(page), "`"+m[2]+"`", "%s calls it", path)
		}
	}
	require.Greater(t, calls, 15)
}

// The README names every command of the program.
func TestEveryCommandIsInTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, c := range rootCommand().Commands() {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		require.Contains(t, string(readme), "ferryman "+c.Name())
	}
}

// Every metric is in the documentation's table, and the table has no other.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	named := func(pattern string, paths ...string) []string {
		var names []string
		for _, path := range paths {
			body, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(body), -1) {
				names = append(names, m[1])
			}
		}
		slices.Sort(names)
		return names
	}
	code := named(`"(ferryman_[a-z_]+)"`, "../../bot/metrics.go", "observe.go")
	require.NotEmpty(t, code)
	require.Equal(t, code, named("(?m)^\\| `(ferryman_[a-z_]+)`", "../../docs/configuration.md"))
}
