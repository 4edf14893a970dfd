// SPDX-License-Identifier: Apache-2.0

package testenv

import "time"

// Within is the time that a test allows for what a program promises to do within d: d itself, or five times that while data races are
// looked for, when both the program and its machine are several times slower than they are at work.
func Within(d time.Duration) time.Duration {
	if Racing {
		return 5 * d
	}
	return d
}
