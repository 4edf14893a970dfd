// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
)

// shown are the settings that are printed beside those that were chosen.
var shown = []string{"wal_level", "max_worker_processes", "max_parallel_workers", "max_locks_per_transaction", "effective_io_concurrency", "jit"}

// machine prints what is measured on.
func (b *bench) machine(ctx context.Context) error {
	var version string
	if err := b.admin.QueryRow(ctx, "SELECT version()").Scan(&version); err != nil {
		return err
	}
	names := append(slices.Sorted(maps.Keys(settings)), shown...)
	values := make([]string, len(names))
	for i, name := range names {
		var value string
		if err := b.admin.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return err
		}
		values[i] = name + "=" + value
	}
	fmt.Fprintf(&b.out, "- Machine: %s\n- Server: %s\n- Settings: %s\n", hardware(b.cores), version, strings.Join(values, ", "))
	fmt.Fprintf(&b.out, "- Locale C, encoding UTF8; clients on the same machine, over TCP, as a role that owns the database and is no superuser\n")
	return nil
}

// commandLine is how to repeat it.
func commandLine() string {
	return strings.TrimSpace("go run ./internal/bench " + strings.Join(os.Args[1:], " "))
}

// hardware describes the processors and the memory, as far as Linux tells.
func hardware(cores int) string {
	words := fmt.Sprintf("%d cores, %s/%s", cores, runtime.GOOS, runtime.GOARCH)
	if model := procValue("/proc/cpuinfo", "model name"); model != "" {
		words += ", " + model
	}
	if memory := procValue("/proc/meminfo", "MemTotal"); memory != "" {
		words += ", memory " + memory
	}
	return words
}

// procValue is what stands after "name:" in a file of /proc, empty where it is not.
func procValue(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
