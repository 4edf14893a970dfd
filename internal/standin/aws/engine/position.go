// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// checkpoint writes an SCN as RecoveryCheckpoint, which CdcStartPosition takes again.
func checkpoint(scn uint64) string { return fmt.Sprintf("checkpoint:V1#1#%d#0#0#*#0#0", scn) }

// ParsePosition reads a CdcStartPosition: an SCN or a checkpoint.
func ParsePosition(text string) (uint64, error) {
	scn := text
	if rest, ok := strings.CutPrefix(text, "checkpoint:V1#"); ok {
		parts := strings.Split(rest, "#")
		if len(parts) < 3 {
			return 0, fmt.Errorf("%.100q is not a checkpoint", text)
		}
		scn = parts[1]
	}
	position, err := strconv.ParseUint(scn, 10, 64)
	if err != nil || position == 0 {
		return 0, fmt.Errorf("%.100q is neither an SCN nor a checkpoint", text)
	}
	return position, nil
}

// Stop is when a task with CDC stops by itself. At most one of its times is set.
type Stop struct {
	ServerTime time.Time // by the clock of the replication instance
	CommitTime time.Time // before the first transaction committed after it
}

// ParseStop reads a CdcStopPosition: "server_time:2026-01-31T10:00:00" or "commit_time:…", both UTC.
func ParseStop(text string) (Stop, error) {
	kind, value, _ := strings.Cut(text, ":")
	at, err := time.Parse("2006-01-02T15:04:05", strings.TrimSpace(value))
	switch {
	case err == nil && kind == "server_time":
		return Stop{ServerTime: at}, nil
	case err == nil && kind == "commit_time":
		return Stop{CommitTime: at}, nil
	}
	return Stop{}, fmt.Errorf("%.100q is neither server_time:<time> nor commit_time:<time>", text)
}
