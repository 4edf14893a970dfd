// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit of the times in /proc: USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu is the processor time that the server has used so far: the postmaster's, that of its children which ended, and that of those
// which live. It is negative where the system does not tell.
func (b *bench) cpu(ctx context.Context) time.Duration {
	var backend int
	if err := b.admin.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return -1
	}
	me, ok := readStat(fmt.Sprintf("/proc/%d/stat", backend))
	if !ok {
		return -1
	}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return -1
	}
	var ticks int64
	for _, path := range all {
		// A process may end between the listing and the reading.
		switch p, ok := readStat(path); {
		case ok && p.pid == me.parent:
			ticks += p.own + p.children
		case ok && p.parent == me.parent:
			ticks += p.own
		}
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

type procStat struct {
	pid, parent   int
	own, children int64 // in ticks
}

// readStat reads /proc/PID/stat (proc(5)).
func readStat(path string) (procStat, bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return procStat{}, false
	}
	// The name, in parentheses, may hold anything; the state and the parent follow it.
	pid, _, _ := strings.Cut(string(content), " ")
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(fields) < 15 {
		return procStat{}, false
	}
	number := func(s string) int64 {
		n, _ := strconv.ParseInt(s, 10, 64)
		return n
	}
	return procStat{pid: int(number(pid)), parent: int(number(fields[1])), own: number(fields[11]) + number(fields[12]),
		children: number(fields[13]) + number(fields[14])}, true
}
