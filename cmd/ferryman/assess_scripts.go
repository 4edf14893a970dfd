// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/spf13/cobra"
)

// scriptsOf reads the corrected scripts of a folder and tries them in the scratch database. Those that are taken become decisions of the person
// at the keyboard; those that are not are named on stderr, with the reason.
func scriptsOf(c *cobra.Command, f assessFlags, d *dictionary.Dictionary) (convert.Decisions, error) {
	var decisions convert.Decisions
	if f.scripts == "" {
		return decisions, nil
	}
	if f.scratch == "" {
		return decisions, usageError{errors.New("--scripts needs --scratch: people's scripts are tried before anything is made of them")}
	}
	given, err := phases.ScriptsFrom(os.DirFS(f.scripts))
	if err != nil {
		return decisions, fmt.Errorf("read the scripts in %s: %w", f.scripts, err)
	}
	target, err := postgres.Open(c.Context(), f.scratch, "ferryman")
	if err != nil {
		return decisions, err
	}
	defer target.Close()
	tried, err := phases.TryScripts(c.Context(), target, d, decisions, given)
	if err != nil {
		return decisions, fmt.Errorf("try the scripts: %w", err)
	}
	texts := map[string]string{}
	for i, t := range tried {
		texts[t.SHA256] = given[i].SQL
		if t.Refused == "" {
			continue
		}
		at := ""
		if t.Line > 0 {
			at = fmt.Sprintf(", line %d", t.Line)
		}
		fmt.Fprintf(c.ErrOrStderr(), "%s%s was not taken: %s\n", t.Name, at, strings.Join(strings.Fields(t.Refused), " "))
	}
	decisions = phases.KeepScripts(decisions, tried, whoami(), time.Now())
	for i := range decisions.Scripts {
		decisions.Scripts[i].SQL = texts[decisions.Scripts[i].SHA256]
	}
	return decisions, nil
}

// whoami is the name of the person at the keyboard.
func whoami() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "the person who ran ferryman assess"
}
