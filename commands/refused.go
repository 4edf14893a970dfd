// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/store"
)

// uncounted is a click that did not count: what its clicker alone is told, and why in a word for the audit.
type uncounted struct {
	Refusal
	why string
}

func (u *uncounted) Unwrap() error { return u.Refusal }

// The reasons for which a click does not count before the rule of the two people is asked; the others are the rule's own.
const (
	unknownRequest = "unknown_request"
	notItsMessage  = "not_its_message"
	peopleUnread   = "people_unread"
	noProfile      = "no_profile"
	wrongName      = "wrong_name"
	notOperator    = "not_operator"
	notAllowedNow  = "not_allowed_now"
	notLegalNow    = "not_legal_now"
)

// refusedSingly is how many refused clicks of one person on one migration the audit has singly within a minute. The next one says that more
// came, and the rest of that minute is only in the log: nobody fills Redis by clicking.
const refusedSingly = 5

// noted writes down that somebody's click did not count and returns what the person is told. What belongs to no migration is only logged.
func (r *Router) noted(ctx context.Context, env Envelope, migration, phase, object string, cause error) error {
	var why string
	var refused *uncounted
	var gone *NoProfileError
	switch {
	case errors.As(cause, &refused):
		why = refused.why
	case errors.As(cause, &gone):
		why = noProfile
	default:
		return cause
	}
	r.Log.Info("a click did not count", "user", env.User, "action", env.ActionID, "view", env.CallbackID, "command", env.Command, "migration", migration,
		"phase", phase, "why", why, "envelope", env.ID)
	if r.OnRefused != nil {
		r.OnRefused(why)
	}
	if migration == "" {
		return cause
	}
	n, err := r.Store.CountRefused(ctx, migration, env.User)
	if err != nil {
		return err
	}
	entry := store.Audit{What: "refused", Who: env.User, Phase: phase, Object: object, Outcome: why}
	switch {
	case n > refusedSingly+1:
		// A replica that slept with it in its hands must not carry out later what was refused.
		if err := r.Store.MarkSeen(ctx, migration, env.ID); err != nil {
			return err
		}
		return cause
	case n > refusedSingly:
		entry.Outcome = fmt.Sprintf("%s; more of this person within this minute are only in the log", why)
	}
	_, err = r.Store.Update(ctx, migration, func(*store.Migration, time.Time) (store.Change, error) {
		return store.Change{CommandID: env.ID, Audit: []store.Audit{entry}}, nil
	})
	switch {
	case errors.Is(err, store.ErrSeen): // delivered again: it was told and written down the first time, or has counted
		return nil
	case err != nil:
		return err
	}
	return cause
}
