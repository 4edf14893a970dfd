// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"fmt"

	"github.com/ferryman/ferryman/store"
)

type leadKey struct{}

// withLead lets what is done under a lease ask whether it is still held.
func withLead(ctx context.Context, lease *store.Lease) context.Context {
	return context.WithValue(ctx, leadKey{}, lease)
}

// StillLeads is nil as long as the work that ctx belongs to is this replica's, by Redis: ErrOvertaken where the lease is another's or
// nobody's, store.ErrUnavailable where that can't be read. It is asked with the target's fence already locked, so that a replica that woke
// up after its lease does not take the fence from the one that goes on. Outside of the engine's work there is nothing to lead.
func StillLeads(ctx context.Context) error {
	lease, ok := ctx.Value(leadKey{}).(*store.Lease)
	if !ok {
		return nil
	}
	held, err := lease.Renew(ctx)
	if err != nil {
		return err
	}
	if !held {
		return fmt.Errorf("%w: the lease is not held any more", ErrOvertaken)
	}
	return nil
}
