// SPDX-License-Identifier: Apache-2.0

package localserver_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
