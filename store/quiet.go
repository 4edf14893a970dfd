// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// quiet takes go-redis's own log lines, which would go to standard error in a form of their own: every failure is also an error.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(quiet{}) }
