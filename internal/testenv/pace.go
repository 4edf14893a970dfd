// SPDX-License-Identifier: Apache-2.0

package testenv

import "time"

// Within is how long the surroundings of a test, such as the Slack stand-in, wait for what is to come within d: d itself, or five times
// that while data races are looked for, when everything is several times slower than at work. What a test claims of time is held as it is.
func Within(d time.Duration) time.Duration {
	if Racing {
		return 5 * d
	}
	return d
}
