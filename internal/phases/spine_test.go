// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"testing"
)

func TestTheSpine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through(spine...)
	w.isMigrated()
}
