// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"time"

	"github.com/aws/smithy-go/middleware"
)

type guardKey struct{}

// WithGuard has every call that changes something, each attempt of it, ask guard just before it leaves, and not leave where guard returns
// an error, which the call then wraps. AWS knows no fence: a process that was stopped between its last look at a task and its call would
// wake up and start what another has long started and ended.
func WithGuard(ctx context.Context, guard func(context.Context) error) context.Context {
	return context.WithValue(ctx, guardKey{}, guard)
}

// guardError is a guard's No: AWS was not asked.
type guardError struct{ error }

func (e *guardError) Unwrap() error { return e.error }

// guardFor is how old guard's word may be when the request leaves; an older one is asked for again.
const guardFor = time.Second

// askGuard is the last thing before a request goes to the network, after it waited its turn and was signed.
func askGuard(stack *middleware.Stack) error {
	ask := middleware.DeserializeMiddlewareFunc("FerrymanGuard",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			guard, ok := ctx.Value(guardKey{}).(func(context.Context) error)
			if name := middleware.GetOperationName(ctx); !ok || reads(name) {
				return next.HandleDeserialize(ctx, in)
			}
			for {
				began := time.Now()
				if err := guard(ctx); err != nil {
					return middleware.DeserializeOutput{}, middleware.Metadata{}, &guardError{err}
				}
				if time.Since(began) < guardFor {
					return next.HandleDeserialize(ctx, in)
				}
				if ctx.Err() != nil {
					return middleware.DeserializeOutput{}, middleware.Metadata{}, context.Cause(ctx)
				}
			}
		})
	return stack.Deserialize.Add(ask, middleware.After)
}
