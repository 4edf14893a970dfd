// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// AuditEnd is the last line of an exported audit: it says where the export ended, so that one that was cut off shows.
type AuditEnd struct {
	Migration string `json:"migration"`
	// Entries and Head are the last entry of the chain, LogLines how many lines of the target's own log follow it.
	Entries    int64     `json:"entries"`
	Head       string    `json:"head"`
	LogLines   int       `json:"target_log_lines"`
	ExportedAt time.Time `json:"exported_at"`
}

// Line is the end as a line of the export, without a line feed.
func (e AuditEnd) Line() (string, error) {
	body, err := json.Marshal(map[string]AuditEnd{"end": e})
	if err != nil {
		return "", fmt.Errorf("write the end of the audit of %s: %w", e.Migration, err)
	}
	return string(body), nil
}
