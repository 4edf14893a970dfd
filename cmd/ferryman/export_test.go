// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// Well tells what /healthz says of each loop.
func Well(turns map[string]time.Time, now time.Time, stopping bool) map[string]bool {
	well := map[string]bool{}
	for name, p := range health(turns, now, stopping) {
		well[name] = p.OK
	}
	return well
}
