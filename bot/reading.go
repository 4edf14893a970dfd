// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

const (
	methodPerson = "users.info"
	methodGroup  = "usergroups.users.list"

	// lookAgain is how often somebody who waits for another's reading looks whether it is there.
	lookAgain = 100 * time.Millisecond
	// askedTwice is how often Slack is asked again where it did not answer at all.
	askedTwice = 2
)

// slackID is what Slack's ids look like. Nothing else becomes part of a key in Redis.
var slackID = regexp.MustCompile(`^[A-Z0-9]{2,40}$`)

// reading is one thing that Slack is asked about people, once for all replicas.
type reading struct {
	name, method string
	rate         Rate
	ask          func(context.Context) ([]byte, error)
}

// read gives a reading that is at most age old; with age zero one that was begun after this was called. One replica asks at a time, and
// all who wait get what it was told. It waits for a turn in Slack's limits for as long as ctx lasts. A failure is never kept: those who
// waited for it learn of it, the next who asks reaches Slack.
func (s *Slack) read(ctx context.Context, r reading, age time.Duration) ([]byte, commands.Read, error) {
	if s.store == nil {
		return nil, commands.Read{}, errors.New("read who somebody is: no store to share it by")
	}
	s.mu.Lock()
	notBefore := s.forgotten
	s.mu.Unlock()
	flight, waited := rand.Text(), ""
	for {
		l, err := s.store.LookShared(ctx, r.name, flight, waited, notBefore, age)
		switch {
		case ctx.Err() != nil:
			return nil, commands.Read{}, busy(r.method, ctx.Err())
		case err != nil:
			return nil, commands.Read{}, err
		case !l.At.IsZero():
			return l.Value, commands.Read{At: l.At, Age: l.Now.Sub(l.At)}, nil
		case l.Failed != "":
			return nil, commands.Read{}, errors.New(l.Failed)
		case l.Ours:
			return s.askForAll(ctx, r, flight)
		}
		if age == 0 {
			notBefore, age = l.Now, approvals.FactsFor
		}
		waited = l.Flight
		sleep(ctx, lookAgain)
	}
}

// askForAll asks Slack and gives the answer to all replicas.
func (s *Slack) askForAll(ctx context.Context, r reading, flight string) ([]byte, commands.Read, error) {
	value, at, err := s.askInTurn(ctx, r, flight)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if err == nil {
		// The others' loss is not this one's: they ask for themselves.
		if err := s.store.PutShared(ending, r.name, flight, at, value); err != nil && !errors.Is(err, store.ErrUnavailable) {
			return nil, commands.Read{}, err
		}
		now, err := s.store.Now(ending)
		return value, commands.Read{At: at, Age: now.Sub(at)}, err
	}
	why := err.Error()
	if ctx.Err() != nil { // This one has no more time; the next goes on.
		why, err = "", busy(r.method, ctx.Err())
	}
	_ = s.store.FailShared(ending, r.name, flight, why)
	return nil, commands.Read{}, err
}

// askInTurn waits for a turn in the method's limit and asks. The reading's time is from before the question: the answer is no older.
func (s *Slack) askInTurn(ctx context.Context, r reading, flight string) (value []byte, at time.Time, err error) {
	limit := store.Limit{Name: r.method, Method: r.method, PerMinute: r.rate.PerMinute, Burst: r.rate.Burst}
	for silent := 0; ; {
		for wait := time.Duration(1); wait > 0; {
			if wait, err = s.store.TakeLimit(ctx, limit); err != nil {
				return nil, at, err
			}
			if wait > 0 {
				if _, err = s.store.LookShared(ctx, r.name, flight, "", time.Now().Add(time.Hour), 0); err != nil { // still here
					return nil, at, err
				}
				if !sleep(ctx, min(wait, 2*time.Second)) {
					return nil, at, ctx.Err()
				}
			}
		}
		if at, err = s.store.Now(ctx); err != nil {
			return nil, at, err
		}
		at = at.Truncate(time.Millisecond) // as it is kept
		err = s.once(ctx, r.method, func(ctx context.Context) (err error) {
			value, err = r.ask(ctx)
			return err
		})
		var limited *slack.RateLimitedError
		var refused slack.SlackErrorResponse
		switch {
		case err == nil:
			return value, at, nil
		case errors.As(err, &limited):
			if err := s.store.PauseMethod(ctx, r.method, max(limited.RetryAfter, time.Second)); err != nil {
				return nil, at, err
			}
		case errors.As(err, &refused) || silent == askedTwice || ctx.Err() != nil:
			return nil, at, explain(r.method, err)
		default:
			silent++
			sleep(ctx, time.Duration(silent)*300*time.Millisecond)
		}
	}
}

// busy is the error of who waited for a turn in vain.
func busy(method string, err error) error {
	return fmt.Errorf("call Slack's %s: no turn in time, because Slack takes only so many calls a minute and others wait too: %w", method, err)
}
