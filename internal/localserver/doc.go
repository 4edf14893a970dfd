// SPDX-License-Identifier: Apache-2.0

// Package localserver starts real PostgreSQL and Redis servers on this machine, for rehearsals and tests. Each server listens on
// 127.0.0.1 only, on a port of its own, keeps its data in a directory of its own, and is gone with everything it wrote when it is
// stopped. It is never part of the production binary.
package localserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
)

// NotFoundError says that a server's program is not on this machine and what would bring it there.
type NotFoundError struct {
	// Program is the name of the program that was looked for.
	Program string
	// Install is what the reader can run to get it.
	Install string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s is not installed on this machine: %s", e.Program, e.Install)
}

// findProgram looks for a program in the directory named by an environment variable, and nowhere else where that is set: a test that
// asks for a version must not run on another. Else it looks in PATH, and in the places where Debian and Homebrew keep versioned
// servers, newest first.
func findProgram(name, dirVariable string, places ...string) (string, bool) {
	if dir := os.Getenv(dirVariable); dir != "" {
		path, err := exec.LookPath(filepath.Join(dir, name))
		return path, err == nil
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, true
	}
	for _, place := range places {
		found, _ := filepath.Glob(filepath.Join(place, name))
		sort.Sort(sort.Reverse(sort.StringSlice(found)))
		for _, path := range found {
			if _, err := exec.LookPath(path); err == nil {
				return path, true
			}
		}
	}
	return "", false
}
