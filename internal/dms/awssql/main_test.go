// SPDX-License-Identifier: Apache-2.0

package awssql_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
