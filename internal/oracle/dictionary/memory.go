// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"math"
	"runtime/debug"
)

// softMemory is what the collector of garbage tries to stay below, in bytes: a dictionary of 100,000 objects with all that is made of it fits.
const softMemory = 460 << 20

// LimitMemory lets a program that assesses use little memory rather than little time, once it holds a large dictionary: without it, Go
// lets the heap grow to twice of what is in use. It is no bound: what is needed is taken. GOMEMLIMIT, where it is set, stays.
func LimitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(softMemory)
	}
}
