// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/spf13/cobra"
)

// boxoffice is the sample schema: a dictionary export and a little data.
//
//go:embed boxoffice
var boxoffice embed.FS

// settings are what a rehearsal is started with.
type settings struct {
	ferryman string
	snapshot string
	engine   string
	rows     int
	verbose  bool
	timeout  time.Duration

	redis redisSettings

	// What goes wrong on purpose.
	keepForeignKey string
	tamper         bool
	closeSource    bool
	kill           []string
	reload         bool
	crashes        crashes
}

func (s *settings) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.ferryman, "ferryman", "", "the built ferryman (default: beside this program)")
	f.StringVar(&s.snapshot, "snapshot", "", "a dictionary export to migrate in place of the sample schema")
	f.StringVar(&s.engine, "engine", "builtin", "who assesses: builtin, or dms, which is the stand-in's Schema Conversion")
	f.IntVar(&s.rows, "rows", 400, "rows to make up for a table without data")
	f.BoolVar(&s.verbose, "verbose", false, "print the log of ferryman too")
	s.redis.flags(c)
	f.DurationVar(&s.timeout, "timeout", 5*time.Minute, "give up after this long")
	f.StringVar(&s.keepForeignKey, "keep-foreign-key", "", "leave this foreign key in place at prepare (\"any\" takes the first): the load fails, as DMS would")
	f.BoolVar(&s.tamper, "tamper", false, "change one row on the target behind the bot's back before the verdict")
	f.BoolVar(&s.closeSource, "close-source", false, "close the Oracle stand-in's port in the middle of the load")
	f.BoolVar(&s.reload, "reload", false, "empty the tables and load them a second time")
	f.StringVar(&s.crashes.everyWrite, "at-every-write", "", "play it a second time and, at every recorded write, kill -9 ferryman \"after\" it was answered, or while it is \"unanswered\", or let it fall \"asleep\" past its leases, or have it \"drained\" (SIGTERM), or the first three by \"turns\"; both must end the same")
	f.IntVar(&s.crashes.shards, "shards", 1, "disturb only every n-th of the different recorded writes of a phase …")
	f.IntVar(&s.crashes.shard, "shard", allShards, "… beginning with this one, from 0 (-1: all, one migration after the other)")
	f.StringVar(&s.crashes.only, "only", "", "disturb only writes whose name fits this regular expression, such as \"redis commit\" or \"^aws\"")
	f.IntVar(&s.crashes.repeats, "repeats", 2, "how many of the writes that go on for ever (leases, readings) are disturbed in a phase, for each kind")
	f.IntVar(&s.crashes.replicas, "replicas", 1, "how many ferrymans run")
	f.IntVar(&s.crashes.random, "random-kills", 0, "kill -9 this often, at random, in as many migrations as it takes")
	f.Uint64Var(&s.crashes.seed, "seed", 1, "what chance begins with")
	f.DurationVar(&s.crashes.takeover, "takeover", 2*time.Second, "replicas.takeover of the disturbed ferrymans")
	f.StringSliceVar(&s.kill, "kill", nil, "kill -9 ferryman in the middle of these phases (prepare, load, rebuild) and start it again")
}

// schema is what is migrated.
type schema struct {
	export fs.FS
	dict   *dictionary.Dictionary
	// names are the Oracle schemas, name the migration's.
	names []string
	name  string
}

// load reads the sample schema or the export that was named.
func (s *settings) load() (schema, error) {
	sample, err := fs.Sub(boxoffice, "boxoffice")
	if err != nil {
		return schema{}, err
	}
	export, name := sample, "box-office"
	if s.snapshot != "" {
		if info, err := os.Stat(s.snapshot); err != nil || !info.IsDir() {
			return schema{}, usageError{fmt.Errorf("--snapshot %s is not a directory", s.snapshot)}
		}
		export = os.DirFS(s.snapshot)
		name = migrationName(filepath.Base(filepath.Clean(s.snapshot)))
	}
	d, err := dictionary.ReadExport(export)
	if err != nil {
		return schema{}, fmt.Errorf("read the dictionary export: %w", err)
	}
	out := schema{export: export, dict: d, name: name}
	for _, t := range d.Tables {
		if !slices.Contains(out.names, t.Owner) {
			out.names = append(out.names, t.Owner)
		}
	}
	if len(out.names) == 0 {
		return schema{}, fmt.Errorf("the export has no tables")
	}
	slices.Sort(out.names)
	return out, nil
}

// migrationName makes a name of a directory's.
func migrationName(dir string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, dir), "-0123456789")
	if name == "" {
		return "migration"
	}
	return name[:min(40, len(name))]
}

// ferrymanPath finds the built ferryman.
func (s *settings) ferrymanPath() (string, error) {
	path := s.ferryman
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		path = filepath.Join(filepath.Dir(self), "ferryman")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the built ferryman is not at %s: run `make build`, or name it with --ferryman", path)
	}
	return path, nil
}

func fsList(s schema) []fs.FS { return []fs.FS{s.export} }
