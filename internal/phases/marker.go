// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/jackc/pgx/v5"
)

// Marker is one row's way from the source to the target. It was written and committed on the source at Written; every change that was
// committed before it has arrived when it is seen on the target.
type Marker struct {
	ID      int64     `json:"id"`
	Written time.Time `json:"written"`
	Seen    time.Time `json:"seen,omitzero"`
}

// Lag is how long it took to arrive; ok is false where it has not.
func (m Marker) Lag() (lag time.Duration, ok bool) {
	return m.Seen.Sub(m.Written), !m.Seen.IsZero()
}

// markerLook is how often the target is asked for a marker.
const markerLook = 200 * time.Millisecond

// markerTrip writes a marker on the source and waits until it is on the target, for at most the given time. One that has not arrived
// by then has a zero Seen.
func (h *hands) markerTrip(ctx context.Context, wait time.Duration) (Marker, error) {
	marker := Marker{ID: time.Now().UnixMicro()}
	src, err := h.source(ctx)
	if err != nil {
		return marker, err
	}
	if err := src.WriteMarker(ctx, marker.ID); err != nil {
		return marker, problem("The marker can't be written on the source.", err)
	}
	marker.Written = time.Now()
	return h.markerSeen(ctx, marker, wait)
}

// markerSeen waits for a marker that was written before.
func (h *hands) markerSeen(ctx context.Context, marker Marker, wait time.Duration) (Marker, error) {
	src, err := h.source(ctx)
	if err != nil {
		return marker, err
	}
	pool, err := h.targetRows(ctx)
	if err != nil {
		return marker, err
	}
	table := pgx.Identifier{convert.TargetName(src.User()), convert.TargetName(markerTable)}.Sanitize()
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(markerLook)
	defer tick.Stop()
	for {
		var there bool
		err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table+" WHERE id = $1)", marker.ID).Scan(&there)
		switch {
		case err == nil && there:
			marker.Seen = time.Now()
			return marker, nil
		case ctx.Err() != nil:
			return marker, nil
		case err != nil:
			return marker, problem(fmt.Sprintf("The marker table %s can't be read on the target.", table), err)
		}
		select {
		case <-ctx.Done():
			return marker, nil
		case <-tick.C:
		}
	}
}
